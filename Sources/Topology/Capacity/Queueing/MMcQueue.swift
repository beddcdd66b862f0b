/// M/M/c: Poisson arrivals, exponential service, c servers, first come first served, an endless queue.
///
/// Source: Kleinrock, "Queueing Systems" vol. 1, sections 3.2 and 3.5; Gross and Harris, "Fundamentals of Queueing
/// Theory", section 2.3.
package struct MMcQueue: Hashable, Sendable {
    /// Arrivals in a unit of time.
    package let arrivalRate: Double
    /// Mean time of one service.
    package let serviceTime: Double
    /// Servers that share the queue.
    package let servers: Int
    /// Busy servers divided by all: λ S / c.
    package let utilisation: Double
    /// Probability of having to wait: Erlang C.
    package let waitProbability: Double

    /// - Throws: `unstable` when λ S ≥ c; `invalid`.
    package init(arrivalRate: Double, serviceTime: Double, servers: Int) throws(QueueingError) {
        try QueueingError.check(arrivalRate, "the arrival rate")
        try QueueingError.check(serviceTime, "the service time")
        let load = arrivalRate * serviceTime
        waitProbability = try ErlangC.waitProbability(load: load, servers: servers)
        utilisation = load / Double(servers)
        (self.arrivalRate, self.serviceTime, self.servers) = (arrivalRate, serviceTime, servers)
    }

    /// How fast those who wait get fewer: c/S − λ.
    private var drainRate: Double { Double(servers) / serviceTime - arrivalRate }

    /// Means of the long run.
    package var steadyState: SteadyState {
        let wait = serviceTime == 0 ? 0 : waitProbability / drainRate
        return SteadyState(
            utilisation: utilisation, throughput: arrivalRate, meanQueue: arrivalRate * wait, meanWait: wait,
            meanResponse: wait + serviceTime, waitProbability: waitProbability, lossProbability: 0,
            meanPresent: arrivalRate * (wait + serviceTime))
    }

    /// Probability of waiting longer than a time: C e^(−(c/S − λ) t).
    package func waitTail(_ time: Double) -> Double {
        guard time >= 0 else { return 1 }
        if serviceTime == 0 { return 0 }
        return waitProbability * Elementary.exp(-drainRate * time)
    }

    /// The wait that a share `p` of all stays at or below; infinite for 1, nil outside of 0…1.
    package func waitPercentile(_ p: Double) -> Double? {
        guard (0...1).contains(p) else { return nil }
        if 1 - p >= waitProbability || serviceTime == 0 { return 0 }
        return Elementary.log(waitProbability / (1 - p)) / drainRate
    }

    /// Probability of being in the system longer than a time.
    ///
    /// The sum of an independent wait and service; the limit is taken where both have the same rate.
    package func responseTail(_ time: Double) -> Double {
        guard time >= 0 else { return 1 }
        if serviceTime == 0 { return 0 }
        let (served, drained) = (1 / serviceTime, drainRate)
        let alone = Elementary.exp(-served * time)
        let difference = (drained - served) * time
        // (e^(−μt) − e^(−rt)) / (r − μ), by its series where the two rates all but meet.
        let blend =
            difference.magnitude < 1e-6
            ? time * alone * (1 - difference / 2 + difference * difference / 6)
            : (alone - Elementary.exp(-drained * time)) / (drained - served)
        return alone + waitProbability * served * blend
    }

    /// The response time that a share `p` of all stays at or below; infinite for 1, nil outside of 0…1.
    package func responsePercentile(_ p: Double) -> Double? {
        guard (0...1).contains(p) else { return nil }
        return inverse(of: responseTail, at: 1 - p, scale: steadyState.meanResponse)
    }
}

/// Where a falling tail probability comes down to `share`; infinite for a share of zero.
func inverse(of tail: (Double) -> Double, at share: Double, scale: Double) -> Double {
    if share <= 0 { return .infinity }
    if tail(0) <= share || scale <= 0 { return 0 }
    var (low, high) = (0.0, scale)
    while tail(high) > share { (low, high) = (high, 2 * high) }
    for _ in 0..<200 {
        let middle = low + (high - low) / 2
        if middle <= low || middle >= high { break }
        if tail(middle) > share { low = middle } else { high = middle }
    }
    return high
}
