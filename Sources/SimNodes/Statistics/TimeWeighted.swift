import Topology

/// The mean and the maximum over virtual time of a level: a queue's length, connections in use, requests in flight.
///
/// The area under the level is a whole number, so the mean is the same however the time was cut.
package struct TimeWeighted: Sendable {
    private var start: Instant
    private var changed: Instant
    private var area = WideSum()
    private var occupied: Int64 = 0
    /// The level now.
    package private(set) var level: Int
    /// The highest level so far.
    package private(set) var maximum: Int

    /// A level from `start` on.
    package init(level: Int = 0, start: Instant = .zero) {
        precondition(level >= 0, "a level is not negative")
        self.start = start
        self.level = level
        changed = start
        maximum = level
    }

    /// Makes the level what it is from `instant` on; instants never run backwards.
    package mutating func set(_ level: Int, at instant: Instant) {
        precondition(level >= 0 && instant >= changed, "a level is not negative, and time does not run backwards")
        advance(to: instant)
        self.level = level
        if level > maximum { maximum = level }
    }

    /// Changes the level by `difference` from `instant` on.
    package mutating func add(_ difference: Int, at instant: Instant) { set(level + difference, at: instant) }

    /// Forgets the past, a warm-up; the level stays.
    package mutating func restart(at instant: Instant) {
        precondition(instant >= changed, "time does not run backwards")
        self = TimeWeighted(level: level, start: instant)
    }

    /// The mean level from the start until `end`, which must not lie before the last change; zero over no time.
    package func mean(until end: Instant) -> Double {
        var copy = self
        copy.advance(to: end)
        let length = (end - start).nanoseconds
        return length == 0 ? 0 : copy.area.value / Double(length)
    }

    /// The area under the level until `end`, in nanoseconds, which must not lie before the last change.
    package func area(until end: Instant) -> WideSum {
        var copy = self
        copy.advance(to: end)
        return copy.area
    }

    /// The share of the time until `end` in which the level was above zero.
    package func occupancy(until end: Instant) -> Double {
        var copy = self
        copy.advance(to: end)
        let length = (end - start).nanoseconds
        return length == 0 ? 0 : Double(copy.occupied) / Double(length)
    }

    private mutating func advance(to instant: Instant) {
        let length = (instant - changed).nanoseconds
        precondition(length >= 0, "time does not run backwards")
        area.add(Int64(level), times: length)
        if level > 0 { occupied += length }
        changed = instant
    }
}
