import Topology

extension RedisNode {
    /// A replica's connection to this server.
    struct ReplicaLink {
        let connection: Connection
        unowned let replica: RedisNode
    }

    /// This server's connection to its master.
    struct MasterLink {
        let connection: Connection
        unowned let master: RedisNode
    }

    // MARK: The master's side

    /// A message of a replica has come.
    func receive(_ message: RedisReplicationMessage, from replica: RedisNode, over connection: Connection) {
        guard isListening, !connection.isClosedByServer else { return }
        let id = RedisReplicaID(connection.id)
        if replicaLinks[id] == nil {
            // Until now it was a client like others.
            guard let session = sessions.removeValue(forKey: RedisClientID(connection.id)), !session.isClosed
            else { return }
            guard !session.isRefused else {
                spawn { _ in connection.closeFromServer() }
                return
            }
            server.disconnect(session.client)
            replicaLinks[id] = ReplicaLink(connection: connection, replica: replica)
        }
        server.receive(message, fromReplica: id, now: process.wallClock, into: &actions)
        perform()
        armCron()
    }

    func send(_ message: RedisReplicationMessage, to replica: RedisReplicaID) {
        guard let link = replicaLinks[replica] else { return }
        let connection = link.connection
        connection.sendToClient(link.replica) { try await $0.receiveFromMaster(message, over: connection) }
    }

    // MARK: The replica's side

    /// Opens a connection to the master, beside everything else.
    func reachMaster(at address: RedisAddress) {
        masterAttempt += 1
        let attempt = masterAttempt
        spawn { try await $0.openMasterLink(to: address, attempt) }
    }

    private func openMasterLink(to address: RedisAddress, _ attempt: Int) async throws {
        guard let master = lookUp(address.host) else { return masterAttemptFailed(attempt) }
        do {
            let timeout = server.configuration.replicationTimeout
            let connection = try await world.network.connect(from: process, to: master, timeout: timeout)
            guard attempt == masterAttempt else { return connection.close() }
            adopt(connection, master)
        } catch is NetworkError {
            return masterAttemptFailed(attempt)
        }
        server.masterConnected(now: process.wallClock, into: &actions)
        perform()
        armCron()
    }

    private func masterAttemptFailed(_ attempt: Int) {
        guard attempt == masterAttempt else { return }
        server.masterDisconnected(now: process.wallClock, into: &actions)
        perform()
        armCron()
    }

    func adopt(_ connection: Connection, _ master: RedisNode) {
        masterLink = MasterLink(connection: connection, master: master)
        connection.onReset = { [unowned self, id = connection.id] delay in
            spawn(after: delay) { try await $0.masterLinkBroke(id) }
        }
    }

    private func masterLinkBroke(_ id: Connection.ID) async throws {
        // The end of a stream is read behind the stream.
        try await awaitReceiver()
        try await station.serve(demandOfStream())
        guard masterLink?.connection.id == id else { return }
        masterLink = nil
        server.masterDisconnected(now: process.wallClock, into: &actions)
        perform()
        armCron()
    }

    /// Closes the link, or gives up opening it.
    func dropMasterLink() {
        masterAttempt += 1
        masterLink?.connection.close()
        masterLink = nil
    }

    func sendToMaster(_ message: RedisReplicationMessage) {
        guard let link = masterLink else { return }
        let connection = link.connection
        connection.sendToServer(link.master) { [unowned self] master in
            master.receive(message, from: self, over: connection)
        }
    }

    /// A message of the master has come; it takes its turn like a command.
    private func receiveFromMaster(_ message: RedisReplicationMessage, over connection: Connection) async throws {
        if world.badLuck != nil || now <= strikes.receiverStalledUntil { try await awaitReceiver() }
        try await station.serve(demandOfStream())
        guard masterLink?.connection === connection else { return }
        if server.persistence.trouble != nil, server.diskRefusal != nil, message.isWrite { try await endAsReplica() }
        let before = server.endsAtFailedWrite ? copyServer() : nil
        let hasWritten = take(message)
        if hasWritten, let before { try await endAtFailedWrite(before) }
        if hasWritten { noteWrites(of: message) }
        perform()
        if hasWritten {
            keepCronSoon()
            if strikes.diskStalledUntil > now { try await awaitDisk() }
            try await world.sites.pass(.redisReplicated, process)
        } else {
            armCron()
        }
    }

    /// Hands a message to the machine; whether that changed data.
    @inline(never)
    private func take(_ message: RedisReplicationMessage) -> Bool {
        let changes = server.keyspace.dirty
        note(message)
        server.receiveFromMaster(message, now: process.wallClock, into: &actions)
        return server.keyspace.dirty > changes
    }

    @inline(never)
    private func noteWrites(of message: RedisReplicationMessage) {
        guard case .stream(let unit) = message else { return }
        for command in unit.commands { noteWrite(of: command) }
    }

    private func note(_ message: RedisReplicationMessage) {
        defer { isJoining = false }
        guard !isJoining, let master = server.masterAddress?.host else { return }
        switch message {
        case .partialResync:
            world.sometimes(.redisPartialResync)
            world.timeline.note(.reaction, process.name, "partial resync with \(master)")
        case .snapshot(let snapshot):
            if server.keyCount > 0 { world.sometimes(.redisDroppedData) }
            world.timeline.note(
                .reaction, process.name,
                "full resync with \(master): drops its \(server.keyCount) keys for \(snapshot.keyCount)")
        default: break
        }
    }
}
