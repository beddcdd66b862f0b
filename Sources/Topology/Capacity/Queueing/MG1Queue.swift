/// M/G/1: Poisson arrivals, any service time, one server, first come first served.
///
/// Source: Pollaczek 1930, Khinchine 1932; Kleinrock, "Queueing Systems" vol. 1, eq. 5.63 and 5.72.
package struct MG1Queue: Hashable, Sendable {
    /// Arrivals in a unit of time.
    package let arrivalRate: Double
    /// Mean time of one service.
    package let serviceTime: Double
    /// Variance of the service time divided by the square of its mean: 0 for a constant, 1 for an exponential time.
    package let serviceVariability: Double
    /// Busy share of the server, which is also the probability of having to wait.
    package let utilisation: Double

    /// - Throws: `unstable` when λ S ≥ 1; `invalid`, also for a service time of infinite variance.
    package init(
        arrivalRate: Double, serviceTime: Double, serviceVariability: Double
    ) throws(QueueingError) {
        try QueueingError.check(arrivalRate, "the arrival rate")
        try QueueingError.check(serviceTime, "the service time")
        try QueueingError.check(serviceVariability, "the squared coefficient of variation of the service time")
        utilisation = arrivalRate * serviceTime
        guard utilisation < 1 else { throw .unstable(utilisation: utilisation) }
        (self.arrivalRate, self.serviceTime) = (arrivalRate, serviceTime)
        self.serviceVariability = serviceVariability
    }

    /// Means of the long run: W = ρ S (1 + c²) / (2 (1 − ρ)).
    package var steadyState: SteadyState {
        let wait = utilisation * serviceTime * (1 + serviceVariability) / (2 * (1 - utilisation))
        return SteadyState(
            utilisation: utilisation, throughput: arrivalRate, meanQueue: arrivalRate * wait, meanWait: wait,
            meanResponse: wait + serviceTime, waitProbability: utilisation, lossProbability: 0,
            meanPresent: arrivalRate * (wait + serviceTime))
    }
}
