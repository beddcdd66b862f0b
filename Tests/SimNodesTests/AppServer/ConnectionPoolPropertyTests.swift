import Testing
import Topology

@testable import SimNodes

/// Random borrowers, failures and fail-overs against a plain account of who waits and who has what.
@Suite struct ConnectionPoolPropertyTests {
    private struct World {
        var pool: ConnectionPool<Int>
        var dice: SeededDice
        var now = Instant.zero
        var actions: [ConnectionPool<Int>.Action] = []
        /// Waiters in the order in which they joined.
        var waiting: [Int] = []
        var gone: Set<Int> = []
        var users: [(waiter: Int, connection: PooledConnection)] = []
        var validating: [(waiter: Int, connection: PooledConnection, since: Instant)] = []
        var closed: Set<PooledConnection> = []
        var retiring: [PooledConnection] = []
        var mustWake = false
        var nextWaiter = 0
        var faults: [String] = []
        /// Of 11 steps that borrow or give back, how many borrow: some seeds are busy, in others connections lie idle.
        let borrowing: Int

        init(seed: UInt64) {
            var dice = SeededDice(seed: seed)
            let maximum = 1 + dice.below(8)
            pool = ConnectionPool(
                settings: .init(
                    maximumPoolSize: maximum, minimumIdle: 1 + dice.below(maximum),
                    connectionTimeout: .seconds(1), idleTimeout: .seconds(20)))
            borrowing = 3 + dice.below(5)
            self.dice = dice
        }

        mutating func expect(_ holds: Bool, _ text: String) {
            if !holds { faults.append(text) }
        }

        /// What the actor does with the actions.
        mutating func perform() {
            for action in actions {
                switch action {
                case .hand(let connection, let waiter):
                    expect(!gone.contains(waiter), "a connection for one who left")
                    expect(waiting.first == waiter, "out of turn")
                    waiting.removeAll { $0 == waiter }
                    use(connection, waiter)
                case .open:
                    expect(pool.isOpening, "no creator")
                    let isNeeded = pool.idle < pool.settings.minimumIdle || pool.waiting > pool.idle
                    expect(isNeeded, "opened without need")
                case .close(let connection):
                    expect(closed.insert(connection).inserted, "closed twice")
                case .wakeCreator:
                    expect(!mustWake, "two creators")
                    mustWake = true
                case .retire(let connection, _): retiring.append(connection)
                }
            }
            actions = []
        }

        mutating func use(_ connection: PooledConnection, _ waiter: Int) {
            expect(!users.contains { $0.connection == connection }, "one connection for two")
            expect(!closed.contains(connection), "a closed connection")
            users.append((waiter, connection))
        }

        mutating func take(_ result: ConnectionPool<Int>.Borrow, _ waiter: Int, since: Instant) {
            switch result {
            case .connection(let connection): use(connection, waiter)
            case .validate(let connection):
                validating.append((waiter, connection, since))
            case .wait: waiting.append(waiter)
            case .timedOut, .closed: gone.insert(waiter)
            }
        }

        mutating func step() {
            now += .milliseconds(Int64(dice.below(120)))
            switch dice.below(20) {
            case 0..<borrowing:
                nextWaiter += 1
                take(pool.borrow(nextWaiter, now: now, actions: &actions), nextWaiter, since: now)
            case borrowing..<11 where !users.isEmpty:
                let user = users.remove(at: dice.below(users.count))
                pool.giveBack(user.connection, now: now, actions: &actions)
            case 11 where !users.isEmpty:
                let user = users.remove(at: dice.below(users.count))
                expect(
                    pool.broken(user.connection, actions: &actions) || closed.contains(user.connection), "not broken")
            case 12, 13: answerValidation(isAlive: dice.chance(60))
            case 14 where !waiting.isEmpty:
                let waiter = waiting.remove(at: dice.below(waiting.count))
                expect(pool.timedOut(waiter, now: now) != nil, "a waiter was lost")
                expect(pool.timedOut(waiter, now: now) == nil, "timed out twice")
                gone.insert(waiter)
            case 15, 16: wake()
            case 17 where pool.isOpening: open(succeeds: dice.chance(50))
            case 18 where !retiring.isEmpty:
                pool.lifetimeEnded(retiring.remove(at: dice.below(retiring.count)), actions: &actions)
            case 19: dice.chance(20) ? pool.evictAll(actions: &actions) : pool.housekeep(now: now, actions: &actions)
            default: break
            }
            perform()
            checkCounts()
        }

        mutating func answerValidation(isAlive: Bool) {
            guard !validating.isEmpty else { return }
            let one = validating.remove(at: dice.below(validating.count))
            let result = pool.validated(
                one.connection, isAlive: isAlive, for: one.waiter, since: one.since, now: now, actions: &actions)
            take(result, one.waiter, since: one.since)
        }

        mutating func wake() {
            guard mustWake else { return }
            mustWake = false
            pool.creatorWoke(actions: &actions)
        }

        mutating func open(succeeds: Bool) {
            if succeeds {
                _ = pool.opened(random: dice.fraction(), now: now, actions: &actions)
            } else {
                pool.openFailed(.init(sqlState: "08001", vendorCode: 0, text: "down"), actions: &actions)
            }
        }

        mutating func checkCounts() {
            let held = users.count { !closed.contains($0.connection) } + validating.count
            expect(pool.inUse == held, "in use \(pool.inUse), not \(held)")
            expect(pool.waiting == waiting.count, "waiting \(pool.waiting), not \(waiting.count)")
            expect(pool.counters.opened - closed.count == pool.total, "total")
            let most = pool.settings.maximumPoolSize
            expect(pool.total + (pool.isOpening ? 1 : 0) <= most, "too many connections")
            expect(pool.idle == 0 || pool.waiting == 0, "idle while somebody waits")
            expect(
                pool.waiting == 0 || pool.total == most || pool.isOpening || mustWake, "nobody works for the waiters")
        }

        /// The database is back: everything under way ends, and everybody is served.
        mutating func settle() {
            var rounds = 0
            while !waiting.isEmpty || !validating.isEmpty || !users.isEmpty || pool.idle < pool.settings.minimumIdle {
                rounds += 1
                guard rounds < 10_000 else {
                    faults.append("does not come to rest")
                    return
                }
                if pool.isOpening { open(succeeds: true) }
                perform()
                wake()
                perform()
                answerValidation(isAlive: true)
                perform()
                if let user = users.popLast() { pool.giveBack(user.connection, now: now, actions: &actions) }
                perform()
                checkCounts()
                if rounds % 50 == 0 { pool.housekeep(now: now, actions: &actions) }
                perform()
            }
        }
    }

    @Test(arguments: 0..<500) func accountsAgree(_ seed: UInt64) {
        var world = World(seed: seed)
        world.pool.fill(actions: &world.actions)
        world.perform()
        for _ in 0..<400 {
            world.step()
            if !world.faults.isEmpty { break }
        }
        if world.faults.isEmpty { world.settle() }
        #expect(world.faults.isEmpty, "\(world.faults.prefix(3))")
        #expect(world.pool.inUse == 0 && world.pool.waiting == 0)
        #expect(world.pool.counters.maximumInUse <= world.pool.settings.maximumPoolSize)
    }
}
