/// What theory says about a scenario at another load, for a curve of throughput and latency over load.
package struct TheoryPoint: Hashable, Sendable {
    /// Requests a second of an open stream; users of a loop or a burst.
    package let load: Double
    /// Requests answered in a second.
    package let throughput: Double
    /// Mean response in seconds; nil where there is no steady state.
    package let response: Double?
    /// The same class by class; more load may turn more purchases away at the lock, which makes the mean of all smaller.
    package let responses: [RequestClass: Double]
    /// Mean response of the successes of each flow, in seconds; none where there is no steady state.
    package let successes: [Flow: Double]
    /// The most that can be answered in a second, by the demands alone.
    package let mostThroughput: Double
    /// The least that an average answer takes, by the demands alone, in seconds.
    package let leastResponse: Double

    /// The same scenario at so much load.
    package init(_ scenario: Scenario, load: Double) {
        let changed = Self.scenario(scenario, load)
        let demands = ServiceDemands(changed)
        let table = TheoryTable(changed, demands)
        let ceiling = demands.ceiling?.rate ?? .infinity
        let latency = demands.latency
        self.load = load
        response = load > 0 ? table.meanResponse : latency
        responses = table.responses
        successes = Self.successes(responses, demands.mix)
        switch demands.arrivals {
        case .closed(_, let think):
            throughput = table.network?.solution.throughput ?? 0
            mostThroughput = min(ceiling, load / max(latency + think, .leastNonzeroMagnitude))
            leastResponse = max(latency, load / ceiling - think)
        case .burst:
            // The last ones are answered when the heap is worked off.
            let span = load / ceiling + latency
            throughput = span > 0 ? load / span : 0
            mostThroughput = min(ceiling, latency > 0 ? load / latency : .infinity)
            leastResponse = latency
        case .poisson, .clockwork, .listed:
            throughput = min(load, ceiling)
            mostThroughput = ceiling
            leastResponse = latency
        }
    }

    /// Classes that end well, weighed by how many requests are of each.
    private static func successes(_ responses: [RequestClass: Double], _ mix: ClassMix) -> [Flow: Double] {
        var successes: [Flow: Double] = [:]
        for flow in Flow.allCases {
            let classes = [RequestClass.viewLocalHit, .viewHit, .viewMiss, .purchaseSold].filter { $0.flow == flow }
            let parts = classes.compactMap { type in responses[type].map { (weight: mix[type], response: $0) } }
            let weight = parts.reduce(0) { $0 + $1.weight }
            guard weight > 0 else { continue }
            successes[flow] = parts.reduce(0) { $0 + $1.weight * $1.response } / weight
        }
        return successes
    }

    private static func scenario(_ scenario: Scenario, _ load: Double) -> Scenario {
        var scenario = scenario
        switch ArrivalPattern(scenario.workload) {
        case .burst, .closed: scenario.workload.users = max(1, Int(load.rounded()))
        case .poisson, .listed: scenario.workload.arrive = .poisson(Rate(perSecond: load))
        case .clockwork: scenario.workload.arrive = .constant(Rate(perSecond: load))
        }
        return scenario
    }
}
