import Topology

/// Customers who come and go, one by one, and how long they stayed in all: what the level of a resource is held against.
///
/// The sum of the stays, those of customers who are still there included, is exact, so that Little's law can be checked
/// to the nanosecond: it equals the area under the level over time.
package struct Attendance: Sendable {
    /// How many are there.
    package private(set) var present = 0
    /// How many have come.
    package private(set) var came = 0
    private var start: Instant
    /// Stays of those who left by name.
    private var stays = WideSum()
    /// Moments of coming less moments of leaving, in nanoseconds since the start, of all others.
    private var balance: Int64 = 0

    package init(start: Instant = .zero) { self.start = start }

    package mutating func come(at now: Instant) {
        present += 1
        came += 1
        balance += (now - start).nanoseconds
    }

    /// The one who came at `since` leaves.
    package mutating func go(since: Instant, at now: Instant) {
        let since = max(since, start)
        present -= 1
        balance -= (since - start).nanoseconds
        stays.add((now - since).nanoseconds)
    }

    /// Somebody leaves, whoever it is: the sum of the stays is the same.
    package mutating func go(at now: Instant) {
        present -= 1
        balance -= (now - start).nanoseconds
    }

    /// A crash: nobody is left.
    package mutating func allGo(at now: Instant) {
        balance -= Int64(present) * (now - start).nanoseconds
        present = 0
    }

    /// Forgets the past; those who are there count as having come now.
    package mutating func restart(at now: Instant) {
        let left = present
        self = Attendance(start: now)
        (present, came) = (left, left)
    }

    /// All stays until now, in nanoseconds.
    package func total(until end: Instant) -> WideSum {
        var total = stays
        // Those who left without a name have made the balance smaller by how long they stayed.
        let rest = Int64(present) * (end - start).nanoseconds - balance
        if rest >= 0 { total.add(rest) }
        return total
    }
}
