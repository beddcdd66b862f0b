import Testing
import Topology

@testable import SimNodes

/// Failovers by real Sentinels over a real network; FIDELITY §1.5 says what must come out.
@Suite struct SentinelNodeTests {
    private func settled(
        replicas: Int = 2, sentinels: Int = 3, clients: Int = 1, seed: UInt64 = 1,
        links: [NetworkLink] = [], settings: (inout RedisSettings) -> Void = { _ in }
    ) -> RedisNodeSystem {
        var configuration = RedisConfiguration()
        configuration.disklessSyncDelay = .zero
        let system = RedisNodeSystem(
            replicas: replicas, sentinels: sentinels, clients: clients, seed: seed, links: links,
            configuration: configuration, settings: settings)
        system.run(.seconds(3))
        return system
    }

    private func events(_ system: RedisNodeSystem, _ name: String) -> [(SentinelNode, Instant)] {
        system.sentinels.flatMap { node in node.loggedEvents.filter { $0.event.name == name }.map { (node, $0.at) } }
            .sorted { $0.1 < $1.1 }
    }

    @Test func isQuietWhenAllIsWell() {
        let system = settled()
        system.run(.seconds(60))
        #expect(system.world.timeline.milestones.isEmpty)
        for sentinel in system.sentinels {
            #expect(sentinel.currentMaster == "m")
            #expect(sentinel.assumeIsolated { $0.machine.knownSentinels.count } == 2)
            #expect(sentinel.assumeIsolated { $0.machine.knownReplicas.count } == 2)
            #expect(sentinel.assumeIsolated { $0.links.count } == 5)
        }
    }

    @Test(arguments: UInt64(1)...10, [false, true])
    func threeSentinelsFailOver(seed: UInt64, takingHost: Bool) throws {
        let system = settled(seed: seed)
        let fault = system.now
        system.world.failovers.fault(.redis, at: fault)
        system.master.process.crash(takingHost: takingHost)
        system.run(.seconds(20))
        let promoted = try #require(system.world.failovers.redis.promotedAt)
        let took = (promoted - fault).seconds
        // The last PONG may be a second older than the fault.
        #expect((4.0...7.0).contains(took), "took \(took) s")
        let switched = try #require(events(system, "+switch-master").first).1
        #expect((5.0...10.0).contains((switched - fault).seconds), "clients are told after \(switched - fault)")
        let detected = try #require(system.world.failovers.redis.detectedAt)
        #expect((4.0...7.0).contains((detected - fault).seconds))
        let names = Set(system.sentinels.map(\.currentMaster))
        #expect(names.count == 1 && names != ["m"])
        let master = try #require(system.server(names.first ?? ""))
        let other = try #require(system.servers.first { $0 !== master && $0 !== system.master })
        #expect(master.isMaster)
        #expect(other.masterName == names.first && other.isUpToDate)
        #expect(system.world.sites.count(.redisPromoted) == 1)
        try checkOrder(system)
    }

    private func checkOrder(_ system: RedisNodeSystem) throws {
        let leaders = events(system, "+elected-leader").map(\.0)
        #expect(leaders.count == 1)
        var rest = try #require(leaders.first).loggedEvents.map(\.event.name)[...]
        for name in [
            "+sdown", "+odown", "+new-epoch", "+try-failover", "+vote-for-leader", "+elected-leader", "+selected-slave",
            "+failover-state-send-slaveof-noone", "+promoted-slave", "+slave-reconf-sent", "+slave-reconf-done",
            "+failover-end", "+switch-master",
        ] {
            let place = try #require(rest.firstIndex(of: name), "\(name) is missing or too early in \(rest)")
            rest = rest[(place + 1)...]
        }
    }

    /// A Sentinel beside each of two servers: the machine that dies takes one, and the other has no majority.
    @Test(arguments: [1, 2])
    func twoSentinelsNeverFailOverWhenOneDiesWithTheMaster(quorum: Int) {
        let system = settled(replicas: 1, sentinels: 2) { $0.sentinels.quorum = quorum }
        system.master.process.crash(takingHost: true)
        system.sentinels[0].process.crash(takingHost: true)
        system.run(.seconds(600))
        #expect(!system.servers[1].isMaster)
        #expect(system.sentinels[1].currentMaster == "m")
        #expect(events(system, "+promoted-slave").isEmpty)
        #expect(events(system, "-failover-abort-not-elected").isEmpty == (quorum == 2))
    }

    @Test func aLockIsTakenTwiceAfterAFailover() throws {
        let far = [NetworkLink(from: "m", to: "r0", latency: .constant(.milliseconds(5)))]
        let system = settled(replicas: 1, clients: 2, links: far)
        let lock = RedisCommand.set("lock:1", "a", RedisSetOptions(.ifAbsent, expiry: .seconds(30)))
        system.send(lock, to: system.master)
        system.run(.milliseconds(1))
        #expect(system.results == [.ok])
        system.master.process.crash()
        system.run(.seconds(12))
        let promoted = try #require(system.server(system.sentinels[0].currentMaster))
        #expect(promoted.process.name == "r0")
        #expect(system.ask(lock, of: promoted, from: system.clients[1]) == .ok)
    }

