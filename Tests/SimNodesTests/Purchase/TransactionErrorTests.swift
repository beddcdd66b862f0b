import Testing
import Topology

@testable import SimNodes

@Suite("Layers 2 and 3: order of statements, errors, and second orders")
struct TransactionErrorTests {
    /// Everything above the database off.
    private static func bare(
        _ arrivals: [TraceArrival], _ change: (inout Scenario) -> Void
    ) -> ShopRig {
        ShopRig(
            .shop(arrivals) {
                $0.topology.purchase.lock.kind = .none
                $0.topology.purchase.stockCheck = .none
                $0.topology.purchase.cache.update = .none
                change(&$0)
            }, watched: 1
        ).run()
    }

    private static func foreign(_ span: TimeSpan) -> Fault {
        var foreign = ForeignClientFault(.named("mysql-primary"), connections: 1, for: span)
        foreign.rows = [0]
        return Fault(.foreignClient(foreign), .at(.zero))
    }

    @Test("Who reads, locks, and believes what was read, sells the last unit twice")
    func snapshotBeforeLock() {
        func rig(_ read: RowRead) -> ShopRig {
            Self.bare([buy(0), buy(0)]) {
                $0.workload.stock = 1
                $0.topology.purchase.transaction.decrement = .unguarded
                $0.topology.purchase.transaction.read = read
            }
        }
        #expect(OversellCheck.oversoldUnits(rig(.plainThenForUpdate).evidence) == 1)
        #expect(OversellCheck.oversoldUnits(rig(.forUpdate).evidence) == 0)
    }

