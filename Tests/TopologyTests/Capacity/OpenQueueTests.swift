import Testing

@testable import Topology

@Suite struct OpenQueueTests {
    @Test func fourServersAtSevenEighths() throws {
        let queue = try MMcQueue(arrivalRate: 0.35, serviceTime: 10, servers: 4)
        let state = queue.steadyState
        #expect(abs(state.meanWait - 14.7572) < 5e-5 && abs(state.waitProbability - 0.737861) < 5e-7)
        #expect(agree(state.utilisation, 0.875, 1e-15) && agree(state.meanPresent, 0.35 * 24.7572, 1e-6))
        #expect(agree(queue.waitTail(20), 0.737861094 * 0.36787944117, 1e-8))
        let median = try #require(queue.waitPercentile(0.5))
        #expect(agree(queue.waitTail(median), 0.5, 1e-12) && queue.waitPercentile(0.2) == 0)
    }

    /// Bronson, "Operations Research" (Schaum 1982), problems 23.3, 23.14, 23.16 and 24.6.
    @Test func bronsonsProblems() throws {
        let first = try MMcQueue(arrivalRate: 24, serviceTime: 1.0 / 30, servers: 1).steadyState
        #expect(agree(first.meanPresent, 4, 1e-12) && agree(first.meanResponse, 1.0 / 6, 1e-12))
        let second = try MMcQueue(arrivalRate: 0.5, serviceTime: 1.5, servers: 1).steadyState
        #expect(agree(second.meanQueue, 2.25, 1e-12) && agree(second.meanWait, 4.5, 1e-12))
        let fourth = try MMcQueue(arrivalRate: 300, serviceTime: 1 / 182.5, servers: 3).steadyState
        #expect(abs(fourth.meanQueue - 0.352) < 5e-4 && abs(fourth.meanPresent - 1.996) < 5e-4)
        #expect(abs(fourth.meanWait - 0.001175) < 5e-7 && abs(fourth.meanResponse - 0.006654) < 5e-7)
    }

    /// Taha, "Operations Research", queueing: the car wash with five places, the cabs, the wash of constant time.
    @Test func tahasQueues() throws {
        let wash = try MMcKQueue(arrivalRate: 4, serviceTime: 1.0 / 6, servers: 1, capacity: 5).steadyState
        #expect(abs(wash.lossProbability - 0.04812) < 5e-6 && abs(wash.throughput - 3.8075) < 5e-5)
        #expect(abs(wash.meanPresent - 1.42256) < 5e-6 && abs(wash.meanResponse - 0.3736) < 5e-5)
        let cabs = try MMcKQueue(arrivalRate: 16, serviceTime: 0.2, servers: 4, capacity: 10).steadyState
        #expect(abs(cabs.meanPresent - 4.23984) < 5e-6 && abs(cabs.meanQueue - 1.15421) < 5e-6)
        #expect(abs(cabs.lossProbability - 0.03574) < 5e-6)
        let constant = try MG1Queue(arrivalRate: 4, serviceTime: 1.0 / 6, serviceVariability: 0).steadyState
        #expect(abs(constant.meanPresent - 1.333) < 5e-4 && abs(constant.meanWait - 0.167) < 5e-4)
    }

    @Test(arguments: 1...25) func roomForSomeAgainstTheChain(_ seed: Int) throws {
        var draw = Draw(seed)
        let (servers, service) = (draw.integer(1...6), draw.number(0.1...4))
        let capacity = servers + draw.integer(0...30)
        let rate = draw.number(0.1...2.5) * Double(servers) / service
        var chain = MarkovChain(states: capacity + 1)
        for count in 0..<capacity {
            chain.add(rate, from: count, to: count + 1)
            chain.add(Double(min(count + 1, servers)) / service, from: count + 1, to: count)
        }
        let states = chain.solve()
        let queue = try MMcKQueue(arrivalRate: rate, serviceTime: service, servers: servers, capacity: capacity)
        let state = queue.steadyState
        let waiting = states.enumerated().reduce(0) { $0 + Double(max(0, $1.offset - servers)) * $1.element }
        #expect(agree(state.lossProbability, states[capacity], 1e-10))
        #expect(agree(state.meanQueue, waiting, 1e-9))
        #expect(agree(state.throughput * state.meanResponse, state.meanPresent, 1e-9))
        // The mean wait is the area under the tail.
        let step = service / 40
        let area = (0..<3_000).reduce(0) { $0 + queue.waitTail((Double($1) + 0.5) * step) } * step
        #expect(abs(area - state.meanWait) < 1e-3 * (state.meanWait + service))
        #expect(agree(queue.waitTail(0), state.waitProbability, 1e-9) || capacity == servers)
    }

