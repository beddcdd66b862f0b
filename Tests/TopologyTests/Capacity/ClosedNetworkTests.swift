import Testing

@testable import Topology

@Suite struct ClosedNetworkTests {
    private typealias Station = ClosedNetwork.Station

    /// Lazowska et al., "Quantitative System Performance", section 6.4: a processor and two disks behind terminals.
    @Test func lazowskasExample() throws {
        let stations = [
            Station("CPU", demands: [0.605]), Station("disk 1", demands: [2.1]), Station("disk 2", demands: [1.35]),
        ]
        let network = try ClosedNetwork(population: 3, thinkTime: 15, stations: stations)
        let solution = try MeanValueAnalysis.solve(network)
        #expect(abs(solution.throughput - 0.152) < 5e-4)
        for (found, published) in zip(solution.residences, [0.644, 2.605, 1.551]) {
            #expect(abs(found[0] - published) < 6e-4)
        }
        for (found, published) in zip(solution.queues, [0.098, 0.395, 0.235]) { #expect(abs(found - published) < 6e-4) }
        let two = try MeanValueAnalysis.solve(network.with(population: 2))
        #expect(abs(two.throughput - 0.103) < 5e-4 && abs(two.response - 4.401) < 1e-3)
    }

    /// Taha's Toolco: 22 machines break down every two hours and are mended in twelve minutes.
    @Test(arguments: [(1, 45.44), (2, 80.15), (3, 88.79), (4, 90.45)])
    func tahasMachines(_ repairers: Int, _ productivity: Double) throws {
        let repair = Station("repair", .servers(repairers), demands: [0.2])
        let shop = try NetworkConvolution(ClosedNetwork(population: 22, thinkTime: 2, stations: [repair])).solve()
        #expect(abs((22 - shop.queues[0]) / 22 * 100 - productivity) < 0.0051)
    }

    // MARK: - Against chains

    /// Terminals and one station, as a chain that goes up and down.
    private func repairShop(_ population: Int, _ think: Double, _ station: Station) -> (
        throughput: Double, present: Double
    ) {
        var chain = MarkovChain(states: population + 1)
        for count in 0..<population {
            chain.add(Double(population - count) / think, from: count, to: count + 1)
            chain.add(station.speed(count + 1) / station.demands[0], from: count + 1, to: count)
        }
        let present = chain.solve().enumerated().reduce(0) { $0 + Double($1.offset) * $1.element }
        return ((Double(population) - present) / think, present)
    }

    @Test(arguments: 1...20) func oneStationAgainstTheChain(_ seed: Int) throws {
        var draw = Draw(seed)
        let population = draw.integer(1...60)
        let think = draw.number(0.5...20)
        let kind: ClosedNetwork.Kind =
            seed % 3 == 0
            ? .loadDependent((1...draw.integer(1...5)).map { _ in draw.number(0.3...4) })
            : .servers(draw.integer(1...8))
        let station = Station("station", kind, demands: [draw.number(0.1...2)])
        let exact = repairShop(population, think, station)
        let network = try ClosedNetwork(population: population, thinkTime: think, stations: [station])
        let solution = try NetworkConvolution(network).solve()
        #expect(agree(solution.throughput, exact.throughput, 1e-9))
        #expect(agree(solution.queues[0], exact.present, 1e-8))
        #expect(
            try agree(
                NetworkConvolution(network).response(population: population), exact.present / exact.throughput, 1e-7))
    }

    /// Two stations of several servers in a row and terminals: the chain of all (n₁, n₂).
    @Test(arguments: 1...8) func twoStationsAgainstTheChain(_ seed: Int) throws {
        var draw = Draw(100 + seed)
        let population = draw.integer(2...16)
        let think = draw.number(0.5...4)
        let stations = (1...2).map { Station("s\($0)", .servers(draw.integer(1...4)), demands: [draw.number(0.2...2)]) }
        func place(_ first: Int, _ second: Int) -> Int { first * (population + 1) + second }
        var chain = MarkovChain(states: (population + 1) * (population + 1))
        for first in 0...population {
            for second in 0...population {
                guard first + second <= population else {
                    // No such state; it drains so that the chain holds together.
                    chain.add(1, from: place(first, second), to: 0)
                    continue
                }
                let here = place(first, second)
                let thinking = Double(population - first - second)
                if thinking > 0 { chain.add(thinking / think, from: here, to: place(first + 1, second)) }
                if first > 0 {
                    chain.add(
                        stations[0].speed(first) / stations[0].demands[0], from: here, to: place(first - 1, second + 1))
                }
                if second > 0 {
                    chain.add(
                        stations[1].speed(second) / stations[1].demands[0], from: here, to: place(first, second - 1))
                }
            }
        }
        let states = chain.solve()
        var present = [0.0, 0.0]
        for first in 0...population {
            for second in 0...population {
                present[0] += Double(first) * states[place(first, second)]
                present[1] += Double(second) * states[place(first, second)]
            }
        }
        let network = try ClosedNetwork(population: population, thinkTime: think, stations: stations)
        let solution = try NetworkConvolution(network).solve()
        #expect(agree(solution.queues[0], present[0], 1e-8) && agree(solution.queues[1], present[1], 1e-8))
        #expect(agree(solution.throughput, (Double(population) - present[0] - present[1]) / think, 1e-9))
    }

