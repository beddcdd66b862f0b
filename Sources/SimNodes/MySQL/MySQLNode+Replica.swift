import Topology

/// The replication threads of a replica: receiver and applier.
extension MySQLNode {
    /// START REPLICA.
    func startReplication() {
        startApplier()
        startReceiver()
    }

    // MARK: - Receiver

    /// START REPLICA IO_THREAD.
    package func startReceiver() {
        guard replica.receiver == .stopped else { return }
        replica.startReceiver(now: now)
        receiverEpoch += 1
        let epoch = receiverEpoch
        spawn { try await $0.watchSource(epoch) }
    }

    /// STOP REPLICA IO_THREAD.
    package func stopReceiver() {
        replica.stopReceiver()
        receiverEpoch += 1
        closeSourceConnection()
        wakeReceiver()
    }

    /// Connects, and notices when the source has been silent for too long.
    private func watchSource(_ epoch: Int) async throws {
        while epoch == receiverEpoch, let deadline = replica.nextDeadline {
            if deadline > now {
                let waiter = process.makeWaiter()
                receiverWaiter = waiter
                _ = try await process.wait(waiter, timeout: deadline - now)
            } else if replica.tick(now: now) {
                if sourceConnection != nil {
                    note(.reaction, "has heard nothing from \(sourceName ?? "") for too long and reconnects")
                    closeSourceConnection()
                }
                try await connectToSource(epoch)
            }
        }
    }

    private func connectToSource(_ epoch: Int) async throws {
        guard let name = sourceName, let source = lookUp(name), source !== self else {
            return replica.connectionFailed(now: now)
        }
        let timeout = settings.replication.netTimeout
        do {
            let connection = try await world.network.connect(from: process, to: source, timeout: timeout)
            guard epoch == receiverEpoch else { return connection.close() }
            adopt(connection)
            let requestSet = replica.requestSet(executed: server.binaryLog.executed)
            let admission = try await world.network.call(
                from: process, to: source, over: connection, timeout: timeout
            ) { [self] in try $0.startDump(to: self, over: connection, requestSet: requestSet) }
            guard epoch == receiverEpoch, sourceConnection === connection else { return connection.close() }
            // The source may have died after its answer, and its reset may have come first.
            if !connection.isOpen { throw NetworkError.closed }
            switch admission {
            case .accepted(let position): replica.connected(from: position, now: now)
            case .refused(let error):
                note(.breakage, "stops replicating from \(name): \(error.message)")
                stopReceiver()
            }
        } catch is NetworkError {
            guard epoch == receiverEpoch else { return }
            closeSourceConnection()
            replica.connectionFailed(now: now)
        }
    }

    private func adopt(_ connection: Connection) {
        sourceConnection = connection
        let id = connection.id
        connection.onReset = { [unowned self] delay in
            guard !process.isDown else { return }
            spawn(after: delay) { $0.sourceConnectionBroke(id) }
        }
    }

    /// The source's machine says that nobody is there any more. The first attempt to reconnect comes at once.
    private func sourceConnectionBroke(_ id: Connection.ID) {
        guard sourceConnection?.id == id, replica.receiver == .running else { return }
        sourceConnection = nil
        noteOnce(.breakage, "source-lost", "loses its connection to \(sourceName ?? "its source")")
        replica.stopReceiver()
        replica.startReceiver(now: now)
        wakeReceiver()
    }

    private func closeSourceConnection() {
        sourceConnection?.close()
        sourceConnection = nil
    }

    private func wakeReceiver() {
        guard let waiter = receiverWaiter else { return }
        receiverWaiter = nil
        universe.wake(waiter)
    }

    /// A segment has arrived: its transactions go to the relay log one by one.
    func receive(_ segment: MySQLNodeSegment) async throws {
        try await awaitReceiver()
        guard
            segment.connection === sourceConnection, segment.sourceIncarnation == segment.source.process.incarnation
        else { return }
        if segment.transactions.isEmpty { return replica.heartbeat(now: now) }
        inbox.append(segment)
        // A fault may stop the thread between two transactions; the next segment must not overtake it then.
        if isReceiving { return }
        isReceiving = true
        while !inbox.isEmpty {
            let segment = inbox.removeFirst()
            if strikes.fullDisks > 0 { try await awaitRoom() }
            var position = 0
            for transaction in segment.transactions {
                guard segment.connection === sourceConnection, replica.receive(transaction, now: now) else { break }
                position = transaction.position
                startApplying()
                try await world.sites.pass(.mysqlReplicated, process)
            }
            if segment.wantsAcknowledgement, position > 0 { acknowledge(position, to: segment) }
        }
        isReceiving = false
    }

