import Testing
import Topology

@testable import SimNodes

@Suite struct DatabasePoolTests {
    /// D/D/300: the n-th three hundred wait for n holding times.
    @Test func aBurstIsServedInWaves() {
        let fixture = PoolFixture(size: 300, latency: .microseconds(100))
        for _ in 0..<1_200 { fixture.ask(at: .milliseconds(300), holding: .milliseconds(40)) }
        fixture.run(until: .seconds(2))
        let waits = fixture.user.outcome.map { $0.waited?.milliseconds }
        for wave in 0..<4 {
            #expect(waits[(wave * 300)..<(wave * 300 + 300)].allSatisfy { $0 == Double(wave * 40) })
        }
        #expect(fixture.user.outcome.map(\.number) == Array(0..<1_200))
        let meter = fixture.pool.meter
        #expect(meter.name == "app1.primaryPool" && meter.capacity == 300)
        #expect(meter.inUse.maximum == 300 && meter.queue.maximum == 900 && meter.timeouts == 0)
        #expect(meter.busy == .milliseconds(40) * 1_200)
        #expect(meter.firstWait == .zero + .milliseconds(300))
        #expect(meter.waits.count == 1_200)
        fixture.world.settleMeters()
        #expect(meter.utilisation(over: .seconds(2)) == 0.08)
        #expect(fixture.primary.loginCount == 300)
    }

