import Testing
import Topology

@testable import SimNodes

@Suite("The view and its cache")
struct ViewPolicyTests {
    private static let crowd = (0..<6).map { look(0, at: Int64($0)) }

    @Test("Everybody who misses loads; with a mutex one loads and the others wait for it")
    func mutex() {
        let herd = ShopRig(.shop(Self.crowd)).run()
        #expect(herd.count(.viewMiss) == 6)
        #expect(herd.count(.redisWrite) == 6)
        let queue = ShopRig(.shop(Self.crowd) { $0.topology.view.onMiss = .mutex }).run()
        #expect(queue.count(.viewMiss) == 6)
        // The lock, the details, and the lock's end.
        #expect(queue.count(.redisWrite) == 3)
        #expect(queue.requests.allSatisfy { $0.outcome == .success && $0.wasCacheHit == false })
        #expect(queue.requests.dropFirst().allSatisfy { $0.latency! > .milliseconds(50) })
    }

    @Test("A rebuild whose server died is taken over when its lock has expired")
    func mutexOfTheDead() {
        let rig = ShopRig(
            .shop([look(0), look(0, at: 10)]) {
                $0.topology.application.servers = ["app1", "app2"]
                $0.topology.view.onMiss = .mutex
                $0.topology.view.rebuildTTL = .seconds(2)
                $0.faults = [Fault(.crash(CrashFault(.named("app1"))), .on(EventTrigger(.redisWrite)))]
            }
        ).run()
        #expect(rig.requests.map(\.outcome) == [.rejected, .success])
        #expect(rig.latency(1)! > .milliseconds(1_900))
        #expect(rig.latency(1)! < .milliseconds(2_200))
    }

    @Test("When Redis fails, views go to the database or fail, as the policy says")
    func cacheFailure() {
        func rig(_ policy: CacheFailurePolicy) -> ShopRig {
            ShopRig(
                .shop([look(0), look(0, at: 1_000)]) {
                    $0.topology.view.cacheFailure = policy
                    $0.topology.application.redisClient.commandTimeout = .milliseconds(200)
                    $0.faults = [Fault(.crash(CrashFault(.named("redis-master"))), .at(.milliseconds(500)))]
                }
            ).run()
        }
        let bypass = rig(.bypass)
        #expect(bypass.requests.map(\.outcome) == [.success, .success])
        #expect(bypass.latency(1)! > .milliseconds(400))
        #expect(rig(.fail).requests.map(\.outcome) == [.success, .rejected])
    }

    @Test("A cached product expires, within its jitter")
    func expiry() {
        let rig = ShopRig(
            .shop([look(0), look(0, at: 900), look(0, at: 1_100)]) { $0.topology.view.cacheTTL = .seconds(1) }
        ).run()
        #expect(rig.requests.map(\.wasCacheHit) == [false, true, false])
        var hits: Set<Bool> = []
        for seed in 0..<12 {
            let spread = ShopRig(
                .shop([look(0), look(0, at: 950)]) {
                    $0.topology.view.cacheTTL = .seconds(1)
                    $0.topology.view.jitter = 0.5
                }, seed: UInt64(seed)
            ).run(rest: .zero)
            hits.insert(spread.requests[1].wasCacheHit!)
        }
        #expect(hits == [true, false])
    }

    @Test("A warm cache holds its share of the products, a cold one none")
    func warmCache() {
        func misses(_ share: Double) -> Int {
            let rig = ShopRig(
                .shop((0..<100).map { look($0, at: Int64($0) * 5) }) {
                    $0.workload.products = 100
                    $0.workload.warmCache = share
                }
            ).run(rest: .zero)
            return rig.count(.viewMiss)
        }
        #expect(misses(1) == 0)
        #expect(misses(0) == 100)
        #expect((20...60).contains(misses(0.6)))
    }

    @Test("When the replica has become the primary, reads go there or fail")
    func replicaFallback() {
        func rig(_ policy: ReplicaFallback) -> ShopRig {
            ShopRig(
                .shop([look(0), look(1, at: 20_000)]) {
                    $0.topology.application.userDatabaseRouting.replicaFallback = policy
                    $0.topology.mysql?.replicas = ["mysql-replica"]
                    var failover = FailoverSettings()
                    failover.pollInterval = .milliseconds(500)
                    $0.topology.mysql?.failover = failover
                    $0.faults = [Fault(.crash(CrashFault(.named("mysql-primary"))), .at(.milliseconds(500)))]
                }
            ).run(rest: .seconds(1))
        }
        #expect(rig(.primary).requests.map(\.outcome) == [.success, .success])
        #expect(rig(.fail).requests.map(\.outcome) == [.success, .rejected])
    }

    @Test("Without a replica reads go to the primary")
    func noReplica() {
        #expect(ShopRig(.shop([look(0)])).run().outcome(0) == .success)
    }

    @Test("Where there is no replica, a read that gets no connection of the primary's pool does not ask it again")
    func noSecondWait() {
        let rig = ShopRig(
            .shop([look(0), look(1, at: 10)]) {
                $0.topology.application.primaryPool.size = 1
                $0.topology.mysql?.service.select.io = .constant(.seconds(10))
            }
        ).run()
        #expect(rig.requests.map(\.outcome) == [.success, .rejected])
        let timeout = rig.world.topology.application.primaryPool.connectionTimeout
        #expect(rig.latency(1)! > timeout && rig.latency(1)! < timeout + .milliseconds(50))
    }

    @Test("A view of the replica may show what has been overwritten, and the history counts it")
    func staleRead() {
        let rig = ShopRig(
            .shop([buy(0), look(0, at: 100), look(0, at: 200)]) {
                $0.topology.mysql?.replicas = ["mysql-replica"]
                $0.topology.mysql?.replication.applyTime = .constant(.seconds(1))
            }
        ).run()
        #expect(rig.world.history.staleReads == 2)
    }
}
