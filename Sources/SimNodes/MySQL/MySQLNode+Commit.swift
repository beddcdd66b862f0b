import Topology

/// The phases of a commit: prepare and binary log, group flush, semi-synchronous wait, engine commit.
extension MySQLNode {
    func commit(_ session: MySQLSessionID) async throws -> StatementResult {
        let logged: BinlogTransaction
        if strikes.fullDisks > 0 { try await awaitRoom() }
        switch server.beginCommit(session, now: now) {
        case .refused(let result):
            settle()
            return result
        case .logged(let transaction): logged = transaction
        }
        try await world.sites.pass(.mysqlPrepare, process)
        try await flush(through: logged.position)
        if waitsForReplica(at: .afterSync) {
            try await awaitAcknowledgement(of: logged.position, session)
        }
        let result = finish(logged, session)
        try await world.sites.pass(.mysqlCommit, process)
        if waitsForReplica(at: .afterCommit) {
            try await awaitAcknowledgement(of: logged.position, session)
        }
        if sourceName == nil, world.hasBadLuck(.mysqlCrashAfterCommit, process) { world.badLuck?.kill(process) }
        return result
    }

    @inline(never)
    private func finish(_ logged: BinlogTransaction, _ session: MySQLSessionID) -> StatementResult {
        let result = server.finishCommit(session, now: now)
        world.history.stored(logged, on: process, .committed)
        world.story?.say("commits", at: now, from: process.name, to: nil, weight: .detail)
        settle()
        return result
    }

    // MARK: - Group commit

    /// Returns when the logs are as safe through a position as `sync_binlog` and `innodb_flush_log_at_trx_commit` ask for.
    ///
    /// Whoever comes while a flush is under way waits for the next one; its first comer leads it, and writes out what all
    /// of them have logged (`MYSQL_BIN_LOG::ordered_commit`).
    @inline(never)
    private func flush(through position: Int) async throws {
        if isFlushing, try await isFlushedByOthers(through: position) { return }
        isFlushing = true
        groupBegan = now
        let followers = takeFollowers()
        let logged = server.binaryLog.writtenPosition
        let group = server.nextGroup()
        if group != .written { try await flushes.serve(drawFlushTime()) }
        server.groupDone(group, through: logged)
        conclude(followers)
    }

    /// Waits for the flush under way, or the one after it; false for whom the next one waits to be led by.
    @inline(never)
    private func isFlushedByOthers(through position: Int) async throws -> Bool {
        let waiter = process.makeWaiter()
        let since = now
        flushQueue.append((waiter, since))
        flushes.meter.beginsToWait(at: since)
        flushes.meter.setQueue(flushQueue.count, at: since)
        _ = try await process.wait(waiter)
        let isDone = server.binaryLog.releasedPosition >= position
        flushes.meter.noteAnatomy(waitedFrom: since, servedFrom: isDone ? groupBegan : now, until: now)
        return isDone
    }

    private func drawFlushTime() -> TimeSpan {
        let duration = flushTime.sample(using: &flushRandom)
        guard let badLuck = world.badLuck, badLuck.strikes(.mysqlSlowFlush, process) else { return duration }
        return duration + badLuck.settings.hang
    }

    /// Those whose turn has come with the leader's: what is left for them is the flush itself.
    private func takeFollowers() -> [(waiter: Waiter, since: Instant)] {
        let followers = flushQueue
        flushQueue.removeAll()
        for follower in followers { endsWaitForFlush(since: follower.since) }
        if !followers.isEmpty { flushes.meter.setQueue(0, at: now) }
        return followers
    }

    /// The group is flushed: lets it go on, and the next one begin.
    private func conclude(_ followers: [(waiter: Waiter, since: Instant)]) {
        for follower in followers { universe.wake(follower.waiter) }
        if flushQueue.isEmpty {
            isFlushing = false
        } else {
            // The flush stays taken, so that nobody comes before the one who leads the next.
            let leader = flushQueue.removeFirst()
            endsWaitForFlush(since: leader.since)
            universe.wake(leader.waiter)
            flushes.meter.setQueue(flushQueue.count, at: now)
        }
        sendToReplicas()
    }

