/// Group commit: one flush at a time, and each takes along everybody who came during the one before.
///
/// It has no limit of throughput: the more come, the larger the groups. A queue with bulk service of any size,
/// M/G/1 with batches of unlimited size. The busy periods renew themselves, so that exact means follow from the
/// probability q that nobody comes during a flush: an idle time of 1/λ follows on 1/q flushes on average.
package struct GroupCommitQueue: Hashable, Sendable {
    /// Commits in a unit of time.
    package let arrivalRate: Double
    /// Mean time of one flush.
    package let flushTime: Double
    /// Variance of it divided by the square of its mean.
    package let variability: Double
    /// Share of the time in which a flush is under way, which is also the probability of having to wait for it to end.
    package let utilisation: Double

    /// - Throws: `invalid`; it is never unstable.
    package init(arrivalRate: Double, flushTime: Double, variability: Double) throws(QueueingError) {
        try QueueingError.check(arrivalRate, "the rate of commits")
        try QueueingError.check(flushTime, "the flush time")
        try QueueingError.check(variability, "the squared coefficient of variation of the flush time")
        (self.arrivalRate, self.flushTime, self.variability) = (arrivalRate, flushTime, variability)
        let load = arrivalRate * flushTime
        utilisation = load == 0 ? 0 : load / (load + Self.nobody(load, variability))
    }

    /// Means of the long run: who comes during a flush waits for the rest of it, f (1 + c²) / 2 on average.
    package var steadyState: SteadyState {
        let wait = utilisation * flushTime * (1 + variability) / 2
        return SteadyState(
            utilisation: utilisation, throughput: arrivalRate, meanQueue: arrivalRate * wait, meanWait: wait,
            meanResponse: wait + flushTime, waitProbability: utilisation, lossProbability: 0,
            meanPresent: arrivalRate * (wait + flushTime))
    }

    /// Mean number of commits that one flush makes safe.
    package var meanGroup: Double {
        utilisation == 0 ? 1 : arrivalRate * flushTime / utilisation
    }

    /// The probability that nobody comes during a flush, for a gamma law: exact for constant, Erlang and exponential times.
    private static func nobody(_ load: Double, _ variability: Double) -> Double {
        if variability < 1e-9 { return Elementary.exp(-load) }
        return Elementary.pow(1 + load * variability, -1 / variability)
    }
}
