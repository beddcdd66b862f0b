import Testing
import Topology

@testable import SimNodes

@Suite struct NetworkFaultTests {
    private static func cut(_ bench: NetworkBench, there: Bool, back: Bool, from begin: Int64, to end: Int64) {
        let (network, client, server) = (bench.network, bench.client.process, bench.server.process)
        bench.faults.at(begin) {
            if there { network.cut(from: client, to: server) }
            if back { network.cut(from: server, to: client) }
        }
        bench.faults.at(end) {
            if there { network.heal(from: client, to: server) }
            if back { network.heal(from: server, to: client) }
        }
    }

    /// Sent at 100 ms, repeated after 200, 400, 800 … ms: at 300, 700, 1500, 3100 ms.
    @Test(arguments: [(250, 300), (300, 700), (699, 700), (701, 1_500), (1_600, 3_100)] as [(Int64, Int64)])
    func whatWasHeldArrivesAtTheNextRetransmission(healed: Int64, repeated: Int64) {
        let there = NetworkBench()
        Self.cut(there, there: true, back: false, from: 50, to: healed)
        there.call(at: 100)
        #expect(there.run() == ["\(repeated + 2) call ok"])
        #expect(there.network.affectedMessages(from: there.client.process, to: there.server.process) == 1)
        let back = NetworkBench()
        Self.cut(back, there: false, back: true, from: 50, to: healed)
        back.call(at: 99)
        #expect(back.run() == ["\(repeated + 1) call ok"])
        #expect(back.network.affectedMessages(from: back.server.process, to: back.client.process) == 1)
    }

