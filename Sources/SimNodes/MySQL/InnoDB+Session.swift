import Topology

extension InnoDB {
    /// What the engine knows of a session and its transaction.
    struct SessionState: Sendable {
        enum Phase: UInt8, Sendable {
            case idle
            /// Its statement waits for a lock.
            case blocked
            /// Its statement is done and its transaction is to be committed.
            case committing
            /// The redo log has the prepare record.
            case prepared
        }

        /// What is left to do once a transaction is committed.
        enum AfterCommit: Sendable {
            case nothing
            case begin(IsolationLevel, consistentSnapshot: Bool)
            case setAutocommit
        }

        var generation: Int32 = 0
        var isOpen = false
        var isVanished = false
        var autocommit = true
        var phase = Phase.idle
        var isolation = IsolationLevel.repeatableRead
        var isInTransaction = false
        /// Whether the transaction lasts until COMMIT or ROLLBACK.
        var isExplicit = false
        var transactionIsolation = IsolationLevel.repeatableRead
        /// Of a transaction that an error rolled back, for the next statement.
        var leftoverIsolation: IsolationLevel?
        /// What its read view sees; 0 while it has none.
        var snapshot: UInt64 = 0
        var previousView: Int32 = -1
        var nextView: Int32 = -1
        var undo: [UndoRecord] = []
        var changes: [RowChange] = []
        /// Number of undo records when the statement began.
        var statementMark = 0
        var statement = Statement.commit
        var afterCommit = AfterCommit.nothing
        var result = StatementResult.ok
        /// The transaction's number in the binary log, from its prepare on.
        var transaction: UInt64 = 0
        /// Steps of the statement that are behind it: rows locked, row events applied.
        var progress = 0
        var rowsSoFar: [ProductRow] = []
        /// Steps of the row insert that are behind it, and the row's place.
        var insertStep: UInt8 = 0
        var insertSlot: Int32 = -1
        /// The auto-increment value that it has drawn; 0: none yet.
        var insertID: Int64 = 0

        mutating func reset(isolation level: IsolationLevel) {
            isOpen = true
            isVanished = false
            autocommit = true
            phase = .idle
            isolation = level
            leftoverIsolation = nil
            resetStatement()
        }

        mutating func resetStatement() {
            progress = 0
            if !rowsSoFar.isEmpty { rowsSoFar = [] }
            insertStep = 0
            insertSlot = -1
            insertID = 0
        }
    }

    // MARK: Transactions

    mutating func startTransaction(_ session: Int, isolation: IsolationLevel, isExplicit: Bool) {
        sessions[session].isInTransaction = true
        sessions[session].isExplicit = isExplicit
        sessions[session].transactionIsolation = isolation
        locks.beginTransaction(Int32(session), readCommitted: isolation == .readCommitted)
    }

    /// Forgets the transaction; its changes are committed or undone already.
    mutating func finishTransaction(_ session: Int) {
        closeView(session)
        sessions[session].undo.removeAll(keepingCapacity: true)
        if !sessions[session].changes.isEmpty { sessions[session].changes.removeAll(keepingCapacity: true) }
        sessions[session].isInTransaction = false
        sessions[session].isExplicit = false
        sessions[session].phase = .idle
        sessions[session].resetStatement()
        locks.releaseAll(Int32(session))
    }

    /// Rolls a transaction back because of an error.
    ///
    /// The session's next statement still runs at the transaction's isolation level, if it begins no transaction
    /// (`trans_rollback_implicit` leaves `tx_isolation` as it is).
    mutating func rollbackWhole(_ session: Int) {
        if sessions[session].isExplicit { sessions[session].leftoverIsolation = sessions[session].transactionIsolation }
        rollbackTransaction(session)
    }

    mutating func rollbackTransaction(_ session: Int) {
        locks.cancelWait(Int32(session))
        undo(session, downTo: 0)
        finishTransaction(session)
    }

    /// Undoes row changes, the newest first; locks stay.
    mutating func undo(_ session: Int, downTo mark: Int) {
        while sessions[session].undo.count > mark {
            let record = sessions[session].undo.removeLast()
            sessions[session].changes.removeLast()
            switch record.kind {
            case .updateProduct:
                products.undoUpdate(record.slot)
                if products.isDeleted(record.slot) { noteDeleted(Table.products, record.slot) }
            case .insertProduct: removeProduct(record.slot)
            case .insertOrder: removeOrder(record.slot)
            case .updateOrder: orders.rows.undoUpdate(record.slot)
            case .insertEvent: removeEvent(record.slot)
            case .updateEvent: outbox.undoUpdate(record.slot)
            }
        }
        locks.owners[session].changedRows = Int32(mark)
    }

