import Topology

/// The best that a design can do within its own limits: as many servers and connections as it states, otherwise shared
/// out.
package struct WithinLimits: Sendable {
    /// Connections at one database that the design allows.
    package let connections: Int
    /// What differs from the design, as `--set` takes it; empty where nothing that was tried is better.
    package let settings: [String]
    /// How many other ways were tried.
    package let tried: Int
    /// The most users at once that it carries so.
    package let ceiling: Ceiling

    /// Tries numbers of application servers, then splits of the connections between the pools of a server, then waits for a
    /// connection, then lifetimes of locks and of cached products, each with the best of what was tried before.
    ///
    /// The servers are those that the design's limit leaves beside its databases. A split leaves room for a failover: both
    /// pools together stay within the limit of one database.
    ///
    /// - Returns: nil where the design states no limit, or there may be no more runs.
    package static func find(
        _ scenario: Scenario, from start: Int64, by examiner: Examiner
    ) throws(Laboratory.Interrupted) -> WithinLimits? {
        let topology = scenario.topology
        guard let connections = topology.limits?.connectionsPerDatabase, topology.mysql != nil,
            let base = try examiner.examine(scenario)
        else { return nil }
        var best = (settings: [String](), score: Score(base))
        var tried = 0
        for choices in [servers, splits, waits, locks, caches] {
            let known = best.settings
            guard let changed = try? ScenarioLoader.load(scenario, overrides: known) else { break }
            let group = choices(changed.topology, connections)
            let candidates = group.compactMap { settings in
                (try? ScenarioLoader.load(scenario, overrides: known + settings)).map { (known + settings, $0) }
            }
            try examiner.prepare(candidates.map(\.1))
            for (settings, candidate) in candidates {
                guard let examination = try examiner.examine(candidate) else { break }
                tried += 1
                let score = Score(examination)
                if score < best.score { best = (settings, score) }
            }
        }
        guard let changed = try? ScenarioLoader.load(scenario, overrides: best.settings) else { return nil }
        let ceiling = try Ceiling.find(.users, of: changed, from: start, lasting: .zero, by: examiner)
        return WithinLimits(connections: connections, settings: best.settings, tried: tried, ceiling: ceiling)
    }

    /// As many application servers as there may be beside the databases, and fewer; all share the same connections.
    private static func servers(_ topology: SystemTopology, _ connections: Int) -> [[String]] {
        guard let limit = topology.limits?.servers, let mysql = topology.mysql, let knob = Knob.servers(topology) else {
            return []
        }
        let most = limit - 1 - mysql.replicas.count
        guard most > 0 else { return [] }
        // Of many the doubling ones.
        let counts = (1...most).filter { $0 == most || $0 & ($0 - 1) == 0 }
        return counts.filter { Int64($0) != knob.asked }.map { knob.settings(Int64($0)) }
    }

    private static func splits(_ topology: SystemTopology, _ connections: Int) -> [[String]] {
        let each = connections / topology.application.servers.count
        return [0.1, 0.25, 0.5, 0.75, 0.9].compactMap { share in
            let primary = Int((Double(each) * share).rounded())
            guard primary > 0, each > primary else { return nil }
            return ["application.primaryPool.size=\(primary)", "application.replicaPool.size=\(each - primary)"]
        }
    }

    private static func waits(_ topology: SystemTopology, _ connections: Int) -> [[String]] {
        let wait = topology.application.primaryPool.connectionTimeout
        return [wait * 0.25, wait * 4.0].map { span in
            ["application.primaryPool.connectionTimeout=\(span)", "application.replicaPool.connectionTimeout=\(span)"]
        }
    }

    private static func locks(_ topology: SystemTopology, _ connections: Int) -> [[String]] {
        let lock = topology.purchase.lock
        return lock.kind == .redis ? [lock.ttl * 0.25, lock.ttl * 4.0].map { ["purchase.lock.ttl=\($0)"] } : []
    }

    private static func caches(_ topology: SystemTopology, _ connections: Int) -> [[String]] {
        let cache = topology.view.cacheTTL
        return [cache * 0.25, cache * 4.0].map { ["view.cacheTTL=\($0)"] }
    }

    /// Nearer to the expectations is better; what is equally near is better when it serves more, then when it is faster.
    private struct Score: Comparable {
        let gap: Double
        let unserved: Double
        let latency: Double

        init(_ examination: Examiner.Examination) {
            func mean(_ metric: String) -> Double? {
                let values = examination.runs.compactMap { $0.metrics[metric] }
                return values.isEmpty ? nil : Tally(values).mean
            }
            let flow = examination.runs.first?.scenario.workload.mainFlow ?? .purchase
            gap = examination.gap
            unserved = 1 - (mean("all.success.share") ?? mean("\(flow.rawValue).success.share") ?? 0)
            latency = mean("\(flow.rawValue).success.p99") ?? .infinity
        }

        /// A difference below a hundredth is none: seeds make as much.
        static func < (left: Score, right: Score) -> Bool {
            for (one, other) in [(left.gap, right.gap), (left.unserved, right.unserved), (left.latency, right.latency)]
            where abs(one - other) > 0.01 * max(abs(one), abs(other)) {
                return one < other
            }
            return false
        }
    }
}
