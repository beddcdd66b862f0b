import Topology

/// The phases of a commit, and what a crash leaves.
extension InnoDB {
    /// A transaction whose prepare record is in the redo log.
    package struct PreparedTransaction: Hashable, Sendable {
        /// Ties it to its event in the binary log (the XID).
        package var number: UInt64
        /// Its row events, in order.
        package var changes: [RowChange]
    }

    /// What survives a crash: what the redo and undo logs restore.
    ///
    /// `innodb_flush_log_at_trx_commit = 1`: prepare records are on disk before the binary log is written. The
    /// auto-increment counter is in the redo log since MySQL 8.0.
    package struct DurableState: Sendable {
        package var settings: Settings
        /// Committed rows.
        package var products: [ProductRow]
        package var orders: [OrderRow]
        package var nextOrderID: Int64
        package var events: [OutboxRow] = []
        package var nextEventID: Int64 = 1
        /// Number of the last transaction that was prepared.
        package var lastTransaction: UInt64
        /// Neither committed nor rolled back; ascending by number.
        package var prepared: [PreparedTransaction]
    }

    /// Phase (a) of a commit that `.commit` asked for: the transaction can be committed or rolled back after a crash.
    package mutating func prepare(_ id: MySQLSessionID) -> PreparedTransaction? {
        guard let session = place(of: id), sessions[session].phase == .committing else { return nil }
        nextTransaction += 1
        sessions[session].transaction = nextTransaction
        sessions[session].phase = .prepared
        return PreparedTransaction(number: nextTransaction, changes: sessions[session].changes)
    }

    /// Phase (c): the changes become visible, the locks are released, others go on.
    ///
    /// - Returns: what to reply to the client.
    @discardableResult
    package mutating func commit(_ id: MySQLSessionID, now instant: Instant) -> StatementResult {
        guard let session = place(of: id) else { return .error(.lostConnection) }
        guard sessions[session].phase == .prepared else { return sessions[session].result }
        now = instant
        commitNumber += 1
        closeView(session)
        let oldest = oldestSnapshot
        if remembersUnflushed { rememberUnflushed(session) }
        for record in sessions[session].undo {
            switch record.kind {
            case .updateProduct, .insertProduct:
                if products.commit(record.slot, number: commitNumber, oldestSnapshot: oldest) {
                    history.append(HistoryEntry(commit: commitNumber, slot: record.slot))
                }
                if products.isDeleted(record.slot) { noteDeleted(Table.products, record.slot) }
            case .insertOrder, .updateOrder:
                _ = orders.rows.commit(record.slot, number: commitNumber, oldestSnapshot: oldest)
                if orders.rows.isDeleted(record.slot) { noteDeleted(Table.orders, record.slot) }
            case .insertEvent, .updateEvent:
                _ = outbox.commit(record.slot, number: commitNumber, oldestSnapshot: oldest)
                if outbox.isDeleted(record.slot) { noteDeleted(Table.outbox, record.slot) }
            }
        }
        sessions[session].changes = []
        finishTransaction(session)
        continueAfterCommit(session)
        let result = sessions[session].result
        if sessions[session].isVanished { endSession(session) }
        resumeRunnable()
        return result
    }

    /// The commit is refused (read_only): the transaction is rolled back instead.
    package mutating func abandonCommit(_ id: MySQLSessionID, now instant: Instant) {
        guard let session = place(of: id) else { return }
        now = instant
        sessions[session].afterCommit = .nothing
        rollbackTransaction(session)
        if sessions[session].isVanished { endSession(session) }
        resumeRunnable()
    }

    /// All phases of a commit at once.
    @discardableResult
    package mutating func commitAtOnce(_ id: MySQLSessionID, now: Instant) -> StatementResult {
        _ = prepare(id)
        return commit(id, now: now)
    }

    /// Executes a statement with all its commits at once, other sessions' that go on included.
    ///
    /// For tests; never answers `.commit`, and leaves no such completion.
    package mutating func executeAtOnce(
        _ statement: Statement, session: MySQLSessionID, now: Instant
    ) -> ExecuteOutcome {
        var outcome = execute(statement, session: session, now: now)
        if case .commit = outcome { outcome = .done(commitAtOnce(session, now: now)) }
        commitCompletionsAtOnce(now: now)
        return outcome
    }

    /// Commits what completions ask for, until none does.
    package mutating func commitCompletionsAtOnce(now: Instant) {
        var next = 0
        var vanished: [Int] = []
        while next < completions.count {
            let completion = completions[next]
            if case .commit = completion.outcome {
                if let session = place(of: completion.session), sessions[session].isVanished { vanished.append(next) }
                completions[next].outcome = .done(commitAtOnce(completion.session, now: now))
            }
            next += 1
        }
        for index in vanished.reversed() { completions.remove(at: index) }
    }

    // MARK: Crash

    /// The engine after a restart: a prepared transaction is committed if the binary log has it, else rolled back.
    package static func crashRecovery(
        from state: DurableState, isInBinaryLog: (UInt64) -> Bool
    ) -> InnoDB {
        var engine = InnoDB(settings: state.settings, products: state.products, orders: state.orders)
        engine.orders.nextID = max(engine.orders.nextID, state.nextOrderID)
        for row in state.events { engine.redo(.insertEvent(row)) }
        engine.nextEventID = max(engine.nextEventID, state.nextEventID)
        engine.nextTransaction = state.lastTransaction
        for transaction in state.prepared where isInBinaryLog(transaction.number) {
            for change in transaction.changes { engine.redo(change) }
        }
        return engine
    }

    private mutating func redo(_ change: RowChange) {
        switch change {
        case .insertProduct(let row):
            _ = products.insert(row, key: row.id, writer: -1, commit: commitNumber)
        case .updateProduct(let row):
            if let slot = products.slot(of: row.id) { products.overwrite(slot, with: row) }
        case .deleteProduct(let id):
            if let slot = products.slot(of: id) { removeProduct(slot) }
        case .insertOrder(let row): orders.load(row, commit: commitNumber)
        case .deleteOrder(let id):
            if let slot = orders.rows.slot(of: id) { removeOrder(slot) }
        case .insertEvent(let row):
            _ = outbox.insert(row, key: row.id, writer: -1, commit: commitNumber)
            nextEventID = max(nextEventID, row.id + 1)
        case .deleteEvent(let id):
            if let slot = outbox.slot(of: id) { removeEvent(slot) }
        }
    }
}