    @Test func whoWaitsTooLongIsToldSo() {
        let fixture = PoolFixture(size: 2) { $0.connectionTimeout = .seconds(1) }
        for _ in 0..<5 { fixture.ask(at: .milliseconds(100), holding: .seconds(10)) }
        fixture.run(until: .seconds(20))
        let failed = fixture.user.outcome.filter { $0.waited == nil }
        #expect(failed.map(\.number) == [2, 3, 4])
        #expect(failed.allSatisfy { $0.at == .zero + .milliseconds(1_100) })
        let text = "primaryPool - Connection is not available, request timed out after 1000ms "
        #expect(
            failed.map(\.error) == [2, 1, 0].map { text + "(total=2, active=2, idle=0, waiting=\($0))" })
        #expect(fixture.pool.meter.timeouts == 3)
        #expect(fixture.pool.meter.firstTimeout == .zero + .milliseconds(1_100))
        #expect(fixture.world.timeline.milestones.map(\.text) == [text + "(total=2, active=2, idle=0, waiting=2)"])
        #expect(fixture.pool.waiting == 0 && fixture.pool.idle == 2)
    }

    /// A connection that comes back at the very moment of the time-out goes to exactly one of the two.
    @Test func aConnectionReturnedAtTheDeadlineIsNotLost() {
        let fixture = PoolFixture(size: 1) { $0.connectionTimeout = .milliseconds(500) }
        fixture.ask(at: .milliseconds(100), holding: .milliseconds(500))
        fixture.ask(at: .milliseconds(100), holding: .milliseconds(10))
        fixture.ask(at: .milliseconds(650), holding: .milliseconds(10))
        fixture.run(until: .seconds(2))
        #expect(fixture.user.outcome.count == 3)
        #expect(fixture.pool.idle == 1 && fixture.pool.inUse == 0 && fixture.pool.waiting == 0)
        #expect(fixture.user.outcome.last?.waited != nil)
    }

    /// A handshake and a login, two round trips, and HikariCP's pause of 30 ms after each connection.
    @Test func aColdPoolOpensOneAfterTheOther() {
        let fixture = PoolFixture(size: 5, latency: .milliseconds(1), prefilled: false)
        for count in 1...5 {
            fixture.run(until: .milliseconds(4 + 34 * Int64(count - 1)) - .microseconds(1))
            #expect(fixture.pool.total == count - 1)
            fixture.run(until: .milliseconds(4 + 34 * Int64(count - 1)))
            #expect(fixture.pool.total == count)
        }
        fixture.run(until: .seconds(5))
        #expect(fixture.pool.total == 5 && fixture.primary.sessionCount == 5)
    }

    @Test(arguments: [(500, 0), (501, 2)]) func aConnectionIdleForLongerIsChecked(_ idle: Int64, _ milliseconds: Int64)
    {
        let fixture = PoolFixture(size: 1, latency: .milliseconds(1))
        fixture.ask(at: .milliseconds(4 + idle), holding: .milliseconds(1))
        fixture.run(until: .seconds(1))
        #expect(fixture.user.outcome.first?.waited == .milliseconds(milliseconds))
        #expect(fixture.primary.pingCount == (milliseconds > 0 ? 1 : 0))
    }

    @Test func deadConnectionsAreNoticedWhenUsed() {
        let fixture = PoolFixture(size: 10, latency: .microseconds(100)) { $0.connectionTimeout = .seconds(2) }
        fixture.at(.milliseconds(300)) { $0.primary.process.crash() }
        fixture.run(until: .milliseconds(400))
        #expect(fixture.pool.idle == 10)
        // Within 500 ms of its opening one is handed out unchecked, and the statement fails.
        fixture.ask(at: .milliseconds(400), holding: .zero, statement: true)
        // Later the check finds all of them dead, and nobody opens new ones.
        fixture.ask(at: .milliseconds(900), holding: .zero)
        fixture.run(until: .milliseconds(2_899))
        #expect(fixture.user.brokenRequests == [0])
        #expect(fixture.pool.total == 0 && fixture.pool.waiting == 1)
        fixture.run(until: .seconds(3))
        #expect(
            fixture.user.outcome.last?.error
                == "primaryPool - Connection is not available, request timed out after 2000ms "
                + "(total=0, active=0, idle=0, waiting=0)")
        #expect(fixture.pool.counters.foundDead == 9)
        fixture.at(.seconds(10)) { $0.primary.process.start() }
        fixture.run(until: .seconds(20))
        #expect(fixture.pool.total == 10 && fixture.primary.sessionCount == 10)
        fixture.ask(at: .seconds(20), holding: .zero, statement: true)
        fixture.run(until: .seconds(21))
        #expect(fixture.user.outcome.last?.waited != nil && fixture.user.brokenRequests == [0])
    }

    @Test func theBackOffDoublesToFiveSeconds() {
        let fixture = PoolFixture(size: 1, prefilled: false)
        fixture.primary.process.crash()
        fixture.run(until: .seconds(20))
        // At 0, 10, 30, 70, … ms: after n failures 10·(2ⁿ−1) ms, with steps of 5 s from the tenth on.
        #expect(fixture.pool.counters.openFailures == 12)
    }

    @Test func aServerThatIsFullLendsItsErrorToTheTimeout() async {
        let fixture = PoolFixture(size: 3, prefilled: false) { $0.connectionTimeout = .seconds(1) }
        fixture.primary.admit(2)
        for _ in 0..<3 { fixture.ask(at: .milliseconds(200), holding: .seconds(5)) }
        fixture.run(until: .seconds(4))
        #expect(fixture.pool.total == 2)
        #expect(fixture.user.outcome.last?.error?.hasSuffix("(total=2, active=2, idle=0, waiting=0)") == true)
        fixture.primary.admit(3)
        fixture.run(until: .seconds(10))
        #expect(fixture.pool.total == 3)
    }

    @Test func aFailoverMovesThePool() {
        let fixture = PoolFixture(size: 20, latency: .microseconds(100))
        for _ in 0..<5 { fixture.ask(at: .milliseconds(300), holding: .seconds(3)) }
        fixture.at(.seconds(1)) { $0.pool.evictAll(newTarget: $0.replica) }
        fixture.run(until: .milliseconds(1_001))
        #expect(fixture.pool.inUse == 5 && fixture.primary.sessionCount == 5)
        fixture.run(until: .seconds(3))
        // Fifteen places were free: they are filled at the new target.
        #expect(fixture.pool.total == 20 && fixture.replica.sessionCount == 15)
        fixture.run(until: .seconds(6))
        #expect(fixture.primary.sessionCount == 0 && fixture.replica.sessionCount == 20)
        #expect(fixture.pool.total == 20 && fixture.pool.idle == 20)
    }

    @Test func anAttemptTowardsADeadMachineIsAbandonedForTheNewTarget() {
        let fixture = PoolFixture(size: 1, latency: .microseconds(100), prefilled: false)
        fixture.primary.process.crash(takingHost: true)
        fixture.at(.seconds(20)) { $0.pool.evictAll(newTarget: $0.replica) }
        fixture.run(until: .seconds(21))
        #expect(fixture.replica.sessionCount == 1 && fixture.pool.idle == 1)
        fixture.at(.seconds(22)) { $0.primary.process.start() }
        fixture.run(until: .seconds(300))
        // The old attempt got through at last, and was closed.
        #expect(fixture.primary.sessionCount == 0 && fixture.pool.total == 1)
    }

    @Test func connectionsOpenedForTheOldTargetDontJoin() {
        let fixture = PoolFixture(size: 8, latency: .milliseconds(1))
        // In the middle of handshake and login, which take 4 ms.
        fixture.at(.milliseconds(3)) { $0.pool.evictAll(newTarget: $0.replica) }
        fixture.run(until: .seconds(2))
        #expect(fixture.primary.sessionCount == 0 && fixture.replica.sessionCount == 8)
        #expect(fixture.pool.idle == 8)
    }

    @Test func oldConnectionsAreReplaced() {
        let fixture = PoolFixture(size: 4) { $0.maxLifetime = .seconds(60) }
        fixture.run(until: .milliseconds(58_400))
        #expect(fixture.primary.loginCount == 4)
        fixture.run(until: .seconds(63))
        #expect(fixture.primary.loginCount == 8 && fixture.primary.sessionCount == 4)
    }

    @Test func aClosedPoolRefuses() {
        let fixture = PoolFixture(size: 4)
        fixture.at(.seconds(1)) { $0.pool.close() }
        fixture.ask(at: .seconds(2), holding: .zero)
        fixture.run(until: .seconds(3))
        #expect(fixture.user.outcome.last?.error == "HikariDataSource HikariDataSource (primaryPool) has been closed.")
        #expect(fixture.primary.sessionCount == 0)
    }

    @Test func aCrashOfItsProcessForgetsEverything() {
        let fixture = PoolFixture(size: 3)
        for _ in 0..<8 { fixture.ask(at: .milliseconds(100), holding: .seconds(1)) }
        fixture.at(.milliseconds(200)) { $0.user.process.crash() }
        fixture.run(until: .milliseconds(300))
        #expect(fixture.primary.sessionCount == 0 && fixture.pool.total == 0 && fixture.pool.waiting == 0)
        fixture.at(.milliseconds(400)) {
            $0.user.process.start()
            $0.pool.start(on: $0.user, prefilled: true)
        }
        fixture.ask(at: .milliseconds(100), holding: .zero)
        fixture.run(until: .milliseconds(450))
        #expect(fixture.pool.idle == 3 && fixture.primary.sessionCount == 3)
        #expect(fixture.pool.meter.inUse.level == 0 && fixture.pool.meter.queue.level == 0)
        for _ in 0..<4 { fixture.ask(at: .milliseconds(500), holding: .milliseconds(10)) }
        fixture.run(until: .seconds(1))
        #expect(fixture.user.outcome.suffix(4).map { $0.waited?.milliseconds } == [0, 0, 0, 10])
    }
}
