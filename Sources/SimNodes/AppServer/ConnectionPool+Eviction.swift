import Topology

/// Connections that leave the pool: broken, too old, idle too long, or all of them.
extension ConnectionPool {
    /// Whether an error in a statement makes the pool throw its connection away (`ProxyConnection.checkException`).
    ///
    /// A server that turned read-only (1290, HY000) or a lock time-out (1205) does not.
    ///
    /// - Parameter isTimeout: the driver threw `SQLTimeoutException`.
    package static func evicts(sqlState: String?, vendorCode: Int, isTimeout: Bool = false) -> Bool {
        if isTimeout { return true }
        switch vendorCode {
        case 500_150, 2_399, 1_105: return true
        default: break
        }
        guard let sqlState else { return false }
        switch sqlState {
        case "0A000", "57P01", "57P02", "57P03", "01002", "JZ0C0", "JZ0C1": return true
        default: return sqlState.hasPrefix("08")
        }
    }

    /// A statement broke the connection (see `evicts`): it closes at once, and giving it back does nothing any more.
    ///
    /// Returns false if it was not in use. The pool does not notice that an idle connection dies.
    @discardableResult
    package mutating func broken(_ connection: PooledConnection, actions: inout [Action]) -> Bool {
        guard holds(connection) else { return false }
        remove(connection, actions: &actions)
        fill(actions: &actions)
        return true
    }

    /// `softEvictConnections`, as after a failover: idle connections close now, those in use when they are given back.
    package mutating func evictAll(actions: inout [Action]) {
        for connection in connections(in: .inUse) { entries[connection.slot].isEvicted = true }
        for connection in connections(in: .idle) { remove(connection, actions: &actions) }
        fill(actions: &actions)
    }

    /// The time of `.retire` is over: the connection closes now if it is idle, else when it is given back.
    package mutating func lifetimeEnded(_ connection: PooledConnection, actions: inout [Action]) {
        if isIdle(connection) {
            remove(connection, actions: &actions)
            orderForWaiters(actions: &actions)
            fill(actions: &actions)
        } else if holds(connection) {
            entries[connection.slot].isEvicted = true
        }
    }

    /// The housekeeper's turn: closes what was idle too long, the youngest first, and refills.
    package mutating func housekeep(now: Instant, actions: inout [Action]) {
        guard !isShutDown else { return }
        if settings.idleTimeout > .zero, settings.minimumIdle < settings.maximumPoolSize {
            var surplus = idle - settings.minimumIdle
            for connection in connections(in: .idle).reversed() where surplus > 0 {
                let unused = now - entries[connection.slot].lastAccessed
                guard unused.nanoseconds / 1_000_000 > settings.idleTimeout.nanoseconds / 1_000_000 else { continue }
                remove(connection, actions: &actions)
                surplus -= 1
            }
        }
        fill(actions: &actions)
    }

    /// Closes every connection, those in use too; borrowers still waiting get nothing more and run into their time-out.
    package mutating func shutDown(actions: inout [Action]) {
        isShutDown = true
        queuedCreations = 0
        if creator != .connecting { creator = .idle }
        for connection in connections(in: .idle) { remove(connection, actions: &actions) }
        for connection in connections(in: .inUse) { remove(connection, actions: &actions) }
    }
}
