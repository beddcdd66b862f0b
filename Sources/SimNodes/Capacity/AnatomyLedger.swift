import Topology

/// Where each request's time goes, written down as it passes; only in runs that are made to look at that.
///
/// On whose behalf a resource works travels in the task-local value that stories use. No moment counts twice: what is
/// noted first keeps it, so that the parts never add up to more than the latency, whatever went on at the same time.
package final class AnatomyLedger: @unchecked Sendable {
    /// What a request's time is spent on.
    package enum Part: Hashable, Sendable {
        /// In the queue of a resource, by its place in `resources`, or held up there by a fault; for a lock that nobody
        /// queues at, in pauses before it is asked for again, the user's or the application's.
        case waiting(Int)
        /// In its service.
        case service(Int)
        /// The user pauses before another attempt, for another reason than a lock.
        case userPause
        /// The application pauses before it looks again: for somebody else's rebuilding of the cache.
        case applicationPause
        /// A commit waits for a replica's acknowledgement.
        case acknowledgement
    }

    /// Names of resources, as in `app1.cpu`.
    package private(set) var resources: [String] = []
    private var accounts: [Account] = []

    package init() {}

    func register(_ name: String) -> Int {
        resources.append(name)
        return resources.count - 1
    }

    /// A request that a user wants from this moment on.
    func open(_ number: Int, at moment: Instant) {
        assert(number == accounts.count, "requests are numbered in their order")
        accounts.append(Account(floor: moment.nanoseconds))
    }

    /// The request that the running task works for has spent this time on something.
    func note(_ part: Part, from: Instant, until: Instant) {
        guard let number = Story.request, accounts.indices.contains(number) else { return }
        accounts[number].add(part, from.nanoseconds, until.nanoseconds)
    }

    /// A user has paused: what was before can't be touched any more.
    ///
    /// - Parameter resource: what the user could not get, by its place in `resources`; nil: the pause had another reason.
    func notePause(of number: Int, from: Instant, until: Instant, for resource: Int? = nil) {
        guard accounts.indices.contains(number) else { return }
        accounts[number].add(resource.map { .waiting($0) } ?? .userPause, from.nanoseconds, until.nanoseconds)
        accounts[number].close(until: until.nanoseconds)
    }

    /// What was noted of a request, in the order of its first mention.
    package func parts(of number: Int) -> [(part: Part, span: TimeSpan)] {
        accounts[number].sums.map { ($0.part, TimeSpan(nanoseconds: $0.nanoseconds)) }
    }

    /// One request's time.
    private struct Account {
        var sums: [(part: Part, nanoseconds: Int64)] = []
        /// What is spoken for since the floor: disjoint, in order.
        var covered: [(from: Int64, until: Int64)] = []
        /// Before it nothing counts any more.
        var floor: Int64

        init(floor: Int64) { self.floor = floor }

        mutating func add(_ part: Part, _ from: Int64, _ until: Int64) {
            let from = max(from, floor)
            guard from < until else { return }
            let length = cover(from, until)
            guard length > 0 else { return }
            if let index = sums.firstIndex(where: { $0.part == part }) {
                sums[index].nanoseconds += length
            } else {
                sums.append((part, length))
            }
        }

        mutating func close(until moment: Int64) {
            floor = max(floor, moment)
            covered.removeAll(keepingCapacity: true)
        }

        /// Speaks for a span; returns how much of it was free.
        private mutating func cover(_ from: Int64, _ until: Int64) -> Int64 {
            guard let last = covered.last, last.until > from else {
                if let last = covered.last, last.until == from {
                    covered[covered.count - 1].until = until
                } else {
                    covered.append((from, until))
                }
                return until - from
            }
            var free = until - from
            var merged = (from: from, until: until)
            let touching = covered.indices.filter { covered[$0].until >= from && covered[$0].from <= until }
            for index in touching {
                free -= max(0, min(until, covered[index].until) - max(from, covered[index].from))
                merged.from = min(merged.from, covered[index].from)
                merged.until = max(merged.until, covered[index].until)
            }
            let start = touching.first ?? covered.firstIndex { $0.from > until } ?? covered.count
            covered.replaceSubrange(start..<(start + touching.count), with: [merged])
            return free
        }
    }
}
