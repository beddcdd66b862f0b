import Testing
import Topology

@testable import SimNodes

@Suite("Who has been here, as Redis knows it")
struct DeduplicationPolicyTests {
    private func rig(
        _ arrivals: [TraceArrival], _ change: (inout Scenario, inout DeduplicationPolicy) -> Void
    ) -> ShopRig {
        ShopRig(
            .shop(arrivals) { scenario in
                scenario.topology.purchase.stockCheck = .decrementFirst
                scenario.topology.purchase.lock.kind = .none
                var deduplication = DeduplicationPolicy()
                change(&scenario, &deduplication)
                scenario.topology.purchase.deduplication = deduplication
            }
        ).run()
    }

    /// User 7 buys a unit.
    private func comeAgain(at milliseconds: Int64 = 0, product: Int = 0) -> TraceArrival {
        var arrival = buy(product, at: milliseconds)
        arrival.user = 7
        return arrival
    }

    @Test(
        "A user who comes again is told so, whatever the mark is made of",
        arguments: [DeduplicationCheck.sismemberThenSadd, .sadd, .withStock, .setNxPx])
    func again(_ check: DeduplicationCheck) {
        let rig = rig([comeAgain(), comeAgain(at: 200), comeAgain(at: 400, product: 1)]) { $1.check = check }
        #expect(rig.requests.map(\.outcome) == [.success, .alreadyOrdered, .success])
        #expect(rig.primary.orders.count == 2)
        #expect(rig.cachedStock(0) == 9)
        #expect(StockDriftCheck.check(rig.evidence).violations == 0)
    }

    @Test("Without a check the same user buys as often as there are units")
    func withoutCheck() {
        let rig = rig([comeAgain(), comeAgain(at: 200)]) { _, _ in }
        #expect(rig.requests.map(\.outcome) == [.success, .success])
    }

    @Test("Two at once both get in where looking and marking are two commands")
    func atOnce() {
        func orders(_ check: DeduplicationCheck) -> Int {
            rig([comeAgain(), comeAgain()]) { $1.check = check }.primary.orders.count
        }
        #expect(orders(.sismemberThenSadd) == 2)
        #expect(orders(.sadd) == 1)
        #expect(orders(.withStock) == 1)
        #expect(orders(.setNxPx) == 1)
    }

    @Test("A flag that has expired keeps nobody away")
    func expiry() {
        func outcomes(_ ttl: TimeSpan) -> [Outcome?] {
            rig([comeAgain(), comeAgain(at: 1_000)]) {
                ($1.check, $1.ttl) = (.setNxPx, ttl)
            }.requests.map(\.outcome)
        }
        #expect(outcomes(.milliseconds(500)) == [.success, .success])
        #expect(outcomes(.seconds(60)) == [.success, .alreadyOrdered])
    }

    @Test(
        "Who got nothing may come again, unless the mark is never taken back",
        arguments: [DeduplicationCheck.sadd, .setNxPx])
    func release(_ check: DeduplicationCheck) {
        func outcomes(_ release: DeduplicationRelease) -> [Outcome?] {
            var greedy = comeAgain()
            greedy.quantity = 11
            return rig([greedy, comeAgain(at: 200)]) {
                ($1.check, $1.release) = (check, release)
            }.requests.map(\.outcome)
        }
        #expect(outcomes(.onFailure) == [.insufficientStock, .success])
        #expect(outcomes(.never) == [.insufficientStock, .alreadyOrdered])
    }

    @Test("A mark that stays after the database has failed the order shows as drift")
    func drift() {
        func violations(_ check: DeduplicationCheck, _ release: DeduplicationRelease) -> Int {
            let rig = rig([comeAgain()]) {
                ($1.check, $1.release) = (check, release)
                $0.faults = [
                    Fault(.crash(CrashFault(.named("mysql-primary"))), .on(EventTrigger(.purchaseStockRead)))
                ]
            }
            #expect(rig.cachedStock(0) == 10)
            return StockDriftCheck.check(rig.evidence).violations
        }
        for check in [DeduplicationCheck.sismemberThenSadd, .sadd, .withStock] {
            #expect(violations(check, .onFailure) == 0)
            #expect(violations(check, .never) == 1)
        }
    }

    @Test("By its key a repeated request is known, and another request of the same user is not")
    func byKey() {
        let rig = rig([comeAgain(), comeAgain(at: 200)]) { ($1.check, $1.of) = (.sadd, .key) }
        #expect(rig.requests.map(\.outcome) == [.success, .success])
        #expect(StockDriftCheck.check(rig.evidence).violations == 0)
    }
}
