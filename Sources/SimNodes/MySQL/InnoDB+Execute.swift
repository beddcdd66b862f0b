import Topology

/// Running statements, and taking them up again after a lock wait.
extension InnoDB {
    /// How far one run of a statement came.
    enum Step: Sendable {
        case finished(StatementResult)
        case blocked
    }

    /// Executes a statement of a session that has no other statement running.
    package mutating func execute(
        _ statement: Statement, session id: MySQLSessionID, now instant: Instant
    ) -> ExecuteOutcome {
        guard let session = place(of: id), !sessions[session].isVanished else { return .done(.error(.lostConnection)) }
        precondition(sessions[session].phase == .idle, "a session has one statement at a time")
        now = instant
        locks.running = Int32(session)
        let outcome = start(statement, session)
        locks.running = -1
        resumeRunnable()
        return outcome
    }

    private mutating func start(_ statement: Statement, _ session: Int) -> ExecuteOutcome {
        switch statement {
        case .begin(let isolation, let consistentSnapshot):
            let level = isolation ?? sessions[session].isolation
            return endImplicitly(session, then: .begin(level, consistentSnapshot: consistentSnapshot))
        case .commit: return endImplicitly(session, then: .nothing)
        case .rollback:
            sessions[session].leftoverIsolation = nil
            rollbackTransaction(session)
            return .done(.ok)
        case .setAutocommit(let isOn):
            if isOn, !sessions[session].autocommit { return endImplicitly(session, then: .setAutocommit) }
            sessions[session].autocommit = isOn
            return .done(.ok)
        case .selectProduct(let id) where !sessions[session].isInTransaction && sessions[session].autocommit:
            sessions[session].leftoverIsolation = nil
            locks.takeAddress(Int32(session))
            return .done(.rows(.product(readProduct(id, session))))
        default:
            locks.takeAddress(Int32(session))
            if !sessions[session].isInTransaction {
                let isolation = sessions[session].leftoverIsolation ?? sessions[session].isolation
                sessions[session].leftoverIsolation = nil
                startTransaction(session, isolation: isolation, isExplicit: !sessions[session].autocommit)
            }
            // A consistent read at this level has a view of its own (`ha_innobase::store_lock`).
            if isReadCommitted(session) { closeView(session) }
            sessions[session].statementMark = sessions[session].undo.count
            let step = advance(statement, session)
            if case .blocked = step { sessions[session].statement = statement }
            return conclude(step, session)
        }
    }

    /// Commits the open transaction, if there is one; with changes that takes the commit phases.
    private mutating func endImplicitly(_ session: Int, then next: SessionState.AfterCommit) -> ExecuteOutcome {
        sessions[session].leftoverIsolation = nil
        sessions[session].afterCommit = next
        if !sessions[session].undo.isEmpty {
            sessions[session].phase = .committing
            sessions[session].result = .ok
            return .commit(.ok)
        }
        if sessions[session].isInTransaction { finishTransaction(session) }
        continueAfterCommit(session)
        return .done(.ok)
    }

    mutating func continueAfterCommit(_ session: Int) {
        let next = sessions[session].afterCommit
        sessions[session].afterCommit = .nothing
        switch next {
        case .nothing: break
        case .setAutocommit: sessions[session].autocommit = true
        case .begin(let level, let consistentSnapshot):
            startTransaction(session, isolation: level, isExplicit: true)
            // READ COMMITTED: MySQL ignores the clause; MariaDB opens a view, which no read uses, but which keeps deleted
            // entries until the next statement (`innobase_start_trx_and_assign_read_view`).
            if consistentSnapshot, level == .repeatableRead || settings.flavor == .mariadb { openView(session) }
        }
    }

    /// Runs a statement on from where it is.
    private mutating func advance(_ statement: Statement, _ session: Int) -> Step {
        switch statement {
        case .selectProduct(let id): return .finished(.rows(.product(readProduct(id, session))))
        case .countOrders(let key): return .finished(.rows(.count(countOrders(key, session))))
        case .selectOrder(let key, let forUpdate):
            return forUpdate
                ? lockOrder(key, session) : .finished(.rows(.order(readOrder(key, session))))
        case .selectProductForUpdate(let id, let policy): return selectForUpdate(id, policy, session)
        case .selectProductsForUpdate(let ids, let policy): return selectForUpdate(ids, policy, session)
        case .updateStock(let update): return updateStock(update, session)
        case .insertProduct(let row): return insertProduct(row, session)
        case .deleteProduct(let id): return deleteProduct(id, session)
        case .insertOrder(let row): return insertOrder(row, session)
        case .deleteOrder(let key): return deleteOrder(requestKey: key, session)
        case .insertEvent(let row): return insertEvent(row, session)
        case .selectEvents(let limit): return selectEvents(limit: limit, session)
        case .deleteEvents(let ids): return deleteEvents(ids, session)
        case .applyRowChanges(let changes): return applyRowChanges(changes, session)
        case .begin, .commit, .rollback, .setAutocommit, .selectExecutedTransactions, .awaitTransactions:
            return .finished(.ok)
        }
    }

