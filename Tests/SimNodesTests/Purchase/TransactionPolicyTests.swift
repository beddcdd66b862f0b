import Testing
import Topology

@testable import SimNodes

@Suite("Layers 2 and 3: the transaction, the row lock and the version")
struct TransactionPolicyTests {
    /// Everything above the database off; requests meet there at the same time.
    private static func bare(
        _ buyers: Int, stock: Int = 10, _ change: (inout TransactionPolicy) -> Void
    ) -> ShopRig {
        ShopRig(
            .shop((0..<buyers).map { _ in buy(0) }) {
                $0.workload.stock = stock
                $0.topology.purchase.lock.kind = .none
                $0.topology.purchase.stockCheck = .none
                $0.topology.purchase.cache.update = .none
                $0.topology.purchase.transaction.read = .plain
                change(&$0.topology.purchase.transaction)
            }
        ).run()
    }

    private func successes(_ rig: ShopRig) -> Int { rig.requests.count { $0.outcome == .success } }

    @Test("The guard in the UPDATE holds without any lock")
    func guarded() {
        let rig = Self.bare(5, stock: 2) { $0.decrement = .guarded }
        #expect(successes(rig) == 2)
        #expect(rig.requests.count { $0.outcome == .insufficientStock } == 3)
        #expect(rig.stock(0) == 0)
        #expect(OversellCheck.check(rig.evidence).violations == 0)
    }

    @Test("Without the guard a plain read sells the last unit to everybody")
    func unguarded() {
        let rig = Self.bare(5, stock: 2) { $0.decrement = .unguarded }
        #expect(successes(rig) == 5)
        #expect(rig.stock(0) == -3)
        #expect(OversellCheck.oversoldUnits(rig.evidence) == 3)
        #expect(OversellCheck.check(rig.evidence).evidence.count == 2)
    }

    @Test("Without the guard the row lock is enough")
    func unguardedForUpdate() {
        let rig = Self.bare(5, stock: 2) { ($0.decrement, $0.read) = (.unguarded, .forUpdate) }
        #expect(successes(rig) == 2)
        #expect(OversellCheck.check(rig.evidence).violations == 0)
    }

    @Test("Writing back what a plain read said loses updates: the stock and the orders part")
    func absolute() {
        let rig = Self.bare(5) { $0.decrement = .absolute }
        #expect(successes(rig) == 5)
        #expect(rig.stock(0) == 9)
        #expect(OversellCheck.oversoldUnits(rig.evidence) == 0)
        #expect(OversellCheck.check(rig.evidence).evidence == ["product 0: stock 9 + sold 5 ≠ initial 10"])
    }

    @Test("A checked version turns the lost update into a conflict")
    func versionChecked() {
        let rig = Self.bare(3) { ($0.decrement, $0.version) = (.absolute, .checked) }
        #expect(successes(rig) == 1)
        #expect(rig.requests.count { $0.outcome == .rejected } == 2)
        #expect(rig.primary.product(0) == ProductRow(id: 0, stock: 9, version: 1))
        #expect(OversellCheck.check(rig.evidence).violations == 0)
    }

    @Test("Conflicts are tried again, each with a new look at the row")
    func versionRetried() {
        let rig = Self.bare(3) { ($0.decrement, $0.version, $0.retries) = (.absolute, .checked, 5) }
        #expect(successes(rig) == 3)
        #expect(rig.primary.product(0) == ProductRow(id: 0, stock: 7, version: 3))
        #expect(rig.count(.purchaseBegun) > 3)
        #expect(OversellCheck.check(rig.evidence).violations == 0)
    }

    @Test("A version that is not looked after stays")
    func versionIgnored() {
        let rig = Self.bare(1) { $0.version = .ignored }
        #expect(rig.primary.product(0) == ProductRow(id: 0, stock: 9, version: 0))
    }

