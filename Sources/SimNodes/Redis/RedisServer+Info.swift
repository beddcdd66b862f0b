import Topology

/// What INFO says about replication; Sentinel lives on it.
package struct RedisReplicationInfo: Hashable, Sendable {
    /// The id of the process; another one after a restart.
    package var runID: String
    /// The master's address; nil for a master.
    package var master: RedisAddress?
    /// `master_link_status:up`.
    package var masterLinkIsUp: Bool
    /// `master_link_down_since_seconds`; zero while the link is up.
    package var masterLinkDownTime: TimeSpan
    /// `slave_priority`.
    package var priority: Int
    /// `slave_repl_offset` or `master_repl_offset`.
    package var offset: Int64
    /// `slaveN:`, the addresses of the replicas.
    package var replicas: [RedisAddress]
}

extension RedisServer {
    /// The replication part of INFO. Inlined, since a call would copy the whole server first.
    @inline(__always)
    package func replicationInfo(now: Instant) -> RedisReplicationInfo {
        let second = now.milliseconds / 1_000
        let isUp = replication.master?.state == .connected
        let downTime = replication.master.map { isUp ? 0 : max(1, second - $0.downSince) } ?? 0
        return RedisReplicationInfo(
            runID: runID, master: replication.master?.address, masterLinkIsUp: isUp,
            masterLinkDownTime: .seconds(downTime), priority: configuration.replicaPriority,
            offset: replication.offset, replicas: replication.replicas.map(\.address))
    }

    /// Whether the server is a replica. Inlined, since a call would copy the whole server first.
    @inline(__always)
    package var isReplica: Bool { replication.master != nil }
    /// The master's address; nil for a master.
    package var masterAddress: RedisAddress? { replication.master?.address }
    /// Whether a replica has its master's stream.
    package var masterLinkIsUp: Bool { replication.master?.state == .connected && loading == nil }
    /// `master_replid` and `master_repl_offset`.
    package var replicationPosition: RedisPosition { RedisPosition(id: replication.id, offset: replication.offset) }
    /// Whether a data set is being loaded.
    package var isLoading: Bool { loading != nil }

    /// The offset that a replica has acknowledged; nil if it is not online.
    package func acknowledgedOffset(of address: RedisAddress) -> Int64? {
        replication.replicas.last { $0.address == address && $0.state == .online }?.acknowledged
    }

    /// ROLE.
    var role: RedisReply {
        guard let master = replication.master else {
            let replicas = replication.replicas.filter { $0.state == .online }.map {
                RedisReply.bulks([$0.address.host, String($0.address.port), String($0.acknowledged)])
            }
            return .array([.bulk("master"), .integer(replication.offset), .array(replicas)])
        }
        let state =
            switch master.state {
            case .disconnected: "connect"
            case .connecting: "connecting"
            case .synchronizing: "sync"
            case .connected: "connected"
            }
        let offset = master.state == .connected ? replication.offset : -1
        return .array([
            .bulk("slave"), .bulk(master.address.host), .integer(Int64(master.address.port)), .bulk(state),
            .integer(offset),
        ])
    }

    /// INFO, cut down to the fields that clients and operators of the model read.
    func infoText(_ wantedSections: [String]) -> String {
        let wanted = Set(wantedSections.map { $0.lowercased() })
        let showsAll = wanted.isEmpty || !wanted.isDisjoint(with: ["all", "default", "everything"])
        return InfoSection.allCases.filter { showsAll || wanted.contains($0.rawValue.lowercased()) }
            .map { "# \($0.rawValue)\r\n" + lines(of: $0).map { $0 + "\r\n" }.joined() }
            .joined(separator: "\r\n")
    }

    private enum InfoSection: String, CaseIterable {
        case server = "Server"
        case clients = "Clients"
        case memory = "Memory"
        case persistence = "Persistence"
        case stats = "Stats"
        case replication = "Replication"
        case keyspace = "Keyspace"
    }

    private func lines(of section: InfoSection) -> [String] {
        switch section {
        case .server:
            [
                "redis_version:7.0.15", "redis_mode:standalone", "run_id:\(runID)", "tcp_port:\(address.port)",
                "hz:\(configuration.hz)",
            ]
        case .clients:
            [
                "connected_clients:\(clients.count)", "maxclients:\(configuration.maxClients)",
                "blocked_clients:\(clients.values.count(where: \.isBlockedByCommand))",
            ]
        case .memory:
            [
                "used_memory:\(usedMemory)", "maxmemory:\(configuration.maxMemory)",
                "maxmemory_policy:\(configuration.evictionPolicy.rawValue)",
            ]
        case .persistence:
            [
                "loading:\(loading == nil ? 0 : 1)", "rdb_changes_since_last_save:\(keyspace.dirty)",
                "rdb_last_save_time:\(persistence.lastSave)", "aof_enabled:\(configuration.appendOnly ? 1 : 0)",
            ]
        case .stats:
            [
                "rejected_connections:\(rejectedConnections)", "expired_keys:\(keyspace.expiredKeys)",
                "evicted_keys:\(keyspace.evictedKeys)",
                "pubsub_channels:\(subscribers.count)", "pubsub_patterns:\(patternSubscribers.count)",
            ]
        case .replication: replicationLines
        case .keyspace:
            keyspace.count == 0
                ? [] : ["db0:keys=\(keyspace.count),expires=\(keyspace.countWithExpiry),avg_ttl=0"]
        }
    }

    private var replicationLines: [String] {
        var lines: [String]
        if let master = replication.master {
            let isUp = master.state == .connected
            lines = [
                "role:slave", "master_host:\(master.address.host)", "master_port:\(master.address.port)",
                "master_link_status:\(isUp ? "up" : "down")",
                "master_last_io_seconds_ago:\(isUp ? second - master.lastHeard : -1)",
                "master_sync_in_progress:\(master.state == .synchronizing ? 1 : 0)",
                "slave_repl_offset:\(replication.offset)",
            ]
            if !isUp { lines.append("master_link_down_since_seconds:\(second - master.downSince)") }
            lines += [
                "slave_priority:\(configuration.replicaPriority)",
                "slave_read_only:\(configuration.replicaReadOnly ? 1 : 0)",
            ]
        } else {
            lines = ["role:master"]
        }
        lines.append("connected_slaves:\(replication.replicas.count)")
        if configuration.minReplicasToWrite > 0, replication.master == nil {
            lines.append("min_slaves_good_slaves:\(replication.goodReplicas)")
        }
        for (index, replica) in replication.replicas.enumerated() {
            let state = replica.state == .online ? "online" : replica.receivesStream ? "send_bulk" : "wait_bgsave"
            lines.append(
                "slave\(index):ip=\(replica.address.host),port=\(replica.address.port),state=\(state),"
                    + "offset=\(replica.acknowledged),lag=\(second - replica.acknowledgedAt)")
        }
        return lines + [
            "master_replid:\(replication.id)",
            "master_replid2:\(replication.secondID ?? String(repeating: "0", count: 40))",
            "master_repl_offset:\(replication.offset)", "second_repl_offset:\(replication.secondOffset)",
            "repl_backlog_active:\(replication.backlog == nil ? 0 : 1)",
        ]
    }
}
