import Topology

/// A connection of a pool; `slot` is below `maximumPoolSize` and free for indexing the caller's own table.
package struct PooledConnection: Hashable, Sendable {
    /// The place in the pool, used again after the connection closed.
    package let slot: Int
    /// Counts the pool's connections, so an event of a closed one is recognised.
    package let serial: Int
}

/// HikariCP's pool: who gets which connection, when one is opened, validated, retired, and what a time-out says.
///
/// Follows `HikariPool` and `ConcurrentBag` of 6.0.0. Waiters are served in the order in which they came, and none overtakes
/// them: the race in which a newcomer snatches a returned connection is left out. An idle connection is taken in the
/// order in which they were added, as a thread does that never had one (each request's, with virtual threads).
/// Closing takes no time here; the actor closes the sessions behind `.close`.
package struct ConnectionPool<Waiter: Hashable & Sendable>: Sendable {
    /// What a borrower gets at once.
    package enum Borrow: Hashable, Sendable {
        /// It is the borrower's now.
        case connection(PooledConnection)
        /// Ask the server whether the connection is alive, then call `validated`.
        case validate(PooledConnection)
        /// Wait for `.hand`, and tell `timedOut` when `connectionTimeout` is over.
        case wait
        /// The time was over when the validation failed.
        case timedOut(ConnectionPoolTimeout)
        /// The pool is shut down ("HikariDataSource … has been closed.").
        case closed
    }

    /// What the actor has to do.
    package enum Action: Hashable, Sendable {
        /// This waiter has it now.
        case hand(PooledConnection, to: Waiter)
        /// Open a session and tell `opened` or `openFailed`; there is never more than one under way.
        case open
        /// Close this session; it is no longer in the pool.
        case close(PooledConnection)
        /// Call `creatorWoke` after this time.
        case wakeCreator(after: TimeSpan)
        /// Call `lifetimeEnded` after this time.
        case retire(PooledConnection, after: TimeSpan)
    }

    /// Figures for the report.
    package struct Counters: Hashable, Sendable {
        /// Most connections in use at once.
        package internal(set) var maximumInUse = 0
        /// Most borrowers waiting at once.
        package internal(set) var maximumWaiting = 0
        /// Borrowers who got nothing in time.
        package internal(set) var timeouts = 0
        /// Borrowers who had to wait at all.
        package internal(set) var waits = 0
        /// Sessions that joined the pool.
        package internal(set) var opened = 0
        /// Sessions that could not be opened.
        package internal(set) var openFailures = 0
        /// Connections that left the pool.
        package internal(set) var closed = 0
        /// Times a borrower had to validate first.
        package internal(set) var validations = 0
        /// Validations that found the connection dead.
        package internal(set) var foundDead = 0
    }

    enum State: Sendable { case free, idle, inUse }

    struct Entry: Sendable {
        var serial = 0
        var state = State.free
        /// To be closed when it is given back.
        var isEvicted = false
        /// When it was opened or last given back.
        var lastAccessed = Instant.zero
    }

    enum Creator: Sendable { case idle, connecting, pausing, backingOff }

    /// The configuration, corrected as HikariCP does.
    package let settings: ConnectionPoolSettings
    /// What happened so far.
    package internal(set) var counters = Counters()
    /// Connections borrowed, being validated included.
    package internal(set) var inUse = 0
    /// Connections anybody may have.
    package internal(set) var idle = 0
    /// True after `shutDown`.
    package internal(set) var isShutDown = false

    var entries: [Entry]
    var freeSlots: [Int]
    var idleOrder = IdleOrder()
    var queue = ConnectionPoolQueue<Waiter>()
    var nextSerial = 1

    var creator = Creator.idle
    /// Orders to the creator that it has not looked at yet; HikariCP's executor queue, as long as the pool is large.
    var queuedCreations = 0
    var backoff = ConnectionPoolSettings.firstBackoff
    var lastFailure: ConnectionPoolTimeout.Cause?

    /// An empty pool; call `fill` or `preload` next.
    package init(settings: ConnectionPoolSettings = ConnectionPoolSettings()) {
        self.settings = settings
        entries = Array(repeating: Entry(), count: settings.maximumPoolSize)
        freeSlots = Array((0..<settings.maximumPoolSize).reversed())
    }

    /// Connections in the pool, idle and in use.
    package var total: Int { inUse + idle }
    /// Borrowers waiting.
    package var waiting: Int { queue.count }
    /// Whether a session is being opened.
    package var isOpening: Bool { creator == .connecting }

    /// Asks for a connection; a waiter's token must differ from those of all who wait.
    package mutating func borrow(_ waiter: Waiter, now: Instant, actions: inout [Action]) -> Borrow {
        borrow(waiter, since: now, now: now, actions: &actions)
    }

    /// The answer to `.validate`: the borrower gets the connection, or asks again from the end of the queue.
    ///
    /// - Parameters:
    ///   - waiter: the borrower, who asked at `since`.
    ///   - cause: how the validation failed.
    package mutating func validated(
        _ connection: PooledConnection, isAlive: Bool, cause: ConnectionPoolTimeout.Cause? = nil, for waiter: Waiter,
        since: Instant, now: Instant, actions: inout [Action]
    ) -> Borrow {
        if isAlive, holds(connection) { return .connection(connection) }
        if !isAlive {
            counters.foundDead += 1
            lastFailure = cause ?? lastFailure
        }
        if holds(connection) {
            remove(connection, actions: &actions)
            fill(actions: &actions)
        }
        guard now - since < settings.connectionTimeout else { return .timedOut(timeout(since: since, now: now)) }
        return borrow(waiter, since: since, now: now, actions: &actions)
    }

    /// A borrower is done with its connection, rolled back and reset; returns false if the pool had closed it already.
    @discardableResult
    package mutating func giveBack(
        _ connection: PooledConnection, now: Instant, actions: inout [Action]
    ) -> Bool {
        guard holds(connection) else { return false }
        if entries[connection.slot].isEvicted {
            remove(connection, actions: &actions)
            fill(actions: &actions)
            return true
        }
        entries[connection.slot].lastAccessed = now
        inUse -= 1
        offer(connection, actions: &actions)
        return true
    }

    /// `connectionTimeout` is over; `nil` if the borrower no longer waits, so the connection it got counts.
    package mutating func timedOut(_ waiter: Waiter, now: Instant) -> ConnectionPoolTimeout? {
        guard let since = queue.remove(waiter) else { return nil }
        return timeout(since: since, now: now)
    }

    /// A borrower stops waiting for another cause; returns false if it did not wait.
    @discardableResult
    package mutating func cancel(_ waiter: Waiter) -> Bool { queue.remove(waiter) != nil }

    private mutating func borrow(
        _ waiter: Waiter, since: Instant, now: Instant, actions: inout [Action]
    ) -> Borrow {
        if isShutDown { return .closed }
        if let connection = takeIdle() {
            let unused = now - entries[connection.slot].lastAccessed
            let bypass = settings.aliveBypassWindow
            if unused.nanoseconds / 1_000_000 <= bypass.nanoseconds / 1_000_000 { return .connection(connection) }
            counters.validations += 1
            return .validate(connection)
        }
        queue.append(waiter, since: since)
        counters.waits += 1
        counters.maximumWaiting = max(counters.maximumWaiting, queue.count)
        orderForWaiters(actions: &actions)
        return .wait
    }

    private mutating func timeout(since: Instant, now: Instant) -> ConnectionPoolTimeout {
        counters.timeouts += 1
        return ConnectionPoolTimeout(
            poolName: settings.name, waited: now - since, total: total, active: inUse, idle: idle, waiting: waiting,
            cause: lastFailure)
    }
}
