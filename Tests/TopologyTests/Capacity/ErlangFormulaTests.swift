import Testing

@testable import Topology

@Suite struct ErlangFormulaTests {
    /// Erlang's tables: 5 erlangs on 10 lines lose 1.84 %, 10 on 10 lose 21.46 %, 100 on 100 lose 7.57 %.
    @Test(arguments: [
        (5.0, 10, 0.018385), (10, 10, 0.214582), (100, 100, 0.075700), (2, 3, 0.210526), (0.1, 1, 0.090909),
    ]) func lossTable(_ load: Double, _ servers: Int, _ published: Double) throws {
        let blocking = try #require(ErlangB.blocking(load: load, servers: servers))
        #expect(abs(blocking - published) < 5e-7)
    }

    /// The dimensioning tables of telephony: lines for a loss of 1 %.
    @Test(arguments: [(1.0, 5), (5, 11), (10, 18), (20, 30), (50, 64), (100, 117)]) func linesForOnePercent(
        _ load: Double, _ lines: Int
    ) { #expect(ErlangB.servers(load: load, blockingAtMost: 0.01) == lines) }

    @Test func waitTable() throws {
        #expect(try agree(ErlangC.waitProbability(load: 2, servers: 3), 4.0 / 9, 1e-14))
        #expect(try agree(ErlangC.waitProbability(load: 1, servers: 2), 1.0 / 3, 1e-14))
        #expect(try agree(ErlangC.waitProbability(load: 0.7, servers: 1), 0.7, 1e-14))
        // 100 calls in half an hour of three minutes each: ten erlangs, eleven agents.
        #expect(try abs(ErlangC.waitProbability(load: 10, servers: 11) - 0.6821) < 5e-5)
    }

    @Test(arguments: 1...40) func theRecurrenceIsTheSum(_ seed: Int) throws {
        var draw = Draw(seed)
        let (load, servers) = (draw.number(0.1...30), draw.integer(1...40))
        var (term, sum) = (1.0, 1.0)
        for count in 1...servers {
            term *= load / Double(count)
            sum += term
        }
        #expect(try agree(#require(ErlangB.blocking(load: load, servers: servers)), term / sum, 1e-12))
    }

    /// Thousands of servers neither overflow nor lose digits, and more of them always lose less.
    @Test func manyServers() throws {
        let near = try #require(ErlangB.blocking(load: 10_000, servers: 10_000))
        // √(2/(π c)) for load = servers (Jagerman 1974).
        #expect(agree(near, (2 / (Double.pi * 10_000)).squareRoot(), 0.01))
        let losses = stride(from: 9_000, through: 11_000, by: 100).map { ErlangB.blocking(load: 10_000, servers: $0)! }
        #expect(zip(losses, losses.dropFirst()).allSatisfy { $0 > $1 })
        #expect(ErlangB.blocking(load: 0, servers: 3) == 0)
        #expect(ErlangB.blocking(load: 7, servers: 0) == 1)
    }

    @Test func nonsenseHasNoAnswer() {
        #expect(ErlangB.blocking(load: -1, servers: 2) == nil)
        #expect(ErlangB.blocking(load: .nan, servers: 2) == nil)
        #expect(ErlangB.servers(load: 3, blockingAtMost: 0) == nil)
        #expect(throws: QueueingError.unstable(utilisation: 1)) { try ErlangC.waitProbability(load: 4, servers: 4) }
        #expect(throws: QueueingError.unstable(utilisation: 1.25)) { try ErlangC.waitProbability(load: 5, servers: 4) }
        #expect(throws: QueueingError.self) { try ErlangC.waitProbability(load: 0, servers: 0) }
    }

    @Test func theFewestAgentsForAServiceLevel() throws {
        // 100 calls of three minutes in half an hour, 80 % to be answered within 20 s: fourteen agents.
        let agents = ErlangC.servers(arrivalRate: 100.0 / 1_800, serviceTime: 180, waitingAtMost: 0.2, longerThan: 20)
        #expect(agents == 14)
    }

    // MARK: - Erlang A

    @Test(arguments: 1...25) func impatienceAgainstTheChain(_ seed: Int) throws {
        var draw = Draw(seed)
        let (servers, service) = (draw.integer(1...8), draw.number(0.2...3))
        let (rate, patience) = (draw.number(0.2...2) * Double(servers) / service, draw.number(0.1...5))
        let queue = try ErlangA(arrivalRate: rate, serviceTime: service, servers: servers, patience: patience)
        let last = 400
        var chain = MarkovChain(states: last + 1)
        for count in 0..<last {
            chain.add(rate, from: count, to: count + 1)
            let waiting = Double(max(0, count + 1 - servers))
            chain.add(Double(min(count + 1, servers)) / service + waiting / patience, from: count + 1, to: count)
        }
        let states = chain.solve()
        let waiting = states.enumerated().reduce(0) { $0 + Double(max(0, $1.offset - servers)) * $1.element }
        #expect(agree(queue.meanQueue, waiting, 1e-8))
        #expect(agree(queue.waitProbability, states[servers...].reduce(0, +), 1e-9))
        let state = queue.steadyState
        #expect(agree(rate * state.lossProbability, waiting / patience, 1e-8))
        let present = states.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element }
        #expect(agree(state.meanPresent, present, 1e-8))
    }

