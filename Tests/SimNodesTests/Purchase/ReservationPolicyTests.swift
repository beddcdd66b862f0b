import Testing
import Topology

@testable import SimNodes

@Suite("Units that are taken in Redis first")
struct ReservationPolicyTests {
    private func rig(
        _ arrivals: [TraceArrival], watched: Int = 0, rest: TimeSpan = .seconds(5),
        _ change: (inout Scenario, inout ReservationPolicy) -> Void
    ) -> ShopRig {
        ShopRig(
            .shop(arrivals) { scenario in
                scenario.topology.purchase.stockCheck = .decrementFirst
                scenario.topology.purchase.lock.kind = .none
                var reservation = ReservationPolicy()
                change(&scenario, &reservation)
                scenario.topology.purchase.reservation = reservation
            }, watched: watched
        ).run(rest: rest)
    }

    /// A sale without its lock.
    private var unlocked: TimeSpan { ShopTimes.sale - ShopTimes.command * 2 }

    private static func perKey(_ scenario: inout Scenario, _ reservation: inout ReservationPolicy) {
        scenario.topology.purchase.transaction.idempotencyKey = .unique
        reservation.record = .perKey
        reservation.giveBack = .recorded
    }

    // MARK: - Taking

    @Test(
        "Each way to take leaves the same stock when nobody else comes",
        arguments: [(StockTake.script, 0), (.decrement, 0), (.getThenDecrement, 1)])
    func takes(_ take: StockTake, _ commandsMore: Int) {
        let rig = rig([buy(0, quantity: 4), buy(0, at: 200, quantity: 7)]) { $1.take = take }
        #expect(rig.requests.map(\.outcome) == [.success, .insufficientStock])
        #expect(rig.latency(0) == unlocked - ShopTimes.command + ShopTimes.command * commandsMore)
        #expect((rig.stock(0), rig.cachedStock(0)) == (6, 6))
    }

    @Test("Two at once both find the last units where looking and taking are two commands")
    func getThenDecrement() {
        func outcomes(_ take: StockTake) -> [Outcome?] {
            rig([buy(0, quantity: 6), buy(0, quantity: 6)]) { scenario, reservation in
                reservation.take = take
                scenario.topology.purchase.transaction.read = .none
                scenario.topology.purchase.transaction.decrement = .unguarded
            }.requests.map(\.outcome)
        }
        #expect(outcomes(.getThenDecrement) == [.success, .success])
        #expect(outcomes(.script) == [.success, .insufficientStock])
        #expect(outcomes(.decrement) == [.success, .insufficientStock])
    }

    @Test("What DECRBY took below zero comes back, or is left as a hole")
    func belowZero() {
        func left(_ policy: BelowZeroPolicy) -> Int64? {
            rig([buy(0, quantity: 12)]) {
                $1.take = .decrement
                $1.belowZero = policy
            }.cachedStock(0)
        }
        #expect(left(.giveBack) == 10)
        #expect(left(.leave) == -2)
    }

    @Test("Waiting for replicas costs a round trip, and a reservation that they don't get goes back")
    func waitForReplicas() {
        let rig = rig([buy(0)]) {
            $1.waitForReplicas = 1
            $1.waitTimeout = .milliseconds(100)
        }
        #expect(rig.outcome(0) == .rejected)
        #expect(rig.cachedStock(0) == 10)
        #expect(rig.world.situations.reached.contains(.reservationNotReplicated))
    }

    // MARK: - Giving back

    /// The database refuses what Redis took: it has no units of its own left.
    private func refused(_ change: (inout Scenario, inout ReservationPolicy) -> Void) -> ShopRig {
        rig([buy(0, quantity: 4)]) { scenario, reservation in
            scenario.faults = [
                Fault(.crash(CrashFault(.named("mysql-primary"))), .on(EventTrigger(.purchaseStockRead)))
            ]
            change(&scenario, &reservation)
        }
    }

    @Test("Each way to give back leaves all units when the sale fails", arguments: StockGiveBack.allCases)
    func givesBack(_ giveBack: StockGiveBack) {
        let rig = refused {
            Self.perKey(&$0, &$1)
            $1.giveBack = giveBack
        }
        #expect(rig.outcome(0) == .rejected)
        #expect(rig.cachedStock(0) == 10)
        #expect(rig.master.memberCount(ofSortedSet: ProductKey.due) == 0)
    }

    @Test("Unconditionally means also what was never taken")
    func unconditional() {
        func left(_ giveBack: StockGiveBack) -> Int64? {
            rig([buy(0)]) {
                Self.perKey(&$0, &$1)
                $1.giveBack = giveBack
                $0.topology.application.redisClient.commandTimeout = .milliseconds(300)
                $0.workload.giveUp = .seconds(5)
                // Nobody listens when the units are to be taken; when they are given back, somebody does.
                let crash = CrashFault(.named("redis-master"), restartAfter: .milliseconds(400))
                $0.faults = [Fault(.crash(crash), .at(.zero))]
            }.cachedStock(0)
        }
        #expect(left(.unconditional) == 11)
        #expect(left(.recorded) == 10)
        #expect(left(.increment) == 10)
    }

    // MARK: - Forgotten reservations

    @Test("Of a server that dies with units in hand nobody gives them back, unless a job looks for them")
    func reaper() {
        func crashed(_ site: EventSite, _ change: (inout ReservationPolicy) -> Void) -> ShopRig {
            rig([buy(0, quantity: 4)], rest: .seconds(12)) {
                Self.perKey(&$0, &$1)
                change(&$1)
                $0.topology.application.servers = ["app1", "app2"]
                $0.faults = [Fault(.crash(CrashFault(.itself)), .on(EventTrigger(site)))]
            }
        }
        func looking(_ reservation: inout ReservationPolicy) {
            (reservation.reapEvery, reservation.reapAfter) = (.seconds(1), .seconds(3))
        }
        let lost = crashed(.purchaseStockRead) { _ in }
        #expect((lost.stock(0), lost.cachedStock(0)) == (10, 6))
        let found = crashed(.purchaseStockRead, looking)
        #expect((found.stock(0), found.cachedStock(0)) == (10, 10))
        #expect(found.world.situations.reached.contains(.reservationReaped))
        // The order is there: the job notes that the units are sold.
        let sold = crashed(.purchaseCommitted, looking)
        #expect((sold.stock(0), sold.cachedStock(0)) == (6, 6))
        #expect(sold.master.memberCount(ofSortedSet: ProductKey.due) == 0)
    }

    // MARK: - Answering early

    @Test("Who is answered after the reservation waits for nothing else, and who gets none hears so")
    func answersEarly() {
        let rig = rig([buy(0, quantity: 8), buy(0, at: 5, quantity: 8)]) {
            $0.topology.purchase.acknowledge = .afterReservation
            _ = $1
        }
        #expect(rig.requests.map(\.outcome) == [.success, .insufficientStock])
        #expect(rig.latency(0) == ShopTimes.visit + ShopTimes.purchase + ShopTimes.command)
        #expect(rig.primary.orders.count == 1)
        let lost = self.rig([buy(0)]) {
            $0.topology.purchase.acknowledge = .afterReservation
            $0.faults = [Fault(.crash(CrashFault(.named("mysql-primary"))), .on(EventTrigger(.purchaseStockRead)))]
            _ = $1
        }
        #expect(lost.outcome(0) == .success)
        #expect(LostOrderCheck.check(lost.evidence).violations == 1)
    }
}
