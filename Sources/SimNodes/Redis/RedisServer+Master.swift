import Topology

// The master's half of replication.c.
extension RedisServer {
    /// Takes a message of a replica; the first one of a connection is `psync`.
    package mutating func receive(
        _ message: RedisReplicationMessage, fromReplica replica: RedisReplicaID, now: Instant,
        into actions: inout [RedisAction]
    ) {
        keyspace.clock = now.milliseconds
        switch message {
        case .psync(let wanted, let address): synchronize(replica, at: address, from: wanted, &actions)
        case .acknowledge(let offset): acknowledge(replica, offset, &actions)
        default: break
        }
    }

    /// Forgets a replica whose connection is gone.
    package mutating func replicaDisconnected(_ replica: RedisReplicaID, now: Instant) {
        keyspace.clock = now.milliseconds
        replication.replicas.removeAll { $0.id == replica }
        replicasChanged()
    }

    /// PSYNC: partial if the history and the backlog allow it, else a snapshot.
    private mutating func synchronize(
        _ replica: RedisReplicaID, at address: RedisAddress, from wanted: RedisPosition?,
        _ actions: inout [RedisAction]
    ) {
        if let master = replication.master, master.state != .connected || loading != nil {
            actions.append(
                .toReplica(
                    replica,
                    .refused(
                        RedisError("NOMASTERLINK Can't SYNC while not connected with my master"))))
            return
        }
        replication.replicas.removeAll { $0.id == replica }
        if let wanted, let missing = unitsMissing(from: wanted) {
            replication.replicas.append(.init(id: replica, address: address, state: .online, acknowledgedAt: second))
            actions.append(.toReplica(replica, .partialResync(id: replication.id)))
            for unit in missing { actions.append(.toReplica(replica, .stream(unit))) }
            replicasChanged()
            return
        }
        replication.replicas.append(
            .init(
                id: replica, address: address, state: .waitingForSnapshot(since: second), acknowledgedAt: second))
        if replication.backlog == nil {
            replication.renewID()
            replication.secondID = nil
            replication.secondOffset = -1
            replication.backlog = RedisBacklog(size: configuration.backlogSize, after: replication.offset)
            refreshModes()
        }
        if configuration.disklessSyncDelay == .zero { sendSnapshots(&actions) }
    }

    /// What follows in the backlog, if the wanted place is one of this history (`masterTryPartialResync`).
    private func unitsMissing(from wanted: RedisPosition) -> ArraySlice<RedisReplicationUnit>? {
        let isKnown =
            wanted.id == replication.id
            || (wanted.id == replication.secondID && wanted.offset <= replication.secondOffset)
        return isKnown ? replication.backlog?.units(from: wanted.offset) : nil
    }

    /// Takes one snapshot for all who wait for one.
    private mutating func sendSnapshots(_ actions: inout [RedisAction]) {
        let position = RedisPosition(id: replication.id, offset: replication.offset)
        let snapshot = RedisSnapshot(keyspace, position: position)
        for index in replication.replicas.indices where !replication.replicas[index].receivesStream {
            replication.replicas[index].state = .loading
            let id = replication.replicas[index].id
            actions.append(.toReplica(id, .fullResync(position)))
            actions.append(.toReplica(id, .snapshot(snapshot)))
        }
    }

    private mutating func acknowledge(_ replica: RedisReplicaID, _ offset: Int64, _ actions: inout [RedisAction]) {
        guard let index = replication.replicas.firstIndex(where: { $0.id == replica }) else { return }
        replication.replicas[index].acknowledged = max(offset, replication.replicas[index].acknowledged)
        replication.replicas[index].acknowledgedAt = second
        if replication.replicas[index].state == .loading {
            replication.replicas[index].state = .online
            replicasChanged()
        }
        if !replicaWaiters.isEmpty { answerReplicaWaiters(&actions) }
    }

    /// Closes all replicas' connections; they come back and ask for what they miss.
    mutating func disconnectReplicas(_ actions: inout [RedisAction]) {
        for replica in replication.replicas { actions.append(.closeReplica(replica.id)) }
        replication.replicas.removeAll()
        replicasChanged()
    }

    private mutating func replicasChanged() {
        if replication.replicas.isEmpty { replication.withoutReplicasSince = second }
        replication.countGoodReplicas(configuration, second: second)
    }

    // MARK: The stream

    /// Turns the running unit's effects into a piece of the stream, and of the append-only file.
    mutating func propagateEffects(_ actions: inout [RedisAction]) {
        let unit = RedisReplicationUnit(keyspace.effects, after: replication.offset)
        keyspace.effects.removeAll(keepingCapacity: true)
        feed(unit, &actions)
        appendToFile(unit)
    }

    /// Puts a unit into the stream; without a backlog there is no stream (`replicationFeedSlaves`).
    private mutating func feed(_ unit: RedisReplicationUnit, _ actions: inout [RedisAction]) {
        guard replication.backlog != nil else { return }
        replication.offset = unit.end
        relay(unit, &actions)
    }

    /// Keeps a unit in the backlog and sends it to the replicas.
    mutating func relay(_ unit: RedisReplicationUnit, _ actions: inout [RedisAction]) {
        replication.backlog?.append(unit)
        for replica in replication.replicas where replica.receivesStream {
            actions.append(.toReplica(replica.id, .stream(unit)))
        }
    }

    /// Asks all replicas to acknowledge at once.
    mutating func requestAcknowledgements(_ actions: inout [RedisAction]) {
        guard !replication.replicas.isEmpty, replication.master == nil else { return }
        feed(RedisReplicationUnit([.getAck], after: replication.offset), &actions)
    }

    // MARK: Cron

    /// `replicationCron`, for the replicas of this server.
    mutating func replicasCron(pings: Bool, _ actions: inout [RedisAction]) {
        if pings, !replication.replicas.isEmpty, replication.master == nil {
            feed(RedisReplicationUnit([.ping()], after: replication.offset), &actions)
        }
        let timeout = configuration.replicationTimeout.nanoseconds / 1_000_000_000
        let second = second
        var waiting = false
        var due = false
        let delay = configuration.disklessSyncDelay.nanoseconds / 1_000_000_000
        for replica in replication.replicas {
            switch replica.state {
            case .online where second - replica.acknowledgedAt > timeout:
                actions.append(.closeReplica(replica.id))
            case .waitingForSnapshot(let since):
                waiting = true
                due = due || second - since >= delay
            default: break
            }
        }
        replication.replicas.removeAll { $0.state == .online && second - $0.acknowledgedAt > timeout }
        if waiting, due { sendSnapshots(&actions) }
        replicasChangedAtCron()
    }

    private mutating func replicasChangedAtCron() {
        replication.countGoodReplicas(configuration, second: second)
        let ttl = configuration.backlogTTL.nanoseconds / 1_000_000_000
        guard replication.replicas.isEmpty, replication.master == nil, replication.backlog != nil, ttl > 0,
            second - replication.withoutReplicasSince > ttl
        else { return }
        // Nobody could follow from here: a later replica must not take the gap for history (replication.c).
        replication.renewID()
        replication.secondID = nil
        replication.secondOffset = -1
        replication.backlog = nil
        refreshModes()
    }

    /// The second of the wall clock (`server.unixtime`).
    var second: Int64 { keyspace.clock / 1_000 }
}
