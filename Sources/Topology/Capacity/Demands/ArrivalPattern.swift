/// How a workload's requests come, as far as theory tells the ways apart.
package enum ArrivalPattern: Hashable, Sendable {
    /// So many at the same moment.
    case burst(requests: Int)
    /// At random and independently of what happens inside: requests a second on average, and at the busiest time.
    case poisson(mean: Double, peak: Double)
    /// At equal distances: requests a second.
    case clockwork(rate: Double)
    /// A closed loop: so many users, each with a mean pause in seconds between an answer and the next request.
    case closed(users: Int, think: Double)
    /// As listed: so many requests in so many seconds.
    case listed(requests: Int, seconds: Double)

    /// The pattern of a workload.
    package init(_ workload: Workload) {
        if let think = workload.think {
            self = .closed(users: workload.users, think: think.mean)
            return
        }
        switch workload.arrive {
        case .atOnce:
            // Without a pause each user's next request follows on the answer to the one before.
            self = workload.requests > 1 ? .closed(users: workload.users, think: 0) : .burst(requests: workload.users)
        case .poisson(let rate): self = .poisson(mean: rate.perSecond, peak: rate.perSecond)
        case .constant(let rate): self = .clockwork(rate: rate.perSecond)
        case .ramp(let ramp):
            let (from, to) = (ramp.from.perSecond, ramp.to.perSecond)
            self = .poisson(mean: (from + to) / 2, peak: max(from, to))
        case .spike(let spike):
            let whole = max(workload.for?.seconds ?? 0, spike.for.seconds)
            let extra = (spike.peak.perSecond - spike.base.perSecond) * spike.for.seconds
            let mean = whole > 0 ? spike.base.perSecond + extra / whole : spike.base.perSecond
            self = .poisson(mean: mean, peak: max(spike.base.perSecond, spike.peak.perSecond))
        case .stages(let stages):
            let seconds = stages.reduce(0) { $0 + $1.for.seconds }
            let requests = stages.reduce(0) { $0 + $1.rate.perSecond * $1.for.seconds }
            let peak = stages.map(\.rate.perSecond).max() ?? 0
            self = .poisson(mean: seconds > 0 ? requests / seconds : 0, peak: peak)
        case .trace(let arrivals):
            let moments = arrivals.map(\.at.seconds)
            self = .listed(requests: arrivals.count, seconds: (moments.max() ?? 0) - (moments.min() ?? 0))
        }
    }

    /// Requests a second at the busiest time, where a rate describes them at all.
    package var peakRate: Double? {
        switch self {
        case .poisson(_, let peak): peak
        case .clockwork(let rate): rate
        case .listed(let requests, let seconds): seconds > 0 ? Double(requests) / seconds : nil
        case .burst, .closed: nil
        }
    }
}
