import Testing
import Topology

@testable import SimNodes

/// A master and its replicas.
@Suite struct RedisNodeReplicationTests {
    /// Master and replica are 5 ms apart, the application is near both.
    private static let farReplica = [NetworkLink(from: "m", to: "r0", latency: .constant(.milliseconds(5)))]

    private static func withoutDelay(_ change: (inout RedisConfiguration) -> Void = { _ in }) -> RedisConfiguration {
        var configuration = RedisConfiguration()
        configuration.disklessSyncDelay = .zero
        change(&configuration)
        return configuration
    }

    @Test func replicasBeginInStep() {
        let system = RedisNodeSystem(replicas: 2, contents: [.set("stock", "40")])
        system.run(.milliseconds(1))
        #expect(system.servers.allSatisfy { $0.isUpToDate && $0.integer(forKey: "stock") == 40 })
        #expect(system.servers.map(\.isMaster) == [true, false, false])
        #expect(system.servers[1].masterName == "m")
        #expect(system.world.timeline.milestones.isEmpty)
    }

    @Test func aWriteDoesNotWaitForItsReplica() throws {
        let system = RedisNodeSystem(replicas: 1, links: Self.farReplica)
        _ = system.ask(.ping(), of: system.master)
        let start = system.now
        system.send(.set("k", "v"), to: system.master)
        system.run(.milliseconds(4))
        #expect((try #require(system.moments.last) - start).nanoseconds == 210_000)
        #expect(system.servers[1].value(forKey: "k") == nil)
        #expect(!system.servers[1].isUpToDate)
        system.run(.milliseconds(2))
        #expect(system.servers[1].value(forKey: "k") == "v")
        #expect(system.servers[1].isUpToDate)
        #expect(system.world.sites.count(.redisReplicated) == 1)
    }

    @Test(arguments: [false, true])
    func anAcknowledgedWriteIsLostWithItsMaster(takingHost: Bool) {
        let system = RedisNodeSystem(replicas: 1, links: Self.farReplica)
        let replica = system.servers[1]
        _ = system.ask(.set("k", "1"), of: system.master)
        system.run(.milliseconds(10))
        system.send(.set("k", "2"), to: system.master)
        system.run(.milliseconds(1))
        #expect(system.results == [.ok])
        system.master.process.crash(takingHost: takingHost)
        system.run(.milliseconds(20))
        #expect(system.ask(.replicaOf(nil), of: replica) == .ok)
        #expect(system.ask(.get("k"), of: replica) == .bulk("1"))
    }

    @Test func waitKeepsIt() throws {
        let system = RedisNodeSystem(replicas: 1, links: Self.farReplica)
        let replica = system.servers[1]
        _ = system.ask(.ping(), of: system.master)
        let start = system.now
        system.send(.set("k", "2"), to: system.master)
        system.send(.wait(1, 1_000), to: system.master)
        system.run(.milliseconds(20))
        #expect(system.results == [.ok, .integer(1)])
        // There, two commands, the stream's far hop, two messages applied, and the far hop back.
        let took = try #require(system.moments.last) - start
        #expect((10_200_000...10_300_000).contains(took.nanoseconds), "took \(took)")
        system.master.process.crash()
        system.run(.milliseconds(20))
        _ = system.ask(.replicaOf(nil), of: replica)
        #expect(system.ask(.get("k"), of: replica) == .bulk("2"))
    }

    @Test func waitGivesUpInTime() throws {
        let system = RedisNodeSystem(replicas: 1)
        _ = system.ask(.ping(), of: system.master)
        system.cut(system.master, system.servers[1])
        let start = system.now
        system.send(.set("k", "2"), to: system.master)
        system.send(.wait(1, 300), to: system.master)
        system.run(.seconds(1))
        #expect(system.results == [.ok, .integer(0)])
        let took = try #require(system.moments.last) - start
        #expect((300.0...302.0).contains(took.milliseconds))
    }

    @Test func aDemotedMasterSendsThoseAwayWhoWait() {
        let system = RedisNodeSystem(replicas: 1, clients: 2)
        _ = system.ask(.set("k", "v"), of: system.master)
        system.cut(system.master, system.servers[1])
        system.send(.set("k", "w"), to: system.master)
        system.send(.wait(1, 0), to: system.master)
        system.run(.milliseconds(5))
        system.send(.replicaOf(RedisAddress("r0")), to: system.master, from: system.clients[1])
        system.run(.milliseconds(5))
        #expect(system.results == [.ok, .ok, .error(.unblocked)])
        #expect(system.ask(.quit, of: system.master) == .ok)
        #expect(system.master.clientCount == 1)
    }

    @Test func aReplicaRefusesWrites() {
        let system = RedisNodeSystem(replicas: 1)
        #expect(system.ask(.set("k", "v"), of: system.servers[1]) == .error(.readOnly))
        #expect(system.milestones("r0").count == 1)
    }

