import Testing
import Topology

@testable import SimNodes

/// Fail-overs by Sentinels over real machines; FIDELITY §1.5 says what must come out.
@Suite struct SentinelTests {
    private static func configuration(quorum: Int) -> SentinelConfiguration {
        var configuration = SentinelConfiguration(quorum: quorum)
        configuration.downAfter = .milliseconds(5_000)
        return configuration
    }

    private func settled(
        replicas: Int = 2, sentinels: Int = 3, quorum: Int = 2, seed: UInt64 = 1
    ) -> SentinelPump {
        let pump = SentinelPump(
            replicas: replicas, sentinels: sentinels, configuration: Self.configuration(quorum: quorum), seed: seed)
        pump.advance(.seconds(25))
        return pump
    }

    @Test func findsReplicasAndEachOther() {
        let pump = settled()
        for sentinel in pump.sentinels.values {
            #expect(sentinel.knownReplicas.map(\.host) == ["r0", "r1"])
            #expect(sentinel.knownSentinels.count == 2)
            #expect(!sentinel.findsMasterDown)
        }
        #expect(pump.switches.isEmpty)
    }

    @Test(arguments: UInt64(1)...20)
    func threeSentinelsFailOver(seed: UInt64) throws {
        let pump = settled(seed: seed)
        let killed = pump.servers.now
        pump.servers.kill("m")
        pump.advance(.seconds(30))
        let first = try #require(pump.switches.first)
        let took = (first.at - killed).seconds
        #expect((5.0...10.5).contains(took), "took \(took) s")
        #expect(Set(pump.switches.map(\.by)) == ["s0", "s1", "s2"])
        let master = first.to.host
        #expect(pump.switches.allSatisfy { $0.to.host == master })
        let promoted = try #require(pump.servers.nodes[master]?.server)
        #expect(!promoted.isReplica)
        let other = master == "r0" ? "r1" : "r0"
        #expect(pump.servers.nodes[other]?.server?.masterAddress?.host == master)
        #expect(pump.servers.nodes[other]?.server?.masterLinkIsUp == true)
        try checkOrder(pump, leader: first.by, since: killed)
    }

