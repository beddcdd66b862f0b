import Topology

/// Connections and their statements.
extension MySQLNode {
    /// Handshake and authentication.
    ///
    /// The place is taken first (`check_and_incr_conn_count`), so that clients in the handshake count as well.
    /// - Returns: 1040 when all `max_connections` are taken; the caller closes the connection then.
    /// - Throws: `ConnectionAborted` while the server starts, `Halted`.
    package func open(_ connection: Connection.ID) async throws -> MySQLError? {
        guard isServing else { throw ConnectionAborted() }
        let session: MySQLSessionID
        switch server.connect() {
        case .success(let id): session = id
        case .failure(let error):
            connectionMeter.reject(at: now)
            noteOnce(.breakage, "1040", "turns a connection away: \(error.message) (\(error.code))")
            return error
        }
        let client = Client(session: session)
        clients[connection] = client
        connectionMeter.enters(at: now)
        connectionMeter.setInUse(server.connections, at: now)
        try await charge(costs.connect)
        if endStatement(of: client) { return nil }
        throw ConnectionAborted()
    }

    /// COM_PING: a sign of life, without any work.
    ///
    /// - Throws: `ConnectionAborted` when the session is gone.
    package func ping(over connection: Connection.ID) async throws {
        guard isServing, clients[connection] != nil else { throw ConnectionAborted() }
    }

    /// Executes one statement of a connection; one at a time, in the order of their arrival.
    ///
    /// - Throws: `ConnectionAborted` when the session is gone, which its client sees as a reset; `Halted`.
    package func execute(_ statement: Statement, over connection: Connection.ID) async throws -> StatementResult {
        guard isServing, let client = clients[connection] else { throw ConnectionAborted() }
        if client.isBusy {
            let waiter = process.makeWaiter()
            client.queue.append(waiter)
            if try await process.wait(waiter) != .signalled { throw ConnectionAborted() }
        }
        client.isBusy = true
        let result = try await run(statement, client.session)
        if hasCommitted(statement, result, client.session), world.hasBadLuck(.mysqlLostReply, process) {
            clients[connection] = nil
            client.hasVanished = true
            _ = endStatement(of: client)
            throw ConnectionAborted()
        }
        _ = endStatement(of: client)
        if case .error(let error) = result {
            if error == .lostConnection { throw ConnectionAborted() }
            noteError(error)
        }
        return result
    }

    /// The client has gone: its transaction is rolled back.
    ///
    /// The server finds out when it reads the next statement or writes an answer, so a statement that runs or waits for
    /// a lock is finished before, and commits if it is a transaction of its own.
    package func connectionClosed(_ id: Connection.ID) async throws {
        if let client = clients.removeValue(forKey: id) {
            client.hasVanished = true
            if !client.isBusy { endSession(of: client) }
        } else {
            dumpClosed(id)
        }
    }

    /// Everything of a statement that takes no lock is paid for before the first lock is taken: parsing, planning and
    /// reading the pages (InnoDB needs a record's page to lock the record). So a lock is held during the *later*
    /// statements of its transaction, their round trips and the commit, but not during the work of the statement that
    /// takes it; and a statement that has waited goes on at once.
    @inline(__always)
    private func run(_ statement: Statement, _ session: MySQLSessionID) async throws -> StatementResult {
        let cost = costs.cost(of: statement)
        for _ in 0..<cost.rows { try await charge(cost.each) }
        if case .awaitTransactions(let set, let timeout) = statement {
            return try await awaitTransactions(set, timeout)
        }
        var outcome = server.execute(statement, session: session, now: now)
        if case .blocked = outcome { outcome = try await awaitLock(session) } else { settle() }
        switch outcome {
        case .done(let result): return result
        case .blocked: preconditionFailure("a completion tells how a wait ended")
        case .commit:
            // An implicit commit is paid for with its locks held, as the work of an explicit one is.
            if statement != .commit { try await chargeImplicitCommit() }
            return try await commit(session)
        }
    }

    @inline(never)
    private func chargeImplicitCommit() async throws { try await charge(costs.commit) }

