/// A closed network with a product form: so many customers of each class go round for ever between their terminals
/// (think time) and the stations.
///
/// Times are in one unit; a demand is visits × service time. The product form holds for processor sharing and for delays
/// with any law, for first come first served with exponential service that all classes share (Baskett, Chandy, Muntz and
/// Palacios, "Open, closed, and mixed networks of queues with different classes of customers", JACM 22, 1975).
package struct ClosedNetwork: Hashable, Sendable {
    /// How a station serves.
    package enum Kind: Hashable, Sendable {
        /// So many servers with one queue.
        case servers(Int)
        /// Nobody waits.
        case delay
        /// With n customers it works at `rates[n − 1]` times the speed of one; the last holds beyond.
        case loadDependent([Double])
    }

    /// A place where customers are served.
    package struct Station: Hashable, Sendable {
        /// What it is called in results.
        package let name: String
        /// How it serves.
        package let kind: Kind
        /// Time of service in one round, class by class.
        package let demands: [Double]

        /// A station that several classes visit.
        package init(_ name: String, _ kind: Kind = .servers(1), demands: [Double]) {
            (self.name, self.kind, self.demands) = (name, kind, demands)
        }

        /// How much faster than one server it works with so many customers.
        func speed(_ customers: Int) -> Double {
            switch kind {
            case .servers(let count): Double(min(customers, count))
            case .delay: Double(customers)
            case .loadDependent(let rates): rates[min(customers, rates.count) - 1]
            }
        }

        /// How much faster than one server it works with any number of customers; infinite for a delay.
        var topSpeed: Double {
            switch kind {
            case .servers(let count): Double(count)
            case .delay: .infinity
            case .loadDependent(let rates): rates.max() ?? 1
            }
        }
    }

    /// Customers of each class.
    package let populations: [Int]
    /// Mean pause at the terminals between two rounds, class by class.
    package let thinkTimes: [Double]
    /// Where they are served.
    package let stations: [Station]

    /// - Throws: `invalid` for counts that do not fit together, negative times, stations without servers.
    package init(populations: [Int], thinkTimes: [Double], stations: [Station]) throws(QueueingError) {
        guard !populations.isEmpty, populations.count == thinkTimes.count,
            stations.allSatisfy({ $0.demands.count == populations.count })
        else { throw .invalid("populations, think times and demands must name the same number of classes") }
        for population in populations { try QueueingError.check(population, "a population", atLeast: 0) }
        for time in thinkTimes { try QueueingError.check(time, "a think time") }
        for station in stations {
            for demand in station.demands { try QueueingError.check(demand, "a demand at \(station.name)") }
            switch station.kind {
            case .servers(let count): try QueueingError.check(count, "the number of servers of \(station.name)")
            case .delay: break
            case .loadDependent(let rates):
                guard !rates.isEmpty, rates.allSatisfy({ $0.isFinite && $0 > 0 }) else {
                    throw .invalid("the rates of \(station.name) must be above zero, and at least one")
                }
            }
        }
        (self.populations, self.thinkTimes, self.stations) = (populations, thinkTimes, stations)
    }

    /// One class of customers.
    ///
    /// - Throws: `invalid`.
    package init(population: Int, thinkTime: Double, stations: [Station]) throws(QueueingError) {
        try self.init(populations: [population], thinkTimes: [thinkTime], stations: stations)
    }

    /// Customers of all classes.
    package var population: Int { populations.reduce(0, +) }

    /// The same network with another number of customers of its only class.
    package func with(population: Int) throws(QueueingError) -> ClosedNetwork {
        try ClosedNetwork(population: population, thinkTime: thinkTimes[0], stations: stations)
    }
}

/// What a closed network is like in the long run.
package struct ClosedSolution: Hashable, Sendable {
    /// Rounds in a unit of time, class by class.
    package var throughputs: [Double]
    /// Time of one round without the think time, class by class.
    package var responses: [Double]
    /// Mean number of customers at each station, of all classes together, in the order of the network.
    package var queues: [Double]
    /// Busy servers divided by all at each station; for a delay the mean number in it.
    package var utilisations: [Double]
    /// Time of a round that is spent at each station, by station and class.
    package var residences: [[Double]]

    /// Rounds of all classes in a unit of time.
    package var throughput: Double { throughputs.reduce(0, +) }
    /// Mean response over the rounds of all classes.
    package var response: Double {
        throughput > 0 ? zip(throughputs, responses).reduce(0) { $0 + $1.0 * $1.1 } / throughput : 0
    }

    /// From what every method finds: throughputs and residences.
    init(network: ClosedNetwork, throughputs: [Double], residences: [[Double]]) {
        self.throughputs = throughputs
        self.residences = residences
        responses = throughputs.indices.map { type in residences.reduce(0) { $0 + $1[type] } }
        queues = residences.map { zip($0, throughputs).reduce(0) { $0 + $1.0 * $1.1 } }
        utilisations = network.stations.map { station in
            let busy = zip(station.demands, throughputs).reduce(0) { $0 + $1.0 * $1.1 }
            return station.kind == .delay ? busy : busy / station.topSpeed
        }
    }
}
