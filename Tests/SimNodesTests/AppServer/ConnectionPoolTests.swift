import Testing
import Topology

@testable import SimNodes

@Suite struct ConnectionPoolTests {
    private typealias Pool = ConnectionPool<Int>
    private typealias Action = Pool.Action
    private func at(_ milliseconds: Int64) -> Instant { .zero + .milliseconds(milliseconds) }
    private let refused = ConnectionPoolTimeout.Cause(sqlState: "08S01", vendorCode: 0, text: "Connection refused")

    private func warm(_ count: Int, maximum: Int? = nil, minimumIdle: Int? = nil) -> (Pool, [PooledConnection]) {
        var pool = Pool(settings: .init(maximumPoolSize: maximum ?? count, minimumIdle: minimumIdle))
        var actions: [Action] = []
        let connections = (0..<count).compactMap { _ in pool.preload(random: 0, now: at(0), actions: &actions) }
        return (pool, connections)
    }

    @Test func defaultsAndCorrectionsAreHikaris() {
        let plain = ConnectionPoolSettings()
        #expect(plain.maximumPoolSize == 10 && plain.minimumIdle == 10)
        #expect(plain.connectionTimeout == .seconds(30) && plain.maxLifetime == .seconds(1_800))
        #expect(ConnectionPoolSettings(connectionTimeout: .milliseconds(1)).connectionTimeout == .milliseconds(250))
        #expect(ConnectionPoolSettings(maximumPoolSize: 5, minimumIdle: 9).minimumIdle == 5)
        #expect(ConnectionPoolSettings(maxLifetime: .seconds(29)).maxLifetime == .seconds(1_800))
        #expect(ConnectionPoolSettings(minimumIdle: 1, idleTimeout: .seconds(9)).idleTimeout == .seconds(600))
        let close = ConnectionPoolSettings(minimumIdle: 1, idleTimeout: .seconds(60), maxLifetime: .seconds(60))
        #expect(close.idleTimeout == .zero)
    }

    @Test func lifetimesAreShortenedByUpTo2Point5Percent() {
        let settings = ConnectionPoolSettings()
        #expect(settings.lifetime(random: 0) == .seconds(1_800))
        #expect(settings.lifetime(random: 0.999_999) == .milliseconds(1_800_000 - 44_999))
        #expect(ConnectionPoolSettings(maxLifetime: .zero).lifetime(random: 0.5) == nil)
    }

    @Test func waitersAreServedInTheirOrder() {
        var (pool, connections) = warm(1)
        var actions: [Action] = []
        #expect(pool.borrow(1, now: at(0), actions: &actions) == .connection(connections[0]))
        for waiter in 2...4 { #expect(pool.borrow(waiter, now: at(1), actions: &actions) == .wait) }
        for waiter in 2...4 {
            pool.giveBack(connections[0], now: at(5), actions: &actions)
            #expect(actions == [.hand(connections[0], to: waiter)])
            actions = []
        }
        pool.giveBack(connections[0], now: at(6), actions: &actions)
        #expect(actions.isEmpty && pool.idle == 1 && pool.inUse == 0)
        #expect(pool.counters.maximumWaiting == 3 && pool.counters.waits == 3)
    }

    @Test func theTimeoutSaysWhatHikariSays() {
        var (pool, connections) = warm(10)
        var actions: [Action] = []
        for waiter in 0..<16 { _ = pool.borrow(waiter, now: at(0), actions: &actions) }
        let timeout = pool.timedOut(15, now: at(30_000))
        #expect(
            timeout?.message == "HikariPool-1 - Connection is not available, request timed out after 30000ms "
                + "(total=10, active=10, idle=0, waiting=5)")
        #expect(timeout?.cause == nil)
        let again = pool.timedOut(15, now: at(30_001))
        #expect(again == nil && pool.counters.timeouts == 1)
        // Taken out of the middle: the next connections go to the neighbours.
        #expect(pool.timedOut(12, now: at(30_000)) != nil)
        actions = []
        for connection in connections[..<4] { pool.giveBack(connection, now: at(30_000), actions: &actions) }
        let served = actions.map { action in if case .hand(_, let waiter) = action { waiter } else { -1 } }
        #expect(served == [10, 11, 13, 14])
        #expect(pool.timedOut(13, now: at(30_000)) == nil)
    }

