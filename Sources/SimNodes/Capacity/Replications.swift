import Topology

/// A scenario, run with as many seeds as its decisive figures need.
package struct Replications: Sendable {
    package let scenario: Scenario
    package let effort: ReplicationEffort
    /// In the order of the seeds.
    package let runs: [RunResult]
    /// Every figure that decides: shares of success, percentiles, throughput, and what the scenario has expectations of.
    package let quantities: [MeasuredQuantity]

    /// The seeds of a scenario's runs, the scenario's own first. Variants of a scenario meet the same users with the same
    /// wishes: what differs between them is the variant, not luck.
    package static func seeds(of scenario: Scenario, count: Int) -> [UInt64] {
        (0..<UInt64(count)).map { UInt64(scenario.seed) &+ $0 }
    }

    /// Runs a scenario until every decisive figure is settled, or the effort is used up.
    package static func measure(
        _ scenario: Scenario, in laboratory: Laboratory, _ effort: ReplicationEffort = ReplicationEffort()
    ) throws(Laboratory.Interrupted) -> Replications {
        var count = min(2, effort.most)
        while true {
            let runs = try laboratory.results(of: scenario, seeds: seeds(of: scenario, count: count))
            let measured = Replications(scenario, runs: runs, effort: effort)
            let events = runs.reduce(0) { $0 + $1.events } / UInt64(max(1, runs.count))
            let limit = effort.limit(eventsPerRun: events)
            // Two runs only tell what a run costs.
            let isEnough = count >= effort.fewest && measured.unsettled.isEmpty
            if isEnough || count >= limit { return measured }
            count = min(limit, effort.next(after: count))
        }
    }

    package init(_ scenario: Scenario, runs: [RunResult], effort: ReplicationEffort = ReplicationEffort()) {
        (self.scenario, self.runs, self.effort) = (scenario, runs, effort)
        quantities = Self.metrics(of: scenario, runs).map { metric in
            MeasuredQuantity(
                metric: metric, values: runs.compactMap { $0.afterWarmUp?.metrics[metric] ?? $0.metrics[metric] },
                runs: runs.count,
                expectations: scenario.expect.filter { $0.metric == metric })
        }
    }

    /// Figures that more runs would still make more certain.
    package var unsettled: [MeasuredQuantity] { quantities.filter { !$0.isSettled(effort.precision) } }

    package func quantity(_ metric: String) -> MeasuredQuantity? { quantities.first { $0.metric == metric } }

    /// What the runs say about each expectation, in the order of the scenario.
    package var expectations: [ReplicatedExpectation] {
        scenario.expect.compactMap { expectation in
            quantity(expectation.metric).map { ReplicatedExpectation(expectation, $0) }
        }
    }

    /// Runs whose latencies did not settle, in scenarios that have a steady state.
    package var restless: Int { runs.count { $0.afterWarmUp?.isSettled == false } }

    /// The latency that is allowed where the design fails to keep it: the tightest of what is broken or in doubt; where
    /// latency is not the problem, the longest that is allowed.
    package var decisiveLimit: TimeSpan {
        let limits = scenario.latencyLimits
        let missed = expectations.filter { $0.decision != .holds }.compactMap { judged in
            limits.first { .duration($0) == judged.expectation.threshold }
        }
        return missed.min() ?? limits.last ?? scenario.workload.giveUp
    }

    /// The flows of which there was a request.
    package var flows: [String] {
        Flow.allCases.map(\.rawValue).filter { name in
            runs.contains { $0.flows.contains { $0.name == name && $0.count > 0 } }
        }
    }

    private static func metrics(of scenario: Scenario, _ runs: [RunResult]) -> [String] {
        let flows = Flow.allCases.map(\.rawValue).filter { name in
            runs.contains { $0.flows.contains { $0.name == name && $0.count > 0 } }
        }
        let figures = ["share", "p50", "p95", "p99"]
        var metrics = flows.flatMap { flow in figures.map { "\(flow).success.\($0)" } } + ["throughput"]
        for expectation in scenario.expect where !metrics.contains(expectation.metric) {
            metrics.append(expectation.metric)
        }
        return metrics
    }
}
