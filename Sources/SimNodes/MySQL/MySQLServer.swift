import Topology

/// A MySQL 8 server as a value machine: sessions, privileges, InnoDB and the binary log.
///
/// Its owner adds time. A commit goes through `beginCommit` (prepare and binary log), a flush (`binaryLogFlushed`), where
/// semi-synchronous replication may wait, and `finishCommit`; between any two of them the server may crash.
package struct MySQLServer: Sendable {
    /// Who may write when.
    package enum Account: Hashable, Sendable {
        case ordinary
        /// Has CONNECTION_ADMIN: passes `read_only`, not `super_read_only`, and may use the extra connection.
        case administrator
        /// The replication applier: passes both.
        case applier
    }

    /// `read_only` and `super_read_only`.
    package enum ReadOnlyMode: Hashable, Sendable {
        case off
        case readOnly
        case superReadOnly
    }

    /// What dies with the server.
    package enum CrashKind: Hashable, Sendable {
        /// The process (kill -9): the operating system still writes what was written to files.
        case process
        /// The machine: what was not flushed is lost.
        case machine
    }

    /// Server variables. Defaults are those of MySQL 8.0.
    package struct Settings: Hashable, Sendable {
        package var innodb = InnoDB.Settings()
        /// `sync_binlog`.
        package var syncBinlog = 1
        /// `innodb_flush_log_at_trx_commit`.
        package var flushLogAtTrxCommit = 1
        /// `max_connections`.
        package var maxConnections = 151
        /// Stands for the `server_uuid`.
        package var serverID: Int32 = 1

        package init() {}

        /// Whether commits that clients were told of can be lost with the machine.
        var mayLoseCommits: Bool { syncBinlog != 1 || flushLogAtTrxCommit != 1 }
    }

    /// How a commit begins.
    package enum CommitStart: Hashable, Sendable {
        /// In the binary log, at this position; on disk only after a flush.
        case logged(BinlogTransaction)
        /// Rolled back; reply with this.
        case refused(StatementResult)
    }

    /// What survives a crash.
    package struct DurableState: Sendable {
        package var settings: Settings
        package var engine: InnoDB.DurableState
        package var binaryLog: BinaryLog
        /// The greatest number that it ever gave a transaction, if that is not in the log any more.
        package var numbersGiven: Int64 = 0
    }

    package let settings: Settings
    /// The storage engine, for inspection.
    package internal(set) var engine: InnoDB
    package internal(set) var binaryLog: BinaryLog
    /// False after a crash.
    package internal(set) var isRunning = true
    package private(set) var readOnlyMode = ReadOnlyMode.off
    /// A mode that is set as soon as running statements and commits end.
    package private(set) var pendingReadOnlyMode: ReadOnlyMode?
    /// Commits between `beginCommit` and `finishCommit`.
    package private(set) var commitsInProgress = 0
    /// The session in which replicated transactions are applied.
    package private(set) var applierSession: MySQLSessionID?
    private var applied: BinlogTransaction?
    /// Numbers up to this one were given to transactions that it no longer has; a server that was provisioned anew gets
    /// a new `server_uuid`, which comes to the same.
    var numbersGiven: Int64 = 0
    /// Groups of commits since the last sync of the binary log.
    var unsyncedGroups = 0
    private var accounts: [Account] = []
    var lostCompletions: [Completion] = []

    /// A server with these rows, which are not in its binary log.
    package init(settings: Settings = Settings(), products: [ProductRow] = [], orders: [OrderRow] = []) {
        self.settings = settings
        engine = InnoDB(settings: settings.innodb, products: products, orders: orders)
        engine.remembersUnflushed = settings.mayLoseCommits
        binaryLog = BinaryLog()
    }

    /// The server after a restart: crash recovery of InnoDB with the help of the binary log.
    package init(recovering state: DurableState, readOnlyMode: ReadOnlyMode = .off) {
        settings = state.settings
        let last = state.binaryLog.lastNumber
        // Numbers are given in the order of the log, so whatever is not beyond its end is in it.
        engine = InnoDB.crashRecovery(from: state.engine) { $0 <= last }
        engine.remembersUnflushed = settings.mayLoseCommits
        binaryLog = state.binaryLog
        numbersGiven = state.numbersGiven
        self.readOnlyMode = readOnlyMode
    }

    // MARK: Connections

    /// Connections that count against `max_connections`.
    package var connections: Int { engine.openSessions - (applierSession == nil ? 0 : 1) }

    /// Opens a connection; 1040 when all places are taken. Administrators have one place more.
    package mutating func connect(as account: Account = .ordinary) -> Result<MySQLSessionID, MySQLError> {
        guard isRunning else { return .failure(.lostConnection) }
        let places = account == .ordinary ? settings.maxConnections : settings.maxConnections + 1
        guard account == .applier || connections < places else { return .failure(.tooManyConnections) }
        let id = engine.openSession()
        while accounts.count <= Int(id.slot) { accounts.append(.ordinary) }
        accounts[Int(id.slot)] = account
        return .success(id)
    }

    /// The client has gone.
    ///
    /// A statement that waits goes on, and so does a commit: where its completion says `.commit`, the phases are still due.
    package mutating func disconnect(_ session: MySQLSessionID, now: Instant) {
        guard isRunning else { return }
        engine.closeSession(session, now: now)
        settleReadOnly()
    }

    /// KILL CONNECTION.
    package mutating func kill(_ session: MySQLSessionID, now: Instant) {
        guard isRunning else { return }
        engine.killSession(session, now: now)
        settleReadOnly()
    }

    // MARK: Statements

    /// Executes a statement; 1290 if the session must not write, 2013 if the server or the session is gone.
    package mutating func execute(
        _ statement: Statement, session: MySQLSessionID, now: Instant
    ) -> ExecuteOutcome {
        guard isRunning, engine.isOpen(session) else { return .done(.error(.lostConnection)) }
        if statement.needsWriteAccess, let error = writeRefusal(for: session, inCommit: false) {
            return .done(.error(error))
        }
        if case .selectExecutedTransactions = statement { return .done(.rows(.transactions(binaryLog.executed))) }
        let outcome = engine.execute(statement, session: session, now: now)
        settleReadOnly()
        return outcome
    }

    /// Moves the answers of statements that have come back to the end of `buffer`, in order.
    package mutating func takeCompletions(into buffer: inout [Completion]) {
        if !lostCompletions.isEmpty {
            buffer.append(contentsOf: lostCompletions)
            lostCompletions.removeAll()
        }
        engine.takeCompletions(into: &buffer)
    }

    /// When `expire(now:)` has something to do.
    package var nextDeadline: Instant? { isRunning ? engine.nextDeadline : nil }

    /// Ends lock waits whose time is up.
    package mutating func expire(now: Instant) {
        guard isRunning else { return }
        engine.expire(now: now)
        settleReadOnly()
    }

    // MARK: Commit

    /// Phase (a): prepares the transaction that an outcome `.commit` is about, and writes it to the binary log.
    package mutating func beginCommit(_ session: MySQLSessionID, now: Instant) -> CommitStart {
        guard isRunning else { return .refused(.error(.lostConnection)) }
        if let error = writeRefusal(for: session, inCommit: true) {
            engine.abandonCommit(session, now: now)
            settleReadOnly()
            return .refused(.error(error))
        }
        guard let prepared = engine.prepare(session) else { return .refused(.error(.lostConnection)) }
        let latest = max(binaryLog.executed.last(of: settings.serverID), numbersGiven)
        var gtid = GTID(source: settings.serverID, number: latest + 1)
        var committedAt = now
        if session == applierSession, let applied {
            gtid = applied.gtid
            committedAt = applied.committedAt
        }
        commitsInProgress += 1
        return .logged(
            binaryLog.append(prepared.changes, gtid: gtid, number: prepared.number, committedAt: committedAt))
    }

    /// The binary log is on disk through this position: dump threads may send it, recovery will commit it.
    package mutating func binaryLogFlushed(through position: Int) { binaryLog.flushed(through: position) }

    /// Phase (c): the engine commits; changes become visible, locks are released, others go on.
    ///
    /// - Returns: what to reply.
    package mutating func finishCommit(_ session: MySQLSessionID, now: Instant) -> StatementResult {
        guard isRunning, engine.isCommitting(session) else { return .error(.lostConnection) }
        commitsInProgress -= 1
        if session == applierSession { applied = nil }
        let result = engine.commit(session, now: now)
        settleReadOnly()
        return result
    }

    /// All phases at once, flush included.
    package mutating func commitAtOnce(_ session: MySQLSessionID, now: Instant) -> StatementResult {
        switch beginCommit(session, now: now) {
        case .refused(let result): return result
        case .logged(let transaction):
            binaryLogFlushed(through: transaction.position)
            return finishCommit(session, now: now)
        }
    }

    /// Removes old transactions from the binary log.
    package mutating func purgeBinaryLog(through position: Int) { binaryLog.purge(through: position) }

    // MARK: Replication

    /// Executes a replicated transaction as the applier does; one that is executed already is skipped.
    ///
    /// After `.commit` its commit goes through the usual phases, for `applierSession`; it keeps its GTID.
    package mutating func apply(_ transaction: BinlogTransaction, now: Instant) -> ExecuteOutcome {
        guard isRunning else { return .done(.error(.lostConnection)) }
        if binaryLog.executed.contains(transaction.gtid) { return .done(.ok) }
        if transaction.changes.isEmpty {
            logEmpty(transaction.gtid, now: now)
            return .done(.ok)
        }
        if applierSession == nil, case .success(let session) = connect(as: .applier) { applierSession = session }
        guard let session = applierSession else { return .done(.error(.lostConnection)) }
        applied = transaction
        return engine.execute(.applyRowChanges(transaction.changes), session: session, now: now)
    }

    /// Commits an empty transaction under a GTID, so that a server counts an errant transaction of another as its own.
    package mutating func logEmpty(_ gtid: GTID, now: Instant) {
        guard isRunning, !binaryLog.executed.contains(gtid) else { return }
        let transaction = binaryLog.append([], gtid: gtid, number: binaryLog.lastNumber, committedAt: now)
        binaryLog.flushed(through: transaction.position)
    }

    // MARK: Read only

    /// SET GLOBAL read_only / super_read_only.
    ///
    /// - Returns: whether it is in force; if not, it will be as soon as running statements and commits have ended.
    @discardableResult
    package mutating func setReadOnly(_ mode: ReadOnlyMode) -> Bool {
        if mode == .off {
            readOnlyMode = .off
            pendingReadOnlyMode = nil
            return true
        }
        pendingReadOnlyMode = mode
        settleReadOnly()
        return pendingReadOnlyMode == nil
    }

    private mutating func settleReadOnly() {
        guard let mode = pendingReadOnlyMode, commitsInProgress == 0, !engine.hasUnfinishedStatements else { return }
        readOnlyMode = mode
        pendingReadOnlyMode = nil
    }

    /// Why the session must not write, if so.
    ///
    /// While a mode is pending, the real server keeps new writes waiting and refuses them then; here they are refused at
    /// once. Commits pass as long as it waits for statements (it takes the commit lock after the global read lock).
    private func writeRefusal(for session: MySQLSessionID, inCommit: Bool) -> MySQLError? {
        var mode = readOnlyMode
        if let pending = pendingReadOnlyMode {
            let passes = inCommit && (engine.waitingSessions > 0 || engine.isFinishingStatement(session))
            if !passes { mode = pending }
        }
        let account = accounts[Int(session.slot)]
        let product = settings.innodb.flavor == .mysql8 ? "MySQL" : "MariaDB"
        switch mode {
        case .off: return nil
        case .readOnly: return account == .ordinary ? .readOnly(option: "--read-only", product: product) : nil
        case .superReadOnly:
            return account == .applier ? nil : .readOnly(option: "--super-read-only", product: product)
        }
    }
}