    @Test("An update that hit no row, and nobody looked: an order without stock")
    func rowCountIgnored() {
        let rig = Self.bare(3, stock: 1) { $0.rowCount = .ignored }
        #expect(successes(rig) == 3)
        #expect(rig.stock(0) == 0)
        #expect(OversellCheck.oversoldUnits(rig.evidence) == 2)
    }

    @Test("Statements that commit themselves leave a stock without an order when the server dies between them")
    func autocommit() {
        func rig(_ boundary: TransactionBoundary) -> ShopRig {
            ShopRig(
                .shop([buy(0)]) {
                    $0.topology.purchase.transaction.boundary = boundary
                    $0.faults = [Fault(.crash(CrashFault(.itself)), .on(EventTrigger(.purchaseUpdated)))]
                }
            ).run()
        }
        #expect(rig(.autocommit).stock(0) == 9)
        #expect(OversellCheck.check(rig(.autocommit).evidence).violations == 1)
        #expect(rig(.transaction).stock(0) == 10)
        #expect(OversellCheck.check(rig(.transaction).evidence).violations == 0)
    }

    /// The server dies when its order is committed and before it can say so; the user tries again at the other one.
    private static func repeated(_ change: (inout Scenario) -> Void) -> ShopRig {
        ShopRig(
            .shop([buy(0)]) {
                $0.topology.application.servers = ["app1", "app2"]
                $0.topology.purchase.lock.ttl = .seconds(1)
                $0.workload.retry.policy = .fixed
                $0.workload.retry.delay = .seconds(2)
                $0.faults = [Fault(.crash(CrashFault(.itself)), .on(EventTrigger(.purchaseCommitted)))]
                change(&$0)
            }
        ).run()
    }

    @Test("A unique idempotency key makes one order of a repeated purchase; without it there are two")
    func idempotencyKey() {
        let keyed = Self.repeated { $0.topology.purchase.transaction.idempotencyKey = .unique }
        #expect(keyed.outcome(0) == .success)
        #expect(keyed.requests[0].attempts == 2)
        #expect(keyed.primary.orders.count == 1)
        #expect(keyed.stock(0) == 9)
        let open = Self.repeated { _ in }
        #expect(open.outcome(0) == .success)
        #expect(open.primary.orders.map(\.trace) == [0, 0])
        #expect(open.stock(0) == 8)
        // A key that the browser makes anew protects from nothing.
        let renewed = Self.repeated {
            $0.topology.purchase.transaction.idempotencyKey = .unique
            $0.workload.retry.key = .new
        }
        #expect(renewed.primary.orders.count == 2)
        #expect(Set(renewed.primary.orders.map(\.requestKey)).count == 2)
    }

    @Test("An order acknowledged before it is durable is lost with the server, and I3 says so")
    func acknowledge() {
        func rig(_ point: AcknowledgePoint) -> ShopRig {
            ShopRig(
                .shop([buy(0)]) {
                    $0.topology.purchase.acknowledge = point
                    $0.faults = [Fault(.crash(CrashFault(.itself)), .on(EventTrigger(.purchaseRowLocked)))]
                }
            ).run()
        }
        let early = rig(.beforeCommit)
        #expect(early.outcome(0) == .success)
        #expect(early.latency(0) == ShopTimes.visit + ShopTimes.purchase)
        #expect(LostOrderCheck.check(early.evidence).violations == 1)
        let late = rig(.afterCommit)
        #expect(late.outcome(0) == .unknown)
        #expect(LostOrderCheck.check(late.evidence).violations == 0)
    }

    @Test("Acknowledged before the commit, and nothing goes wrong: the order comes all the same")
    func acknowledgeWithoutCrash() {
        let rig = ShopRig(.shop([buy(0)]) { $0.topology.purchase.acknowledge = .beforeCommit }).run()
        #expect(rig.primary.orders.count == 1)
        #expect(LostOrderCheck.check(rig.evidence).violations == 0)
    }
}
