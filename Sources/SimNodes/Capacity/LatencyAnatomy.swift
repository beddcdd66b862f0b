import Topology

/// What the latency of those about a percentile was made of: waiting, and where; service; pauses; and the rest, which is
/// the network, and whatever no resource accounts for.
package struct LatencyAnatomy: Sendable {
    /// The successful requests about one percentile of one flow.
    package struct Cut: Sendable {
        package let flow: String
        package let percent: Double
        /// How many requests are looked at.
        package let count: Int
        /// Their mean latency.
        package let latency: TimeSpan
        /// What it was spent on, together with `rest` exactly the latency of all of them; the longest first.
        package let parts: [(part: AnatomyLedger.Part, total: TimeSpan)]
        package let rest: TimeSpan
        package let total: TimeSpan

        /// Which share of the latency a part has.
        package func share(_ span: TimeSpan) -> Double { total > .zero ? span.seconds / total.seconds : 0 }

        /// All waiting in queues.
        package var waiting: TimeSpan {
            parts.reduce(.zero) { if case .waiting = $1.part { $0 + $1.total } else { $0 } }
        }
    }

    package static let percents: [Double] = [50, 90, 95, 99, 99.9]

    package let seed: UInt64
    /// Names of the resources that parts refer to.
    package let resources: [String]
    /// By flow, then by percentile.
    package let cuts: [Cut]

    package init(seed: UInt64, resources: [String], cuts: [Cut]) {
        (self.seed, self.resources, self.cuts) = (seed, resources, cuts)
    }

    /// Looks at the requests at a percentile's rank and at some on both sides, so that one odd request decides nothing.
    init(_ history: History, _ ledger: AnatomyLedger, seed: UInt64) {
        self.seed = seed
        resources = ledger.resources
        cuts = Flow.allCases.flatMap { flow -> [Cut] in
            let successes = history.requests.filter { $0.flow == flow && $0.outcome == .success }
                .compactMap { request in request.latency.map { (number: request.number, latency: $0) } }
                .sorted { ($0.latency, $0.number) < ($1.latency, $1.number) }
            guard !successes.isEmpty else { return [] }
            return Self.percents.map { percent in
                let group = Self.ranks(percent, of: successes.count).map { successes[$0] }
                return Self.cut(group, flow.rawValue, percent, ledger)
            }
        }
    }

    /// The places in the sorted list, from 0, of those about a percentile: nearest rank, and up to ten a side.
    static func ranks(_ percent: Double, of count: Int) -> ClosedRange<Int> {
        let rank = min(count, max(1, Int((Double(count) * percent / 100).rounded(.up)))) - 1
        let side = min(10, count / 200)
        return max(0, rank - side)...min(count - 1, rank + side)
    }

    private static func cut(
        _ group: [(number: Int, latency: TimeSpan)], _ flow: String, _ percent: Double, _ ledger: AnatomyLedger
    ) -> Cut {
        let total = group.reduce(TimeSpan.zero) { $0 + $1.latency }
        var sums: [(part: AnatomyLedger.Part, total: TimeSpan)] = []
        for request in group {
            for (part, span) in ledger.parts(of: request.number) {
                if let index = sums.firstIndex(where: { $0.part == part }) {
                    sums[index].total += span
                } else {
                    sums.append((part, span))
                }
            }
        }
        let known = sums.reduce(TimeSpan.zero) { $0 + $1.total }
        // Sorting is not stable by promise, so the place in the list decides among equals.
        let sorted = sums.enumerated()
            .sorted { ($1.element.total, $0.offset) < ($0.element.total, $1.offset) }.map(\.element)
        return Cut(
            flow: flow, percent: percent, count: group.count,
            latency: TimeSpan(nanoseconds: total.nanoseconds / Int64(group.count)), parts: sorted,
            rest: total - known, total: total)
    }
}

extension Simulation {
    /// Runs a scenario once more to see what its latencies are made of; nothing of what happens changes by that.
    package static func anatomy(_ scenario: Scenario, seed: UInt64) -> LatencyAnatomy {
        let ledger = AnatomyLedger()
        let system = play(scenario, seed: seed, anatomy: ledger, isChecking: false)
        let anatomy = LatencyAnatomy(system.world.history, ledger, seed: seed)
        system.world.universe.end()
        return anatomy
    }
}
