/// M/M/c/K: as M/M/c, but with room for K customers in all; who finds no room is turned away.
///
/// Source: Gross and Harris, "Fundamentals of Queueing Theory", section 2.5.
package struct MMcKQueue: Hashable, Sendable {
    /// Arrivals in a unit of time, those that are turned away included.
    package let arrivalRate: Double
    /// Mean time of one service.
    package let serviceTime: Double
    /// Servers that share the queue.
    package let servers: Int
    /// Customers for whom there is room, those in service included.
    package let capacity: Int
    /// Probabilities of 0, 1, …, K customers.
    package let states: [Double]

    /// - Throws: `invalid`; such a queue is never unstable.
    package init(arrivalRate: Double, serviceTime: Double, servers: Int, capacity: Int) throws(QueueingError) {
        try QueueingError.check(arrivalRate, "the arrival rate")
        try QueueingError.check(serviceTime, "the service time")
        try QueueingError.check(servers, "the number of servers")
        try QueueingError.check(capacity, "the capacity", atLeast: servers)
        (self.arrivalRate, self.serviceTime, self.servers) = (arrivalRate, serviceTime, servers)
        self.capacity = capacity
        states = BirthDeath.states(
            births: [Double](repeating: arrivalRate * serviceTime, count: capacity),
            deaths: (1...capacity).map { Double(min($0, servers)) })
    }

    /// Means of the long run; waits are those of customers who were let in.
    package var steadyState: SteadyState {
        let loss = states[capacity]
        let admitted = 1 - loss
        var (present, queue) = (0.0, 0.0)
        for (count, probability) in states.enumerated() {
            present += Double(count) * probability
            queue += Double(max(0, count - servers)) * probability
        }
        let throughput = arrivalRate * admitted
        let wait = throughput > 0 ? queue / throughput : 0
        let waiting = admitted > 0 ? states[servers..<capacity].reduce(0, +) / admitted : 0
        return SteadyState(
            utilisation: (present - queue) / Double(servers), throughput: throughput, meanQueue: queue, meanWait: wait,
            meanResponse: wait + serviceTime, waitProbability: waiting, lossProbability: loss,
            meanPresent: present)
    }

    /// Probability that somebody who is let in waits longer than a time.
    ///
    /// Who finds n ≥ c waits for n − c + 1 departures, a Poisson stream of rate c/S: the sum is taken over their number.
    package func waitTail(_ time: Double) -> Double {
        guard time >= 0 else { return 1 }
        let admitted = 1 - states[capacity]
        guard capacity > servers, admitted > 0, serviceTime > 0 else { return 0 }
        let mean = Double(servers) * time / serviceTime
        var longer = states[servers..<capacity].reduce(0, +)
        if mean == 0 { return longer / admitted }
        var sum = 0.0
        var logarithm = -mean
        for departures in 0..<(capacity - servers) {
            if departures > 0 { logarithm += Elementary.log(mean / Double(departures)) }
            sum += Elementary.exp(logarithm) * longer
            longer -= states[servers + departures]
        }
        return min(1, max(0, sum / admitted))
    }

    /// The wait that a share `p` of those who are let in stays at or below; nil outside of 0…1.
    package func waitPercentile(_ p: Double) -> Double? {
        guard (0...1).contains(p) else { return nil }
        return inverse(of: waitTail, at: 1 - p, scale: max(serviceTime, steadyState.meanWait))
    }
}

/// A chain that goes up or down by one.
enum BirthDeath {
    /// The probabilities of 0, 1, …, n, from the rates upwards out of 0…n−1 and downwards out of 1…n.
    ///
    /// The products are scaled as they grow, so that thousands of customers neither overflow nor vanish.
    static func states(births: [Double], deaths: [Double]) -> [Double] {
        var weights = [1.0]
        weights.reserveCapacity(births.count + 1)
        for (birth, death) in zip(births, deaths) {
            let next = weights[weights.count - 1] * birth / death
            weights.append(next)
            if next > 1e250 { for index in weights.indices { weights[index] /= next } }
        }
        let total = weights.reduce(0, +)
        return weights.map { $0 / total }
    }
}
