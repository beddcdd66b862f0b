import Topology

/// Provisioning a server anew.
extension MySQLNode {
    /// CLONE INSTANCE FROM: the server's data are replaced by those of another one, which it then follows.
    ///
    /// It answers nobody meanwhile. If the other one is lost before the end, the server stays what it was; a real one
    /// has dropped its data by then, and is as useless. The copy brings the binary log along, where MySQL's plugin would
    /// leave an empty one and set `gtid_purged`.
    ///
    /// - Throws: `ConnectionAborted` while it is not up.
    func beginClone(from name: String) throws {
        guard isServing, let donor = lookUp(name), donor !== self else { throw ConnectionAborted() }
        spawn { try await $0.clone(from: donor, name) }
    }

    private func clone(from donor: MySQLNode, _ name: String) async throws {
        stopReceiver()
        stopApplier()
        killClients()
        isServing = false
        note(.reaction, "is provisioned anew: CLONE INSTANCE FROM \(name)")
        try await awaitApplier()
        try await process.sleep(settings.failover?.cloneTime ?? .zero)
        let copy: MySQLServer
        do {
            copy = try await world.network.connectAndCall(
                from: process, to: donor, connectTimeout: settings.replication.netTimeout,
                timeout: settings.replication.netTimeout
            ) { try $0.copyForClone() }
        } catch is NetworkError {
            isServing = true
            return note(.breakage, "is not provisioned: \(name) is lost")
        }
        noteCopied(copy)
        server = MySQLServer(cloning: copy, onto: server)
        replica.reset()
        sourceName = name
        readOnlyAtStart = .readOnly
        note(.reaction, "has the data of \(name), and restarts")
        process.crash()
        process.start()
    }

    private func copyForClone() throws -> MySQLServer {
        guard isServing else { throw ConnectionAborted() }
        return server
    }

    /// What the server shows from now on was made by these transactions.
    private func noteCopied(_ copy: MySQLServer) {
        let known = server.binaryLog.executed
        for position in 0..<copy.binaryLog.writtenPosition {
            guard let transaction = copy.binaryLog.transaction(at: position + 1), !known.contains(transaction.gtid)
            else { continue }
            world.history.stored(transaction, on: process, .replicated)
        }
    }
}
