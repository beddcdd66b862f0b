import Testing
import Topology

@testable import SimNodes

@Suite("The purchase, line by line")
struct PurchaseSequenceTests {
    private static let locking: [EventSite] = [
        .requestArrived, .redisWrite, .redisLockAcquired, .purchaseLockAcquired,
    ]

    @Test("A purchase sends what the diagram says, in its order, and takes the sum of its hops")
    func success() {
        let rig = ShopRig(.shop([buy(1, quantity: 2)]), watched: 3).run()
        #expect(rig.outcome(0) == .success)
        #expect(
            rig.trail.map(\.site) == Self.locking + [
                .purchaseStockRead, .purchaseBegun, .purchaseRowLocked, .purchaseUpdated, .purchaseInserted,
                .mysqlPrepare, .mysqlCommit, .purchaseCommitted, .redisWrite, .purchaseCacheUpdated,
                .purchaseLockReleasing,
                .redisWrite, .purchaseLockReleased, .purchasePublished,
            ])
        #expect(rig.latency(0) == ShopTimes.sale)
        #expect(rig.primary.product(1) == ProductRow(id: 1, stock: 8, version: 1))
        #expect(rig.primary.orders.map(\.quantity) == [2])
        #expect(rig.primary.orders.map(\.trace) == [0])
        #expect(rig.cachedStock(1) == 8)
        #expect(rig.master.heldLocks(prefix: ProductKey.lockPrefix).isEmpty)
        for checker in Evidence.checkers { #expect(checker.check(rig.evidence).violations == 0) }
    }

    @Test("Each step happens when the hops before it are over")
    func times() {
        let rig = ShopRig(.shop([buy(0)]), watched: 1).run()
        let at = Dictionary(uniqueKeysWithValues: rig.trail.map { ($0.site, $0.at) })
        var clock = ShopTimes.toApplication
        #expect(at[.requestArrived] == clock)
        clock += ShopTimes.accept + ShopTimes.purchase + ShopTimes.command
        #expect(at[.purchaseLockAcquired] == clock)
        clock += ShopTimes.command
        #expect(at[.purchaseStockRead] == clock)
        clock += ShopTimes.check + ShopTimes.statement(ShopTimes.begin)
        #expect(at[.purchaseBegun] == clock)
        clock += ShopTimes.statement(ShopTimes.selectForUpdate)
        #expect(at[.purchaseRowLocked] == clock)
        clock += ShopTimes.statement(ShopTimes.update)
        #expect(at[.purchaseUpdated] == clock)
        clock += ShopTimes.statement(ShopTimes.insert)
        #expect(at[.purchaseInserted] == clock)
        clock += ShopTimes.statement(ShopTimes.commit + ShopTimes.flush)
        #expect(at[.purchaseCommitted] == clock)
        clock += ShopTimes.command
        #expect(at[.purchaseCacheUpdated] == clock)
        clock += ShopTimes.command
        #expect(at[.purchaseLockReleased] == clock)
        clock += ShopTimes.command
        #expect(at[.purchasePublished] == clock)
    }

    @Test("Too little stock: looked up and checked under the lock, no transaction, lock given back")
    func insufficientStock() {
        let rig = ShopRig(.shop([buy(0, quantity: 11)]), watched: 3).run()
        #expect(rig.outcome(0) == .insufficientStock)
        #expect(
            rig.trail.map(\.site) == Self.locking + [
                .purchaseStockRead, .purchaseLockReleasing, .redisWrite, .purchaseLockReleased,
            ])
        #expect(rig.latency(0) == ShopTimes.visit + ShopTimes.purchase + ShopTimes.command * 3 + ShopTimes.check)
        #expect(rig.cachedStock(0) == 10)
        #expect(rig.master.heldLocks(prefix: ProductKey.lockPrefix).isEmpty)
    }

    @Test("A product that somebody else is buying is refused after one command")
    func lockNotAcquired() {
        let rig = ShopRig(.shop([buy(0), buy(0, at: 10), buy(1, at: 13)])).run()
        #expect(rig.requests.map(\.outcome) == [.success, .lockNotAcquired, .success])
        #expect(rig.latency(1) == ShopTimes.visit + ShopTimes.purchase + ShopTimes.command)
        #expect(rig.latency(2) == ShopTimes.sale)
        #expect(rig.count(.purchaseLockAcquired) == 2)
    }

    @Test("A connection that has rested is tried out first: one more round trip")
    func validation() {
        let rested = Scenario.shop([buy(0), buy(0, at: 700)]) {
            $0.topology.application.primaryPool.aliveBypassWindow = .milliseconds(500)
            $0.topology.application.primaryPool.size = 1
        }
        let rig = ShopRig(rested).run()
        #expect(rig.latency(1) == ShopTimes.sale + ShopTimes.toMySQL * 2)
    }

    @Test("A cached view is one command; a miss adds the replica's row and the filling of the cache")
    func views() {
        let rig = ShopRig(.shop([look(0), look(0, at: 100)])).run()
        let look = ShopTimes.visit + ShopTimes.view + ShopTimes.command
        let load = ShopTimes.statement(ShopTimes.select) + ShopTimes.command + ShopTimes.viewMiss
        #expect(rig.latency(0) == look + load)
        #expect(rig.latency(1) == look)
        #expect(rig.requests.map(\.wasCacheHit) == [false, true])
        #expect(rig.count(.viewMiss) == 1)
    }

    @Test("The balancer adds its two hops and its own work")
    func balancer() {
        let scenario = Scenario.shop([buy(0)]) {
            var nginx = LoadBalancerSettings()
            nginx.serviceTime = .constant(.microseconds(50))
            nginx.keepalive = 8
            $0.topology.loadBalancer = nginx
            $0.topology.network.links.append(
                NetworkLink(from: "users", to: "loadBalancer", latency: .constant(.microseconds(1_000))))
            $0.topology.network.links.append(
                NetworkLink(from: "loadBalancer", to: "application", latency: .constant(.microseconds(400))))
        }
        let rig = ShopRig(scenario).run()
        // The first request of all opens nginx's connection: one round trip more.
        let hops = TimeSpan.microseconds(400) * 4 + .microseconds(50)
        #expect(rig.latency(0) == ShopTimes.sale + hops)
    }
}