    private func checkOrder(_ pump: SentinelPump, leader: String, since: Instant) throws {
        let expected = [
            "+sdown", "+odown", "+new-epoch", "+try-failover", "+vote-for-leader", "+elected-leader",
            "+failover-state-select-slave", "+selected-slave", "+failover-state-send-slaveof-noone",
            "+failover-state-wait-promotion", "+promoted-slave", "+failover-state-reconf-slaves",
            "+slave-reconf-sent", "+slave-reconf-inprog", "+slave-reconf-done", "+failover-end", "+switch-master",
        ]
        let leaders = pump.log.filter { $0.event.name == "+elected-leader" }.map(\.by)
        #expect(leaders.count == 1)
        let events = pump.events(by: try #require(leaders.first), since: since)
        var rest = events[...]
        for name in expected {
            let place = try #require(rest.firstIndex(of: name), "\(name) is missing or too early in \(events)")
            rest = rest[(place + 1)...]
        }
    }

    @Test(arguments: [1, 2])
    func twoSentinelsWithOneDeadNeverFailOver(quorum: Int) {
        let pump = settled(replicas: 1, sentinels: 2, quorum: quorum)
        pump.servers.kill("m")
        pump.dead = ["s1"]
        pump.advance(.seconds(400))
        #expect(pump.switches.isEmpty)
        #expect(pump.servers.nodes["r0"]?.server?.isReplica == true)
        let events = pump.events(by: "s0")
        #expect(events.contains("+sdown"))
        #expect(events.contains("+odown") == (quorum == 1))
        #expect(events.contains("-failover-abort-not-elected") == (quorum == 1))
    }

    @Test func retriesOnlyAfterTwiceTheFailoverTimeout() throws {
        let pump = settled(replicas: 1, sentinels: 2, quorum: 1)
        pump.servers.kill("m")
        pump.dead = ["s1"]
        pump.advance(.seconds(800))
        let attempts = pump.log.filter { $0.event.name == "+try-failover" }.map { $0.at.seconds }
        #expect(attempts.count == 3)
        for (one, next) in zip(attempts, attempts.dropFirst()) { #expect((360.0...362.0).contains(next - one)) }
    }

    @Test func aStaleReplicaIsNotPromoted() throws {
        let pump = settled(replicas: 1)
        pump.servers.cutLink("m", "r0")
        pump.advance(.seconds(80))
        pump.servers.kill("m")
        pump.advance(.seconds(30))
        #expect(pump.switches.isEmpty)
        #expect(pump.log.contains { $0.event.name == "-failover-abort-no-good-slave" })
    }

    @Test func theGreaterOffsetWinsAndPriorityBeatsIt() throws {
        for preferred in ["r0", "r1"] {
            let pump = settled()
            if preferred == "r0" { pump.servers.nodes["r0"]!.server!.configuration.replicaPriority = 10 }
            pump.advance(.seconds(12))
            pump.servers.connect(RedisClientID(1), to: "m")
            pump.servers.cutLink("m", "r0")
            pump.servers.send(["SET", "k", "v"], from: RedisClientID(1))
            pump.advance(.seconds(3))
            pump.servers.kill("m")
            pump.advance(.seconds(30))
            #expect(pump.switches.first?.to.host == preferred)
        }
    }

    @Test func aReturnedMasterIsConvertedAfterEightSeconds() throws {
        let pump = settled()
        pump.servers.kill("m")
        pump.advance(.seconds(30))
        let returned = pump.servers.now
        pump.servers.start("m")
        pump.servers.connect(RedisClientID(9), to: "m")
        pump.advance(.seconds(4))
        pump.servers.send(["SET", "lost", "1"], from: RedisClientID(9))
        #expect(pump.servers.connections[RedisClientID(9)]?.replies == [.ok])
        pump.advance(.seconds(60))
        let converted = try #require(pump.log.first { $0.event.name == "+convert-to-slave" && $0.at > returned })
        let took = (converted.at - returned).seconds
        #expect(took > 8 && took < 25, "took \(took) s")
        let old = try #require(pump.servers.nodes["m"]?.server)
        #expect(old.isReplica && old.masterLinkIsUp)
        #expect(old.keyCount == 0)
    }

    @Test func aPausedSentinelTilts() {
        let pump = settled()
        pump.dead = ["s0"]
        pump.advance(.seconds(5))
        pump.dead = []
        pump.servers.kill("m")
        pump.advance(.seconds(10))
        #expect(pump.events(by: "s0").contains("+tilt"))
        #expect(!pump.events(by: "s0").contains("+sdown"))
    }

    @Test func helloTextRoundTrips() {
        let text = "10.0.0.1,26379,abc,7,mymaster,10.0.0.2,6379,3"
        #expect(SentinelHello(text: text)?.text == text)
        #expect(SentinelHello(text: "10.0.0.1,26379,abc") == nil)
    }

    @Test func oneVoteAnEpoch() {
        var sentinel = Sentinel(
            id: "a", address: RedisAddress("a"), configuration: SentinelConfiguration(), master: RedisAddress("m"),
            now: .zero)
        var actions: [SentinelAction] = []
        func ask(_ candidate: String, _ epoch: Int64) -> String? {
            let question = SentinelQuestion(master: RedisAddress("m"), epoch: epoch, candidate: candidate)
            return sentinel.answer(question, now: .zero, desync: .zero, into: &actions).leader
        }
        #expect(ask("b", 1) == "b")
        #expect(ask("c", 1) == "b")
        #expect(ask("c", 2) == "c")
        #expect(ask("b", 1) == "c")
        #expect(sentinel.restarted(now: .zero).currentEpoch == 2)
    }
}