    mutating func note(_ change: RowChange, _ kind: UndoRecord.Kind, slot: Int32, session: Int) {
        sessions[session].undo.append(UndoRecord(kind: kind, slot: slot))
        if sessions[session].changes.isEmpty { sessions[session].changes.reserveCapacity(2) }
        sessions[session].changes.append(change)
        locks.owners[session].changedRows += 1
    }

    // MARK: Read views

    /// The snapshot of a consistent read: the transaction's, or under READ COMMITTED a fresh one.
    mutating func snapshotForRead(_ session: Int) -> UInt64 {
        guard sessions[session].isExplicit, sessions[session].transactionIsolation == .repeatableRead else {
            return commitNumber
        }
        if sessions[session].snapshot == 0 { openView(session) }
        return sessions[session].snapshot
    }

    mutating func openView(_ session: Int) {
        guard sessions[session].snapshot == 0 else { return }
        locks.takeAddress(Int32(session))
        sessions[session].snapshot = commitNumber
        sessions[session].previousView = viewTail
        sessions[session].nextView = -1
        if viewTail >= 0 { sessions[Int(viewTail)].nextView = Int32(session) } else { viewHead = Int32(session) }
        viewTail = Int32(session)
    }

    mutating func closeView(_ session: Int) {
        guard sessions[session].snapshot != 0 else { return }
        let before = sessions[session].previousView
        let after = sessions[session].nextView
        if before >= 0 { sessions[Int(before)].nextView = after } else { viewHead = after }
        if after >= 0 { sessions[Int(after)].previousView = before } else { viewTail = before }
        sessions[session].snapshot = 0
        if before < 0 { purge() }
    }

    /// What the oldest read view sees.
    var oldestSnapshot: UInt64 { viewHead >= 0 ? sessions[Int(viewHead)].snapshot : commitNumber }

    /// Drops versions that no read view can see any more.
    mutating func purge() {
        let oldest = oldestSnapshot
        while historyHead < history.count, history[historyHead].commit <= oldest {
            products.trim(history[historyHead].slot, oldestSnapshot: oldest)
            historyHead += 1
        }
        if historyHead == history.count {
            history.removeAll(keepingCapacity: true)
            historyHead = 0
        } else if historyHead > 1024, historyHead * 2 > history.count {
            history.removeFirst(historyHead)
            historyHead = 0
        }
    }

    mutating func noteDeleted(_ table: Int, _ slot: Int32) {
        deletedRows.append(DeletedRow(table: table, slot: slot))
        purgedThrough = 0
    }

    /// Takes deleted rows out of their indexes if no read view can see them any more.
    ///
    /// The purge threads of the real one do so a moment later.
    /// - Returns: whether any has gone.
    mutating func purgeDeletedRows() -> Bool {
        let oldest = oldestSnapshot
        guard !deletedRows.isEmpty, oldest != purgedThrough else { return false }
        purgedThrough = oldest
        var kept: [DeletedRow] = []
        var hasRemoved = false
        for row in deletedRows {
            let (isPurgeable, isDeletedForGood) = fate(of: row, oldest)
            if isPurgeable {
                hasRemoved = true
                remove(row)
            } else if isDeletedForGood {
                kept.append(row)
            }
        }
        deletedRows = kept
        return hasRemoved
    }

    private func fate(of row: DeletedRow, _ oldest: UInt64) -> (isPurgeable: Bool, isDeletedForGood: Bool) {
        func fate<Row>(_ table: VersionedTable<Row>) -> (isPurgeable: Bool, isDeletedForGood: Bool) {
            (table.isPurgeable(row.slot, oldestSnapshot: oldest), table.isDeletedForGood(row.slot))
        }
        switch row.table {
        case Table.products: return fate(products)
        case Table.orders: return fate(orders.rows)
        default: return fate(outbox)
        }
    }

    private mutating func remove(_ row: DeletedRow) {
        switch row.table {
        case Table.products: removeProduct(row.slot)
        case Table.orders: removeOrder(row.slot)
        default: removeEvent(row.slot)
        }
    }

    // MARK: Lock waits

    /// When a wait that begins now is over.
    var waitDeadline: Instant {
        let deadline = now + settings.lockWaitTimeout
        switch settings.flavor {
        case .mariadb: return deadline
        case .mysql8:
            let second: Int64 = 1_000_000_000
            // The timeout thread looks once a second (`lock_wait_timeout_thread`), and cancels waits that are longer than the timeout.
            return Instant(nanoseconds: (deadline.nanoseconds / second + 1) * second)
        }
    }

    /// Ends the lock waits whose time is up, in the order in which they began.
    package mutating func expire(now instant: Instant) {
        now = instant
        while let deadline = locks.nextDeadline, deadline <= instant {
            let session = Int(locks.waiterHead)
            locks.cancelWait(Int32(session))
            if settings.rollsBackOnTimeout { rollbackWhole(session) }
            finishWait(session, .finished(.error(.lockWaitTimeout)))
            resumeRunnable()
        }
    }
}
