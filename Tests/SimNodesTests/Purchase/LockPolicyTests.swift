import Testing
import Topology

@testable import SimNodes

@Suite("Layer 1: the lock")
struct LockPolicyTests {
    /// Two servers take turns: the first request goes to app1, the second to app2.
    private static func shop(
        _ arrivals: [TraceArrival], _ change: (inout Scenario) -> Void = { _ in }
    ) -> Scenario {
        .shop(arrivals) {
            $0.topology.application.servers = ["app1", "app2"]
            change(&$0)
        }
    }

    @Test("Without a lock nothing is locked, and the database alone puts the two in line")
    func none() {
        let rig = ShopRig(Self.shop([buy(0), buy(0)]) { $0.topology.purchase.lock.kind = .none }).run()
        #expect(rig.requests.map(\.outcome) == [.success, .success])
        #expect(rig.count(.redisLockAcquired) == 0)
        #expect(rig.world.history.locks.isEmpty)
        #expect(rig.stock(0) == 8)
        // The second one waits for the row from BEGIN to the first one's COMMIT.
        #expect(rig.latency(0) == ShopTimes.sale - ShopTimes.command * 2)
        #expect(rig.latency(1)! > rig.latency(0)! + ShopTimes.selectForUpdate)
        #expect(MutualExclusionCheck.check(rig.evidence).detail == "the design takes no lock")
    }

    @Test("A lock inside the process excludes within one server")
    func localOneServer() {
        let one = Scenario.shop([buy(0), buy(0)]) { $0.topology.purchase.lock.kind = .local }
        let rig = ShopRig(one).run()
        #expect(rig.requests.map(\.outcome) == [.success, .lockNotAcquired])
        #expect(rig.count(.redisLockAcquired) == 0)
        #expect(MutualExclusionCheck.check(rig.evidence).violations == 0)
    }

    @Test("A lock inside the process does not exclude the other server, and I5 says so")
    func localTwoServers() {
        let rig = ShopRig(Self.shop([buy(0), buy(0)]) { $0.topology.purchase.lock.kind = .local }).run()
        #expect(rig.requests.map(\.outcome) == [.success, .success])
        #expect(MutualExclusionCheck.check(rig.evidence).violations == 1)
        #expect(OversellCheck.check(rig.evidence).violations == 0)
    }

    @Test("A lock inside the process is gone with it, and given back in time without a crash")
    func localAfterwards() {
        let rig = ShopRig(
            .shop([buy(0), buy(0, at: 100), buy(0, at: 3_000)]) {
                $0.topology.purchase.lock.kind = .local
                $0.faults = [
                    Fault(
                        .crash(CrashFault(.itself, restartAfter: .seconds(1))),
                        .on(EventTrigger(.purchaseBegun, nth: 2)))
                ]
            }
        ).run()
        #expect(rig.requests.map(\.outcome) == [.success, .unknown, .success])
    }

    /// app1 stops at its commit past its lock's life; app2 takes the lock, and still works when app1 gives "it" back.
    private static func overtaking(_ release: LockRelease) -> Scenario {
        shop([buy(0), buy(0, at: 1_500), buy(0, at: 2_400)]) {
            $0.topology.purchase.lock.ttl = .milliseconds(1_200)
            $0.topology.purchase.lock.release = release
            $0.faults = [
                Fault(.pause(PauseFault(.itself, for: .seconds(2))), .on(EventTrigger(.purchaseCommitted, nth: 1))),
                Fault(.pause(PauseFault(.itself, for: .seconds(2))), .on(EventTrigger(.purchaseCommitted, nth: 2))),
            ]
        }
    }

    @Test("Deleting the key takes away another's lock; whoever compares first does not")
    func release() {
        let blunt = ShopRig(Self.overtaking(.delete)).run()
        #expect(blunt.requests.map(\.outcome) == [.success, .success, .success])
        #expect(MutualExclusionCheck.check(blunt.evidence).violations == 2)
        for careful in [LockRelease.compareAndDelete, .getThenDelete] {
            let rig = ShopRig(Self.overtaking(careful)).run()
            #expect(rig.requests.map(\.outcome) == [.success, .success, .lockNotAcquired])
            #expect(MutualExclusionCheck.check(rig.evidence).violations == 1)
        }
    }

    @Test("Looking before deleting costs a command more", arguments: LockRelease.allCases)
    func releaseCost(_ release: LockRelease) {
        let rig = ShopRig(.shop([buy(0)]) { $0.topology.purchase.lock.release = release }).run()
        let extra = release == .getThenDelete ? ShopTimes.command : .zero
        #expect(rig.latency(0) == ShopTimes.sale + extra)
        #expect(rig.master.heldLocks(prefix: ProductKey.lockPrefix).isEmpty)
    }

