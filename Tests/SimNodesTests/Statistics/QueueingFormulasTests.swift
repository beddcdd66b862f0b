import Testing

@testable import SimNodes

@Suite struct StatisticsQueueingTests {
    private func close(_ value: Double, _ published: Double, _ tolerance: Double) -> Bool {
        (value - published).magnitude <= tolerance
    }

    /// Erlang's tables: 5 erlangs on 10 lines lose 1.84 %; 2 on 3 servers wait with probability 4/9.
    @Test func erlangsTables() {
        #expect(close(QueueingFormulas.erlangB(load: 5, servers: 10), 0.0183845703366, 1e-12))
        #expect(close(QueueingFormulas.erlangC(load: 2, servers: 3), 4.0 / 9, 1e-15))
        #expect(close(QueueingFormulas.erlangC(load: 1, servers: 2), 1.0 / 3, 1e-15))
    }

    /// Bronson, "Operations Research" (Schaum 1982), problems 23.3, 23.14, 23.16 and 24.6.
    @Test func bronsonsProblems() {
        let first = QueueingFormulas.mm1(arrivalRate: 24, service: 1.0 / 30)
        #expect(close(first.meanPresent, 4, 1e-12) && close(first.meanResponse, 1.0 / 6, 1e-12))
        let second = QueueingFormulas.mm1(arrivalRate: 0.5, service: 1.5)
        #expect(close(second.meanQueue, 2.25, 1e-12) && close(second.meanWait, 4.5, 1e-12))
        let third = QueueingFormulas.mm1(arrivalRate: 1, service: 0.75)
        #expect(close(third.meanWait, 2.25, 1e-12) && close(third.meanResponse, 3, 1e-12))
        let fourth = QueueingFormulas.mmc(arrivalRate: 300, service: 1 / 182.5, servers: 3)
        #expect(close(fourth.meanQueue, 0.352, 5e-4) && close(fourth.meanPresent, 1.996, 5e-4))
        #expect(close(fourth.meanWait, 0.001175, 5e-7) && close(fourth.meanResponse, 0.006654, 5e-7))
    }

    @Test func fourServersAtSevenEighths() {
        let queue = QueueingFormulas.mmc(arrivalRate: 0.35, service: 10, servers: 4)
        #expect(close(queue.meanWait, 14.7572, 5e-5) && close(queue.waitProbability, 0.737861, 5e-7))
        #expect(close(queue.utilisation, 0.875, 1e-15))
        let tail = QueueingFormulas.mmcWaitTail(arrivalRate: 0.35, service: 10, servers: 4, time: 20)
        #expect(close(tail, 0.737861094 * 0.36787944117, 1e-9))
    }

    /// Taha, "Operations Research", queueing: the car wash with five places, the cabs, the wash of constant time.
    @Test func tahasQueues() {
        let wash = QueueingFormulas.mmck(arrivalRate: 4, service: 1.0 / 6, servers: 1, capacity: 5)
        #expect(close(wash.lossProbability, 0.04812, 5e-6) && close(wash.throughput, 3.8075, 5e-5))
        #expect(close(wash.meanPresent, 1.42256, 5e-6) && close(wash.meanResponse, 0.3736, 5e-5))
        let cabs = QueueingFormulas.mmck(arrivalRate: 16, service: 0.2, servers: 4, capacity: 10)
        #expect(close(cabs.meanPresent, 4.23984, 5e-6) && close(cabs.meanQueue, 1.15421, 5e-6))
        #expect(close(cabs.lossProbability, 0.03574, 5e-6))
        let constant = QueueingFormulas.md1(arrivalRate: 4, service: 1.0 / 6)
        #expect(close(constant.meanPresent, 1.333, 5e-4) && close(constant.meanQueue, 0.667, 5e-4))
        #expect(close(constant.meanResponse, 0.333, 5e-4) && close(constant.meanWait, 0.167, 5e-4))
    }

    /// Taha's Toolco: 22 machines break down every two hours and are mended in twelve minutes.
    @Test(arguments: [(1, 45.44), (2, 80.15), (3, 88.79), (4, 90.45)])
    func tahasMachines(_ repairers: Int, _ productivity: Double) {
        let shop = QueueingFormulas.closed(users: 22, think: 2, service: 0.2, servers: repairers)
        #expect(close((22 - shop.meanPresent) / 22 * 100, productivity, 0.0051))
        #expect(close(shop.throughput * (2 + shop.meanResponse), 22, 1e-9))
    }

    /// Mean value analysis reaches the same answer by another way.
    @Test(arguments: [1, 2, 10, 300]) func oneServerAgreesWithMeanValueAnalysis(_ users: Int) {
        var present = 0.0
        var response = 0.0
        for count in 1...users {
            response = 0.05 * (1 + present)
            present = Double(count) / (response + 1) * response
        }
        let closed = QueueingFormulas.closed(users: users, think: 1, service: 0.05, servers: 1)
        #expect(close(closed.meanResponse, response, 1e-9) && close(closed.meanPresent, present, 1e-9))
    }

    /// Thousands of users: no overflow, and the bound N/X − Z is reached.
    @Test func manyUsers() {
        let crowd = QueueingFormulas.closed(users: 6000, think: 1, service: 0.02, servers: 100)
        #expect(close(crowd.throughput, 5000, 50) && crowd.throughput <= 5000)
        let jam = QueueingFormulas.closed(users: 6000, think: 0, service: 0.02, servers: 100)
        #expect(jam.throughput == 5000 && close(jam.meanResponse, 1.2, 1e-12) && jam.meanQueue == 5900)
        let idle = QueueingFormulas.closed(users: 3, think: 1, service: 0.02, servers: 100)
        #expect(close(idle.meanResponse, 0.02, 1e-12) && idle.waitProbability == 0)
    }

    @Test func formulasAgreeWhereTheyMeet() {
        let open = QueueingFormulas.mmc(arrivalRate: 3, service: 0.5, servers: 2)
        let wide = QueueingFormulas.mmck(arrivalRate: 3, service: 0.5, servers: 2, capacity: 400)
        #expect(close(open.meanWait, wide.meanWait, 1e-9) && close(open.waitProbability, wide.waitProbability, 1e-9))
        let lossy = QueueingFormulas.mmck(arrivalRate: 5, service: 1, servers: 10, capacity: 10)
        #expect(close(lossy.lossProbability, QueueingFormulas.erlangB(load: 5, servers: 10), 1e-14))
        let general = QueueingFormulas.mg1(arrivalRate: 0.7, mean: 1, variance: 1)
        #expect(close(general.meanWait, QueueingFormulas.mm1(arrivalRate: 0.7, service: 1).meanWait, 1e-12))
        let constant = QueueingFormulas.md1(arrivalRate: 0.7, service: 1)
        #expect(close(constant.meanWait, general.meanWait / 2, 1e-12))
    }

    @Test(arguments: [(10, 4), (6000, 300), (6000, 7), (1, 5)]) func burstsAreServedInWaves(
        _ customers: Int, _ servers: Int
    ) {
        let done = QueueingFormulas.burst(customers: customers, service: 0.25, servers: servers)
        #expect(done.last == Double((customers + servers - 1) / servers) * 0.25)
        let mean = QueueingFormulas.burstMeanResponse(customers: customers, service: 0.25, servers: servers)
        #expect(close(done.reduce(0, +) / Double(customers), mean, 1e-9))
    }
}
