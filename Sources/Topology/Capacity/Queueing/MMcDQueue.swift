/// M/M/c + D: as M/M/c, but whoever has waited for a fixed time gives up, as a pool's `connectionTimeout` has it.
///
/// Source: Barrer, "Queuing with impatient customers and ordered service", Operations Research 5 (1957); Baccelli and
/// Hebuterne, "On queues with impatient customers" (1981). The wait that somebody with endless patience would meet has the
/// density λ p(c−1) e^((λ − c/S) x) up to the patience, and falls at the rate c/S beyond it, where nobody joins.
package struct MMcDQueue: Hashable, Sendable {
    /// Arrivals in a unit of time.
    package let arrivalRate: Double
    /// Mean time of one service.
    package let serviceTime: Double
    /// Servers that share the queue.
    package let servers: Int
    /// The time after which somebody who waits gives up.
    package let patience: Double
    /// Probability of giving up.
    package let abandonment: Double
    /// Probability of having to wait at all.
    package let waitProbability: Double
    /// Mean wait of all, those included who give up.
    package let meanWait: Double

    /// - Throws: `invalid`; with patience that ends, such a queue is never unstable.
    package init(arrivalRate: Double, serviceTime: Double, servers: Int, patience: Double) throws(QueueingError) {
        try QueueingError.check(arrivalRate, "the arrival rate", positive: true)
        try QueueingError.check(serviceTime, "the service time", positive: true)
        try QueueingError.check(servers, "the number of servers")
        try QueueingError.check(patience, "the patience")
        (self.arrivalRate, self.serviceTime, self.servers) = (arrivalRate, serviceTime, servers)
        self.patience = patience
        let completions = Double(servers) / serviceTime
        let growth = arrivalRate - completions
        // All weights are relative to a larger one, e^(growth · patience) where the queue grows, so that none overflows.
        let peak = max(0, growth * patience)
        let full = ErlangB.blocking(load: arrivalRate * serviceTime, servers: servers - 1) ?? 0
        let entry = arrivalRate * full
        let free = Elementary.exp(-peak)
        let (area, moment) = Self.integrals(growth, patience, peak)
        let beyond = entry * Elementary.exp(growth * patience - peak) / completions
        let total = free + entry * area + beyond
        abandonment = beyond / total
        waitProbability = (entry * area + beyond) / total
        meanWait = (entry * moment + beyond * patience) / total
    }

    /// ∫ e^(g x) dx and ∫ x e^(g x) dx from 0 to the patience, both times e^(−peak).
    private static func integrals(_ growth: Double, _ patience: Double, _ peak: Double) -> (Double, Double) {
        let product = growth * patience
        // Near zero by the series, where the differences below would lose all digits.
        if product.magnitude < 1e-4 {
            let scale = Elementary.exp(-peak)
            return (
                scale * patience * (1 + product / 2 + product * product / 6),
                scale * patience * patience * (0.5 + product / 3 + product * product / 8)
            )
        }
        let (low, high) = (Elementary.exp(-peak), Elementary.exp(product - peak))
        let area = (high - low) / growth
        return (area, (patience * high - area) / growth)
    }

    /// Means of the long run; the wait is that of all, whether they were served or gave up.
    package var steadyState: SteadyState {
        let throughput = arrivalRate * (1 - abandonment)
        let queue = arrivalRate * meanWait
        return SteadyState(
            utilisation: throughput * serviceTime / Double(servers), throughput: throughput, meanQueue: queue,
            meanWait: meanWait, meanResponse: meanWait + (1 - abandonment) * serviceTime,
            waitProbability: waitProbability, lossProbability: abandonment,
            meanPresent: queue + throughput * serviceTime)
    }
}
