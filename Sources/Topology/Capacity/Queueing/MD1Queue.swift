/// M/D/1: Poisson arrivals, constant service, one server; its whole distribution of waits is known.
///
/// Source: Erlang 1909; the stable form with positive terms only is that of Franx, "A simple solution for the M/D/c
/// waiting time distribution", Operations Research Letters 29 (2001).
package struct MD1Queue: Hashable, Sendable {
    /// Arrivals in a unit of time.
    package let arrivalRate: Double
    /// The time of every service.
    package let serviceTime: Double
    /// Busy share of the server, which is also the probability of having to wait.
    package let utilisation: Double
    /// `waitingAtMost[j]`: the probability that no more than j customers wait, as far as it differs from 1.
    private let waitingAtMost: [Double]

    /// - Throws: `unstable` when λ S ≥ 1; `invalid`.
    package init(arrivalRate: Double, serviceTime: Double) throws(QueueingError) {
        let general = try MG1Queue(arrivalRate: arrivalRate, serviceTime: serviceTime, serviceVariability: 0)
        (self.arrivalRate, self.serviceTime) = (arrivalRate, serviceTime)
        utilisation = general.utilisation
        waitingAtMost = Self.waiting(utilisation)
    }

    /// Means of the long run, half of the wait of M/M/1.
    package var steadyState: SteadyState {
        let wait = utilisation * serviceTime / (2 * (1 - utilisation))
        return SteadyState(
            utilisation: utilisation, throughput: arrivalRate, meanQueue: arrivalRate * wait, meanWait: wait,
            meanResponse: wait + serviceTime, waitProbability: utilisation, lossProbability: 0,
            meanPresent: arrivalRate * (wait + serviceTime))
    }

    /// Probability of waiting longer than a time.
    package func waitTail(_ time: Double) -> Double {
        guard time >= 0 else { return 1 }
        if serviceTime == 0 || arrivalRate == 0 { return 0 }
        // (k − 1) S ≤ t < k S: no more than k − 1 − j wait, and j of them come in what is left of the k-th service.
        let periods = Int(time / serviceTime) + 1
        guard periods <= waitingAtMost.count else { return 0 }
        let mean = arrivalRate * (Double(periods) * serviceTime - time)
        var arrivals = Elementary.exp(-mean)
        var sum = 0.0
        for count in 0..<periods {
            if count > 0 { arrivals *= mean / Double(count) }
            sum += arrivals * waitingAtMost[periods - 1 - count]
        }
        return min(1, max(0, 1 - sum))
    }

    /// The wait that a share `p` of all stays at or below; infinite for 1, nil outside of 0…1.
    package func waitPercentile(_ p: Double) -> Double? {
        guard (0...1).contains(p) else { return nil }
        return inverse(of: waitTail, at: 1 - p, scale: serviceTime)
    }

    /// Cumulative probabilities of 0, 1, 2, … waiting customers, until nothing is missing to 1 but rounding.
    ///
    /// Across each level as many go up as down: p(n+1) a(0) = p(0) A(n) + Σ p(k) A(n − k + 1), k = 1…n, with A(i) the
    /// probability of more than i arrivals during a service. All terms are positive (Ramaswami 1988).
    private static func waiting(_ utilisation: Double) -> [Double] {
        guard utilisation > 0 else { return [1] }
        let none = Elementary.exp(-utilisation)
        let beyond = (0..<40).map { arrivals(beyond: $0, mean: utilisation) }
        var states = [1 - utilisation]
        var cumulative: [Double] = []
        var sum = states[0]
        while states.count < 2_000_000 {
            let n = states.count - 1
            var rising = n < beyond.count ? states[0] * beyond[n] : 0
            for k in stride(from: n, through: max(1, n + 2 - beyond.count), by: -1) {
                rising += states[k] * beyond[n - k + 1]
            }
            states.append(rising / none)
            sum += rising / none
            cumulative.append(min(1, sum))
            // The states fall geometrically, the more slowly the nearer the utilisation is to 1.
            if rising / none < 1e-18 * (1 - utilisation) { break }
        }
        return cumulative
    }

    /// The probability of more than `count` Poisson arrivals; those beyond forty are nothing for a mean below 1.
    private static func arrivals(beyond count: Int, mean: Double) -> Double {
        var term = Elementary.exp(-mean)
        for factor in 1...(count + 1) { term *= mean / Double(factor) }
        var sum = 0.0
        for next in (count + 2)..<(count + 60) {
            sum += term
            term *= mean / Double(next)
        }
        return sum
    }
}