    @Test func idleConnectionsAreTakenInTheOrderOfTheirAge() {
        var (pool, connections) = warm(7)
        var actions: [Action] = []
        for waiter in 0..<7 { _ = pool.borrow(waiter, now: at(0), actions: &actions) }
        for index in [3, 6, 0, 5, 1, 4, 2] { pool.giveBack(connections[index], now: at(1), actions: &actions) }
        for waiter in 0..<7 {
            #expect(pool.borrow(waiter, now: at(2), actions: &actions) == .connection(connections[waiter]))
        }
    }

    @Test(arguments: 40..<50) func aPoolThatNobodyUsesRenewsItsConnections(_ renewals: Int) {
        var (pool, connections) = warm(3)
        var actions: [Action] = []
        for _ in 0..<renewals {
            pool.lifetimeEnded(connections.removeFirst(), actions: &actions)
            guard let fresh = pool.opened(random: 0, now: at(0), actions: &actions) else { break }
            connections.append(fresh)
            pool.creatorWoke(actions: &actions)
        }
        #expect(pool.idle == 3 && pool.counters.closed == renewals)
        for connection in connections {
            #expect(pool.borrow(connection.serial, now: at(0), actions: &actions) == .connection(connection))
        }
    }

    @Test func onlyConnectionsIdleForMoreThan500MillisecondsAreValidated() {
        var (pool, connections) = warm(1)
        var actions: [Action] = []
        #expect(pool.borrow(1, now: at(500), actions: &actions) == .connection(connections[0]))
        pool.giveBack(connections[0], now: at(1_000), actions: &actions)
        #expect(pool.borrow(2, now: at(1_501), actions: &actions) == .validate(connections[0]))
        #expect(pool.inUse == 1 && pool.idle == 0)
        let result = pool.validated(
            connections[0], isAlive: true, for: 2, since: at(1_501), now: at(1_502), actions: &actions)
        #expect(result == .connection(connections[0]))
    }

