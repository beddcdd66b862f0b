import Topology

/// Counts the history's requests of one flow by how they ended.
enum FlowTally {
    static func result(_ name: String, of requests: some Sequence<RequestRecord>) -> FlowResult {
        var latencies = [LatencyHistogram](repeating: LatencyHistogram(), count: Outcome.allCases.count)
        var hits = LatencyHistogram()
        var misses = LatencyHistogram()
        for request in requests {
            guard let outcome = request.outcome, let latency = request.latency else { continue }
            latencies[Int(outcome.rawValue)].record(latency)
            switch request.wasCacheHit {
            case true?: hits.record(latency)
            case false?: misses.record(latency)
            case nil: break
            }
        }
        let outcomes = Outcome.allCases.map { outcome in
            OutcomeResult(
                name: outcome.name, isSuccess: outcome == .success, count: latencies[Int(outcome.rawValue)].count,
                latency: latencies[Int(outcome.rawValue)])
        }
        let cached = [
            OutcomeResult(name: "hit", isSuccess: true, count: hits.count, latency: hits),
            OutcomeResult(name: "miss", isSuccess: true, count: misses.count, latency: misses),
        ]
        return FlowResult(
            name: name, outcomes: outcomes.filter { $0.count > 0 },
            cached: hits.count + misses.count > 0 ? cached : [])
    }
}
