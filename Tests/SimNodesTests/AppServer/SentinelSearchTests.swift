import Testing
import Topology

@testable import SimNodes

@Suite("A client's search for the master")
struct SentinelSearchTests {
    @Test("Without a check the first Sentinel that answers is believed, and asked first again after a failure")
    func believes() {
        var search = SentinelSearch(sentinels: 3, check: .none)
        #expect(search.next() == 0)
        // The first does not answer.
        #expect(search.next() == 1)
        #expect(search.named("a") == true)
        #expect(!search.hasTried)
        #expect(search.failed() == .wait)
        #expect(search.next() == 0)
        #expect(search.named("a") == true, "what was tried in vain is tried again")
    }

    @Test("With a check the next Sentinel is asked when the server is no master, and all anew after the last")
    func goesOn() {
        var search = SentinelSearch(sentinels: 3, check: .role)
        #expect(search.next() == 0)
        #expect(search.named("a") == true)
        #expect(search.failed() == .askNext)
        #expect(search.next() == 1)
        #expect(search.named("a") == false, "tried a moment ago")
        #expect(search.next() == 2)
        #expect(search.named("b") == true)
        #expect(search.hasTried)
        #expect(search.failed() == .wait)
        #expect(!search.hasTried)
        #expect(search.next() == 0)
        #expect(search.named("a") == true)
    }

    @Test("Nobody is left after the last Sentinel, and none where there are none")
    func runsOut() {
        var search = SentinelSearch(sentinels: 1, check: .role)
        #expect(search.next() == 0)
        #expect(search.next() == nil)
        #expect(!search.hasTried)
        #expect(search.failed() == .wait)
        #expect(search.next() == 0)
        var alone = SentinelSearch(sentinels: 0, check: .role)
        #expect(alone.next() == nil)
        #expect(alone.failed() == .wait)
    }

    @Test("Only a master's answer to ROLE names a master")
    func role() {
        #expect(RedisReply.array([.bulk("master"), .integer(7), .array([])]).namesMaster)
        #expect(!RedisReply.array([.bulk("slave"), .bulk("m"), .integer(6_379)]).namesMaster)
        #expect(!RedisReply.array([]).namesMaster && !RedisReply.null.namesMaster)
    }

    /// The end of seeds 9021, 18140 and 18564 of the mended design: the leader of a failover that another one overtook
    /// names its own replica under the newest epoch, and nobody corrects it (`sentinelProcessHelloMessage`).
    @Test(
        "A Sentinel that is wrong under the newest epoch stops who believes it, not who asks the server",
        arguments: MasterCheck.allCases)
    func wrongSentinel(_ check: MasterCheck) {
        let rig = ShopRig(
            .shop([buy(0, at: 500)]) {
                $0.topology.redis?.replicas = ["redis-slave"]
                $0.topology.redis?.sentinels.names = ["sentinel1", "sentinel2", "sentinel3"]
                $0.topology.application.redisClient.commandTimeout = .seconds(1)
                $0.topology.application.redisClient.masterCheck = check
            })
        let sentinels = rig.system.sentinels
        for (sentinel, master) in zip(sentinels, ["redis-slave", "redis-master", "redis-master"]) {
            let other = sentinel === sentinels[2] ? "sentinel2" : "sentinel3"
            let hello = SentinelHello(
                address: RedisAddress(other, port: 26_379), sentinelID: SHA1.hexDigest(of: other), currentEpoch: 2,
                masterName: "mymaster", master: RedisAddress(master), configurationEpoch: 2)
            sentinel.assumeIsolated { $0.receive(hello: hello.text) }
        }
        rig.run()
        #expect(sentinels.map(\.currentMaster) == ["redis-slave", "redis-master", "redis-master"])
        #expect((rig.outcome(0) == .success) == (check == .role))
        #expect(rig.world.situations.reached.contains(.sentinelNamedReplica) == (check == .role))
        #expect(rig.world.situations.reached.contains(.redisReadOnly) == (check == .none))
    }
}
