import Testing
import Topology

@testable import SimNodes

@Suite("Layer 1: how long the lock lives, and when it is taken")
struct LockRenewalTests {
    /// Somebody else keeps the row of product 0 locked until 600 ms; the second buyer comes when the first lock's life
    /// is over.
    private static func slow(_ renewal: LockRenewal, _ change: (inout Scenario) -> Void = { _ in }) -> ShopRig {
        ShopRig(
            .shop([buy(0, at: 100), buy(0, at: 400)]) {
                $0.topology.application.servers = ["app1", "app2"]
                $0.topology.purchase.lock.ttl = .milliseconds(200)
                $0.topology.purchase.lock.renewal = renewal
                var foreign = ForeignClientFault(.named("mysql-primary"), connections: 1, for: .milliseconds(600))
                foreign.rows = [0]
                $0.faults = [Fault(.foreignClient(foreign), .at(.zero))]
                change(&$0)
            }
        ).run()
    }

    @Test("A lease ends while its holder waits for the database")
    func lease() {
        let rig = Self.slow(.none)
        #expect(rig.requests.map(\.outcome) == [.success, .success])
        #expect(MutualExclusionCheck.check(rig.evidence).violations == 1)
    }

    @Test("A watchdog keeps it, and ends with it")
    func watchdog() {
        let rig = Self.slow(.watchdog)
        #expect(rig.requests.map(\.outcome) == [.success, .lockNotAcquired])
        #expect(MutualExclusionCheck.check(rig.evidence).violations == 0)
        #expect(rig.master.heldLocks(prefix: ProductKey.lockPrefix).isEmpty)
        #expect(LivenessCheck.check(rig.evidence).status == .holds)
    }

    @Test("A watchdog stands still with its process, and dies with it")
    func watchdogOfTheDead() {
        let paused = Self.slow(.watchdog) {
            $0.faults = [Fault(.pause(PauseFault(.itself, for: .seconds(1))), .on(EventTrigger(.purchaseBegun)))]
        }
        #expect(paused.requests.map(\.outcome) == [.success, .success])
        #expect(MutualExclusionCheck.check(paused.evidence).violations == 1)
        let dead = Self.slow(.watchdog) {
            $0.faults = [Fault(.crash(CrashFault(.itself)), .on(EventTrigger(.purchaseBegun)))]
        }
        #expect(dead.requests.map(\.outcome) == [.unknown, .success])
    }

    /// Two buyers of one product; each server has a single connection.
    private static func busy(_ moment: LockMoment, _ change: (inout Scenario) -> Void = { _ in }) -> ShopRig {
        ShopRig(
            .shop([buy(0), buy(0, at: 20), buy(1, at: 25)]) {
                $0.topology.purchase.lock.takenAt = moment
                $0.topology.purchase.lock.onBusy = .retry
                $0.topology.purchase.lock.retryDelay = .milliseconds(50)
                $0.topology.purchase.lock.retryLimit = 10
                $0.topology.application.primaryPool.size = 2
                change(&$0)
            }, watched: 1
        ).run()
    }

    @Test("Inside the transaction it is taken after BEGIN, and given back after COMMIT")
    func insideTransaction() {
        let rig = Self.busy(.insideTransaction)
        #expect(rig.requests.map(\.outcome) == [.success, .success, .success])
        let order = rig.trail.map(\.site).filter {
            [.purchaseBegun, .purchaseLockAcquired, .purchaseRowLocked, .purchaseCommitted, .purchaseLockReleased]
                .contains($0)
        }
        #expect(
            order == [
                .purchaseBegun, .purchaseLockAcquired, .purchaseRowLocked, .purchaseCommitted, .purchaseLockReleased,
            ])
        #expect(MutualExclusionCheck.check(rig.evidence).violations == 0)
        for checker in Evidence.checkers { #expect(checker.check(rig.evidence).violations == 0) }
    }

    @Test("Who waits for the lock with a connection keeps it from those who want another product")
    func heldConnection() {
        let outside = Self.busy(.beforeTransaction)
        let inside = Self.busy(.insideTransaction)
        #expect(outside.latency(2) == ShopTimes.sale)
        #expect(inside.latency(2)! > outside.latency(2)!)
    }

    @Test("Who does not get it inside the transaction is told so, and nothing stays open")
    func busyInside() {
        let rig = Self.busy(.insideTransaction) { $0.topology.purchase.lock.onBusy = .reject }
        #expect(rig.requests.map(\.outcome) == [.success, .lockNotAcquired, .success])
        #expect(LivenessCheck.check(rig.evidence).status == .holds)
    }
}