    private func endsWaitForFlush(since: Instant) {
        flushes.meter.endsWait(since: since, at: now)
        flushes.meter.waited(now - since)
    }

    /// What happens beside the commits where they don't sync both logs.
    func startBackgroundSyncs() {
        guard server.settings.mayLoseCommits else { return }
        // The log writer syncs the redo log once a second (`innodb_flush_log_at_timeout`).
        spawn { node in
            while true {
                try await node.process.sleep(.seconds(1))
                node.server.redoLogFlushed()
            }
        }
        guard server.settings.syncBinlog != 1 else { return }
        // The operating system writes a file back when it is 30 s old (`vm.dirty_expire_centisecs`).
        spawn { node in
            while true {
                let written = node.server.binaryLog.writtenPosition
                try await node.process.sleep(.seconds(30))
                node.server.binaryLogFlushed(through: written)
            }
        }
    }

    // MARK: - Semi-synchronous replication

    /// In a function of its own: to look into the optional machine copies it, and the copy would stand in the task's frame.
    @inline(never)
    private func waitsForReplica(at point: SemiSyncSource.WaitPoint) -> Bool { semiSync?.settings.waitPoint == point }

    @inline(never)
    private func awaitAcknowledgement(of position: Int, _ session: MySQLSessionID) async throws {
        guard let waiter = acknowledgementWaiter(of: position, session) else { return }
        let since = now
        _ = try await process.wait(waiter)
        world.anatomy?.note(.acknowledgement, from: since, until: now)
    }

    /// Nil where the commit need not wait.
    private func acknowledgementWaiter(of position: Int, _ session: MySQLSessionID) -> Waiter? {
        var released: [SemiSyncSource.Release] = []
        guard
            let mustWait = semiSync?.commitReached(session, position: position, now: now, into: &released)
        else { return nil }
        var waiter: Waiter?
        if mustWait {
            waiter = process.makeWaiter()
            acknowledgementWaiters[session] = waiter
        }
        release(released)
        if mustWait { armSemiSyncTimer() }
        return waiter
    }

    /// Lets commits go on.
    func release(_ released: [SemiSyncSource.Release]) {
        for commit in released {
            guard let waiter = acknowledgementWaiters.removeValue(forKey: commit.session) else { continue }
            universe.wake(waiter)
        }
    }

    /// Changes the semi-synchronous source, and lets go whom the change releases.
    func updateSemiSync(_ change: (inout SemiSyncSource, inout [SemiSyncSource.Release]) -> Void) {
        guard var machine = semiSync else { return }
        // Nobody else holds it now, so that the change copies nothing.
        semiSync = nil
        let wasActive = machine.isActive
        var released: [SemiSyncSource.Release] = []
        change(&machine, &released)
        semiSync = machine
        if wasActive, !machine.isActive {
            world.sometimes(.semiSyncFellBack)
            note(
                .breakage,
                "no replica acknowledges within \(settings.replication.timeout.seconds) s: "
                    + "goes on with asynchronous replication")
        } else if !wasActive, machine.isActive {
            world.sometimes(.semiSyncCameBack)
            note(.reaction, "a replica has caught up: commits wait for its acknowledgement again")
        }
        release(released)
    }

    /// SET GLOBAL rpl_semi_sync_source_enabled = 0: whoever waits goes on.
    func endSemiSync() {
        semiSync = nil
        let waiters = acknowledgementWaiters.sorted { $0.key.slot < $1.key.slot }
        acknowledgementWaiters.removeAll()
        for (_, waiter) in waiters { universe.wake(waiter) }
    }

    private func armSemiSyncTimer() {
        guard !isSemiSyncTimerArmed, let deadline = semiSync?.nextDeadline else { return }
        isSemiSyncTimerArmed = true
        spawn(after: deadline - now) { node in
            node.isSemiSyncTimerArmed = false
            node.updateSemiSync { $0.expire(now: node.now, into: &$1) }
            node.armSemiSyncTimer()
        }
    }
}
