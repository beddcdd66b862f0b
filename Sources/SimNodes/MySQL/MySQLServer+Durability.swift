import Topology

/// When logs are synced, and what a crash leaves of them.
extension MySQLServer {
    /// What a group of commits waits for.
    package enum GroupSync: Hashable, Sendable {
        /// Both logs are only written, or not even that.
        case written
        case redoLog
        case binaryLog
        case bothLogs
    }

    /// What the next group of commits has to wait for, by `sync_binlog` and `innodb_flush_log_at_trx_commit`.
    package mutating func nextGroup() -> GroupSync {
        unsyncedGroups += 1
        let syncs = settings.syncBinlog > 0 && unsyncedGroups >= settings.syncBinlog
        if syncs { unsyncedGroups = 0 }
        if settings.flushLogAtTrxCommit == 1 { return syncs ? .bothLogs : .redoLog }
        return syncs ? .binaryLog : .written
    }

    /// A group has what it waited for: its commits may go on, and replicas may read it.
    package mutating func groupDone(_ sync: GroupSync, through position: Int) {
        if sync == .redoLog || sync == .bothLogs { redoLogFlushed() }
        if sync == .binaryLog || sync == .bothLogs {
            binaryLogFlushed(through: position)
        } else {
            binaryLog.released(through: position)
        }
    }

    /// The redo log is on disk as far as it is written.
    package mutating func redoLogFlushed() { engine.redoLogFlushed() }

    /// The server dies: running statements and commits end with 2013, and this is left.
    package mutating func crash(_ kind: CrashKind) -> DurableState {
        var log = binaryLog
        switch kind {
        case .process: log.flushed(through: log.writtenPosition)
        case .machine: log.truncateToDurable()
        }
        for session in engine.busySessions where session != applierSession {
            lostCompletions.append(Completion(session: session, outcome: .done(.error(.lostConnection))))
        }
        isRunning = false
        let losesRedo =
            settings.flushLogAtTrxCommit == 0 || (kind == .machine && settings.flushLogAtTrxCommit == 2)
        let last = log.lastNumber
        // A commit record that is not on disk yet does not matter if the prepare record and the binary log are.
        let state = engine.durableState(losesRedo: losesRedo) { kind == .process || $0 <= last }
        return DurableState(settings: settings, engine: state, binaryLog: log, numbersGiven: numbersGiven)
    }

    /// A server whose data were replaced by a copy of another one's; it comes up super-read-only.
    ///
    /// What the other has logged is there, as after its crash; clients of both know nothing of it.
    package init(cloning donor: MySQLServer, onto recipient: MySQLServer) {
        var copy = donor
        var state = copy.crash(.process)
        state.settings = recipient.settings
        let own = recipient.settings.serverID
        state.numbersGiven = max(recipient.binaryLog.executed.last(of: own), recipient.numbersGiven)
        self.init(recovering: state, readOnlyMode: .superReadOnly)
    }
}