    @Test func formulasAgreeWhereTheyMeet() throws {
        let open = try MMcQueue(arrivalRate: 3, serviceTime: 0.5, servers: 2)
        let wide = try MMcKQueue(arrivalRate: 3, serviceTime: 0.5, servers: 2, capacity: 4_000)
        #expect(agree(open.steadyState.meanWait, wide.steadyState.meanWait, 1e-9))
        #expect(agree(try #require(wide.waitPercentile(0.99)), try #require(open.waitPercentile(0.99)), 1e-8))
        let lossy = try MMcKQueue(arrivalRate: 5, serviceTime: 1, servers: 10, capacity: 10).steadyState
        #expect(try agree(lossy.lossProbability, #require(ErlangB.blocking(load: 5, servers: 10)), 1e-13))
        let general = try MG1Queue(arrivalRate: 0.7, serviceTime: 1, serviceVariability: 1).steadyState
        let single = try MMcQueue(arrivalRate: 0.7, serviceTime: 1, servers: 1)
        #expect(agree(general.meanWait, single.steadyState.meanWait, 1e-12))
        let constant = try MD1Queue(arrivalRate: 0.7, serviceTime: 1)
        #expect(agree(constant.steadyState.meanWait, general.meanWait / 2, 1e-12))
        // With very many servers nobody waits.
        #expect(try MMcQueue(arrivalRate: 3, serviceTime: 0.5, servers: 100).steadyState.meanWait < 1e-30)
        // M/M/1: the response is exponential with its mean.
        #expect(agree(single.responseTail(5), Elementary.exp(-5 * 0.3), 1e-9))
        #expect(agree(try #require(single.responsePercentile(0.95)), -Elementary.log(0.05) / 0.3, 1e-9))
    }

    @Test(arguments: [(0.35, 10.0, 4), (3, 1, 4), (1, 1, 2), (1.5, 1, 3)])
    func theMeanResponseIsTheAreaUnderItsTail(_ rate: Double, _ service: Double, _ servers: Int) throws {
        let queue = try MMcQueue(arrivalRate: rate, serviceTime: service, servers: servers)
        let step = service / 500
        let area = (0..<100_000).reduce(0) { $0 + queue.responseTail((Double($1) + 0.5) * step) } * step
        #expect(agree(area, queue.steadyState.meanResponse, 1e-5))
    }

    @Test func unstableQueuesSaySo() {
        #expect(throws: QueueingError.unstable(utilisation: 1)) {
            try MMcQueue(arrivalRate: 2, serviceTime: 1, servers: 2)
        }
        #expect(throws: QueueingError.unstable(utilisation: 1.5)) {
            try MG1Queue(arrivalRate: 1.5, serviceTime: 1, serviceVariability: 0)
        }
        #expect(throws: QueueingError.unstable(utilisation: 2)) {
            try GGcQueue(arrivalRate: 8, serviceTime: 1, servers: 4, serviceVariability: 0)
        }
        #expect(throws: QueueingError.self) { try MMcQueue(arrivalRate: -1, serviceTime: 1, servers: 2) }
        #expect(throws: QueueingError.self) { try MMcQueue(arrivalRate: .nan, serviceTime: 1, servers: 2) }
        #expect(throws: QueueingError.self) { try MMcQueue(arrivalRate: 1, serviceTime: 1, servers: 0) }
        #expect(throws: QueueingError.self) { try MMcKQueue(arrivalRate: 1, serviceTime: 1, servers: 3, capacity: 2) }
        #expect(throws: QueueingError.self) {
            try MG1Queue(arrivalRate: 0.1, serviceTime: 1, serviceVariability: .infinity)
        }
    }

    @Test func moreLoadWaitsLongerAndMoreServersShorter() throws {
        let loads = stride(from: 0.1, to: 4, by: 0.1).map {
            try! MMcQueue(arrivalRate: $0, serviceTime: 1, servers: 4).steadyState.meanWait
        }
        #expect(zip(loads, loads.dropFirst()).allSatisfy { $0 < $1 })
        let servers = (4...40).map { try! MMcQueue(arrivalRate: 3.9, serviceTime: 1, servers: $0).steadyState.meanWait }
        #expect(zip(servers, servers.dropFirst()).allSatisfy { $0 > $1 })
        // One fast server beats two slow ones in the response, though not in the wait.
        let two = try MMcQueue(arrivalRate: 1.5, serviceTime: 1, servers: 2).steadyState
        let one = try MMcQueue(arrivalRate: 1.5, serviceTime: 0.5, servers: 1).steadyState
        #expect(one.meanResponse < two.meanResponse && one.meanWait > two.meanWait)
    }

    @Test func littlesLaw() throws {
        #expect(LittlesLaw.present(rate: 200, time: 0.05) == 10)
        #expect(LittlesLaw.time(present: 10, rate: 200) == 0.05 && LittlesLaw.time(present: 1, rate: 0) == nil)
        #expect(LittlesLaw.rate(present: 10, time: 0.05) == 200 && LittlesLaw.rate(present: 1, time: 0) == nil)
    }
}
