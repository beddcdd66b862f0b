/// A moment of virtual time, in nanoseconds since the universe began.
///
/// A node's own wall clock is an `Instant` too: the universe's, seen through that node's offset and drift.
public struct Instant: Hashable, Comparable, Sendable {
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// The beginning of the universe.
    @inlinable public static var zero: Instant { Instant(nanoseconds: 0) }
    /// Later than everything that happens.
    @inlinable public static var distantFuture: Instant { Instant(nanoseconds: .max) }

    /// Seconds since the universe began.
    public var seconds: Double { Double(nanoseconds) / 1e9 }
    /// Whole milliseconds since the universe began, rounded down.
    public var milliseconds: Int64 { nanoseconds / 1_000_000 }

    public static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }
    public static func + (instant: Instant, span: TimeSpan) -> Instant {
        Instant(nanoseconds: instant.nanoseconds + span.nanoseconds)
    }
    public static func - (instant: Instant, span: TimeSpan) -> Instant {
        Instant(nanoseconds: instant.nanoseconds - span.nanoseconds)
    }
    public static func - (left: Instant, right: Instant) -> TimeSpan {
        TimeSpan(nanoseconds: left.nanoseconds - right.nanoseconds)
    }
    public static func += (instant: inout Instant, span: TimeSpan) { instant = instant + span }
}