    /// Two classes share a processor; each has terminals of its own: the chain of all (n₁, n₂).
    @Test(arguments: 1...8) func twoClassesAgainstTheChain(_ seed: Int) throws {
        var draw = Draw(200 + seed)
        let populations = [draw.integer(1...9), draw.integer(1...9)]
        let thinks = [draw.number(0.5...5), draw.number(0.5...5)]
        let demands = [draw.number(0.1...2), draw.number(0.1...2)]
        let width = populations[1] + 1
        var chain = MarkovChain(states: (populations[0] + 1) * width)
        for first in 0...populations[0] {
            for second in 0...populations[1] {
                let here = first * width + second
                let both = Double(first + second)
                if first < populations[0] {
                    chain.add(Double(populations[0] - first) / thinks[0], from: here, to: here + width)
                }
                if second < populations[1] {
                    chain.add(Double(populations[1] - second) / thinks[1], from: here, to: here + 1)
                }
                if first > 0 { chain.add(Double(first) / both / demands[0], from: here, to: here - width) }
                if second > 0 { chain.add(Double(second) / both / demands[1], from: here, to: here - 1) }
            }
        }
        var busy = [0.0, 0.0]
        for (state, share) in chain.solve().enumerated() {
            let (first, second) = (Double(state / width), Double(state % width))
            guard first + second > 0 else { continue }
            busy[0] += share * first / (first + second)
            busy[1] += share * second / (first + second)
        }
        let network = try ClosedNetwork(
            populations: populations, thinkTimes: thinks, stations: [Station("processor", demands: demands)])
        let exact = try MeanValueAnalysis.solve(network)
        #expect(agree(exact.throughputs[0], busy[0] / demands[0], 1e-9))
        #expect(agree(exact.throughputs[1], busy[1] / demands[1], 1e-9))
        let linearized = try ApproximateMeanValueAnalysis.solve(network)
        #expect(agree(linearized.throughputs[0], exact.throughputs[0], 0.02))
        #expect(agree(linearized.throughputs[1], exact.throughputs[1], 0.02))
    }

    // MARK: - Methods against each other

    private func random(_ seed: Int, servers: ClosedRange<Int>, population: ClosedRange<Int>) throws -> ClosedNetwork {
        var draw = Draw(300 + seed)
        let stations = (1...draw.integer(2...5)).map { number in
            Station("s\(number)", .servers(draw.integer(servers)), demands: [draw.number(0.05...1)])
        }
        let delay = Station("network", .delay, demands: [draw.number(0...1)])
        return try ClosedNetwork(
            population: draw.integer(population), thinkTime: draw.number(0...10), stations: stations + [delay])
    }

    @Test(arguments: 1...20) func convolutionIsMeanValueAnalysis(_ seed: Int) throws {
        let network = try random(seed, servers: 1...1, population: 1...200)
        let (one, other) = (try NetworkConvolution(network).solve(), try MeanValueAnalysis.solve(network))
        #expect(agree(one.throughput, other.throughput, 1e-9))
        for (left, right) in zip(one.queues, other.queues) { #expect(agree(left, right, 1e-7)) }
        #expect(
            agree(one.queues.reduce(0, +) + one.throughput * network.thinkTimes[0], Double(network.population), 1e-8))
    }

    @Test(arguments: 1...20) func approximationsComeNear(_ seed: Int) throws {
        let network = try random(seed, servers: 1...1, population: 1...60)
        let exact = try MeanValueAnalysis.solve(network).throughput
        let (rough, fine) = (
            try ApproximateMeanValueAnalysis.solve(network, by: .bardSchweitzer).throughput,
            try ApproximateMeanValueAnalysis.solve(network, by: .linearizer).throughput
        )
        #expect(agree(rough, exact, 0.1) && agree(fine, exact, 0.02))
        #expect((fine - exact).magnitude <= (rough - exact).magnitude + 1e-6)
    }