    @Test func aDeadConnectionSendsItsBorrowerToTheNextOrToTheEndOfTheQueue() {
        var (pool, connections) = warm(2)
        var actions: [Action] = []
        #expect(pool.borrow(1, now: at(9_000), actions: &actions) == .validate(connections[0]))
        #expect(
            pool.validated(
                connections[0], isAlive: false, cause: refused, for: 1, since: at(9_000), now: at(9_010),
                actions: &actions)
                == .validate(connections[1]))
        #expect(actions == [.close(connections[0]), .open])
        #expect(pool.borrow(2, now: at(9_020), actions: &actions) == .wait)
        #expect(
            pool.validated(
                connections[1], isAlive: false, cause: refused, for: 1, since: at(9_000), now: at(9_030),
                actions: &actions) == .wait)
        actions = []
        let fresh = pool.opened(random: 0, now: at(9_040), actions: &actions)
        #expect(fresh.map { actions.contains(.hand($0, to: 2)) } == true)
        #expect(pool.counters.foundDead == 2 && pool.waiting == 1)
    }

    @Test func aValidationThatFailsAfterTheTimeIsATimeout() {
        var (pool, connections) = warm(1)
        var actions: [Action] = []
        _ = pool.borrow(1, now: at(1_000), actions: &actions)
        #expect(pool.timedOut(1, now: at(31_000)) == nil)
        let result = pool.validated(
            connections[0], isAlive: false, cause: refused, for: 1, since: at(1_000), now: at(31_005),
            actions: &actions)
        guard case .timedOut(let timeout) = result else {
            Issue.record("\(result)")
            return
        }
        #expect(timeout.message.hasSuffix("after 30005ms (total=0, active=0, idle=0, waiting=0)"))
        #expect(timeout.cause == refused && pool.waiting == 0)
    }

    @Test func oneCreatorFillsThePoolWithAPauseAfterEach() {
        var pool = Pool(settings: .init(maximumPoolSize: 3))
        var actions: [Action] = []
        pool.fill(actions: &actions)
        #expect(actions == [.open])
        for expected in 1...3 {
            actions = []
            _ = pool.opened(random: 0, now: at(0), actions: &actions)
            #expect(actions.first == .wakeCreator(after: .milliseconds(30)))
            #expect(pool.total == expected)
            actions = []
            pool.creatorWoke(actions: &actions)
            #expect(actions == (expected < 3 ? [.open] : []))
        }
        #expect(pool.idle == 3)
    }

    @Test func backoffDoublesFrom10MillisecondsTo5Seconds() {
        var pool = Pool()
        var actions: [Action] = []
        pool.fill(actions: &actions)
        var waits: [TimeSpan] = []
        for _ in 0..<12 {
            actions = []
            pool.openFailed(refused, actions: &actions)
            if case .wakeCreator(let after) = actions.first { waits.append(after) }
            pool.creatorWoke(actions: &actions)
            #expect(actions.last == .open)
        }
        #expect(waits.map(\.milliseconds) == [10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 5_000, 5_000, 5_000])
        #expect(pool.borrow(1, now: at(0), actions: &actions) == .wait)
        #expect(pool.timedOut(1, now: at(30_000))?.cause == refused)
    }

    @Test func everyOrderStartsItsBackoffAnew() {
        var pool = Pool(settings: .init(maximumPoolSize: 2))
        var actions: [Action] = []
        pool.fill(actions: &actions)
        for _ in 0..<5 {
            pool.openFailed(refused, actions: &actions)
            pool.creatorWoke(actions: &actions)
        }
        _ = pool.opened(random: 0, now: at(0), actions: &actions)
        pool.creatorWoke(actions: &actions)
        actions = []
        pool.openFailed(refused, actions: &actions)
        #expect(actions == [.wakeCreator(after: .milliseconds(10))])
    }

    @Test func ordersWhoseNeedIsGoneAreDropped() {
        var (pool, connections) = warm(2, maximum: 10, minimumIdle: 1)
        var actions: [Action] = []
        for waiter in 0..<5 { _ = pool.borrow(waiter, now: at(0), actions: &actions) }
        for waiter in 2..<5 { pool.cancel(waiter) }
        for connection in connections { pool.giveBack(connection, now: at(1), actions: &actions) }
        _ = pool.opened(random: 0, now: at(1), actions: &actions)
        actions = []
        pool.creatorWoke(actions: &actions)
        #expect(actions.isEmpty && pool.total == 3)
    }

    @Test func noConnectionIsOpenedThatNobodyNeeds() {
        var (pool, connections) = warm(2, maximum: 10, minimumIdle: 2)
        var actions: [Action] = []
        _ = pool.borrow(1, now: at(0), actions: &actions)
        #expect(actions.isEmpty)
        _ = pool.borrow(2, now: at(0), actions: &actions)
        #expect(pool.borrow(3, now: at(0), actions: &actions) == .wait)
        #expect(actions == [.open])
        pool.giveBack(connections[0], now: at(1), actions: &actions)
        pool.giveBack(connections[1], now: at(1), actions: &actions)
        actions = []
        pool.openFailed(refused, actions: &actions)
        actions = []
        pool.creatorWoke(actions: &actions)
        // One is idle, two are wanted: the retry goes on.
        #expect(actions == [.open] && pool.idle == 1)
        _ = pool.opened(random: 0, now: at(2), actions: &actions)
        actions = []
        pool.creatorWoke(actions: &actions)
        #expect(actions.isEmpty && pool.total == 3)
    }

    @Test(arguments: [
        ("08S01", 0, true), ("08003", 0, true), ("57P01", 0, true), ("01002", 0, true), ("0A000", 0, true),
        ("HY000", 1105, true), ("HY000", 1290, false), ("40001", 1213, false), ("HY000", 1205, false),
        ("23000", 1062, false), ("08004", 1040, true), ("42S02", 1146, false),
    ])
    func errorsThatBreakAConnection(_ sqlState: String, _ code: Int, _ evicts: Bool) {
        #expect(Pool.evicts(sqlState: sqlState, vendorCode: code) == evicts)
        #expect(Pool.evicts(sqlState: sqlState, vendorCode: code, isTimeout: true))
        #expect(!Pool.evicts(sqlState: nil, vendorCode: 0))
    }

    @Test func aBrokenConnectionIsReplacedAndItsReturnIgnored() {
        var (pool, connections) = warm(2)
        var actions: [Action] = []
        _ = pool.borrow(1, now: at(0), actions: &actions)
        #expect(pool.broken(connections[0], actions: &actions))
        #expect(actions == [.close(connections[0]), .open])
        #expect(!pool.giveBack(connections[0], now: at(1), actions: &actions))
        #expect(!pool.broken(connections[1], actions: &actions), "idle connections die unnoticed")
        #expect(pool.total == 1 && pool.inUse == 0)
    }

    @Test func evictAllClosesIdleNowAndTheOthersOnReturn() {
        var (pool, connections) = warm(3)
        var actions: [Action] = []
        _ = pool.borrow(1, now: at(0), actions: &actions)
        pool.evictAll(actions: &actions)
        #expect(actions == [.close(connections[1]), .close(connections[2]), .open])
        actions = []
        pool.giveBack(connections[0], now: at(1), actions: &actions)
        #expect(actions == [.close(connections[0])])
        #expect(pool.total == 0 && pool.isOpening)
    }

    @Test func oldConnectionsRetireWhenNobodyUsesThem() {
        var (pool, connections) = warm(2)
        var actions: [Action] = []
        _ = pool.borrow(1, now: at(0), actions: &actions)
        pool.lifetimeEnded(connections[0], actions: &actions)
        #expect(actions.isEmpty)
        pool.lifetimeEnded(connections[1], actions: &actions)
        #expect(actions == [.close(connections[1]), .open])
        actions = []
        pool.giveBack(connections[0], now: at(1), actions: &actions)
        pool.lifetimeEnded(connections[0], actions: &actions)
        #expect(actions == [.close(connections[0])])
    }

    @Test func theHousekeeperKeepsTheMinimum() {
        var (pool, connections) = warm(4, maximum: 5, minimumIdle: 2)
        var actions: [Action] = []
        pool.housekeep(now: at(600_000), actions: &actions)
        #expect(actions.isEmpty)
        pool.housekeep(now: at(600_001), actions: &actions)
        #expect(actions == [.close(connections[3]), .close(connections[2])])
        #expect(pool.idle == 2)
    }

    @Test func shutDownClosesEverythingAndLateArrivals() {
        var (pool, connections) = warm(2, maximum: 3)
        var actions: [Action] = []
        for waiter in 1...3 { _ = pool.borrow(waiter, now: at(0), actions: &actions) }
        #expect(actions == [.open])
        actions = []
        pool.shutDown(actions: &actions)
        #expect(actions == connections.map(Action.close))
        #expect(pool.opened(random: 0, now: at(1), actions: &actions) == nil)
        #expect(pool.borrow(4, now: at(1), actions: &actions) == .closed)
        #expect(!pool.giveBack(connections[0], now: at(1), actions: &actions))
        #expect(pool.timedOut(3, now: at(30_000))?.total == 0)
    }

    /// Ten threads that hold one connection and ask for a second (`REQUIRES_NEW`): Tn × (Cm − 1) + 1 are enough, one less is not.
    @Test(arguments: [(10, 10), (11, 0)]) func nestedBorrowersNeedOneConnectionMore(_ size: Int, _ stuck: Int) {
        var (pool, connections) = warm(size)
        var actions: [Action] = []
        for thread in 0..<10 { _ = pool.borrow(thread, now: at(0), actions: &actions) }
        var second: [(thread: Int, connection: PooledConnection)] = []
        for thread in 0..<10 {
            if case .connection(let connection) = pool.borrow(100 + thread, now: at(0), actions: &actions) {
                second.append((thread, connection))
            }
        }
        while let (thread, connection) = second.popLast() {
            actions = []
            pool.giveBack(connection, now: at(1), actions: &actions)
            pool.giveBack(connections[thread], now: at(1), actions: &actions)
            for case .hand(let connection, let waiter) in actions { second.append((waiter - 100, connection)) }
        }
        #expect(pool.waiting == stuck && pool.inUse == stuck)
    }

    /// With a scan for each, these steps would be some ten thousand million.
    @Test func tensOfThousandsOfWaitersCostLittleEach() {
        var (pool, connections) = warm(1)
        var actions: [Action] = []
        let count = 100_000
        _ = pool.borrow(-1, now: at(0), actions: &actions)
        for waiter in 0..<count { _ = pool.borrow(waiter, now: at(0), actions: &actions) }
        for waiter in stride(from: count - 1, to: 0, by: -2) { _ = pool.timedOut(waiter, now: at(1)) }
        for _ in 0..<(count / 2) { pool.giveBack(connections[0], now: at(1), actions: &actions) }
        #expect(actions.count == count / 2)
        #expect(actions.last == .hand(connections[0], to: count - 2))
        #expect(pool.waiting == 0)
    }
}
