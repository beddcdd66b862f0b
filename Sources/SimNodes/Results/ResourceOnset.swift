import Topology

/// When a resource began to hurt, counted from the opening; for the question what broke first.
package struct ResourceOnset: Sendable {
    /// The first customer who was turned away.
    package var rejection: Instant?
    /// The first one who gave up waiting.
    package var timeout: Instant?
    /// For each limit, in ascending order, when the first one came who waited longer: from then on the queue is too long.
    package var beyond: [(limit: TimeSpan, since: Instant)] = []

    package init(rejection: Instant? = nil, timeout: Instant? = nil, beyond: [(limit: TimeSpan, since: Instant)] = []) {
        (self.rejection, self.timeout, self.beyond) = (rejection, timeout, beyond)
    }

    init(_ meter: ResourceMeter, opening: Instant) {
        func sinceOpening(_ moment: Instant) -> Instant { Instant.zero + max(.zero, moment - opening) }
        rejection = meter.firstRejection.map(sinceOpening)
        timeout = meter.firstTimeout.map(sinceOpening)
        beyond = zip(meter.limits, meter.firstBeyond).compactMap { limit, first in
            first.map { (limit, sinceOpening($0)) }
        }
    }
}

extension Scenario {
    /// The latencies that the scenario allows, in ascending order; without any, its users' patience.
    package var latencyLimits: [TimeSpan] {
        let candidates = expect.compactMap { expectation -> (metric: String, span: TimeSpan)? in
            let flow = expectation.metric.prefix { $0 != "." }
            guard Flow(rawValue: String(flow)) != nil || flow == "all",
                case .duration(let span) = expectation.threshold,
                expectation.comparison == .less || expectation.comparison == .lessOrEqual
            else { return nil }
            return (expectation.metric, span)
        }
        // Each run asks for this, and the catalogue takes as long to make as a hundred events.
        if candidates.isEmpty { return [workload.giveUp] }
        let catalogue = MetricCatalogue(for: topology)
        let spans = candidates.filter { catalogue.unit(of: $0.metric) == .duration }.map(\.span)
        return spans.isEmpty ? [workload.giveUp] : Set(spans).sorted()
    }
}
