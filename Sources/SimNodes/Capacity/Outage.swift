import Topology

/// What the loss of one node, at full load, costs.
package struct Outage: Sendable {
    package let node: String
    /// What `--set` takes for it.
    package let settings: [String]
    package let crashedAt: TimeSpan
    package let result: RunResult
    /// Requests answered for good without the outage and not with it.
    package let lostRequests: Int
    /// Those in proportion to what is answered without the outage.
    package let lostShare: Double
    /// Invariants and expectations that it breaks and that hold without it.
    package let breaks: [String]
    /// From the crash to the last request that failed; nil: nobody was served after that, so that nothing shows that it
    /// is over; zero: none failed.
    package let recovery: TimeSpan?

    /// So many are lost, each in a run of its own, before the allowance is looked at again.
    private static let lostAtOnce = 4

    /// Crashes each node of the design in turn, early in the sale, in place of the scenario's own faults: first those that
    /// all depend on, then those that stand by.
    ///
    /// - Parameter allowance: how many events the laboratory may have seen when the last outages begin.
    /// - Returns: the outages, and the nodes that there were no runs for.
    package static func each(
        of scenario: Scenario, by laboratory: Laboratory, seed: UInt64, allowance: UInt64 = .max
    ) throws(Laboratory.Interrupted) -> (outages: [Outage], untried: [String]) {
        var sound = scenario
        sound.faults = []
        let nodes = scenario.topology.nodesByWeight
        guard laboratory.events < allowance else { return ([], nodes) }
        let base = try laboratory.results(of: sound, seeds: [seed])[0]
        // Early, and all the same after the first requests are under way everywhere.
        let moment = TimeSpan.milliseconds(max(1, Int64(base.duration.milliseconds / 10)))
        var outages: [Outage] = []
        var rest = nodes[...]
        while !rest.isEmpty, laboratory.events < allowance {
            let losses = rest.prefix(lostAtOnce).compactMap { node in
                let settings = ["faults=[{\"crash\":\(node.json.text),\"how\":\"host\",\"at\":\"\(moment)\"}]"]
                return (try? ScenarioLoader.load(sound, overrides: settings)).map { (node, settings, $0) }
            }
            let results = try laboratory.results(of: losses.map { Laboratory.Trial($0.2, seed: seed) })
            for (loss, result) in zip(losses, results) {
                outages.append(
                    Outage(node: loss.0, settings: loss.1, crashedAt: moment, result: result, base: base))
            }
            rest = rest.dropFirst(lostAtOnce)
        }
        return (outages, Array(rest))
    }

    private init(node: String, settings: [String], crashedAt: TimeSpan, result: RunResult, base: RunResult) {
        (self.node, self.settings, self.crashedAt, self.result) = (node, settings, crashedAt, result)
        lostRequests = max(0, base.servedRequests - result.servedRequests)
        lostShare = base.servedRequests > 0 ? Double(lostRequests) / Double(base.servedRequests) : 0
        breaks = result.broken.filter { !base.broken.contains($0) }
        recovery =
            result.lastFailure.flatMap { last in
                last.isAtEnd ? nil : max(.zero, last.at - (Instant.zero + crashedAt))
            } ?? (result.lastFailure == nil ? .zero : nil)
    }
}

extension RunResult {
    /// What it breaks, in a few words each.
    fileprivate var broken: [String] {
        invariants.filter { !$0.holds }.map { "\($0.id) \($0.title)" }
            + expectations.filter { !$0.passed }.map(\.expectation.source)
    }

    /// Requests that were answered for good: done, or refused for a reason of the sale's own.
    fileprivate var servedRequests: Int {
        let served = ["success", "insufficientStock", "alreadyOrdered"]
        return flows.filter { $0.name != "all" }.flatMap(\.outcomes).filter { served.contains($0.name) }
            .reduce(0) { $0 + $1.count }
    }

    /// When the last request failed, to within a slot of the series, and whether nothing succeeded after it.
    fileprivate var lastFailure: (at: Instant, isAtEnd: Bool)? {
        guard let slot = series.failures.lastIndex(where: { $0 > 0 }) else { return nil }
        let isAtEnd = !series.successes.dropFirst(slot + 1).contains { $0 > 0 }
        return (Instant.zero + series.width * (slot + 1), isAtEnd)
    }
}

extension SystemTopology {
    /// All nodes but the users', those that stand by behind those that lead; otherwise in the order of the file.
    fileprivate var nodesByWeight: [String] {
        let standby = Set((redis.map { $0.replicas + $0.sentinels.names } ?? []) + (mysql?.replicas ?? []))
        let names = nodes.filter { $0.group != .users }.map(\.name)
        return names.filter { !standby.contains($0) } + names.filter { standby.contains($0) }
    }
}