    @Test func theWorkBehindACutIsDoneThoughNobodyHearsOfIt() {
        let bench = NetworkBench()
        Self.cut(bench, there: false, back: true, from: 5, to: 10_000)
        bench.call(at: 10, timeout: .seconds(1))
        bench.faults.at(20) { #expect(bench.effects == 1) }
        #expect(bench.run() == ["1010 call timedOut"] && bench.effects == 1)
    }

    @Test func whatIsOnTheWayWhenTheCutComesStillArrives() {
        let bench = NetworkBench(latency: .milliseconds(10))
        Self.cut(bench, there: true, back: false, from: 5, to: 1_000)
        bench.call(at: 0)
        #expect(bench.run() == ["20 call ok"])
    }

    @Test func cutsAddUpAndHealingTooOftenDoesNothing() {
        let bench = NetworkBench()
        let (network, client, server) = (bench.network, bench.client.process, bench.server.process)
        network.heal(from: client, to: server)
        Self.cut(bench, there: true, back: false, from: 0, to: 1_000)
        Self.cut(bench, there: true, back: false, from: 0, to: 2_000)
        bench.call(at: 500)
        // 500 + 200 + 400 + 800 is before the second end, + 1600 after it.
        #expect(bench.run() == ["3502 call ok"])
    }

    @Test func aResetIsHeldByACutToo() {
        let bench = NetworkBench()
        bench.call(at: 0, work: 5_000)
        Self.cut(bench, there: false, back: true, from: 10, to: 1_000)
        bench.faults.at(100) { [server = bench.server] in server.process.crash() }
        #expect(bench.run() == ["1501 call reset"])
    }

    /// The next life of the server knows nothing of the connection that ended while the line was cut.
    @Test func aNewLifeIsNotToldOfOldConnections() {
        let bench = NetworkBench()
        Self.cut(bench, there: true, back: false, from: 5, to: 1_000)
        bench.connected { client, connection in
            try await client.process.sleep(.milliseconds(20))
            connection.close()
        }
        bench.faults.at(100) { [server = bench.server] in server.process.crash() }
        bench.faults.at(200) { [server = bench.server] in server.process.start() }
        #expect(bench.run() == [])
    }

    @Test func lossCostsRetransmissionsAsOftenAsItSays() {
        let bench = NetworkBench(latency: .milliseconds(1), retransmission: .milliseconds(200))
        let (network, client, server) = (bench.network, bench.client.process, bench.server.process)
        network.link(from: client, to: server).addLoss(0.1, fault: 0)
        final class Counts: @unchecked Sendable { var byDelay: [Int64: Int] = [:] }
        let counts = Counts()
        let total = 20_000
        for _ in 0..<total {
            bench.client.spawn { [server = bench.server] client in
                try await network.call(from: client.process, to: server) { $0.count() }
                counts.byDelay[client.now.milliseconds, default: 0] += 1
            }
        }
        bench.universe.run()
        let expected: [(Int64, Double)] = [(2, 0.9), (202, 0.09), (602, 0.009), (1_402, 0.0009)]
        for (delay, share) in expected {
            let mean = Double(total) * share
            // Four standard deviations of a binomial.
            #expect(abs(Double(counts.byDelay[delay] ?? 0) - mean) < 4 * (mean * (1 - share)).squareRoot())
        }
        #expect(counts.byDelay.values.reduce(0, +) == total)
        #expect(network.affectedMessages(from: client, to: server) == total - counts.byDelay[2]!)
        bench.universe.end()
    }

    @Test func delaysAddUpAndEndOneByOne() {
        let bench = NetworkBench()
        let (network, client, server) = (bench.network, bench.client.process, bench.server.process)
        network.link(from: client, to: server).addDelay(Sampler(.constant(.milliseconds(30))), fault: 0)
        network.link(from: client, to: server).addDelay(Sampler(.constant(.milliseconds(5))), fault: 1)
        bench.call(at: 0, "slower")
        bench.faults.at(100) { network.link(from: client, to: server).remove(fault: 0) }
        bench.call(at: 200, "slow")
        bench.faults.at(300) { network.link(from: client, to: server).remove(fault: 1) }
        bench.call(at: 400, "healthy")
        #expect(bench.run() == ["37 slower ok", "207 slow ok", "402 healthy ok"])
        #expect(network.affectedMessages(from: client, to: server) == 2)
    }

    @Test func lossesOfTwoFaultsCombineAndTheOtherStays() {
        let universe = Universe(seed: 3)
        let link = Link(
            from: universe.makeProcess("client"), latency: Sampler(.constant(.milliseconds(1))),
            random: universe.randomStream("two losses"))
        func share() -> Double {
            let before = link.affected
            for _ in 0..<20_000 { _ = link.transit(retransmission: .milliseconds(200)) }
            return Double(link.affected - before) / 20_000
        }
        link.addLoss(0.2, fault: 0)
        link.addLoss(0.5, fault: 1)
        #expect(abs(share() - 0.6) < 0.015)
        link.remove(fault: 0)
        #expect(abs(share() - 0.5) < 0.015)
        link.remove(fault: 1)
        #expect(share() == 0)
    }

    /// Sent again after 0.2, 0.6 and 1.4 s: the last one meets no loss any more.
    @Test func whatIsSentAgainAfterTheLossGetsThrough() {
        let universe = Universe(seed: 3)
        let link = Link(
            from: universe.makeProcess("client"), latency: Sampler(.constant(.milliseconds(1))),
            random: universe.randomStream("a loss that ends"))
        link.addLoss(0.999_999_999, fault: 0, until: universe.now + .milliseconds(700))
        #expect(link.transit(retransmission: .milliseconds(200)) == .milliseconds(1_401))
        link.addLoss(0.999_999_999, fault: 1, until: universe.now + .seconds(2))
        #expect(link.transit(retransmission: .milliseconds(200)) == .milliseconds(3_001))
    }

    @Test(arguments: [(500, 1_000), (2_500, 3_000), (3_001, 7_000), (20_000, 31_000)] as [(Int64, Int64)])
    func connectTriesAgainAfterOneThreeSevenSeconds(healed: Int64, repeated: Int64) {
        for (there, back) in [(true, false), (false, true), (true, true)] {
            let bench = NetworkBench()
            Self.cut(bench, there: there, back: back, from: 0, to: healed)
            bench.connect(at: 0)
            #expect(bench.run() == ["\(repeated + 2) connect open"])
        }
    }

    @Test func connectGivesUpAtItsTimeoutOrWhenLinuxDoes() {
        let bench = NetworkBench()
        bench.server.process.crash(takingHost: true)
        bench.connect(at: 0, timeout: .milliseconds(500), "half a second")
        bench.connect(at: 0, timeout: .seconds(4), "four seconds")
        bench.connect(at: 0, "patient")
        #expect(
            bench.run() == [
                "500 half a second connectTimedOut", "4000 four seconds connectTimedOut",
                "127000 patient connectTimedOut",
            ])
    }

    @Test func aTimeoutShorterThanTheRoundTripEndsTheAttempt() {
        let bench = NetworkBench(latency: .milliseconds(30))
        bench.connect(at: 0, timeout: .milliseconds(50))
        bench.connect(at: 0, timeout: .milliseconds(60), "just")
        #expect(bench.run() == ["50 connect connectTimedOut", "60 just open"])
    }

    @Test func aMachineThatDiesDuringTheHandshakeIsSilent() {
        let bench = NetworkBench(latency: .milliseconds(30))
        bench.connect(at: 0, timeout: .seconds(2), "hasty")
        bench.connect(at: 0, "patient")
        bench.faults.at(20) { [server = bench.server] in server.process.crash(takingHost: true) }
        bench.faults.at(2_500) { [server = bench.server] in server.process.start() }
        #expect(bench.run() == ["2000 hasty connectTimedOut", "3060 patient open"])
    }
}
