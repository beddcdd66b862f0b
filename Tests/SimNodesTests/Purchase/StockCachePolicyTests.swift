import Testing
import Topology

@testable import SimNodes

@Suite("Layer 4: the stock in Redis, and the announcement")
struct StockCachePolicyTests {
    @Test(
        "Each way to bring Redis in line leaves what it says",
        arguments: [
            (StockCacheUpdate.decrement, 8), (.script, 8), (.set, 8), (.delete, nil), (.none, 10),
        ] as [(StockCacheUpdate, Int64?)])
    func updates(_ update: StockCacheUpdate, _ expected: Int64?) {
        let rig = ShopRig(.shop([buy(0, quantity: 2)]) { $0.topology.purchase.cache.update = update }).run()
        #expect(rig.cachedStock(0) == expected)
        #expect(rig.latency(0) == ShopTimes.sale - (update == .none ? ShopTimes.command : .zero))
        #expect(StockDriftCheck.check(rig.evidence).violations == (update == .none ? 2 : 0))
    }

    @Test("Before the commit means before BEGIN, and a sale that fails then leaves Redis short")
    func beforeCommit() {
        let fine = ShopRig(.shop([buy(0)]) { $0.topology.purchase.cache.at = .beforeCommit }, watched: 3).run()
        let sites = fine.trail.map(\.site)
        let decrement = sites.indices.filter { sites[$0] == .redisWrite }[1]
        #expect(decrement < sites.firstIndex(of: .purchaseBegun)!)
        #expect(fine.cachedStock(0) == 9)
        #expect(fine.latency(0) == ShopTimes.sale)
        let short = ShopRig(
            .shop([buy(0)]) {
                $0.topology.purchase.cache.at = .beforeCommit
                $0.faults = [Fault(.crash(CrashFault(.itself)), .on(EventTrigger(.purchaseBegun)))]
            }
        ).run()
        #expect(StockDriftCheck.check(short.evidence).violations == 1)
        #expect(short.stock(0) == 10)
    }

    @Test("After the commit a crash in between leaves Redis with too many")
    func afterCommit() {
        let rig = ShopRig(
            .shop([buy(0)]) {
                $0.faults = [Fault(.crash(CrashFault(.itself)), .on(EventTrigger(.purchaseCommitted)))]
            }
        ).run()
        #expect((rig.stock(0), rig.cachedStock(0)) == (9, 10))
        #expect(StockDriftCheck.check(rig.evidence).detail == "1 products differ: 1 units too many in Redis, 0 too few")
    }

    @Test("Renewing the details' life is a command more")
    func extendTTL() {
        let rig = ShopRig(
            .shop([buy(0)]) {
                $0.topology.purchase.cache.extendTTL = true
                $0.topology.view.cacheTTL = .seconds(300)
            }
        ).run()
        #expect(rig.latency(0) == ShopTimes.sale + ShopTimes.command)
    }

    // MARK: - Taking first

    @Test("Taking from Redis first replaces look-up and update by one script")
    func decrementFirst() {
        let rig = ShopRig(
            .shop([buy(0, quantity: 4), buy(0, at: 100, quantity: 7)]) {
                $0.topology.purchase.stockCheck = .decrementFirst
            }
        ).run()
        #expect(rig.requests.map(\.outcome) == [.success, .insufficientStock])
        #expect(rig.latency(0) == ShopTimes.sale - ShopTimes.command)
        #expect(rig.cachedStock(0) == 6)
        #expect(rig.stock(0) == 6)
    }

    @Test("What was taken first is given back when the sale certainly failed, and kept when nobody knows")
    func compensation() {
        func rig(_ site: EventSite) -> ShopRig {
            ShopRig(
                .shop([buy(0, quantity: 4)]) {
                    $0.topology.purchase.stockCheck = .decrementFirst
                    $0.faults = [Fault(.crash(CrashFault(.named("mysql-primary"))), .on(EventTrigger(site)))]
                }
            ).run(rest: .seconds(30))
        }
        let failed = rig(.purchaseRowLocked)
        #expect(failed.outcome(0) == .rejected)
        #expect(failed.cachedStock(0) == 10)
        let uncertain = rig(.mysqlCommit)
        #expect(uncertain.outcome(0) == .unknown)
        #expect(uncertain.cachedStock(0) == 6)
    }

    @Test("What was taken first is given back for an order that was there already")
    func compensationForRepetition() {
        let rig = ShopRig(
            .shop([buy(0)]) {
                $0.topology.application.servers = ["app1", "app2"]
                $0.topology.purchase.lock.kind = .none
                $0.topology.purchase.stockCheck = .decrementFirst
                $0.topology.purchase.transaction.idempotencyKey = .unique
                $0.workload.retry.policy = .fixed
                $0.faults = [Fault(.crash(CrashFault(.itself)), .on(EventTrigger(.purchaseCommitted)))]
            }
        ).run()
        #expect(rig.outcome(0) == .success)
        #expect(rig.primary.orders.count == 1)
        #expect((rig.stock(0), rig.cachedStock(0)) == (9, 9))
    }

    // MARK: - Looking elsewhere

    @Test(
        "Looking in a database costs its SELECT, looking nowhere nothing",
        arguments: [StockCheck.primary, .replica, .none])
    func stockChecks(_ check: StockCheck) {
        let rig = ShopRig(
            .shop([buy(0)]) {
                $0.topology.purchase.stockCheck = check
                $0.topology.mysql?.replicas = ["mysql-replica"]
            }
        ).run()
        let look = check == .none ? TimeSpan.zero : ShopTimes.statement(ShopTimes.select)
        #expect(rig.outcome(0) == .success)
        #expect(rig.latency(0) == ShopTimes.sale - ShopTimes.command + look)
    }

    @Test("A stock that Redis doesn't know is loaded, or taken for sold out")
    func missingStock() {
        func rig(_ policy: StockMissingPolicy) -> ShopRig {
            ShopRig(
                .shop([buy(0)]) {
                    $0.workload.warmStock = false
                    $0.topology.purchase.onStockMissing = policy
                }
            ).run()
        }
        let loaded = rig(.load)
        #expect(loaded.outcome(0) == .success)
        #expect(loaded.latency(0) == ShopTimes.sale + ShopTimes.statement(ShopTimes.select) + ShopTimes.command)
        #expect(loaded.cachedStock(0) == 9)
        #expect(rig(.soldOut).outcome(0) == .insufficientStock)
    }

    // MARK: - Publishing

    @Test("Publishing after the commit, inside the transaction, or not at all")
    func publish() {
        func rig(_ point: PublishPoint) -> ShopRig {
            ShopRig(.shop([buy(0)]) { $0.topology.purchase.publish = point }, watched: 1).run()
        }
        #expect(rig(.none).latency(0) == ShopTimes.sale - ShopTimes.command)
        #expect(rig(.afterCommit).latency(0) == ShopTimes.sale)
        let inside = rig(.insideTransaction)
        #expect(inside.latency(0) == ShopTimes.sale)
        let at = Dictionary(uniqueKeysWithValues: inside.trail.map { ($0.site, $0.at) })
        // The row stays locked for the length of a command more.
        let gap = at[.mysqlPrepare]! - at[.purchaseInserted]!
        #expect(gap >= ShopTimes.command + ShopTimes.toMySQL)
    }

    @Test("Nobody waits for an announcement that isn't awaited, and it may fail alone")
    func awaitPublish() {
        let rig = ShopRig(.shop([buy(0)]) { $0.topology.purchase.awaitPublish = false }).run()
        #expect(rig.latency(0) == ShopTimes.sale - ShopTimes.command)
    }
}
