import Topology

/// One replica that reads the binary log: its dump thread.
final class MySQLNodeDump: @unchecked Sendable {
    let connection: Connection
    unowned let replica: MySQLNode
    let replicaID: Int32
    /// The life of the replica that asked for it.
    let replicaIncarnation: UInt32
    /// Position that it will send next.
    var next: Int
    var lastSent: Instant
    var isOpen = true

    init(connection: Connection, replica: MySQLNode, next: Int, now: Instant) {
        self.connection = connection
        self.replica = replica
        self.next = next
        replicaID = replica.serverID
        replicaIncarnation = replica.process.incarnation
        lastSent = now
    }
}

/// What a dump thread sends at once: the transactions of one flush, or with none a heartbeat.
struct MySQLNodeSegment: Sendable {
    let transactions: [BinlogTransaction]
    let wantsAcknowledgement: Bool
    let connection: Connection
    unowned let source: MySQLNode
    /// The life of the source that sent it.
    let sourceIncarnation: UInt32
}

/// The source's side of replication.
extension MySQLNode {
    /// A replica asks for what it does not have (COM_BINLOG_DUMP_GTID).
    ///
    /// - Throws: `ConnectionAborted` while the server starts.
    func startDump(
        to replica: MySQLNode, over connection: Connection, requestSet: GTIDSet
    ) throws -> MySQLReplica.Admission {
        guard isServing else { throw ConnectionAborted() }
        let admission = MySQLReplica.admit(requestSet: requestSet, by: server.binaryLog, serverID: serverID)
        guard case .accepted(let position) = admission else { return admission }
        // A replica that comes back ends what its former life has left (`kill_zombie_dump_threads`).
        for dump in dumps where dump.replica === replica { dump.isOpen = false }
        dumps.removeAll { !$0.isOpen }
        let dump = MySQLNodeDump(connection: connection, replica: replica, next: position, now: now)
        dumps.append(dump)
        updateSemiSync { $0.replicaConnected(dump.replicaID, position: position - 1, into: &$1) }
        // In a task of its own, so that the answer goes out first.
        spawn { node in
            node.sendToReplicas()
            try await node.sendHeartbeats(to: dump)
        }
        return admission
    }

    /// A replica has closed its connection, or died and its machine said so.
    func dumpClosed(_ id: Connection.ID) {
        guard let index = dumps.firstIndex(where: { $0.connection.id == id }) else { return }
        let dump = dumps.remove(at: index)
        dump.isOpen = false
        updateSemiSync { $0.replicaDisconnected(dump.replicaID, into: &$1) }
    }

    /// Sends what is logged, in one segment a replica.
    ///
    /// With `sync_binlog = 1` dump threads see a transaction only when it is on disk.
    func sendToReplicas() {
        let released = server.binaryLog.releasedPosition
        for dump in dumps where dump.next <= released {
            let batch = (dump.next...released).compactMap { server.binaryLog.transaction(at: $0) }
            dump.next = released + 1
            transmit(batch, to: dump)
        }
    }

    /// Every half `replica_net_timeout` of silence (`SOURCE_HEARTBEAT_PERIOD`'s default).
    private func sendHeartbeats(to dump: MySQLNodeDump) async throws {
        let period = settings.replication.netTimeout / 2
        while dump.isOpen {
            try await process.sleep(until: dump.lastSent + period)
            if dump.isOpen, now >= dump.lastSent + period { transmit([], to: dump) }
        }
    }

    /// What has not arrived when the source dies is lost with it: the link's latency stands for the dump thread's delay and
    /// its buffers as well, for it reads the log beside the commit, not as a part of it.
    private func transmit(_ batch: [BinlogTransaction], to dump: MySQLNodeDump) {
        dump.lastSent = now
        let segment = MySQLNodeSegment(
            transactions: batch, wantsAcknowledgement: semiSync != nil, connection: dump.connection, source: self,
            sourceIncarnation: process.incarnation)
        let replica = dump.replica
        let incarnation = dump.replicaIncarnation
        world.network.send(from: process, to: replica.process) { delay in
            guard replica.process.incarnation == incarnation, !replica.process.isDown else { return }
            replica.spawn(after: segment.connection.orderedAtClient(delay)) { try await $0.receive(segment) }
        }
    }

    /// A replica has a transaction, and all before it, in its relay log.
    func acknowledged(by replicaID: Int32, position: Int) {
        updateSemiSync { $0.acknowledge(replicaID, position: position, into: &$1) }
    }
}
