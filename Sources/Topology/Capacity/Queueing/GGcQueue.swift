/// G/G/c by the approximation of Allen and Cunneen: the wait of M/M/c, times the mean of both variabilities.
///
/// W ≈ (Ca² + Cs²) / 2 · W(M/M/c) (Allen, "Probability, Statistics, and Queueing Theory", 2nd ed., section 5.5). With
/// Poisson arrivals (Ca² = 1) it is that of Lee and Longton (1959) for M/G/c, exact for one server and for exponential
/// service. For service less variable than exponential it goes to the M/D/c wait in between, whose error at many servers
/// the correction of Cosmetatos (1975) takes away, as Björklund and Elldin (1964) and Kimura combine the two.
package struct GGcQueue: Hashable, Sendable {
    /// How the wait between M/D/c and M/M/c is found.
    package enum Approximation: String, CaseIterable, Sendable {
        /// (Ca² + Cs²) / 2 · W(M/M/c), whatever the number of servers.
        case allenCunneen
        /// The same, but with W(M/D/c) after Cosmetatos where the service is less variable than exponential.
        case cosmetatos
    }

    /// The queue with the same means, but exponential.
    package let exponential: MMcQueue
    /// Variance of the time between arrivals divided by the square of its mean: 1 for Poisson arrivals, 0 for a clock.
    package let arrivalVariability: Double
    /// Variance of the service time divided by the square of its mean.
    package let serviceVariability: Double
    /// Which formula.
    package let approximation: Approximation

    /// - Throws: `unstable` when λ S ≥ c; `invalid`, also for infinite variances.
    package init(
        arrivalRate: Double, serviceTime: Double, servers: Int, arrivalVariability: Double = 1,
        serviceVariability: Double, approximation: Approximation = .cosmetatos
    ) throws(QueueingError) {
        try QueueingError.check(arrivalVariability, "the squared coefficient of variation between arrivals")
        try QueueingError.check(serviceVariability, "the squared coefficient of variation of the service time")
        exponential = try MMcQueue(arrivalRate: arrivalRate, serviceTime: serviceTime, servers: servers)
        self.arrivalVariability = arrivalVariability
        self.serviceVariability = serviceVariability
        self.approximation = approximation
    }

    /// Whether the mean wait is exact: for Poisson arrivals at one server, or with exponential service.
    package var isExact: Bool {
        arrivalVariability == 1 && (exponential.servers == 1 || serviceVariability == 1)
    }

    /// Means of the long run; the probability of waiting is that of M/M/c, which the service's law hardly moves.
    package var steadyState: SteadyState {
        var state = exponential.steadyState
        state.meanWait *= factor
        state.meanQueue *= factor
        state.meanResponse = state.meanWait + exponential.serviceTime
        state.meanPresent = exponential.arrivalRate * state.meanResponse
        return state
    }

    /// Probability of waiting longer than a time, with the wait of those who wait taken for exponential.
    package func waitTail(_ time: Double) -> Double {
        factor > 0 ? exponential.waitTail(time / factor) : (time < 0 ? 1 : 0)
    }

    /// The wait that a share `p` of all stays at or below, by the same token; nil outside of 0…1.
    package func waitPercentile(_ p: Double) -> Double? {
        guard factor > 0 else { return (0...1).contains(p) ? 0 : nil }
        return exponential.waitPercentile(p).map { $0 * factor }
    }

    /// The mean wait in units of that of M/M/c.
    private var factor: Double {
        let plain = (arrivalVariability + serviceVariability) / 2
        guard approximation == .cosmetatos, serviceVariability < 1, arrivalVariability == 1 else { return plain }
        // Between the constant and the exponential law, in proportion to the variability.
        return serviceVariability + (1 - serviceVariability) * (1 + Self.cosmetatos(exponential)) / 2
    }

    /// By how much M/D/c waits longer than half of M/M/c: (1 − ρ)(c − 1)(√(4 + 5c) − 2) / (16 ρ c), at most 1.
    private static func cosmetatos(_ queue: MMcQueue) -> Double {
        let (servers, load) = (Double(queue.servers), queue.utilisation)
        guard load > 0 else { return 1 }
        return min(1, (1 - load) * (servers - 1) * ((4 + 5 * servers).squareRoot() - 2) / (16 * load * servers))
    }
}

/// Kingman's upper bound of the mean wait of G/G/1 ("Some inequalities for the queue GI/G/1", Biometrika 49, 1962).
package enum KingmanBound {
    /// (σa² + σs²) / (2 (1/λ − S)), from the squared coefficients of variation.
    ///
    /// - Throws: `unstable`, `invalid`.
    package static func meanWait(
        arrivalRate: Double, serviceTime: Double, arrivalVariability: Double, serviceVariability: Double
    ) throws(QueueingError) -> Double {
        try QueueingError.check(arrivalRate, "the arrival rate", positive: true)
        try QueueingError.check(serviceTime, "the service time")
        try QueueingError.check(arrivalVariability, "the squared coefficient of variation between arrivals")
        try QueueingError.check(serviceVariability, "the squared coefficient of variation of the service time")
        let utilisation = arrivalRate * serviceTime
        guard utilisation < 1 else { throw .unstable(utilisation: utilisation) }
        let gap = 1 / arrivalRate
        let variances = arrivalVariability * gap * gap + serviceVariability * serviceTime * serviceTime
        return variances / (2 * (gap - serviceTime))
    }
}
