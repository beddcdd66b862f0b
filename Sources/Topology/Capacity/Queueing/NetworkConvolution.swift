/// The exact solution of a closed network with one class, whatever its stations: single, several or infinitely many
/// servers, or a speed that depends on the number of customers.
///
/// Source: Buzen, "Computational algorithms for closed queueing networks with exponential servers", CACM 16 (1973). Mean
/// value analysis would subtract probabilities for such stations and lose all digits when they saturate; here only
/// positive numbers are added. The weights are scaled by a throughput near the true one: then those states weigh most that
/// the network is really in, and what vanishes in the floating-point range is nothing that matters.
package struct NetworkConvolution: Sendable {
    private let network: ClosedNetwork
    private let demands: [Double]
    private let thinkTime: Double

    /// - Throws: `invalid` for several classes, or for a network in which a round takes no time.
    package init(_ network: ClosedNetwork) throws(QueueingError) {
        guard network.populations.count == 1 else { throw .invalid("the convolution solves one class only") }
        self.network = network
        demands = network.stations.map { $0.demands[0] }
        thinkTime = network.thinkTimes[0]
        guard thinkTime + demands.reduce(0, +) > 0 else { throw .invalid("a round takes no time") }
    }

    /// The network's means with its own population.
    package func solve() -> ClosedSolution {
        let population = network.populations[0]
        guard population > 0 else {
            let idle = network.stations.map { _ in [0.0] }
            return ClosedSolution(network: network, throughputs: [0], residences: idle)
        }
        let (throughput, scale) = throughputAndScale(population)
        let factors = stationWeights(population, scale)
        // Everything but one station: what is before it, and what is behind it.
        var behind = [Weights.one]
        for factor in factors.reversed() { behind.append(behind[behind.count - 1].times(factor, upTo: population)) }
        var before = Weights.one
        var queues: [Double] = []
        for (index, factor) in factors.enumerated() {
            let others = before.times(behind[factors.count - 1 - index], upTo: population)
            queues.append(factor.meanWithin(population, others))
            before = before.times(factor, upTo: population)
        }
        let residences = network.stations.indices.map { [queues[$0] / throughput] }
        return ClosedSolution(network: network, throughputs: [throughput], residences: residences)
    }

    /// The throughput with so many customers, in rounds a unit of time.
    package func throughput(population: Int) -> Double {
        population > 0 ? throughputAndScale(population).throughput : 0
    }

    /// The response time with so many customers: what Little's law leaves of N/X beside the think time.
    package func response(population: Int) -> Double {
        population > 0 ? Double(population) / throughput(population: population) - thinkTime : 0
    }

    private func throughputAndScale(_ population: Int) -> (throughput: Double, scale: Double) {
        let count = Double(population)
        let ceiling = zip(network.stations, demands).reduce(Double.infinity) { least, station in
            station.1 > 0 ? min(least, station.0.topSpeed / station.1) : least
        }
        var scale = min(ceiling, count / (thinkTime + demands.reduce(0, +)))
        var throughput = scale
        for _ in 0..<50 {
            let product = stationWeights(population, scale).reduce(Weights.one) { $0.times($1, upTo: population) }
            throughput = scale * product.ratio(at: population)
            guard throughput > 0, throughput.isFinite else {
                // The scale was too small for the states of interest to be told from nothing.
                scale = (scale + ceiling) / 2
                continue
            }
            if count * Elementary.log(throughput / scale).magnitude < 20 { break }
            scale = throughput
        }
        return (throughput, scale)
    }

    /// Of the stations in their order, and last of all of the terminals.
    private func stationWeights(_ population: Int, _ scale: Double) -> [Weights] {
        let terminals = ClosedNetwork.Station("terminals", .delay, demands: [thinkTime])
        return (network.stations + [terminals]).map { station in
            Weights(load: station.demands[0] * scale, upTo: population, speed: station.speed)
        }
    }
}

/// Relative weights of 0, 1, 2, … customers in a part of the network; only those that are more than nothing.
private struct Weights: Sendable {
    /// The number of customers that the first weight is for.
    let first: Int
    let values: [Double]

    static let one = Weights(first: 0, values: [1])

    init(first: Int, values: [Double]) { (self.first, self.values) = (first, values) }

    /// The weights of one station: each is the one before, times its load, divided by its speed.
    init(load: Double, upTo population: Int, speed: (Int) -> Double) {
        var values = [1.0]
        values.reserveCapacity(population + 1)
        for customers in stride(from: 1, through: population, by: 1) {
            let next = values[customers - 1] * load / speed(customers)
            values.append(next)
            if next > 1e250 { for index in values.indices { values[index] /= next } }
        }
        self.init(trimming: values, from: 0)
    }

    /// Without the ends that are nothing beside the largest, which becomes 1.
    private init(trimming values: [Double], from first: Int) {
        let largest = values.max() ?? 1
        let least = largest * 1e-40
        guard let low = values.firstIndex(where: { $0 > least }), let high = values.lastIndex(where: { $0 > least })
        else {
            self.init(first: first, values: values)
            return
        }
        self.init(first: first + low, values: values[low...high].map { $0 / largest })
    }

    /// The weights of both parts together.
    func times(_ other: Weights, upTo population: Int) -> Weights {
        let start = first + other.first
        let count = min(population - start, values.count + other.values.count - 2) + 1
        guard count > 0 else { return Weights(first: start, values: [0]) }
        var product = [Double](repeating: 0, count: count)
        values.withUnsafeBufferPointer { left in
            other.values.withUnsafeBufferPointer { right in
                product.withUnsafeMutableBufferPointer { sums in
                    for i in 0..<min(left.count, count) {
                        let weight = left[i]
                        for j in 0..<min(right.count, count - i) { sums[i + j] += weight * right[j] }
                    }
                }
            }
        }
        return Weights(trimming: product, from: start)
    }

    private func value(_ customers: Int) -> Double {
        values.indices.contains(customers - first) ? values[customers - first] : 0
    }

    /// The weight of one customer less divided by that of `population`.
    func ratio(at population: Int) -> Double { value(population - 1) / value(population) }

    /// The mean number here when the others have the rest of the population.
    func meanWithin(_ population: Int, _ others: Weights) -> Double {
        var (sum, weighted) = (0.0, 0.0)
        for (index, weight) in values.enumerated() {
            let both = weight * others.value(population - first - index)
            sum += both
            weighted += Double(first + index) * both
        }
        return sum > 0 ? weighted / sum : 0
    }
}