    @Test(arguments: 1...10) func severalServersAreApproximatedToo(_ seed: Int) throws {
        let network = try random(seed, servers: 1...6, population: 5...60)
        let exact = try NetworkConvolution(network).solve().throughput
        #expect(try agree(ApproximateMeanValueAnalysis.solve(network).throughput, exact, 0.12))
    }

    @Test(arguments: 1...30) func theBoundsHold(_ seed: Int) throws {
        let network = try random(seed, servers: 1...1, population: 1...100)
        let bounds = try OperationalBounds(
            stations: network.stations.map { ($0.demands[0], $0.kind == .delay ? nil : 1) },
            thinkTime: network.thinkTimes[0])
        let exact = try MeanValueAnalysis.solve(network)
        let count = network.population
        let slack = 1e-9
        for range in [bounds.throughput(population: count), bounds.balancedThroughput(population: count)] {
            #expect(range.lowerBound <= exact.throughput * (1 + slack))
            #expect(range.upperBound >= exact.throughput * (1 - slack))
        }
        for range in [bounds.response(population: count), bounds.balancedResponse(population: count)] {
            #expect(
                range.lowerBound <= exact.response * (1 + slack) && range.upperBound >= exact.response * (1 - slack))
        }
        let (wide, tight) = (bounds.response(population: count), bounds.balancedResponse(population: count))
        #expect(tight.lowerBound >= wide.lowerBound * (1 - slack) && tight.upperBound <= wide.upperBound * (1 + slack))
    }

    @Test func theAsymptotesMeetAtTheKnee() throws {
        let bounds = try OperationalBounds(stations: [(0.1, 2), (0.04, 1), (0.36, nil)], thinkTime: 1)
        #expect(agree(bounds.ceiling, 20, 1e-12) && agree(bounds.knee, 30, 1e-12))
        #expect(agree(bounds.throughput(population: 30).upperBound, 20, 1e-12))
        #expect(agree(bounds.response(population: 60).lowerBound, 2, 1e-12))
        let idle = try OperationalBounds(stations: [(0.5, nil)], thinkTime: 1)
        #expect(idle.ceiling == .infinity && idle.response(population: 900).lowerBound == 0.5)
    }

    // MARK: - Size and nonsense

    /// Thousands of customers and hundreds of servers lose no digits, from idle to saturated.
    @Test(arguments: [(6_000, 1.0, 0.02, 100), (2_000, 0.5, 0.1, 300), (3_000, 10, 0.05, 300), (500, 0, 0.2, 300)])
    func manyCustomers(_ population: Int, _ think: Double, _ demand: Double, _ servers: Int) throws {
        let station = Station("station", .servers(servers), demands: [demand])
        let network = try ClosedNetwork(population: population, thinkTime: think, stations: [station])
        let solution = try NetworkConvolution(network).solve()
        let states = BirthDeath.states(
            births: (0..<population).map { think == 0 ? 1e9 : Double(population - $0) / think },
            deaths: (1...population).map { station.speed($0) / demand })
        let busy = states.enumerated().reduce(0) { $0 + Double(min($1.offset, servers)) * $1.element }
        #expect(agree(solution.throughput, busy / demand, 1e-6))
        #expect(solution.throughput <= Double(servers) / demand * (1 + 1e-12))
    }

    @Test func nothingComesOfNobody() throws {
        let network = try ClosedNetwork(population: 0, thinkTime: 1, stations: [Station("s", demands: [1])])
        #expect(try NetworkConvolution(network).solve().throughput == 0)
        #expect(try MeanValueAnalysis.solve(network).throughput == 0)
        #expect(try ApproximateMeanValueAnalysis.solve(network).throughput == 0)
    }

    @Test func nonsenseIsRefused() throws {
        #expect(throws: QueueingError.self) {
            try ClosedNetwork(population: 3, thinkTime: 1, stations: [Station("s", demands: [1, 2])])
        }
        #expect(throws: QueueingError.self) {
            try ClosedNetwork(population: 3, thinkTime: -1, stations: [Station("s", demands: [1])])
        }
        #expect(throws: QueueingError.self) {
            try ClosedNetwork(population: 3, thinkTime: 1, stations: [Station("s", .servers(0), demands: [1])])
        }
        #expect(throws: QueueingError.self) {
            try MeanValueAnalysis.solve(
                ClosedNetwork(population: 3, thinkTime: 1, stations: [Station("s", .servers(2), demands: [1])]))
        }
        #expect(throws: QueueingError.self) {
            try NetworkConvolution(ClosedNetwork(population: 3, thinkTime: 0, stations: [Station("s", demands: [0])]))
        }
    }
}
