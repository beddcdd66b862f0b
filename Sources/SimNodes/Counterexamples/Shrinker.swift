import Topology

/// Makes a scenario that breaks an invariant smaller for as long as the same invariant stays broken.
///
/// First the requests are written down one by one, so that they no longer depend on the seed; then go, in this order:
/// faults, requests, products and users, units, and what is left of times, durations and latencies becomes round.
/// The design itself, its nodes and policies, stays: a story about another design would tell its architect nothing.
public struct Shrinker {
    /// How far a shrinking is.
    public struct Progress: Hashable, Sendable {
        /// Runs so far.
        public var runs: Int
        /// What is left.
        public var faults: Int
        /// What is left.
        public var requests: Int
    }

    /// Says whether a scenario breaks the invariant with a seed.
    typealias Trial = (Scenario, UInt64) -> Bool

    /// The seed, which stays.
    let seed: UInt64
    /// The shrinking ends with what it has after so many runs.
    let mostRuns: Int
    private let trial: Trial
    private let report: (Progress) -> Void
    private(set) var runs = 0
    private(set) var current: Scenario

    init(
        _ scenario: Scenario, seed: UInt64, mostRuns: Int, trial: @escaping Trial,
        report: @escaping (Progress) -> Void = { _ in }
    ) {
        (current, self.seed, self.mostRuns, self.trial, self.report) = (scenario, seed, mostRuns, trial, report)
        current.expect = []
    }

    /// Shrinks until nothing more can go, or the runs are used up.
    mutating func shrink(requests: [TraceArrival]) -> Scenario {
        writeDown(requests)
        var before: Scenario
        repeat {
            before = current
            dropFaults()
            dropRequests()
            renumber()
            reduceUnits()
            reduceRetries()
            roundTimes()
            calmDistributions()
        } while current != before && !isSpent
        return current
    }

    var isSpent: Bool { runs >= mostRuns }

    /// Takes a candidate if it is a scenario and still fails.
    @discardableResult
    mutating func take(_ candidate: Scenario?) -> Bool {
        guard let candidate, candidate != current, !isSpent else { return false }
        runs += 1
        guard trial(candidate, seed) else { return false }
        current = candidate
        report(Progress(runs: runs, faults: current.faults.count, requests: current.requestCount))
        return true
    }

    /// Takes a candidate given as a tree.
    @discardableResult
    mutating func take(_ tree: JSONNode?) -> Bool { take(tree.flatMap(ScenarioTree.scenario)) }

    /// Replaces the workload's random choices by what they came to.
    private mutating func writeDown(_ requests: [TraceArrival]) {
        guard !requests.isEmpty else { return }
        if case .trace = current.workload.arrive { return }
        var candidate = current
        candidate.workload.arrive = .trace(requests)
        candidate.workload.think = nil
        candidate.workload.for = nil
        candidate.workload.requests = 1
        candidate.workload.users = max(current.workload.users, 1 + (requests.compactMap(\.user).max() ?? 0))
        take(candidate)
    }

    // MARK: - Faults

    private mutating func dropFaults() {
        let faults = current.faults
        _ = DeltaDebugging.minimise(faults) { rest in
            var candidate = current
            candidate.faults = rest
            return take(candidate)
        }
    }

    // MARK: - Requests

    private mutating func dropRequests() {
        guard case .trace(let arrivals) = current.workload.arrive else { return }
        _ = DeltaDebugging.minimise(arrivals, least: 1) { rest in
            let share = Double(rest.count) / Double(max(current.requestCount, 1))
            var candidate = current
            candidate.workload.arrive = .trace(rest)
            if take(candidate) { return true }
            // With fewer requests the event that a fault waits for comes earlier, or never.
            return current.earlierEvents(share).contains { faults in
                candidate.faults = faults
                return take(candidate)
            }
        }
    }

    /// Products and users that nobody mentions go, and the others are counted from 0.
    private mutating func renumber() {
        guard case .trace(var arrivals) = current.workload.arrive else { return }
        let products = Set(arrivals.map(\.product)).sorted()
        let users = Set(arrivals.compactMap(\.user)).sorted()
        for index in arrivals.indices {
            arrivals[index].product = products.firstIndex(of: arrivals[index].product)!
            arrivals[index].user = arrivals[index].user.map { user in users.firstIndex(of: user)! }
        }
        var candidate = current
        candidate.workload.arrive = .trace(arrivals)
        candidate.workload.products = products.count
        candidate.workload.stocks = current.workload.stocks.map { stocks in products.map { stocks[$0] } }
        candidate.workload.users = max(users.count, 1)
        take(candidate)
    }
}

extension Scenario {
    /// How many requests are listed; 0 where they are drawn.
    var requestCount: Int {
        if case .trace(let arrivals) = workload.arrive { arrivals.count } else { 0 }
    }

    /// The faults, waiting for fewer events: in proportion to the requests that are left, or the first few.
    fileprivate func earlierEvents(_ share: Double) -> [[Fault]] {
        let counts = faults.compactMap { fault in
            if case .on(let event) = fault.trigger, event.nth > 1 { event.nth } else { nil }
        }
        guard let largest = counts.max() else { return [] }
        let shares = [share] + [3, 2, 1].map { ($0 + 0.5) / Double(largest) }.filter { $0 < 1 }
        return shares.map { share in
            faults.map { fault in
                guard case .on(var event) = fault.trigger else { return fault }
                event.nth = max(1, Int(Double(event.nth) * share))
                var earlier = fault
                earlier.trigger = .on(event)
                return earlier
            }
        }
    }
}
