/// A length of virtual time, in whole nanoseconds.
///
/// Whole numbers, not `Double` seconds: sums are exact in any order, so two runs never part over a rounding.
public struct TimeSpan: Hashable, Comparable, Sendable, AdditiveArithmetic {
    /// The length in nanoseconds; negative when it points backwards (a clock offset).
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    @inlinable public static var zero: TimeSpan { TimeSpan(nanoseconds: 0) }

    public static func nanoseconds(_ count: Int64) -> TimeSpan { TimeSpan(nanoseconds: count) }
    public static func microseconds(_ count: Int64) -> TimeSpan { TimeSpan(nanoseconds: count * 1_000) }
    public static func milliseconds(_ count: Int64) -> TimeSpan { TimeSpan(nanoseconds: count * 1_000_000) }
    public static func seconds(_ count: Int64) -> TimeSpan { TimeSpan(nanoseconds: count * 1_000_000_000) }

    /// The nearest whole nanosecond to a number of seconds.
    public init(seconds: Double) { nanoseconds = Int64((seconds * 1e9).rounded()) }

    /// The length in seconds.
    public var seconds: Double { Double(nanoseconds) / 1e9 }

    /// The length in milliseconds.
    public var milliseconds: Double { Double(nanoseconds) / 1e6 }

    public static func < (left: TimeSpan, right: TimeSpan) -> Bool { left.nanoseconds < right.nanoseconds }
    public static func + (left: TimeSpan, right: TimeSpan) -> TimeSpan {
        TimeSpan(nanoseconds: left.nanoseconds + right.nanoseconds)
    }
    public static func - (left: TimeSpan, right: TimeSpan) -> TimeSpan {
        TimeSpan(nanoseconds: left.nanoseconds - right.nanoseconds)
    }
    public static prefix func - (span: TimeSpan) -> TimeSpan { TimeSpan(nanoseconds: -span.nanoseconds) }

    public static func * (span: TimeSpan, count: Int) -> TimeSpan {
        TimeSpan(nanoseconds: span.nanoseconds * Int64(count))
    }
    public static func * (span: TimeSpan, factor: Double) -> TimeSpan {
        TimeSpan(nanoseconds: Int64((Double(span.nanoseconds) * factor).rounded()))
    }
    public static func / (span: TimeSpan, parts: Int) -> TimeSpan {
        TimeSpan(nanoseconds: span.nanoseconds / Int64(parts))
    }

    /// The longest length that is drawn, a hundred years: a heavy tail must not overflow the clock.
    package static let longest = TimeSpan.seconds(100 * 365 * 86_400)

    /// The whole number of nanoseconds nearest to a length that is not negative, up to `longest`.
    package static func nearest(nanoseconds: Double) -> TimeSpan {
        // Not `rounded()`: some processors have no instruction for it, and the cut of a conversion does the same.
        nanoseconds < Double(longest.nanoseconds) ? TimeSpan(nanoseconds: Int64(nanoseconds + 0.5)) : longest
    }
}