    @Test("A crash between SETNX and EXPIRE leaves a lock for ever, and I7 says so; one command does not")
    func crashBetween() {
        func rig(_ acquire: LockAcquisition) -> ShopRig {
            ShopRig(
                Self.shop([buy(0), buy(0, at: 60_000)]) {
                    $0.topology.purchase.lock.acquire = acquire
                    $0.faults = [Fault(.crash(CrashFault(.named("app1"))), .on(EventTrigger(.redisLockAcquired)))]
                }
            ).run()
        }
        let broken = rig(.setnxThenExpire)
        #expect(broken.requests.map(\.outcome) == [.unknown, .lockNotAcquired])
        #expect(broken.evidence.immortalLocks == ["lock:product:0"])
        #expect(LivenessCheck.check(broken.evidence).violations == 1)
        let sound = rig(.setNxPx)
        #expect(sound.requests.map(\.outcome) == [.unknown, .success])
        #expect(LivenessCheck.check(sound.evidence).violations == 0)
    }

    @Test("SETNX and EXPIRE without a crash work, with one command more")
    func setnxThenExpire() {
        let rig = ShopRig(.shop([buy(0)]) { $0.topology.purchase.lock.acquire = .setnxThenExpire }).run()
        #expect(rig.latency(0) == ShopTimes.sale + ShopTimes.command)
        #expect(LivenessCheck.check(rig.evidence).violations == 0)
    }

    @Test("Who waits for a busy lock gets it, if the attempts suffice")
    func onBusy() {
        func outcomes(_ limit: Int) -> [Outcome?] {
            ShopRig(
                Self.shop([buy(0), buy(0, at: 5)]) {
                    $0.topology.purchase.lock.onBusy = .retry
                    $0.topology.purchase.lock.retryDelay = .milliseconds(20)
                    $0.topology.purchase.lock.retryLimit = limit
                }
            ).run().requests.map(\.outcome)
        }
        #expect(outcomes(10) == [.success, .success])
        #expect(outcomes(1) == [.success, .lockNotAcquired])
        #expect(outcomes(0) == [.success, .lockNotAcquired])
    }

    @Test("A lock that a replica must have costs a WAIT, and fails without the replica")
    func waitForReplicas() {
        let rig = ShopRig(
            .shop([buy(0), buy(1, at: 2_000)]) {
                $0.topology.redis?.replicas = ["redis-slave"]
                $0.topology.purchase.lock.waitForReplicas = 1
                $0.topology.purchase.lock.waitTimeout = .milliseconds(300)
                $0.faults = [Fault(.crash(CrashFault(.named("redis-slave"))), .at(.seconds(1)))]
            }
        ).run()
        #expect(rig.requests.map(\.outcome) == [.success, .rejected])
        #expect(rig.latency(0)! > ShopTimes.sale + ShopTimes.command)
        // The lock that was not replicated is given back.
        #expect(rig.master.heldLocks(prefix: ProductKey.lockPrefix).isEmpty)
        #expect(rig.stock(1) == 10)
    }

    @Test("A lock given back before the commit lets the next one in earlier")
    func releaseBeforeCommit() {
        let early = ShopRig(
            Self.shop([buy(0), buy(0, at: 38)]) { $0.topology.purchase.lock.releaseAt = .beforeCommit }, watched: 2
        ).run()
        #expect(early.requests.map(\.outcome) == [.success, .success])
        #expect(MutualExclusionCheck.check(early.evidence).violations == 0)
        let late = ShopRig(Self.shop([buy(0), buy(0, at: 38)])).run()
        #expect(late.requests.map(\.outcome) == [.success, .lockNotAcquired])
    }

    @Test("A lock that was given back before a commit that fails is not given back a second time")
    func releaseOnce() {
        // The first one's COMMIT times out while the second holds the lock that the first gave back before it.
        let rig = ShopRig(
            .shop([buy(0), buy(0, at: 2), buy(0, at: 60)]) {
                $0.topology.purchase.lock.kind = .local
                $0.topology.purchase.lock.releaseAt = .beforeCommit
                $0.topology.purchase.lock.onBusy = .retry
                $0.topology.purchase.lock.retryDelay = .milliseconds(1)
                $0.topology.purchase.lock.retryLimit = 300
                $0.topology.application.primaryPool.socketTimeout = .milliseconds(100)
                $0.faults = [
                    Fault(.pause(PauseFault(.itself, for: .milliseconds(300))), .on(EventTrigger(.mysqlPrepare)))
                ]
            }
        ).run()
        #expect(rig.outcome(0) == .unknown)
        #expect(rig.count(.purchaseLockAcquired) == 3)
        #expect(MutualExclusionCheck.check(rig.evidence).violations == 0)
    }
}