    /// Ends a statement: undoes what a failed one did, commits or ends a transaction of its own.
    private mutating func conclude(_ step: Step, _ session: Int) -> ExecuteOutcome {
        guard case .finished(let result) = step else {
            sessions[session].phase = .blocked
            return .blocked
        }
        sessions[session].phase = .idle
        sessions[session].resetStatement()
        guard sessions[session].isInTransaction else { return .done(result) }
        let hasFailed = result.error != nil
        if hasFailed { undo(session, downTo: sessions[session].statementMark) }
        if sessions[session].isExplicit { return .done(result) }
        if hasFailed {
            rollbackTransaction(session)
            return .done(result)
        }
        if sessions[session].undo.isEmpty {
            finishTransaction(session)
            return .done(result)
        }
        sessions[session].afterCommit = .nothing
        sessions[session].phase = .committing
        sessions[session].result = result
        return .commit(result)
    }

    /// Takes up the statements whose wait has ended, until none is left; then deleted rows go.
    mutating func resumeRunnable() {
        while true {
            if settings.detectsDeadlocks { resolveDeadlocks() }
            if let next = locks.takeRunnable() {
                let session = Int(next)
                locks.running = next
                let step = advance(sessions[session].statement, session)
                locks.running = -1
                finishWait(session, step)
            } else if !purgeDeletedRows() {
                return
            }
        }
    }

    /// Rolls back the victims of cycles that came about when somebody let go.
    private mutating func resolveDeadlocks() {
        while let victim = locks.nextDeadlockVictim() {
            var victims = [victim]
            if settings.flavor == .mariadb {
                // One look finds all cycles; the victims roll back afterwards (`lock_sys_t::deadlock_check`).
                locks.cancelWait(victim)
                while let another = locks.nextDeadlockVictim() {
                    locks.cancelWait(another)
                    victims.append(another)
                }
            }
            for victim in victims {
                rollbackWhole(Int(victim))
                finishWait(Int(victim), .finished(.error(.deadlock)))
            }
        }
    }

    /// Reports a statement that has waited; a client that is gone gets no report, and its transaction goes.
    mutating func finishWait(_ session: Int, _ step: Step) {
        let outcome = conclude(step, session)
        switch outcome {
        case .blocked: return
        case .done where sessions[session].isVanished: endSession(session)
        case .done, .commit: completions.append(Completion(session: identity(session), outcome: outcome))
        }
    }

    // MARK: Waiting for locks

    /// What came of asking for a record lock.
    enum LockStep: Sendable {
        case held(lock: Int32, isNew: Bool)
        /// Something else has changed meanwhile; look the record up again.
        case retry
        case blocked
        /// The transaction was chosen as a deadlock's victim and is rolled back.
        case victim
        case refused
    }

    /// Locks a record; `writer` is the transaction whose uncommitted change is its newest version.
    ///
    /// A lock of -1 is the mark that the session itself has left on the row.
    mutating func lockRecord(
        _ kind: LockManager.Kind, _ resource: LockManager.Resource, writer: Int32?, _ session: Int,
        mayWait: Bool = true, isImplicit: Bool = false
    ) -> LockStep {
        if let writer {
            if Int(writer) != session {
                locks.makeExplicit(resource, owner: writer)
            } else if kind.isRecordOnly {
                return .held(lock: -1, isNew: false)
            }
        }
        let grant = locks.acquire(
            kind, resource, session: Int32(session), mayWait: mayWait, isImplicit: isImplicit, deadline: waitDeadline)
        switch grant {
        case .granted(let lock, let isNew): return .held(lock: lock, isNew: isNew)
        case .refused: return .refused
        case .blocked: return settleWait(session)
        }
    }

    /// Looks for deadlocks that a wait has closed, and rolls their victims back.
    mutating func settleWait(_ session: Int) -> LockStep {
        guard settings.detectsDeadlocks else { return .blocked }
        var hasFoundOne = false
        while locks.owners[session].waitingLock >= 0 {
            // A further cycle is found when the first victim lets go. For MariaDB that is no longer this session's doing.
            let next =
                hasFoundOne && settings.flavor == .mariadb
                ? locks.nextDeadlockVictim() : locks.deadlockVictim(closedBy: Int32(session))
            guard let victim = next else { return .blocked }
            hasFoundOne = true
            let running = locks.running
            // Whom the victim lets go before this session, goes on before it.
            if Int(victim) != session { locks.running = -1 }
            rollbackWhole(Int(victim))
            locks.running = running
            if Int(victim) == session { return .victim }
            finishWait(Int(victim), .finished(.error(.deadlock)))
        }
        return locks.yieldsToOthers(Int32(session)) ? .blocked : .retry
    }
}
