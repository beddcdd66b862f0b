import Topology

@testable import SimNodes

/// A design whose runs are a formula.
enum InventedSale {
    static func scenario(users: Int = 1000, expect: [String] = ["view.success.p95 < 100ms"]) throws -> Scenario {
        let expectations = expect.map { "\"\($0)\"" }.joined(separator: ", ")
        return try ScenarioLoader.load(
            text: """
                {"title": "Invented", "expect": [\(expectations)],
                 "topology": {"limits": {"connectionsPerDatabase": 300},
                   "application": {"servers": ["app1", "app2"], "cores": 8,
                     "cpu": {"view": "1ms"}, "primaryPool": {"size": 150}, "replicaPool": {"size": 150}},
                   "redis": {"master": "cache1", "serviceTime": "20us"},
                   "mysql": {"primary": "db", "replicas": ["db2"], "maxConnections": 300, "cores": 16,
                     "service": {"select": {"cpu": "1ms", "io": "10ms"}}}},
                 "workload": {"users": \(users), "mix": {"view": 1, "purchase": 0}}}
                """)
    }

    /// A laboratory whose runs have these metrics, and a thousand events each.
    static func laboratory(
        threads: Int = 2, _ metrics: @escaping @Sendable (Scenario, UInt64) -> [String: Double]
    ) -> Laboratory {
        Laboratory(threads: threads, simulate: { result($0, $1, metrics($0, $1)) })
    }

    static func result(
        _ scenario: Scenario, _ seed: UInt64, _ metrics: [String: Double],
        events: UInt64 = 1_000, verdict: Verdict = Verdict(.holds, "invented"), invariants: [InvariantResult] = []
    ) -> RunResult {
        RunResult(
            scenario: scenario, seed: seed, digest: TraceDigest(), events: events, simulated: .seconds(1),
            duration: .seconds(1), verdict: verdict, milestones: [], flows: [],
            resources: [], cache: CacheResult(hits: 0, misses: 0), failovers: [], faults: [],
            series: OutcomeSeries(width: .seconds(1), successes: [], failures: []), invariants: invariants,
            expectations: Judgement.evaluate(scenario.expect, metrics), metrics: metrics, programFaults: [])
    }
}
