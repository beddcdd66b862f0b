import Testing
import Topology

@testable import SimNodes

@Suite("Partitions that part the clients, and failures of those who watch")
struct SplitFaultTests {
    private static func crash(_ node: String, _ at: Int64, restartAfter: TimeSpan? = nil) -> Fault {
        Fault(.crash(CrashFault(.named(node), restartAfter: restartAfter)), .at(.milliseconds(at)))
    }

    @Test("An isolated node is out of everybody's reach until it is back, but not out of its companions'")
    func isolate() {
        func rig(_ names: [String]) -> ShopRig {
            FaultRig.shop(
                [Fault(.isolate(IsolateFault(names, for: .seconds(2))), .at(.milliseconds(500)))],
                [look(0, at: 1_000), look(0, at: 1_000), look(0, at: 9_000)]
            ) { $0.topology.application.servers = ["app1", "app2"] }
        }
        let view = ShopTimes.visit + ShopTimes.view + ShopTimes.command
        let alone = rig(["app2"])
        #expect(alone.latency(0) == view)
        #expect(alone.latency(1)! > .seconds(1))
        #expect(alone.latency(2) == view)
        #expect(alone.faults[0].hadEffect)
        // With its users, its Redis and its database an application server misses nobody.
        let together = rig(["users", "app2", "redis", "mysql"])
        #expect(together.latency(0)! > .seconds(1))
        #expect(together.latency(1) == view)
    }

    @Test("Who still reaches the old Redis master sells there, while the others sell at the new one")
    func redisSplit() {
        let sides = FaultSides(["redis-master"], ["redis-slave", "sentinels", "app2"])
        let rig = FaultRig.shop(
            [
                Fault(.partition(PartitionFault(sides, for: .seconds(30))), .at(.milliseconds(500))),
                // What makes app2 ask the Sentinels: its old connection would hang until a time-out.
                Fault(.reset(ResetFault(FaultSides(["app2"], ["redis-master"]))), .at(.seconds(8))),
            ],
            [buy(0), buy(1)] + (0..<10).map { buy($0 % 3, at: 15_000 + Int64($0) * 200) }, rest: .seconds(40)
        ) {
            $0.watchRedis()
        }
        #expect(rig.world.failovers.redis.promotedAt != nil)
        // Even numbers go to app1 and the old master, odd ones to app2 and the new one: both sell.
        #expect(rig.requests.map(\.outcome).filter { $0 == .success }.count == 12)
        // What the old master took is gone when it becomes a replica of the new one.
        #expect(StockDriftCheck.check(rig.evidence).violations > 0)
        #expect(rig.system.redisNodes[0].masterName == "redis-slave")
    }

    @Test("A client that nobody tells of the failover sells at the old MySQL primary, and its orders are lost")
    func mysqlSplit() {
        let rig = FaultRig.shop(
            [
                Fault(
                    .partition(
                        PartitionFault(
                            FaultSides(["mysql-primary"], ["mysql-replica", "orchestrator", "app2"]),
                            for: .seconds(60))), .at(.milliseconds(500))),
                Fault(.partition(PartitionFault(FaultSides(["orchestrator"], ["app1"]))), .at(.milliseconds(500))),
            ], [buy(0), buy(1)] + (0..<6).map { buy($0 % 3, at: 20_000 + Int64($0) * 300) }, rest: .seconds(5)
        ) {
            $0.watchMySQL()
            $0.topology.application.servers = ["app1", "app2"]
        }
        #expect(rig.world.failovers.mysql.promotedAt != nil)
        #expect(rig.system.databases.map { $0.isReadOnly } == [false, false])
        #expect(rig.requests.suffix(6).allSatisfy { $0.outcome == .success })
        #expect(LostOrderCheck.lost(rig.evidence).count == 3)
        #expect(rig.faults.allSatisfy { $0.hadEffect })
    }

    @Test("Without its manager a dead primary is replaced by nobody; a manager that comes back replaces it then")
    func manager() {
        func promotedAt(_ restartAfter: TimeSpan?) -> TimeSpan? {
            let rig = FaultRig.shop(
                [Self.crash("orchestrator", 100, restartAfter: restartAfter), Self.crash("mysql-primary", 200)],
                [buy(0), buy(1, at: 25_000)], rest: .seconds(1)
            ) {
                $0.watchMySQL()
                $0.workload.giveUp = .seconds(20)
            }
            return rig.world.failovers.mysql.promotedAt.map { $0 - rig.world.opening }
        }
        #expect(promotedAt(nil) == nil)
        let late = promotedAt(.seconds(10))
        #expect(late.map { $0 > .seconds(10) } == true)
        #expect(promotedAt(.milliseconds(1)).map { $0 < .seconds(10) } == true)
    }

    @Test("Two of three Sentinels are needed: one may crash, with two gone nobody fails over until one is back")
    func sentinels() {
        func promotedAt(_ crashes: [Fault]) -> TimeSpan? {
            let rig = FaultRig.shop(
                crashes + [Self.crash("redis-master", 500)], [buy(0), buy(1, at: 40_000)], rest: .seconds(1)
            ) {
                $0.watchRedis()
                $0.workload.giveUp = .seconds(20)
            }
            return rig.world.failovers.redis.promotedAt.map { $0 - rig.world.opening }
        }
        #expect(promotedAt([Self.crash("sentinel1", 100)]).map { $0 < .seconds(10) } == true)
        #expect(promotedAt([Self.crash("sentinel1", 100), Self.crash("sentinel2", 100)]) == nil)
        let late = promotedAt([
            Self.crash("sentinel1", 100), Self.crash("sentinel2", 100, restartAfter: .seconds(12)),
        ])
        #expect(late.map { $0 > .seconds(12) } == true)
    }

    @Test("Who isolates the whole system from nobody changes nothing")
    func idle() {
        let all = ["users", "application", "redis", "mysql"]
        #expect(FaultRig.isIdle(Fault(.isolate(IsolateFault(all)), .at(.zero))))
    }
}