    @Test func patienceWithoutEndIsErlangC() throws {
        let patient = try ErlangA(arrivalRate: 0.35, serviceTime: 10, servers: 4, patience: 1e9)
        let waiting = try MMcQueue(arrivalRate: 0.35, serviceTime: 10, servers: 4)
        #expect(agree(patient.steadyState.meanWait, waiting.steadyState.meanWait, 1e-5))
        #expect(agree(patient.waitProbability, waiting.waitProbability, 1e-5) && patient.abandonment < 1e-7)
    }

    @Test func patienceWithoutAMomentIsErlangB() throws {
        let hasty = try ErlangA(arrivalRate: 5, serviceTime: 1, servers: 10, patience: 1e-9)
        #expect(try agree(hasty.abandonment, #require(ErlangB.blocking(load: 5, servers: 10)), 1e-6))
    }

    /// Where one waits as long as one is served, the number present is Poisson: nobody's place matters (M/M/∞).
    @Test(arguments: [1, 3, 20]) func patienceLikeServiceIsPoisson(_ servers: Int) throws {
        let queue = try ErlangA(arrivalRate: 12, serviceTime: 0.5, servers: servers, patience: 0.5)
        #expect(agree(queue.steadyState.meanPresent, 6, 1e-12))
        var (term, below) = (Elementary.exp(-6), 0.0)
        for count in 0..<servers {
            below += term
            term *= 6 / Double(count + 1)
        }
        #expect(agree(queue.waitProbability, 1 - below, 1e-9))
    }

    /// A crowd against a few servers: nearly all that are not served give up, and nothing overflows.
    @Test func aCrowd() throws {
        let queue = try ErlangA(arrivalRate: 100_000, serviceTime: 0.04, servers: 300, patience: 20)
        #expect(agree(queue.waitProbability, 1, 1e-12) && agree(queue.steadyState.utilisation, 1, 1e-9))
        #expect(agree(queue.abandonment, 1 - 7_500.0 / 100_000, 1e-9))
        let idle = try ErlangA(arrivalRate: 0.001, serviceTime: 1, servers: 300, patience: 1)
        #expect(idle.waitProbability == 0 && idle.abandonment == 0)
    }

    // MARK: - Patience of a fixed length

    /// Many short phases make an all but constant patience: the chain of (present, phases) would be large, so the limits.
    @Test(arguments: [0.5, 0.9, 1, 1.3]) func fixedPatience(_ utilisation: Double) throws {
        let rate = utilisation * 5
        func queue(_ patience: Double) throws -> MMcDQueue {
            try MMcDQueue(arrivalRate: rate, serviceTime: 1, servers: 5, patience: patience)
        }
        // Without patience it is Erlang's loss system.
        #expect(try agree(queue(0).abandonment, #require(ErlangB.blocking(load: rate, servers: 5)), 1e-12))
        // With much it is M/M/c where that is stable, and loses the surplus where it is not.
        if utilisation < 1 {
            let endless = try MMcQueue(arrivalRate: rate, serviceTime: 1, servers: 5)
            #expect(try agree(queue(1_000).meanWait, endless.steadyState.meanWait, 1e-9))
            #expect(try agree(queue(1_000).waitProbability, endless.waitProbability, 1e-9))
        } else {
            #expect(try abs(queue(1_000).abandonment - (1 - 1 / utilisation)) < 1e-3)
        }
        let losses = try stride(from: 0, through: 5, by: 0.25).map { try queue($0).abandonment }
        #expect(zip(losses, losses.dropFirst()).allSatisfy { $0 > $1 })
        // What is let in is what is served: the balance of the busy servers (Erlang B's recurrence does not know it).
        let state = try queue(2).steadyState
        #expect(state.utilisation < 1 && agree(state.throughput, rate * (1 - state.lossProbability)))
    }

    /// One server, checked by hand: λ = μ = 1, patience 1: weights 1, 1 and 1 (free, waiting in time, too late).
    @Test func fixedPatienceByHand() throws {
        let queue = try MMcDQueue(arrivalRate: 1, serviceTime: 1, servers: 1, patience: 1)
        #expect(agree(queue.abandonment, 1.0 / 3) && agree(queue.waitProbability, 2.0 / 3))
        #expect(agree(queue.meanWait, (0.5 + 1) / 3))
        let crowd = try MMcDQueue(arrivalRate: 50_000, serviceTime: 0.04, servers: 300, patience: 30)
        #expect(agree(crowd.abandonment, 1 - 7_500.0 / 50_000, 1e-9) && agree(crowd.meanWait, 30, 1e-3))
    }
}
