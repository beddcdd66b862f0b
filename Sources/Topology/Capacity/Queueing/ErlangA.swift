/// Erlang A, M/M/c + M: as M/M/c, but whoever waits gives up after an exponential time.
///
/// Source: Palm 1943; Garnett, Mandelbaum and Reiman, "Designing a call center with impatient customers", M&SOM 4 (2002);
/// Mandelbaum and Zeltyn, "Service engineering in action: the Palm/Erlang-A queue" (2007), section 4.
package struct ErlangA: Hashable, Sendable {
    /// Arrivals in a unit of time.
    package let arrivalRate: Double
    /// Mean time of one service.
    package let serviceTime: Double
    /// Servers that share the queue.
    package let servers: Int
    /// Mean time for which somebody is ready to wait.
    package let patience: Double
    /// Probability of having to wait.
    package let waitProbability: Double
    /// Mean number of customers that wait.
    package let meanQueue: Double

    /// - Throws: `invalid`; with patience that ends, such a queue is never unstable.
    package init(
        arrivalRate: Double, serviceTime: Double, servers: Int, patience: Double
    ) throws(QueueingError) {
        try QueueingError.check(arrivalRate, "the arrival rate", positive: true)
        try QueueingError.check(serviceTime, "the service time", positive: true)
        try QueueingError.check(servers, "the number of servers")
        try QueueingError.check(patience, "the patience", positive: true)
        (self.arrivalRate, self.serviceTime, self.servers) = (arrivalRate, serviceTime, servers)
        self.patience = patience
        let load = arrivalRate * serviceTime
        guard let blocked = ErlangB.blocking(load: load, servers: servers), blocked > 0 else {
            // So many servers that the probability of finding them all busy is no number any more.
            (waitProbability, meanQueue) = (0, 0)
            return
        }
        // Weights of c, c + 1, … customers relative to c: sums of positive terms, scaled as they grow.
        let (completions, leaving) = (Double(servers) / serviceTime, 1 / patience)
        var (term, sum, queue, scale, waiting) = (1.0, 1.0, 0.0, 1.0, 0.0)
        while true {
            waiting += 1
            let ratio = arrivalRate / (completions + waiting * leaving)
            term *= ratio
            sum += term
            queue += waiting * term
            if sum > 1e250 { (term, queue, scale, sum) = (term / sum, queue / sum, scale / sum, 1) }
            if ratio < 1, term * (waiting + 1) <= 1e-18 * (1 - ratio) * min(queue, sum) { break }
        }
        // The weight of fewer than c customers, from Erlang B.
        let below = (1 / blocked - 1) * scale
        waitProbability = sum / (below + sum)
        meanQueue = queue / (below + sum)
    }

    /// Probability of giving up before being served: those who leave the queue a unit of time, divided by those who come.
    package var abandonment: Double { meanQueue / patience / arrivalRate }

    /// Means of the long run; the wait is that of all, whether they were served or gave up.
    package var steadyState: SteadyState {
        let throughput = arrivalRate * (1 - abandonment)
        let wait = meanQueue / arrivalRate
        return SteadyState(
            utilisation: throughput * serviceTime / Double(servers), throughput: throughput, meanQueue: meanQueue,
            meanWait: wait, meanResponse: wait + (1 - abandonment) * serviceTime, waitProbability: waitProbability,
            lossProbability: abandonment, meanPresent: meanQueue + throughput * serviceTime)
    }
}
