import Topology

/// What faults do to a server that neither its stations nor its links show.
extension MySQLNode {
    struct Strikes {
        /// Until when the receiver takes nothing from its connection, and the applier nothing from the relay log.
        var receiverStalledUntil = Instant(nanoseconds: -1)
        var applierStalledUntil = Instant(nanoseconds: -1)
        /// What each transaction takes longer, by fault.
        var lags: [(fault: Int, extra: Sampler)] = []
        /// How many faults keep the disk full.
        var fullDisks = 0
        var isWaitingForRoom = false
        /// Who has something to write behind the one that looks for room.
        var roomWaiters: [Waiter] = []
        /// Segments, transactions and commits that a fault has held up.
        var heldUp = 0
    }

    nonisolated var heldUp: Int { assumeIsolated { $0.strikes.heldUp } }

    // MARK: - Replication

    /// The receiver or the applier stands still for a while; SHOW REPLICA STATUS says that it runs.
    nonisolated func stall(_ part: ReplicationPart, for span: TimeSpan) {
        assumeIsolated { node in
            let end = node.now + span
            switch part {
            case .receive: node.strikes.receiverStalledUntil = max(node.strikes.receiverStalledUntil, end)
            case .apply: node.strikes.applierStalledUntil = max(node.strikes.applierStalledUntil, end)
            }
        }
    }

    nonisolated func addLag(_ extra: Sampler, fault: Int) {
        assumeIsolated { $0.strikes.lags.append((fault, extra)) }
    }

    nonisolated func removeLag(fault: Int) {
        assumeIsolated { node in node.strikes.lags.removeAll { $0.fault == fault } }
    }

    /// What comes at the very end of a stall stays behind what came during it.
    func awaitReceiver() async throws {
        while now <= strikes.receiverStalledUntil {
            strikes.heldUp += 1
            try await process.sleep(until: strikes.receiverStalledUntil + .nanoseconds(1))
        }
    }

    func awaitApplyFaults() async throws {
        while now <= strikes.applierStalledUntil {
            strikes.heldUp += 1
            try await process.sleep(until: strikes.applierStalledUntil + .nanoseconds(1))
        }
        for lag in strikes.lags {
            let extra = lag.extra.sample(using: &applyRandom)
            guard extra > .zero else { continue }
            strikes.heldUp += 1
            try await process.sleep(extra)
        }
        if let badLuck = world.badLuck, badLuck.strikes(.mysqlSlowApply, process) {
            try await process.sleep(badLuck.settings.hang)
        }
        // Whatever is applied is logged here as well.
        if strikes.fullDisks > 0 { try await awaitRoom() }
    }

    // MARK: - Disk

    nonisolated func fillDisk() { assumeIsolated { $0.strikes.fullDisks += 1 } }

    nonisolated func makeRoom() { assumeIsolated { $0.strikes.fullDisks -= 1 } }

    /// Waits for room in the logs as `my_write` does with MY_WAIT_IF_FULL: it tries again every minute, for ever. The log is
    /// locked meanwhile, so that everybody else waits for the one who tries.
    func awaitRoom() async throws {
        strikes.heldUp += 1
        if strikes.isWaitingForRoom {
            let waiter = process.makeWaiter()
            strikes.roomWaiters.append(waiter)
            _ = try await process.wait(waiter)
            return
        }
        strikes.isWaitingForRoom = true
        note(
            .breakage,
            "Disk is full writing './binlog.000001' (OS errno 28 - No space left on device). Waiting for someone to "
                + "free space... Retry in 60 secs.")
        while strikes.fullDisks > 0 { try await process.sleep(Self.roomRetry) }
        strikes.isWaitingForRoom = false
        let waiters = strikes.roomWaiters
        strikes.roomWaiters = []
        for waiter in waiters { universe.wake(waiter) }
    }

    /// MY_WAIT_FOR_USER_TO_FIX_PANIC (mysys).
    private static let roomRetry = TimeSpan.seconds(60)

    // MARK: - Bad luck

    /// Whether a statement has just made changes durable.
    func hasCommitted(_ statement: Statement, _ result: StatementResult, _ session: MySQLSessionID) -> Bool {
        guard world.badLuck != nil, result.error == nil else { return false }
        return (statement == .commit || statement.needsWriteAccess)
            && !server.engine.sessions[Int(session.slot)].isInTransaction
    }

    // MARK: - Foreign clients

    /// Connections that were refused because all places were taken.
    nonisolated var rejectedConnections: Int { assumeIsolated { $0.connectionMeter.rejections } }

    /// Whether other sessions wait for what the session of this connection has locked.
    func isBlockingOthers(_ connection: Connection.ID) -> Bool {
        clients[connection].map { server.engine.isBlockingOthers($0.session) } ?? false
    }
}

extension InnoDB {
    /// Whether other sessions wait for a lock of this one.
    func isBlockingOthers(_ session: MySQLSessionID) -> Bool {
        let slot = Int(session.slot)
        return isOpen(session) && slot < locks.owners.count && locks.owners[slot].contended > 0
    }
}