    @Test("The order can come before the stock, and goes if there is too little of it")
    func insertFirst() {
        let rig = Self.bare([buy(0), buy(1, at: 200, quantity: 11)]) {
            $0.topology.purchase.transaction.order = .insertFirst
        }
        #expect(rig.requests.map(\.outcome) == [.success, .insufficientStock])
        #expect(rig.primary.orders.map(\.trace) == [0])
        let order = rig.trail.map(\.site).filter { $0 == .purchaseInserted || $0 == .purchaseUpdated }
        #expect(order == [.purchaseInserted, .purchaseUpdated])
        for checker in Evidence.checkers { #expect(checker.check(rig.evidence).violations == 0) }
    }

    @Test("1205 undoes the statement alone: who goes on commits an order without its units")
    func lockTimeout() {
        func rig(_ policy: LockTimeoutPolicy, retries: Int = 0) -> ShopRig {
            Self.bare([buy(0, at: 50)]) {
                $0.topology.mysql?.lockWaitTimeout = .seconds(1)
                $0.topology.purchase.transaction.read = .none
                $0.topology.purchase.transaction.order = .insertFirst
                $0.topology.purchase.transaction.onLockTimeout = policy
                $0.topology.purchase.transaction.retries = retries
                $0.faults = [Self.foreign(.milliseconds(2_500))]
            }
        }
        let ignored = rig(.ignore)
        #expect(ignored.outcome(0) == .success)
        #expect(ignored.stock(0) == 10)
        #expect(OversellCheck.check(ignored.evidence).violations == 1)
        let sound = rig(.rollBack)
        #expect(sound.outcome(0) == .rejected)
        #expect(sound.primary.orders.isEmpty)
        #expect(OversellCheck.check(sound.evidence).violations == 0)
        // "try restarting transaction"
        let repeated = rig(.rollBack, retries: 5)
        #expect(repeated.outcome(0) == .success)
        #expect(repeated.stock(0) == 9)
    }

    @Test("In the same transaction a repetition sees what it has seen, until it gives up")
    func retryScope() {
        func rig(_ scope: RetryScope) -> ShopRig {
            Self.bare([buy(0), buy(0)]) {
                $0.topology.purchase.transaction.read = .plain
                $0.topology.purchase.transaction.decrement = .absolute
                $0.topology.purchase.transaction.version = .checked
                $0.topology.purchase.transaction.retries = 5
                $0.topology.purchase.transaction.retryIn = scope
            }
        }
        let stuck = rig(.sameTransaction)
        #expect(stuck.requests.map(\.outcome) == [.success, .rejected])
        #expect(stuck.count(.purchaseBegun) == 2)
        #expect(stuck.count(.purchaseRowLocked) == 7)
        let sound = rig(.newTransaction)
        #expect(sound.requests.map(\.outcome) == [.success, .success])
        #expect(sound.stock(0) == 8)
    }

    @Test(
        "A second order of the same user: counted, it is found when the first one is there; a unique key knows before")
    func onePerUser() {
        func rig(_ policy: OnePerUserPolicy, at second: Int64) -> ShopRig {
            var arrivals = [buy(0), buy(0, at: second)]
            for index in arrivals.indices { arrivals[index].user = 7 }
            return Self.bare(arrivals) {
                $0.topology.promises.onePerUser = true
                $0.topology.purchase.transaction.onePerUser = policy
            }
        }
        for policy in [OnePerUserPolicy.countFirst, .unique] {
            let later = rig(policy, at: 300)
            #expect(later.requests.map(\.outcome) == [.success, .alreadyOrdered])
            #expect(later.stock(0) == 9)
            #expect(DuplicateOrderCheck.check(later.evidence).status == .holds)
        }
        #expect(rig(.unchecked, at: 300).primary.orders.count == 2)
        #expect(DuplicateOrderCheck.check(rig(.countFirst, at: 0).evidence).violations == 1)
        #expect(DuplicateOrderCheck.check(rig(.unique, at: 0).evidence).violations == 0)
    }

    @Test("A connection for the check while one is held: with one connection each sale waits for itself")
    func secondConnection() {
        func rig(_ connection: CheckConnection, size: Int) -> ShopRig {
            Self.bare([buy(0)]) {
                $0.topology.purchase.transaction.onePerUser = .countFirst
                $0.topology.purchase.transaction.checkOver = connection
                $0.topology.application.primaryPool.size = size
            }
        }
        #expect(rig(.own, size: 1).outcome(0) == .success)
        #expect(rig(.another, size: 2).outcome(0) == .success)
        let stuck = rig(.another, size: 1)
        #expect(stuck.outcome(0) == .rejected)
        #expect(stuck.latency(0)! >= .seconds(2))
    }

    @Test("A key that is looked for under a lock: what is not there is a gap, and two who insert into it deadlock")
    func lockedFirst() {
        func rig(_ policy: IdempotencyKeyPolicy, retries: Int) -> ShopRig {
            Self.bare([buy(0), buy(1)]) {
                $0.topology.purchase.transaction.idempotencyKey = policy
                $0.topology.purchase.transaction.read = .none
                $0.topology.purchase.transaction.order = .insertFirst
                $0.topology.purchase.transaction.retries = retries
            }
        }
        #expect(rig(.lockedFirst, retries: 0).requests.count { $0.outcome == .rejected } == 1)
        #expect(rig(.lockedFirst, retries: 1).requests.map(\.outcome) == [.success, .success])
        #expect(rig(.unique, retries: 0).requests.map(\.outcome) == [.success, .success])
    }

    @Test("A key that is looked for first is found by the repetition")
    func lockedFirstFinds() {
        let rig = Self.bare([buy(0)]) {
            $0.topology.application.servers = ["app1", "app2"]
            $0.topology.purchase.transaction.idempotencyKey = .lockedFirst
            $0.workload.retry.policy = .fixed
            $0.workload.retry.delay = .seconds(2)
            $0.faults = [Fault(.crash(CrashFault(.itself)), .on(EventTrigger(.purchaseCommitted)))]
        }
        #expect(rig.outcome(0) == .success)
        #expect(rig.requests[0].attempts == 2)
        #expect(rig.primary.orders.count == 1)
    }

    @Test("A primary that starts super-read-only takes no sale until somebody says so")
    func superReadOnlyAtStart() {
        func rig(_ isReadOnly: Bool) -> ShopRig {
            Self.bare([buy(0), buy(0, at: 3_000)]) {
                $0.topology.mysql?.superReadOnlyAtStart = isReadOnly
                $0.topology.mysql?.startTime = .milliseconds(500)
                $0.topology.application.primaryPool.aliveBypassWindow = .milliseconds(500)
                $0.faults = [
                    Fault(
                        .crash(CrashFault(.named("mysql-primary"), restartAfter: .milliseconds(500))),
                        .at(.milliseconds(500)))
                ]
            }
        }
        #expect(rig(false).requests.map(\.outcome) == [.success, .success])
        #expect(rig(true).requests.map(\.outcome) == [.success, .rejected])
    }
}
