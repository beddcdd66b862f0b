/// Exact mean value analysis of closed networks of single servers and delays, for one class and for several.
///
/// Source: Reiser and Lavenberg, "Mean-value analysis of closed multichain queuing networks", JACM 27 (1980); Lazowska
/// et al., "Quantitative System Performance" (1984), sections 6.4.1 and 7.4. Who arrives sees the network with one
/// customer less of the own class. For stations with several servers see `NetworkConvolution`.
package enum MeanValueAnalysis {
    /// Solves by recursion over all populations: the product of (N + 1) over the classes, times stations and classes.
    ///
    /// - Throws: `invalid` for stations of several servers, or for more than 20 million populations.
    package static func solve(_ network: ClosedNetwork) throws(QueueingError) -> ClosedSolution {
        for station in network.stations where station.kind != .servers(1) && station.kind != .delay {
            throw .invalid("\(station.name) has several servers: use NetworkConvolution, or the approximation")
        }
        let steps = network.populations.reduce(1.0) { $0 * Double($1 + 1) }
        guard steps <= 2e7 else {
            throw .invalid("there are \(steps) populations to go through: use the approximation")
        }
        let types = network.populations.indices
        // The place of a population in the table of queue lengths: mixed radix, the first class fastest.
        var strides: [Int] = []
        var size = 1
        for population in network.populations {
            strides.append(size)
            size *= population + 1
        }
        let stations = network.stations.count
        var queues = [Double](repeating: 0, count: size * stations)
        var counts = [Int](repeating: 0, count: types.count)
        var throughputs = [Double](repeating: 0, count: types.count)
        var residences = [[Double]](repeating: throughputs, count: stations)
        for place in stride(from: 1, to: size, by: 1) {
            advance(&counts, upTo: network.populations)
            for type in types {
                guard counts[type] > 0 else {
                    throughputs[type] = 0
                    for index in 0..<stations { residences[index][type] = 0 }
                    continue
                }
                let before = (place - strides[type]) * stations
                var round = network.thinkTimes[type]
                for (index, station) in network.stations.enumerated() {
                    let crowd = station.kind == .delay ? 0 : queues[before + index]
                    residences[index][type] = station.demands[type] * (1 + crowd)
                    round += residences[index][type]
                }
                throughputs[type] = round > 0 ? Double(counts[type]) / round : .infinity
            }
            for index in 0..<stations {
                var queue = 0.0
                for type in types where counts[type] > 0 { queue += throughputs[type] * residences[index][type] }
                queues[place * stations + index] = queue
            }
        }
        return ClosedSolution(network: network, throughputs: throughputs, residences: residences)
    }

    private static func advance(_ counts: inout [Int], upTo populations: [Int]) {
        for type in counts.indices {
            if counts[type] < populations[type] {
                counts[type] += 1
                return
            }
            counts[type] = 0
        }
    }
}
