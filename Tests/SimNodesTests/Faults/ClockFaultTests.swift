import Testing
import Topology

@testable import SimNodes

@Suite("Faults of clocks: jump, drift")
struct ClockFaultTests {
    private static func jump(
        _ node: String, _ seconds: Int64, _ trigger: FaultTrigger, _ direction: ClockDirection = .forward,
        for span: TimeSpan? = nil
    ) -> Fault {
        Fault(
            .clockJump(ClockJumpFault(.named(node), by: .seconds(seconds), direction: direction, for: span)), trigger)
    }

    @Test("A clock that jumps ahead ends locks before their holder is done")
    func forward() {
        func rig(_ faults: [Fault]) -> ShopRig { FaultRig.shop(faults, [buy(0), buy(0, at: 25)]) }
        let struck = rig([Self.jump("redis-master", 40, .on(EventTrigger(.purchaseRowLocked)))])
        #expect(struck.requests.map(\.outcome) == [.success, .success])
        #expect(MutualExclusionCheck.check(struck.evidence).violations == 1)
        #expect(struck.faults[0].hadEffect)
        // The row lock still holds.
        #expect(struck.stock(0) == 8)
        #expect(rig([]).requests.map(\.outcome) == [.success, .lockNotAcquired])
    }

    @Test("A clock that jumps back keeps the lock of a dead holder for longer")
    func back() {
        func rig(_ faults: [Fault]) -> ShopRig {
            let crash = CrashFault(.itself, restartAfter: .milliseconds(100))
            return FaultRig.shop(
                [Fault(.crash(crash), .on(EventTrigger(.purchaseLockAcquired)))] + faults,
                [buy(0), buy(0, at: 4_000), buy(0, at: 13_000)]
            ) { $0.topology.purchase.lock.ttl = .seconds(2) }
        }
        #expect(rig([]).requests.map(\.outcome) == [.unknown, .success, .success])
        let struck = rig([Self.jump("redis-master", 10, .at(.milliseconds(500)), .back)])
        #expect(struck.requests.map(\.outcome) == [.unknown, .lockNotAcquired, .success])
    }

    @Test("Redis's cron finds what a jump has expired, and goes on after a jump back")
    func cron() {
        let rig = FaultRig.shop(
            [
                Self.jump("redis-master", 400, .at(.seconds(1))),
                Self.jump("redis-master", 800, .at(.seconds(3)), .back),
                Fault(
                    .crash(CrashFault(.itself, restartAfter: .milliseconds(100))),
                    .on(EventTrigger(.purchaseLockAcquired))),
            ], [look(0, at: 500), look(0, at: 2_000), look(0, at: 4_000), buy(0, at: 5_000), look(0, at: 9_000)]
        ) {
            $0.topology.view.cacheTTL = .seconds(300)
            $0.topology.purchase.lock.ttl = .seconds(1)
        }
        // Cached in the warm-up, gone with the jump, cached again by the second look.
        #expect(rig.requests.map(\.wasCacheHit) == [true, false, true, nil, true])
        // Three stocks and one product's details: the lock of the dead holder is gone without anybody's asking for it.
        #expect(rig.master.assumeIsolated { $0.server.keyCount } == 4)
    }

    @Test("A clock that is put right shows virtual time again")
    func putRight() {
        let rig = FaultRig.shop(
            [Self.jump("redis-master", 5, .at(.seconds(1)), for: .seconds(1))], [buy(0, at: 1_500), buy(0, at: 3_000)])
        #expect(rig.master.process.wallClock == rig.world.now)
        let texts = rig.world.timeline.milestones.filter { $0.kind == .fault }.map(\.text)
        #expect(texts == ["clock jumps 5.0 s forward", "clock is put right"])
        #expect(rig.faults[0].hadEffect)
    }

    @Test("A clock that runs twice as fast halves the life of a lock")
    func drift() {
        func rig(_ rate: Double?) -> ShopRig {
            let crash = CrashFault(.itself, restartAfter: .milliseconds(100))
            let drift = rate.map { Fault(.clockDrift(ClockDriftFault(.named("redis-master"), rate: $0)), .at(.zero)) }
            return FaultRig.shop(
                [Fault(.crash(crash), .on(EventTrigger(.purchaseLockAcquired)))] + (drift.map { [$0] } ?? []),
                [buy(0), buy(0, at: 2_500), buy(0, at: 6_000)]
            ) { $0.topology.purchase.lock.ttl = .seconds(4) }
        }
        #expect(rig(nil).requests.map(\.outcome) == [.unknown, .lockNotAcquired, .success])
        #expect(rig(1).requests.map(\.outcome) == [.unknown, .success, .success])
        #expect(rig(-0.5).requests.map(\.outcome) == [.unknown, .lockNotAcquired, .lockNotAcquired])
    }

    @Test("What a drift has added stays when it ends")
    func driftEnds() {
        let drift = ClockDriftFault(.named("redis-master"), rate: 0.5, for: .seconds(2))
        let rig = FaultRig.shop([Fault(.clockDrift(drift), .at(.seconds(1)))], [buy(0), buy(1, at: 2_000)])
        #expect(rig.master.process.wallClock - rig.world.now == .seconds(1))
        #expect(rig.faults[0].hadEffect)
    }

    @Test("Two clocks' worth of slowness don't stop a clock, and it is right again when both are over")
    func twoDrifts() {
        let slow = ClockDriftFault(.named("redis-master"), rate: -0.5, for: .seconds(4))
        let rig = FaultRig.shop(
            [Fault(.clockDrift(slow), .at(.zero)), Fault(.clockDrift(slow), .at(.zero))],
            [buy(0), buy(1, at: 2_000), buy(1, at: 6_000)])
        // A quarter of the speed for four seconds.
        #expect(rig.master.process.wallClock - rig.world.now == .seconds(-3))
        #expect(rig.master.process.clockDrift == 0)
        #expect(rig.requests.allSatisfy { $0.outcome == .success })
    }

    @Test("A Sentinel whose clock jumps goes into TILT")
    func tilt() {
        let rig = FaultRig.shop([Self.jump("sentinel1", 60, .at(.seconds(1)))], [buy(0), buy(1, at: 3_000)]) {
            $0.watchRedis()
        }
        #expect(rig.system.sentinels[0].loggedEvents.contains { $0.event.name == "+tilt" })
        #expect(!rig.system.sentinels[1].loggedEvents.contains { $0.event.name == "+tilt" })
        #expect(rig.master.isMaster)
    }

    @Test("A jump of nothing, or one that nobody looks at, changes nothing")
    func idle() {
        #expect(FaultRig.isIdle(Self.jump("redis-master", 0, .at(.zero))))
        let dead = Simulation.run(
            .shop([look(0, at: 500)]) {
                $0.workload.warmCache = 1
                $0.topology.view.cacheFailure = .bypass
                $0.faults = [
                    Fault(.crash(CrashFault(.named("redis-master"))), .at(.zero)),
                    Self.jump("redis-master", 5, .at(.milliseconds(1))),
                ]
            }, seed: 1)
        #expect(dead.faults.map(\.hadEffect) == [true, false])
    }
}