    @Test func aLostLinkIsTakenUpWhereItBroke() {
        let system = RedisNodeSystem(
            replicas: 1,
            configuration: Self.withoutDelay {
                $0.replicationTimeout = .seconds(5)
                $0.replicaPingPeriod = .seconds(1)
            })
        let replica = system.servers[1]
        _ = system.ask(.incr("n"), of: system.master)
        system.run(.seconds(2))
        system.cut(system.master, replica)
        _ = system.ask(.incr("n"), of: system.master)
        system.run(.seconds(20))
        #expect(replica.integer(forKey: "n") == 1)
        #expect(!replica.isUpToDate)
        system.heal(system.master, replica)
        system.run(.seconds(20))
        #expect(replica.integer(forKey: "n") == 2)
        #expect(replica.isUpToDate)
        #expect(system.milestones("r0") == ["partial resync with m"])
    }

    @Test func anEmptyMasterWipesItsReplica() {
        let system = RedisNodeSystem(
            replicas: 1, contents: [.set("a", "1"), .set("b", "2")],
            configuration: Self.withoutDelay { $0.savePoints = [] })
        system.run(.seconds(2))
        system.master.process.crash()
        system.run(.milliseconds(50))
        system.master.process.start()
        system.run(.seconds(5))
        #expect(system.servers[1].isUpToDate)
        #expect(system.servers[1].value(forKey: "a") == nil)
        #expect(system.milestones("r0") == ["full resync with m: drops its 2 keys for 0"])
    }

    @Test func aFullResyncTakesTime() {
        let contents = (0..<1_000).map { RedisCommand.set("k\($0)", "v") }
        let system = RedisNodeSystem(replicas: 1, contents: contents, configuration: Self.withoutDelay()) {
            $0.loadRate = Rate(perSecond: 1_000)
        }
        let replica = system.servers[1]
        _ = system.ask(.replicaOf(nil), of: replica)
        _ = system.ask(.set("extra", "1"), of: replica)
        system.run(.seconds(1))
        _ = system.ask(.set("k0", "w"), of: system.master)
        _ = system.ask(.replicaOf(RedisAddress("m")), of: replica)
        system.run(.milliseconds(200))
        #expect(system.ask(.get("k1"), of: replica) == .error(.loading))
        _ = system.ask(.incr("n"), of: system.master)
        system.run(.seconds(2))
        #expect(replica.isUpToDate)
        #expect(replica.value(forKey: "extra") == nil)
        #expect(replica.value(forKey: "k0") == "w")
        #expect(replica.integer(forKey: "n") == 1)
    }

    @Test func minReplicasRefusesOnlyAfterItsLag() throws {
        let system = RedisNodeSystem(
            replicas: 1,
            configuration: Self.withoutDelay {
                $0.minReplicasToWrite = 1
                $0.minReplicasMaxLag = .seconds(3)
            })
        #expect(system.ask(.incr("n"), of: system.master) == .integer(1))
        system.run(.seconds(3))
        system.cut(system.master, system.servers[1])
        let cut = system.now
        #expect(system.ask(.incr("n"), of: system.master) == .integer(2))
        var refusedAt: Instant?
        while refusedAt == nil, system.now - cut < .seconds(10) {
            if system.ask(.incr("n"), of: system.master) == .error(.noReplicas) { refusedAt = system.now }
            system.run(.milliseconds(45))
        }
        let lag = (try #require(refusedAt) - cut).seconds
        #expect((3.0...5.0).contains(lag), "after \(lag) s")
    }

    /// The stream stays in order however much the latency varies.
    @Test(arguments: UInt64(1)...5)
    func theStreamKeepsItsOrder(seed: UInt64) {
        let system = RedisNodeSystem(
            replicas: 2, seed: seed, latency: .uniform(from: .microseconds(50), to: .milliseconds(20)))
        for index in 0..<200 {
            system.send(.append("log", ",\(index)"), to: system.master, after: .microseconds(Int64(index) * 300))
        }
        system.run(.seconds(2))
        let log = system.master.value(forKey: "log")
        #expect(log?.split(separator: ",").count == 200)
        for replica in system.servers.dropFirst() {
            #expect(replica.value(forKey: "log") == log)
            #expect(replica.isUpToDate)
        }
    }

    @Test func aCrashedReplicaFollowsItsMasterAgain() {
        let system = RedisNodeSystem(replicas: 1, configuration: Self.withoutDelay())
        let replica = system.servers[1]
        _ = system.ask(.incr("n"), of: system.master)
        replica.process.crash(takingHost: true)
        system.run(.seconds(3))
        _ = system.ask(.incr("n"), of: system.master)
        replica.process.start()
        system.run(.seconds(10))
        #expect(replica.isUpToDate && replica.integer(forKey: "n") == 2)
        #expect(system.ask(.set("k", "v"), of: system.master) == .ok)
        #expect(system.ask(.wait(1, 100), of: system.master) == .integer(1))
    }

    @Test func twoRunsAreOne() {
        func digest(_ seed: UInt64) -> TraceDigest {
            let system = RedisNodeSystem(
                replicas: 2, sentinels: 3, seed: seed, latency: .uniform(from: .microseconds(50), to: .milliseconds(2)))
            for index in 0..<500 {
                system.send(.incr("n\(index % 7)"), to: system.master, after: .milliseconds(Int64(index)))
            }
            system.world.sites.set(EventTrigger(.redisWrite, nth: 250)) { $0.crash() }
            system.run(.seconds(30))
            return system.universe.digest
        }
        #expect(digest(1) == digest(1))
        #expect(digest(1) != digest(2))
    }
}
