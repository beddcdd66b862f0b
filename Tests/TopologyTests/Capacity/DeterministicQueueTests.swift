import Testing

@testable import Topology

/// Queues whose service is constant, and those between constant and exponential.
@Suite struct DeterministicQueueTests {
    /// Erlang's own formula of 1909, whose terms alternate: exact for short times.
    private func erlang1909(_ load: Double, _ time: Double) -> Double {
        (0...Int(time)).reduce(0) { sum, k in
            let x = load * (Double(k) - time)
            var term = Elementary.exp(-x)
            for factor in stride(from: 1, through: k, by: 1) { term *= x / Double(factor) }
            return sum + (1 - load) * term
        }
    }

    @Test(arguments: [0.1, 0.5, 0.8, 0.95]) func theDistributionOfWaits(_ load: Double) throws {
        let queue = try MD1Queue(arrivalRate: load, serviceTime: 1)
        for time in [0, 0.3, 0.999, 1, 1.7, 3.2, 6.5] {
            #expect(abs(queue.waitTail(time) - (1 - erlang1909(load, time))) < 1e-9)
        }
        let step = 0.01
        let area = (0..<40_000).reduce(0) { $0 + queue.waitTail((Double($1) + 0.5) * step) } * step
        #expect(agree(area, queue.steadyState.meanWait, 1e-4))
        let percentile = try #require(queue.waitPercentile(0.99))
        #expect(abs(queue.waitTail(percentile) - 0.01) < 1e-9)
    }

    @Test func theTimeUnitDoesNotMatter() throws {
        let (seconds, milliseconds) = (
            try MD1Queue(arrivalRate: 125, serviceTime: 0.0076), try MD1Queue(arrivalRate: 0.125, serviceTime: 7.6)
        )
        #expect(agree(seconds.waitTail(0.03), milliseconds.waitTail(30), 1e-9))
        #expect(
            agree(try #require(milliseconds.waitPercentile(0.999)) / 1_000, try #require(seconds.waitPercentile(0.999)))
        )
    }

    /// M/D/c by brute force: after one service time those in service have left, and Poisson arrivals have come.
    private func exactMeanWait(load: Double, servers: Int) -> Double {
        let room = 160
        var arrivals = [Elementary.exp(-load)]
        for count in 1..<50 { arrivals.append(arrivals[count - 1] * load / Double(count)) }
        var states = [Double](repeating: 0, count: room)
        states[0] = 1
        for _ in 0..<400 {
            var next = [Double](repeating: 0, count: room)
            for (count, share) in states.enumerated() where share > 1e-18 {
                let left = max(0, count - servers)
                for (more, probability) in arrivals.prefix(room - left).enumerated() where probability > 1e-18 {
                    next[left + more] += share * probability
                }
            }
            let change = zip(states, next).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
            states = next
            if change < 1e-9 { break }
        }
        let queue = states.enumerated().reduce(0) { $0 + Double(max(0, $1.offset - servers)) * $1.element }
        return queue / load
    }

    @Test(arguments: [(0.5, 2), (0.8, 2), (0.5, 4), (0.8, 4), (0.9, 8), (0.7, 16)])
    func constantServiceAtSeveralServers(_ utilisation: Double, _ servers: Int) throws {
        let load = utilisation * Double(servers)
        let exact = exactMeanWait(load: load, servers: servers)
        let queue = try GGcQueue(arrivalRate: load, serviceTime: 1, servers: servers, serviceVariability: 0)
        #expect(agree(queue.steadyState.meanWait, exact, 0.03))
        let plain = try GGcQueue(
            arrivalRate: load, serviceTime: 1, servers: servers, serviceVariability: 0, approximation: .allenCunneen)
        #expect(plain.steadyState.meanWait < exact)
        #expect((queue.steadyState.meanWait - exact).magnitude < (plain.steadyState.meanWait - exact).magnitude)
    }

    @Test func theApproximationIsExactAtItsEnds() throws {
        let exponential = try MMcQueue(arrivalRate: 7, serviceTime: 1, servers: 8).steadyState
        let same = try GGcQueue(arrivalRate: 7, serviceTime: 1, servers: 8, serviceVariability: 1)
        #expect(same.isExact && agree(same.steadyState.meanWait, exponential.meanWait, 1e-12))
        for variability in [0, 0.3, 1, 4] {
            let general = try MG1Queue(arrivalRate: 0.8, serviceTime: 1, serviceVariability: variability).steadyState
            let one = try GGcQueue(arrivalRate: 0.8, serviceTime: 1, servers: 1, serviceVariability: variability)
            #expect(one.isExact && agree(one.steadyState.meanWait, general.meanWait, 1e-12))
        }
        let clockwork = try GGcQueue(
            arrivalRate: 7, serviceTime: 1, servers: 8, arrivalVariability: 0, serviceVariability: 0)
        #expect(clockwork.steadyState.meanWait == 0 && !clockwork.isExact && clockwork.waitPercentile(0.99) == 0)
    }

    @Test func kingmansBoundLiesAbove() throws {
        for load in stride(from: 0.1, to: 1, by: 0.1) {
            let exact = try MG1Queue(arrivalRate: load, serviceTime: 1, serviceVariability: 0.5).steadyState.meanWait
            let bound = try KingmanBound.meanWait(
                arrivalRate: load, serviceTime: 1, arrivalVariability: 1, serviceVariability: 0.5)
            #expect(bound > exact)
        }
        let near = try KingmanBound.meanWait(
            arrivalRate: 0.999, serviceTime: 1, arrivalVariability: 1, serviceVariability: 1)
        #expect(try agree(near, MMcQueue(arrivalRate: 0.999, serviceTime: 1, servers: 1).steadyState.meanWait, 0.01))
    }

    // MARK: - Group commit

    /// An exponential flush as a chain: idle, or flushing while so many wait.
    @Test(arguments: [0.2, 1, 5, 20]) func groupsOfCommits(_ rate: Double) throws {
        let (flush, room) = (0.8, 300)
        var chain = MarkovChain(states: room + 2)
        chain.add(rate, from: 0, to: 1)
        for waiting in 0...room {
            if waiting < room { chain.add(rate, from: 1 + waiting, to: 2 + waiting) }
            chain.add(1 / flush, from: 1 + waiting, to: waiting == 0 ? 0 : 1)
        }
        let states = chain.solve()
        let queue = try GroupCommitQueue(arrivalRate: rate, flushTime: flush, variability: 1)
        #expect(agree(queue.utilisation, 1 - states[0], 1e-9))
        let waiting = states.dropFirst().enumerated().reduce(0) { $0 + Double($1.offset) * $1.element }
        #expect(agree(queue.steadyState.meanQueue, waiting, 1e-6))
    }

    @Test func groupsGrowAndNeverChoke() throws {
        let busy = try GroupCommitQueue(arrivalRate: 10_000, flushTime: 0.0076, variability: 0)
        #expect(busy.utilisation > 0.999 && busy.meanGroup > 75 && busy.meanGroup < 77)
        #expect(agree(busy.steadyState.meanWait, 0.0038, 1e-6))
        let idle = try GroupCommitQueue(arrivalRate: 0, flushTime: 0.0076, variability: 0)
        #expect(idle.meanGroup == 1 && idle.steadyState.meanWait == 0)
    }
}
