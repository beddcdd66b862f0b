import Topology

/// What a run showed when its warm-up was over; only of scenarios that have a steady state at all.
package struct AfterWarmUp: Sendable {
    /// From the opening to the first request that counts.
    package let warmUp: TimeSpan
    /// Requests that do not count.
    package let dropped: Int
    /// Whether latencies settled: in an overloaded system they grow to the end.
    package let isSettled: Bool
    /// Metrics of requests, by their names in the catalogue, of those that count.
    package let metrics: [String: Double]

    package init(warmUp: TimeSpan, dropped: Int, isSettled: Bool, metrics: [String: Double]) {
        (self.warmUp, self.dropped, self.isSettled, self.metrics) = (warmUp, dropped, isSettled, metrics)
    }

    /// Cuts each flow's latencies by itself, and drops what is warm-up for any of them; nil where nothing is to be cut.
    init?(_ scenario: Scenario, _ requests: [RequestRecord], opening: Instant) {
        guard scenario.steadiness == .steady, let end = scenario.workload.for else { return nil }
        var (start, isSettled) = (opening, true)
        for flow in Flow.allCases {
            // Lazily, here and below: a large run's requests are a third of its memory, and each copy would be another.
            let answered = requests.lazy.filter { $0.flow == flow && $0.answered != nil }
            guard let warmUp = WarmUp(Array(answered.compactMap { $0.latency?.seconds })) else { continue }
            isSettled = isSettled && warmUp.isSettled
            if let first = answered.dropFirst(warmUp.dropped).first { start = max(start, first.intended) }
        }
        let counted = requests.lazy.filter { [start] in $0.intended >= start }
        let flows = Flow.allCases.map { flow in
            FlowTally.result(flow.rawValue, of: counted.filter { $0.flow == flow })
        }.filter { $0.count > 0 }
        let all = FlowResult(name: "all", outcomes: FlowTally.result("all", of: counted).outcomes, cached: [])
        var table = MetricTable()
        // Everybody who came in this time has been answered: the rate is that of the arrivals that ended so.
        table.add(flows + [all], duration: opening + end - start)
        table["duration"] = nil
        self.init(
            warmUp: start - opening, dropped: requests.count - counted.count, isSettled: isSettled,
            metrics: table.values)
    }
}

/// Whether a scenario has a steady state, or why it has none.
package enum Steadiness: Hashable, Sendable {
    /// Requests keep coming at one rate, or users keep thinking and asking.
    case steady
    /// Everybody comes at once, or at a rate that changes: the beginning is what matters.
    case burst
    /// What a fault does is the question, not what comes after it.
    case faults
}

extension Scenario {
    package var steadiness: Steadiness {
        if !faults.isEmpty || randomFaults != nil { return .faults }
        switch workload.arrive {
        case .poisson, .constant: return .steady
        case .atOnce: return workload.for != nil && workload.think != nil ? .steady : .burst
        case .ramp, .spike, .stages, .trace: return .burst
        }
    }
}
