import Testing
import Topology

@testable import SimNodes

/// A reader that missed stands still between the look into the database and the fill, while somebody buys.
@Suite("What a reader stores, and what a purchase does about it")
struct FillPolicyTests {
    /// app1 reads product 0 and is paused with the answer on its way; app2 sells it meanwhile.
    private static func rig(_ change: (inout SystemTopology) -> Void) -> ShopRig {
        ShopRig(
            .shop([look(0), buy(0, at: 5)]) {
                $0.topology.application.servers = ["app1", "app2"]
                $0.topology.view.source = .primary
                $0.topology.purchase.details.update = .delete
                change(&$0.topology)
                // 2.7 ms to the miss, and 14.2 ms more to the answer of the database.
                $0.faults = [
                    Fault(.pause(PauseFault(.named("app1"), for: .milliseconds(500))), .at(.milliseconds(10)))
                ]
            }
        ).run()
    }

    private static func details(_ rig: ShopRig) -> String? { rig.master.value(forKey: ProductKey.details(0)) }

    private static func freshness(_ rig: ShopRig) -> Finding { StaleCacheCheck.check(rig.evidence) }

    @Test("A plain SET brings back what a purchase has just deleted, and I6 says so")
    func set() {
        let rig = Self.rig { _ in }
        #expect(rig.requests.map(\.outcome) == [.success, .success])
        #expect(Self.details(rig) == "10:0")
        #expect(rig.primary.product(0)?.version == 1)
        #expect(Self.freshness(rig).violations == 1)
    }

    @Test("A purchase takes the reader's lease away, and with it the right to store")
    func lease() {
        let rig = Self.rig { $0.view.fill = .lease }
        #expect(rig.requests.map(\.outcome) == [.success, .success])
        #expect(Self.details(rig) == nil)
        #expect(Self.freshness(rig).violations == 0)
    }

    @Test("Who finds the lease taken answers without storing; the holder stores and ends it")
    func leaseOfAnother() {
        let rig = ShopRig(
            .shop([look(0), look(0, at: 1), look(0, at: 100)]) { $0.topology.view.fill = .lease }
        ).run()
        #expect(rig.requests.map(\.wasCacheHit) == [false, false, true])
        #expect(rig.master.value(forKey: ProductKey.lease(0)) == nil)
    }

    @Test("Where the purchase stores what it left, a comparison of versions keeps the reader from overwriting it")
    func ifNewer() {
        let rig = Self.rig {
            $0.view.fill = .ifNewer
            $0.purchase.details.update = .ifNewer
        }
        #expect(Self.details(rig) == "9:1")
        #expect(Self.freshness(rig).violations == 0)
    }

    @Test("A comparison of versions is no help when the purchase deletes: there is nothing to compare with")
    func ifNewerOverNothing() {
        #expect(Self.details(Self.rig { $0.view.fill = .ifNewer }) == "10:0")
    }

    @Test("A second deletion comes later than the reader that was too slow")
    func secondDelete() {
        let rig = Self.rig { $0.purchase.details.deleteAgainAfter = .seconds(1) }
        #expect(Self.details(rig) == nil)
        #expect(Self.freshness(rig).violations == 0)
    }

    @Test("What is deleted before the commit is read again before it")
    func beforeCommit() {
        func rig(_ point: DetailsUpdatePoint) -> ShopRig {
            // The view comes while the sale's transaction runs.
            ShopRig(
                .shop([buy(0), look(0, at: 10), look(0, at: 200)]) {
                    $0.topology.view.source = .primary
                    $0.topology.purchase.details.update = .delete
                    $0.topology.purchase.details.at = point
                }
            ).run()
        }
        #expect(rig(.afterCommit).requests.map(\.shownVersion) == [0, 0, 1])
        let early = rig(.beforeCommit)
        #expect(early.requests.map(\.shownVersion) == [0, 0, 0])
        #expect(Self.freshness(early).violations == 1)
    }

    @Test("The relay deletes what a purchase whose server died could not")
    func relay() {
        func rig(_ point: DetailsUpdatePoint) -> ShopRig {
            ShopRig(
                .shop([look(0), buy(0, at: 100), look(0, at: 3_000)]) {
                    $0.topology.view.source = .primary
                    $0.topology.purchase.publish = .outbox
                    $0.topology.purchase.details.update = .delete
                    $0.topology.purchase.details.at = point
                    $0.faults = [
                        Fault(
                            .crash(CrashFault(.itself, restartAfter: .milliseconds(500))),
                            .on(EventTrigger(.purchaseCommitted)))
                    ]
                }
            ).run()
        }
        #expect(rig(.afterCommit).requests.map(\.shownVersion) == [0, 0, 0])
        #expect(rig(.relay).requests.map(\.shownVersion) == [0, 0, 1])
    }

    @Test("Without the look under the mutex each reader rebuilds once more")
    func rebuildCheck() {
        func rig(_ check: RebuildCheck) -> ShopRig {
            ShopRig(
                .shop((0..<4).map { look(0, at: Int64($0)) }) {
                    $0.topology.view.onMiss = .mutex
                    $0.topology.view.rebuildCheck = check
                }
            ).run()
        }
        // The lock, the details and the lock's end, once or for each.
        #expect(rig(.again).count(.redisWrite) == 3)
        #expect(rig(.never).count(.redisWrite) == 12)
    }
}

@Suite("Scripts of the cache")
struct CacheScriptTests {
    /// One server and one client.
    private struct Bench {
        var server = RedisServer(address: RedisAddress("a"), runID: "a1", configuration: .init(), now: .zero)

        init() {
            var actions: [RedisAction] = []
            _ = server.connect(RedisClientID(1), now: .zero, into: &actions)
        }

        mutating func send(_ command: RedisCommand) -> RedisReply? {
            var actions: [RedisAction] = []
            server.receive(command, from: RedisClientID(1), now: .zero, into: &actions)
            return actions.lazy.compactMap { if case .reply(_, let reply) = $0 { reply } else { nil } }.first
        }
    }

    @Test("Only what is newer is stored")
    func storeIfNewer() {
        var bench = Bench()
        func store(_ value: String, _ version: Int) -> RedisReply? {
            bench.send(.eval(.storeIfNewer, keys: ["k"], arguments: [value, String(version), "0"]))
        }
        #expect(store("8:2", 2) == .integer(1))
        #expect(store("9:1", 1) == .integer(0))
        #expect(store("7:2", 2) == .integer(0))
        #expect(bench.send(.get("k")) == .bulk("8:2"))
        #expect(store("7:10", 10) == .integer(1))
        #expect(bench.send(.get("k")) == .bulk("7:10"))
        #expect(bench.send(.pttl("k")) == .integer(-1))
    }

    @Test("Only who has the lease stores, and only once")
    func storeUnderLease() {
        var bench = Bench()
        func store(_ token: String) -> RedisReply? {
            bench.send(.eval(.storeUnderLease, keys: ["k", "l"], arguments: [token, "8:2", "60000"]))
        }
        #expect(store("mine") == .integer(0))
        _ = bench.send(.set("l", "mine"))
        #expect(store("another's") == .integer(0))
        #expect(store("mine") == .integer(1))
        #expect(store("mine") == .integer(0))
        #expect(bench.send(.get("l")) == .null)
        #expect(bench.send(.pttl("k")) == .integer(60_000))
    }
}
