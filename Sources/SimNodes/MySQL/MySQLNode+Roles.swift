import Topology

/// What a failover manager, or a person, does to a server.
extension MySQLNode {
    /// What a poll reads.
    struct Status: Sendable {
        /// SHOW REPLICA STATUS; nil from a server that is no replica.
        var replica: MySQLFailoverManager.ReplicaStatus?
        /// `Source_Host`.
        var source: String?
        /// `@@global.read_only`.
        var isReadOnly: Bool
    }

    /// Answers a poll.
    ///
    /// It needs a core like any other statement, so that an overloaded server may answer too late.
    func status() async throws -> Status {
        guard isServing else { throw ConnectionAborted() }
        try await cpu.serve(costs.select.cpu.sample(using: &serviceRandom))
        var status = Status(source: sourceName, isReadOnly: server.readOnlyMode != .off)
        guard sourceName != nil else { return status }
        let applied = Int(server.binaryLog.executed.count)
        status.replica = MySQLFailoverManager.ReplicaStatus(
            isReceiving: replica.isReceiving, received: applied + replica.unappliedCount, applied: applied,
            isStopped: replica.receiver == .stopped)
        return status
    }

    /// STOP REPLICA IO_THREAD, and how far it is; `maker` is the server whose own transactions are asked for.
    func stopForSurvey(of maker: Int32) throws -> MySQLFailoverManager.ReplicaStatus {
        guard isServing else { throw ConnectionAborted() }
        stopReceiver()
        let executed = server.binaryLog.executed
        let applied = Int(executed.count)
        return MySQLFailoverManager.ReplicaStatus(
            isReceiving: false, received: applied + replica.unappliedCount, applied: applied, isStopped: true,
            ofPrimary: replica.requestSet(executed: executed).last(of: maker))
    }

    /// Returns when everything received is applied, with how much that was.
    ///
    /// - Throws: `ConnectionAborted` if the applier has failed.
    package func waitForRelayLog() async throws -> Int {
        guard isServing else { throw ConnectionAborted() }
        let count = replica.unappliedCount
        if case .failed = replica.applier {} else { startApplier() }
        try await awaitApplier()
        guard replica.unappliedCount == 0 else { throw ConnectionAborted() }
        return count
    }

    /// STOP REPLICA; RESET REPLICA ALL; SET GLOBAL read_only = 0.
    ///
    /// - Returns: how many received transactions were dropped with the relay log.
    @discardableResult
    package func promote() async throws -> Int {
        guard isServing else { throw ConnectionAborted() }
        stopReceiver()
        stopApplier()
        try await awaitApplier()
        let dropped = replica.unappliedCount
        replica.reset()
        sourceName = nil
        semiSync = Self.makeSemiSync(settings)
        setReadOnly(.off)
        if dropped > 0 { note(.breakage, "drops \(dropped) received transactions that were not applied") }
        try await world.sites.pass(.mysqlPromoted, process)
        return dropped
    }

    /// Replicates from another server, read-only: CHANGE REPLICATION SOURCE with auto-position.
    package func follow(_ name: String) async throws {
        guard isServing else { throw ConnectionAborted() }
        stopReceiver()
        stopApplier()
        try await awaitApplier()
        replica.reset()
        sourceName = name
        endSemiSync()
        if server.readOnlyMode == .off { setReadOnly(.readOnly) }
        startReplication()
    }

    /// Follows a primary that has executed all that it has itself, received transactions included.
    ///
    /// - Returns: whether it does; with transactions that the primary lacks it stays as it is.
    func rejoin(_ name: String, executed: GTIDSet) async throws -> Bool {
        guard isServing else { throw ConnectionAborted() }
        guard MySQLReplica.errant(executed: server.binaryLog.executed, source: executed).count == 0 else {
            return false
        }
        try await follow(name)
        return true
    }

    /// SET GLOBAL read_only = 0, which turns super_read_only off as well.
    func makeWritable() throws {
        guard isServing else { throw ConnectionAborted() }
        setReadOnly(.off)
    }

    /// SET GLOBAL super_read_only = 1, and KILL for all clients.
    package func fence() async throws {
        guard isServing else { throw ConnectionAborted() }
        setReadOnly(.superReadOnly)
        killClients()
    }

    /// SET GLOBAL read_only, super_read_only: in force when running commits have ended, forgotten by a restart.
    package func setReadOnly(_ mode: MySQLServer.ReadOnlyMode) {
        guard mode != server.readOnlyMode || server.pendingReadOnlyMode != nil else { return }
        server.setReadOnly(mode)
        settle()
        switch mode {
        case .off: note(.reaction, "takes writes (read_only off)")
        case .readOnly: note(.reaction, "refuses writes (read_only)")
        case .superReadOnly: note(.reaction, "refuses all writes (super_read_only)")
        }
    }
}
