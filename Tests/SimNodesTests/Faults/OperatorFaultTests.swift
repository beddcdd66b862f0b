import Testing
import Topology

@testable import SimNodes

@Suite("What people do: flush a cache, restart a group, connect a client of their own")
struct OperatorFaultTests {
    @Test("FLUSHALL takes the lock out of its holder's hands, and the stock with it")
    func flushAll() {
        let rig = FaultRig.shop(
            [Fault(.flushAll(FlushAllFault(.named("redis-master"))), .on(EventTrigger(.purchaseRowLocked)))],
            [buy(0), buy(0, at: 25)])
        #expect(rig.requests.map(\.outcome) == [.success, .success])
        #expect(MutualExclusionCheck.check(rig.evidence).violations == 1)
        #expect(rig.faults[0].hadEffect)
        let texts = rig.world.timeline.milestones.filter { $0.kind == .fault }.map(\.text)
        // Three products' details and stocks, and the lock.
        #expect(texts == ["somebody sends FLUSHALL", "FLUSHALL has taken 7 keys"])
    }

    @Test("A replica refuses FLUSHALL, and an empty Redis has nothing to lose")
    func flushNothing() {
        func hadEffect(_ node: String, _ change: (inout Scenario) -> Void = { _ in }) -> Bool {
            let rig = FaultRig.shop([Fault(.flushAll(FlushAllFault(.named(node))), .at(.zero))], [look(0, at: 10)]) {
                $0.topology.redis?.replicas = ["redis-slave"]
                change(&$0)
            }
            return rig.faults[0].hadEffect
        }
        #expect(hadEffect("redis-master"))
        #expect(!hadEffect("redis-slave"))
        #expect(
            !hadEffect("redis-master") {
                $0.workload.warmCache = 0
                $0.workload.warmStock = false
            })
    }

    @Test("A Redis that is restarted in order has saved its data; without its files it has none")
    func lostFiles() {
        func rig(_ action: FaultAction) -> ShopRig {
            FaultRig.shop([Fault(action, .at(.milliseconds(500)))], [buy(0), look(1, at: 3_000)])
        }
        let kept = rig(.restart(RestartFault("redis-master")))
        #expect(kept.cachedStock(0) == 9)
        #expect(kept.requests[1].wasCacheHit == true)
        for action: FaultAction in [
            .restart(RestartFault("redis-master", disk: .lost)),
            .crash(CrashFault(.named("redis-master"), restartAfter: .milliseconds(100), disk: .lost)),
        ] {
            let lost = rig(action)
            #expect(lost.cachedStock(0) == nil)
            #expect(lost.requests[1].wasCacheHit == false)
            #expect(lost.faults[0].hadEffect)
        }
        // A crash saves nothing: what is found is the last snapshot.
        let crashed = rig(.crash(CrashFault(.named("redis-master"), restartAfter: .milliseconds(100))))
        #expect(crashed.cachedStock(0) == 10)
    }

    @Test("A rolling restart takes one node at a time, lets it finish, and waits for it to be back")
    func rollingRestart() {
        let rig = FaultRig.shop(
            [Fault(.rollingRestart(RollingRestartFault(["application"], wait: .seconds(2))), .at(.milliseconds(20)))],
            [buy(0), buy(1), look(0, at: 500), look(0, at: 500), look(0, at: 9_000), look(0, at: 9_000)]
        ) {
            $0.topology.application.servers = ["app1", "app2"]
            $0.topology.application.shutdown = .graceful
        }
        #expect(rig.requests.map(\.outcome) == [.success, .success, .rejected, .success, .success, .success])
        #expect(rig.system.applications.map(\.process.incarnation) == [1, 1])
        let steps = rig.world.timeline.milestones.filter { $0.kind == .fault }.map { "\($0.node): \($0.text)" }
        #expect(
            steps == [
                "application: 2 nodes are restarted one after the other", "app1: restarted",
                "app1: process is up again", "app2: restarted", "app2: process is up again",
                "application: all have been restarted",
            ])
        let at = rig.world.timeline.milestones.filter { $0.text == "restarted" || $0.text == "process is up again" }
            .map(\.at)
        #expect(at[2] - at[1] == .seconds(2))
        #expect(rig.faults[0].hadEffect)
    }

    @Test("A rolling restart of the stores: each is back before the next one goes")
    func rollingStores() {
        let rig = FaultRig.shop(
            [Fault(.rollingRestart(RollingRestartFault(["mysql", "redis"])), .at(.milliseconds(500)))],
            [buy(0), buy(1, at: 20_000)]
        ) {
            $0.watchMySQL(isWatched: false)
            $0.topology.redis?.replicas = ["redis-slave"]
            $0.topology.application.primaryPool.aliveBypassWindow = .milliseconds(500)
        }
        #expect(rig.requests.map(\.outcome) == [.success, .success])
        let lives = rig.system.databases.map(\.process.incarnation) + rig.system.redisNodes.map(\.process.incarnation)
        #expect(lives == [1, 1, 1, 1])
        #expect(rig.system.isReplicated)
    }

    @Test("A foreign client takes the places that a restarted application needs")
    func connections() {
        let foreign = ForeignClientFault(.named("mysql-primary"), connections: 100, for: .seconds(5))
        let rig = FaultRig.shop(
            [
                Fault(.crash(CrashFault(.named("app1"), restartAfter: .seconds(1))), .at(.milliseconds(100))),
                Fault(.foreignClient(foreign), .at(.milliseconds(500))),
            ], [buy(0, at: 3_000), buy(0, at: 40_000)]
        ) { $0.topology.mysql?.maxConnections = 50 }
        #expect(rig.requests.map(\.outcome) == [.rejected, .success])
        #expect(rig.faults[1].hadEffect)
        let texts = rig.world.timeline.milestones.filter { $0.kind == .fault }.map(\.text)
        #expect(texts.last == "the other client leaves (50 connections, 50 refused)")
        #expect(rig.primary.openConnections == 10)
    }

    @Test("Row locks of a foreign client hold up whoever wants those rows, and nobody else")
    func rows() {
        let foreign = ForeignClientFault(.named("mysql-primary"), connections: 1, rows: [0], for: .seconds(2))
        let rig = FaultRig.shop(
            [Fault(.foreignClient(foreign), .at(.zero))], [buy(0, at: 100), buy(1, at: 150), buy(0, at: 4_000)])
        #expect(rig.requests.allSatisfy { $0.outcome == .success })
        #expect(rig.latency(0)! > .milliseconds(1_900))
        #expect(rig.latency(1) == ShopTimes.sale)
        #expect(rig.latency(2) == ShopTimes.sale)
        #expect(rig.faults[0].hadEffect)
    }

    @Test("Redis has places to take as well")
    func redisConnections() {
        let foreign = ForeignClientFault(.named("redis-master"), connections: 100, for: .seconds(5))
        let rig = FaultRig.shop(
            [
                Fault(.crash(CrashFault(.named("app1"), restartAfter: .seconds(1))), .at(.milliseconds(100))),
                Fault(.foreignClient(foreign), .at(.milliseconds(500))),
            ], [look(0, at: 3_000), look(0, at: 40_000)]
        ) { $0.topology.redis?.maxclients = 20 }
        // The client is turned away as it connects; its commands wait until it gets a place.
        #expect(rig.latency(0)! > .milliseconds(2_500))
        #expect(rig.requests[1].outcome == .success)
        #expect(rig.faults[1].hadEffect)
    }

    @Test("A limit without eviction has Redis refuse writes and answer reads, as long as it lasts")
    func noEviction() {
        let limit = MaxMemoryFault(
            .named("redis-master"), limit: ByteCount(bytes: 1), policy: .noEviction, for: .seconds(2))
        let rig = FaultRig.shop(
            [Fault(.maxMemory(limit), .at(.zero))], [buy(0, at: 100), look(1, at: 500), buy(0, at: 4_000)])
        #expect(rig.requests.map(\.outcome) == [.rejected, .success, .success])
        #expect(rig.requests[1].wasCacheHit == true)
        #expect(rig.faults[0].hadEffect)
    }

    @Test("A limit with eviction empties the cache: a view misses, a sale asks the database for the stock")
    func eviction() {
        let limit = MaxMemoryFault(
            .named("redis-master"), limit: ByteCount(bytes: 1), policy: .allKeysLRU, for: .seconds(2))
        let rig = FaultRig.shop([Fault(.maxMemory(limit), .at(.zero))], [look(1, at: 500), buy(0, at: 4_000)]) {
            $0.topology.view.cacheFailure = .bypass
        }
        #expect(rig.requests.map(\.outcome) == [.success, .success])
        #expect(rig.requests[0].wasCacheHit == false)
        #expect(rig.cachedStock(1) == nil)
        #expect(rig.faults[0].hadEffect)
        let ample = MaxMemoryFault(.named("redis-master"), limit: ByteCount(bytes: 1 << 30), policy: .allKeysLRU)
        #expect(FaultRig.isIdle(Fault(.maxMemory(ample), .at(.zero))))
    }

    @Test("A foreign client for whom there is room changes nothing")
    func idle() {
        for node in ["mysql-primary", "redis-master"] {
            let foreign = ForeignClientFault(.named(node), connections: 5, for: .milliseconds(10))
            #expect(FaultRig.isIdle(Fault(.foreignClient(foreign), .at(.zero))))
        }
        let rows = ForeignClientFault(.named("mysql-primary"), connections: 1, rows: [2], for: .milliseconds(10))
        #expect(FaultRig.isIdle(Fault(.foreignClient(rows), .at(.zero))))
    }
}
