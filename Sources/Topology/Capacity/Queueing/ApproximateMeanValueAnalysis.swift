/// Approximate mean value analysis, for any number of customers and classes and for stations of several servers.
///
/// Bard and Schweitzer (1979): the queue that a customer of class k sees is that of the full network, less its own share
/// of 1/N(k). Linearizer (Chandy and Neuse, "Linearizer: a heuristic algorithm for queueing network models of computing
/// systems", CACM 25, 1982) corrects the fractions by solving the networks with one customer less as well. Stations of c
/// servers become a server c times as fast and a delay of (c − 1)/c of the demand (Seidmann, Schweitzer and
/// Shalev-Oren 1987).
package enum ApproximateMeanValueAnalysis {
    /// How a customer's view of the queues is estimated.
    package enum Method: String, CaseIterable, Sendable {
        case bardSchweitzer, linearizer
    }

    /// Solves by iteration until no queue changes by more than a billionth of the population.
    ///
    /// - Throws: `invalid` for stations with arbitrary rates.
    package static func solve(
        _ network: ClosedNetwork, by method: Method = .linearizer
    ) throws(QueueingError) -> ClosedSolution {
        var queueing: [[Double]] = []
        var fixed: [[Double]] = []
        for station in network.stations {
            switch station.kind {
            case .servers(let count):
                queueing.append(station.demands.map { $0 / Double(count) })
                fixed.append(station.demands.map { $0 * Double(count - 1) / Double(count) })
            case .delay:
                queueing.append(station.demands.map { _ in 0 })
                fixed.append(station.demands)
            case .loadDependent:
                throw .invalid("\(station.name) has rates of its own: use NetworkConvolution")
            }
        }
        var iteration = Iteration(queueing: queueing, fixed: fixed, thinkTimes: network.thinkTimes)
        let populations = network.populations.map(Double.init)
        let solution = method == .linearizer ? iteration.linearized(populations) : iteration.core(populations)
        return ClosedSolution(
            network: network, throughputs: solution.throughputs, residences: solution.residences)
    }

    /// The demands, and what Linearizer knows of the differences between populations.
    private struct Iteration {
        typealias Point = (throughputs: [Double], residences: [[Double]], shares: [[Double]])

        /// By station and class: the part that queues, and the part that does not.
        let queueing: [[Double]]
        let fixed: [[Double]]
        let thinkTimes: [Double]
        /// How the share of class j at a station differs with one customer of class k less, by station, j and k.
        var differences: [[[Double]]] = []

        private var types: Range<Int> { thinkTimes.indices }

        /// The fixed point at a population, with the differences as they are.
        mutating func core(_ populations: [Double], from start: [[Double]]? = nil) -> Point {
            if differences.isEmpty {
                let none = [[Double]](repeating: [Double](repeating: 0, count: types.count), count: types.count)
                differences = [[[Double]]](repeating: none, count: queueing.count)
            }
            let even = 1 / Double(max(1, queueing.count))
            var shares = start ?? queueing.map { $0.map { _ in even } }
            var residences = queueing
            var throughputs = [Double](repeating: 0, count: types.count)
            for _ in 0..<20_000 {
                for type in types {
                    var round = thinkTimes[type]
                    for station in queueing.indices {
                        var seen = 0.0
                        for other in types {
                            let count = other == type ? max(0, populations[other] - 1) : populations[other]
                            seen += count * max(0, shares[station][other] + differences[station][other][type])
                        }
                        residences[station][type] = fixed[station][type] + queueing[station][type] * (1 + seen)
                        round += residences[station][type]
                    }
                    throughputs[type] = populations[type] > 0 && round > 0 ? populations[type] / round : 0
                }
                var change = 0.0
                for station in queueing.indices {
                    for type in types {
                        // Only the part that queues is met by others.
                        let waiting = residences[station][type] - fixed[station][type]
                        let share = populations[type] > 0 ? throughputs[type] * waiting / populations[type] : 0
                        change = max(change, (share - shares[station][type]).magnitude)
                        shares[station][type] = share
                    }
                }
                if change < 1e-9 { break }
            }
            return (throughputs, residences, shares)
        }

        mutating func linearized(_ populations: [Double]) -> Point {
            var full = core(populations)
            for _ in 0..<3 {
                for type in types where populations[type] >= 1 {
                    var fewer = populations
                    fewer[type] -= 1
                    let less = core(fewer, from: full.shares)
                    for station in queueing.indices {
                        for other in types {
                            differences[station][other][type] =
                                fewer[other] > 0 ? less.shares[station][other] - full.shares[station][other] : 0
                        }
                    }
                }
                full = core(populations, from: full.shares)
            }
            return full
        }
    }
}