    @inline(__always)
    func charge(_ cost: MySQLNodeCosts.Cost) async throws {
        try await cpu.serve(cost.cpu.sample(using: &serviceRandom))
        try await storage.serve(cost.io.sample(using: &serviceRandom))
    }

    /// A statement has ended; false if nobody is there any more to read its answer.
    private func endStatement(of client: Client) -> Bool {
        if client.hasVanished {
            endSession(of: client)
            return false
        }
        if client.queue.isEmpty {
            client.isBusy = false
            client.silentSince = now
            armSilenceTimer(after: settings.waitTimeout)
        } else {
            universe.wake(client.queue.removeFirst())
        }
        return true
    }

    func endSession(of client: Client) {
        if server.engine.hasChanges(client.session) { world.sometimes(.sessionLostWithLocks) }
        server.disconnect(client.session, now: now)
        connectionMeter.leaves(at: now)
        settle()
        for waiter in client.queue { universe.wake(waiter, reason: .reset) }
        client.queue = []
        connectionMeter.setInUse(server.connections, at: now)
    }

    /// KILL CONNECTION for all clients.
    func killClients() {
        for (_, client) in clients.sorted(by: { $0.key < $1.key }) {
            server.kill(client.session, now: now)
            client.hasVanished = true
            if !client.isBusy { endSession(of: client) }
        }
        clients.removeAll()
        settle()
        connectionMeter.setInUse(server.connections, at: now)
    }

    private func noteError(_ error: MySQLError) {
        switch error {
        case .lockWaitTimeout:
            world.sometimes(.rowLockTimedOut)
            lockMeter.timeOut(at: now)
            noteOnce(.breakage, "1205", "a statement gives up: \(error.message) (1205)")
        case .deadlock: noteOnce(.breakage, "1213", "rolls a transaction back: \(error.message) (1213)")
        case .readOnly:
            world.sometimes(.writeRefusedReadOnly)
            noteOnce(.breakage, "1290", "refuses a write: \(error.message) (1290)")
        default: break
        }
    }

    // MARK: - Lock waits

    /// Suspends a blocked statement until the engine has finished it.
    func awaitLock(_ session: MySQLSessionID) async throws -> ExecuteOutcome {
        let slot = Int(session.slot)
        while parked.count <= slot { parked.append(Parked()) }
        let waiter = process.makeWaiter()
        parked[slot] = Parked(waiter: waiter, since: now, outcome: nil)
        let since = now
        lockMeter.beginsToWait(at: since)
        settle()
        _ = try await process.wait(waiter)
        lockMeter.noteAnatomy(waitedFrom: since, servedFrom: now, until: now)
        let outcome = parked[slot].outcome
        parked[slot].outcome = nil
        return outcome ?? .done(.error(.lostConnection))
    }

    /// Wakes the statements that have come back, and sees to the time-outs of those that wait.
    ///
    /// To be called after everything that the server is told, before anything else can happen.
    @inline(never)
    func settle() {
        server.takeCompletions(into: &completions)
        if !completions.isEmpty {
            for completion in completions {
                let slot = Int(completion.session.slot)
                guard slot < parked.count, let waiter = parked[slot].waiter else { continue }
                lockMeter.endsWait(since: parked[slot].since, at: now)
                lockMeter.waited(now - parked[slot].since)
                parked[slot] = Parked(waiter: nil, outcome: completion.outcome)
                universe.wake(waiter)
            }
            completions.removeAll(keepingCapacity: true)
        }
        let waiting = server.engine.waitingSessions
        if waiting != lockMeter.queue.level { lockMeter.setQueue(waiting, at: now) }
        armLockTimer()
    }

    /// One timer is enough: all waits are equally long, so none ends before the one it was set for.
    private func armLockTimer() {
        guard !isLockTimerArmed, let deadline = server.nextDeadline else { return }
        isLockTimerArmed = true
        spawn(after: deadline - now) { node in
            node.isLockTimerArmed = false
            node.server.expire(now: node.now)
            node.settle()
        }
    }
}