    /// The acknowledgement goes out when the transaction is in the relay log, which is not flushed (`sync_relay_log`).
    private func acknowledge(_ position: Int, to segment: MySQLNodeSegment) {
        let (source, connection, id) = (segment.source, segment.connection, serverID)
        world.network.send(from: process, to: source.process) { delay in
            guard source.process.incarnation == connection.serverIncarnation, !source.process.isDown else { return }
            source.spawn(after: connection.orderedAtServer(delay)) { $0.acknowledged(by: id, position: position) }
        }
    }

    // MARK: - Applier

    /// START REPLICA SQL_THREAD.
    package func startApplier() {
        replica.startApplier()
        startApplying()
    }

    /// STOP REPLICA SQL_THREAD; the transaction under way is finished first.
    package func stopApplier() { replica.stopApplier() }

    private func startApplying() {
        guard !isApplying, replica.nextToApply != nil else { return }
        isApplying = true
        spawn { try await $0.applyRelayLog() }
    }

    /// `replica_transaction_retries`.
    private static let transactionRetries = 10

    private func applyRelayLog() async throws {
        var retries = 0
        while let transaction = replica.nextToApply {
            // The flush of the replica's own logs is part of the time that applying takes.
            try await applier.serve(applyTime.sample(using: &applyRandom))
            try await awaitApplyFaults()
            switch try await apply(transaction) {
            case nil:
                replica.applied()
                retries = 0
            case .lockWaitTimeout?, .deadlock?:
                retries += 1
                if retries > Self.transactionRetries { applierFailed(.lockWaitTimeout) }
            case let error?: applierFailed(error)
            }
        }
        isApplying = false
        let waiters = applierWaiters
        applierWaiters = []
        for waiter in waiters { universe.wake(waiter) }
    }

    private func applierFailed(_ error: MySQLError) {
        replica.applyFailed(error)
        note(.breakage, "stops applying: \(error.message) (\(error.code))")
    }

    private func apply(_ transaction: BinlogTransaction) async throws -> MySQLError? {
        var outcome = server.apply(transaction, now: now)
        if case .blocked = outcome, let session = server.applierSession {
            outcome = try await awaitLock(session)
        } else {
            settle()
        }
        switch outcome {
        case .done(let result): return result.error
        case .blocked: return .lockWaitTimeout
        case .commit:
            guard let session = server.applierSession else { return .lostConnection }
            let result = server.commitAtOnce(session, now: now)
            if result.error == nil { world.history.stored(transaction, on: process, .replicated) }
            settle()
            sendToReplicas()
            wakeTransactionWaiters()
            return result.error
        }
    }

    /// WAIT_FOR_EXECUTED_GTID_SET.
    func awaitTransactions(_ set: GTIDSet, _ timeout: TimeSpan) async throws -> StatementResult {
        let deadline = now + timeout
        while !set.isSubset(of: server.binaryLog.executed) {
            if now >= deadline { return .rows(.count(1)) }
            let waiter = process.makeWaiter()
            transactionWaiters.append(waiter)
            if try await process.wait(waiter, timeout: deadline - now) == .timedOut {
                transactionWaiters.removeAll { $0 == waiter }
            }
        }
        return .rows(.count(0))
    }

    /// Something was executed: who waits for transactions looks again.
    private func wakeTransactionWaiters() {
        let waiters = transactionWaiters
        transactionWaiters = []
        for waiter in waiters { universe.wake(waiter) }
    }

    /// Suspends the caller until the applier rests.
    func awaitApplier() async throws {
        while isApplying {
            let waiter = process.makeWaiter()
            applierWaiters.append(waiter)
            _ = try await process.wait(waiter)
        }
    }
}
