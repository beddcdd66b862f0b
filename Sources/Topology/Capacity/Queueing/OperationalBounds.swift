/// What the demands alone say about a closed system, without any assumption on arrivals and service: Denning and Buzen,
/// "The operational analysis of queueing network models", ACM Computing Surveys 10 (1978); Lazowska et al.,
/// "Quantitative System Performance" (1984), tables 5.2 and 5.3.
package struct OperationalBounds: Hashable, Sendable {
    /// Time of one round at all stations when nobody else is there: R₀.
    package let unloadedResponse: Double
    /// Demand at the station that saturates first, divided by its servers: D.
    package let largestDemand: Double
    /// Think time: Z.
    package let thinkTime: Double
    /// Demands divided by servers, of the stations at which anybody ever waits.
    private let queueingDemands: [Double]

    /// - Parameters:
    ///   - stations: demand of one round, and servers; nil servers for a delay.
    /// - Throws: `invalid` for negative times, or stations without servers.
    package init(stations: [(demand: Double, servers: Int?)], thinkTime: Double) throws(QueueingError) {
        try QueueingError.check(thinkTime, "the think time")
        var (total, shares) = (0.0, [Double]())
        for (demand, servers) in stations {
            try QueueingError.check(demand, "a demand")
            total += demand
            guard let servers else { continue }
            try QueueingError.check(servers, "the number of servers")
            shares.append(demand / Double(servers))
        }
        self.thinkTime = thinkTime
        unloadedResponse = total
        queueingDemands = shares
        largestDemand = shares.max() ?? 0
    }

    /// The most rounds in a unit of time, however many customers there are: 1/D; infinite where nobody ever waits.
    package var ceiling: Double { largestDemand > 0 ? 1 / largestDemand : .infinity }

    /// The number of customers at which the two asymptotes meet: N* = (R₀ + Z) / D. With more of them somebody must wait.
    package var knee: Double { largestDemand > 0 ? (unloadedResponse + thinkTime) / largestDemand : .infinity }

    /// Asymptotic bounds of the throughput: N / (N R₀ + Z) ≤ X ≤ min(1/D, N / (R₀ + Z)).
    package func throughput(population: Int) -> ClosedRange<Double> {
        let count = Double(population)
        guard count > 0, unloadedResponse + thinkTime > 0 else { return 0...0 }
        let upper = min(ceiling, count / (unloadedResponse + thinkTime))
        return min(upper, count / (count * unloadedResponse + thinkTime))...upper
    }

    /// Asymptotic bounds of the response time: max(R₀, N D − Z) ≤ R ≤ N R₀.
    package func response(population: Int) -> ClosedRange<Double> {
        let count = Double(population)
        guard count > 0 else { return 0...0 }
        let lower = max(unloadedResponse, count * largestDemand - thinkTime)
        return lower...max(lower, count * unloadedResponse)
    }

    /// Balanced job bounds of the throughput (Zahorjan, Sevcik, Eager and Galler, CACM 25, 1982), which hold for networks
    /// with a product form; a station of c servers stands for a server c times as fast and a delay (Seidmann).
    package func balancedThroughput(population: Int) -> ClosedRange<Double> {
        let count = Double(population)
        guard count > 0, unloadedResponse + thinkTime > 0 else { return 0...0 }
        let response = balancedResponse(population: population)
        let upper = min(ceiling, count / (response.lowerBound + thinkTime))
        return min(upper, count / (response.upperBound + thinkTime))...upper
    }

    /// Balanced job bounds of the response time: those of networks whose stations are all as slow as the slowest one, and
    /// as slow as the mean of them, with the same total.
    package func balancedResponse(population: Int) -> ClosedRange<Double> {
        let count = Double(population)
        let queueing = queueingDemands.reduce(0, +)
        guard count > 0 else { return 0...0 }
        guard queueing > 0 else { return unloadedResponse...unloadedResponse }
        // What is spent in delays, and in the parallel part of stations with several servers, is thought away.
        let thinking = thinkTime + unloadedResponse - queueing
        let mean = queueing / Double(queueingDemands.filter { $0 > 0 }.count)
        let others = count - 1
        let upper = queueing + others * largestDemand / (1 + thinking / (count * queueing))
        let lower = max(count * largestDemand - thinking, queueing + others * mean / (1 + thinking / queueing))
        let aside = unloadedResponse - queueing
        return (lower + aside)...(max(lower, upper) + aside)
    }
}
