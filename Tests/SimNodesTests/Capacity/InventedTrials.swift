import Topology

@testable import SimNodes

/// Runs that never happened, each with the figures that a test gives it.
enum InventedTrials {
    /// A scenario with nothing but its expectations.
    static func scenario(_ expectations: String...) throws -> Scenario {
        var scenario = Scenario()
        scenario.expect = try expectations.map { try Expectation.parse($0) }
        return scenario
    }

    /// One run; `outcomes` are counts of purchases by outcome.
    static func run(
        _ scenario: Scenario, seed: UInt64, events: UInt64 = 1000, metrics: [String: Double] = [:],
        outcomes: [String: Int] = ["success": 100], verdict: Verdict = Verdict(.holds, "it holds"),
        broken: [String] = [], programFaults: [String] = [], milestones: [Milestone] = [],
        resources: [ResourceResult] = [], afterWarmUp: AfterWarmUp? = nil
    ) -> RunResult {
        var latency = LatencyHistogram()
        latency.record(.milliseconds(10), times: 1)
        let results = outcomes.sorted { $0.key < $1.key }.map { name, count in
            OutcomeResult(name: name, isSuccess: name == "success", count: count, latency: latency)
        }
        return RunResult(
            scenario: scenario, seed: seed, digest: TraceDigest(), events: events, simulated: .seconds(1),
            duration: .seconds(1), verdict: verdict, milestones: milestones,
            flows: [FlowResult(name: "purchase", outcomes: results, cached: [])], resources: resources,
            cache: CacheResult(hits: 0, misses: 0), failovers: [], faults: [],
            series: OutcomeSeries(width: .seconds(1), successes: [], failures: []),
            invariants: broken.map {
                InvariantResult(id: $0, title: "invented", holds: false, detail: "3 are gone", evidence: ["one"])
            },
            expectations: Judgement.evaluate(scenario.expect, metrics), metrics: metrics,
            afterWarmUp: afterWarmUp, programFaults: programFaults)
    }

    /// Runs with one value each of a metric.
    static func replications(_ scenario: Scenario, _ metric: String, _ values: [Double]) -> Replications {
        Replications(
            scenario,
            runs: values.enumerated().map { run(scenario, seed: UInt64($0.offset + 1), metrics: [metric: $0.element]) })
    }
}
