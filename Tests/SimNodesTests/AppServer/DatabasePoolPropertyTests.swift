import Testing
import Topology

@testable import SimNodes

/// Random load, crashes, evictions and lifetimes; each seed is one run.
@Suite struct DatabasePoolPropertyTests {
    private struct Ending: Equatable {
        var digest: UInt64
        var answers: Int
        var total: Int
        var idle: Int
        var sessions: Int
        /// Sessions at the database that the pool doesn't use (any more).
        var strays: Int
        var meterInUse: Int
        var queue: Int
        var failures: [String]
    }

    private func run(_ seed: UInt64) -> (ending: Ending, size: Int, isWithinSize: Bool) {
        var dice = SeededDice(seed: seed)
        let size = 1 + dice.below(8)
        let fixture = PoolFixture(
            seed: seed, size: size, latency: .microseconds(Int64(dice.below(800))), prefilled: dice.chance(50)
        ) {
            $0.connectionTimeout = .milliseconds(250 + Int64(dice.below(2_000)))
            $0.validationTimeout = .milliseconds(300)
            if dice.chance(30) { $0.maxLifetime = .seconds(30) }
        }
        for _ in 0..<300 {
            fixture.ask(
                at: .milliseconds(Int64(dice.below(20_000))), holding: .milliseconds(Int64(dice.below(400))),
                statement: dice.chance(60))
        }
        for _ in 0..<(dice.below(4)) {
            let moment = TimeSpan.milliseconds(Int64(dice.below(20_000)))
            let isHost = dice.chance(30)
            fixture.at(moment) { $0.primary.process.crash(takingHost: isHost) }
            fixture.at(moment + .milliseconds(Int64(dice.below(3_000)))) { $0.primary.process.start() }
        }
        for _ in 0..<(dice.below(3)) {
            fixture.at(.milliseconds(Int64(dice.below(20_000)))) { $0.pool.evictAll() }
        }
        let moves = dice.chance(40)
        if moves { fixture.at(.seconds(10)) { $0.pool.evictAll(newTarget: $0.replica) } }
        // The last one replaces idle connections that died in a crash, which the pool still believes in.
        fixture.at(.seconds(300)) { $0.pool.evictAll() }
        fixture.run(until: .seconds(400))
        let (database, other) =
            moves ? (fixture.replica, fixture.primary) : (fixture.primary, fixture.replica)
        let results = fixture.user.outcome
        let ending = Ending(
            digest: fixture.world.universe.digest.value, answers: results.count, total: fixture.pool.total,
            idle: fixture.pool.idle, sessions: database.sessionCount, strays: other.sessionCount,
            meterInUse: fixture.pool.meter.inUse.level, queue: fixture.pool.meter.queue.level,
            failures: fixture.world.universe.failures)
        return (ending, size, fixture.pool.meter.inUse.maximum <= size)
    }

    @Test(arguments: 0..<60 as Range<UInt64>) func noConnectionIsLost(_ seed: UInt64) {
        let (ending, size, isWithinSize) = run(seed)
        #expect(ending.answers == 300)
        #expect(ending.total == size && ending.idle == size)
        #expect(ending.meterInUse == 0 && ending.queue == 0)
        #expect(ending.failures.isEmpty)
        #expect(isWithinSize)
        #expect(ending.sessions == size && ending.strays == 0)
        let again = run(seed).ending
        #expect(again == ending)
    }
}