    @Test func aReturnedMasterIsConvertedAndItsWritesAreDiscarded() throws {
        let system = settled(replicas: 2, clients: 2)
        _ = system.ask(.set("kept", "1"), of: system.master)
        system.run(.seconds(1))
        system.master.process.crash()
        system.run(.seconds(15))
        let promoted = try #require(system.server(system.sentinels[0].currentMaster))
        _ = system.ask(.set("new", "1"), of: promoted)
        let returned = system.now
        system.master.process.start()
        system.run(.seconds(5))
        #expect(system.master.isMaster)
        #expect(system.ask(.set("lost", "1"), of: system.master, from: system.clients[1]) == .ok)
        system.run(.seconds(40))
        let converted = try #require(events(system, "+convert-to-slave").first { $0.1 > returned }).1
        #expect(converted - returned >= .seconds(8) && converted - returned < .seconds(25))
        #expect(!system.master.isMaster && system.master.isUpToDate)
        #expect(system.master.value(forKey: "lost") == nil)
        #expect(system.master.value(forKey: "new") == "1")
        // CONFIG REWRITE: the next start is that of a replica.
        system.master.process.crash()
        system.master.process.start()
        system.run(.seconds(5))
        #expect(system.master.masterName == promoted.process.name && system.master.isUpToDate)
    }

    /// The master and a client are cut off with the minority: both go on, and what they did is gone afterwards.
    @Test func aPartitionedMasterKeepsAcknowledging() throws {
        let system = settled(replicas: 2, clients: 2)
        let inside = [system.master.process, system.clients[1].process, system.sentinels[0].process]
        let outside = system.universe.processes.filter { process in !inside.contains { $0 === process } }
        func forAllPairs(_ body: (NodeProcess, NodeProcess) -> Void) {
            for left in inside {
                for right in outside {
                    body(left, right)
                    body(right, left)
                }
            }
        }
        forAllPairs { system.world.network.cut(from: $0, to: $1) }
        var acknowledged = 0
        for index in 0..<20 {
            if system.ask(.set("order\(index)", "1"), of: system.master, from: system.clients[1]) == .ok {
                acknowledged += 1
            }
            system.run(.seconds(1))
        }
        #expect(acknowledged == 20)
        let promoted = try #require(system.server(system.sentinels[1].currentMaster))
        #expect(promoted !== system.master && promoted.isMaster && system.master.isMaster)
        #expect(system.sentinels[0].currentMaster == "m")
        forAllPairs { system.world.network.heal(from: $0, to: $1) }
        system.run(.seconds(120))
        #expect(!system.master.isMaster && system.master.isUpToDate)
        #expect(system.sentinels[0].currentMaster == promoted.process.name)
        #expect((0..<20).allSatisfy { system.master.value(forKey: "order\($0)") == nil })
    }

    @Test func minReplicasBoundsWhatAPartitionLoses() {
        let system = RedisNodeSystem(replicas: 1) {
            $0.minReplicasToWrite = 1
            $0.minReplicasMaxLag = .seconds(2)
        }
        system.run(.seconds(3))
        system.cut(system.master, system.servers[1])
        var acknowledged = 0
        for index in 0..<20 {
            if system.ask(.set("order\(index)", "1"), of: system.master) == .ok { acknowledged += 1 }
            system.run(.milliseconds(500))
        }
        #expect(acknowledged >= 4 && acknowledged <= 8)
    }

    @Test func clientsLearnOfTheNewMaster() throws {
        let system = settled(replicas: 1)
        let sentinel = system.sentinels[1]
        let network = system.world.network
        system.client.spawn { [unowned system] client in
            let connection = try await client.connection(to: sentinel)
            try await network.call(from: client.process, to: sentinel, over: connection) {
                try $0.subscribeSwitchMaster(over: connection) { delay, name in
                    client.spawn(after: delay) { client in
                        system.texts.append(name)
                        system.moments.append(client.now)
                    }
                }
            }
            let name = try await network.call(from: client.process, to: sentinel, over: connection) {
                $0.masterAddress()
            }
            system.texts.append(name ?? "")
        }
        system.run(.seconds(1))
        system.master.process.crash()
        system.run(.seconds(15))
        #expect(system.texts == ["m", "r0"])
        let switched = try #require(sentinel.loggedEvents.first { $0.event.name == "+switch-master" }).at
        #expect(system.moments == [switched + .microseconds(100)])
    }

    /// A pause longer than the down-after is a failover too; whoever wakes up then still takes itself for the master.
    @Test func aPausedMasterIsReplaced() throws {
        let system = settled(replicas: 1, clients: 2)
        _ = system.ask(.ping(), of: system.master)
        system.master.process.pause()
        system.run(.seconds(15))
        let promoted = try #require(system.server(system.sentinels[0].currentMaster))
        #expect(promoted.process.name == "r0")
        system.master.process.resume()
        #expect(system.ask(.set("lost", "1"), of: system.master) == .ok)
        system.run(.seconds(60))
        #expect(!system.master.isMaster && system.master.isUpToDate)
        #expect(system.master.value(forKey: "lost") == nil)
    }

    @Test func aRestartedSentinelCatchesUp() {
        let system = settled()
        system.sentinels[2].process.crash()
        system.master.process.crash()
        system.run(.seconds(20))
        let name = system.sentinels[0].currentMaster
        #expect(name != "m" && system.sentinels[2].currentMaster == "m")
        system.sentinels[2].process.start()
        system.run(.seconds(10))
        #expect(system.sentinels[2].currentMaster == name)
    }
}
