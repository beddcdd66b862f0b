import Topology

// The replica's half of replication.c.
extension RedisServer {
    /// REPLICAOF: follow another master, or none.
    package mutating func replicaOf(
        _ master: RedisAddress?, now: Instant, into actions: inout [RedisAction]
    ) {
        keyspace.clock = now.milliseconds
        _ = replicaOf(master, &actions)
        finishUnit(&actions)
    }

    mutating func replicaOf(_ master: RedisAddress?, _ actions: inout [RedisAction]) -> RedisReply {
        guard let master else {
            promote(&actions)
            return .ok
        }
        guard replication.master?.address != master else {
            return .status("OK Already connected to specified master")
        }
        follow(master, &actions)
        return .ok
    }

    /// `replicationUnsetMaster`: the history goes on under a new id, and the old one is remembered up to here.
    private mutating func promote(_ actions: inout [RedisAction]) {
        guard replication.master != nil else { return }
        actions.append(.closeMasterLink)
        replication.master = nil
        replication.secondID = replication.id
        replication.secondOffset = replication.offset + 1
        replication.renewID()
        disconnectReplicas(&actions)
        replication.withoutReplicasSince = second
        refreshModes()
    }

    /// `replicationSetMaster`.
    private mutating func follow(_ master: RedisAddress, _ actions: inout [RedisAction]) {
        let wasMaster = replication.master == nil
        let couldResume = replication.master.map { $0.state == .connected || $0.canResume } ?? true
        if !wasMaster { actions.append(.closeMasterLink) }
        disconnectBlockedClients(&actions)
        if wasMaster, replication.backlog == nil {
            replication.backlog = RedisBacklog(size: configuration.backlogSize, after: replication.offset)
        }
        replication.master = .init(address: master, canResume: couldResume, lastHeard: second, downSince: second)
        refreshModes()
        connectToMaster(&actions)
    }

    private mutating func connectToMaster(_ actions: inout [RedisAction]) {
        let second = second
        guard let address = replication.master?.address else { return }
        replication.master?.state = .connecting
        replication.master?.lastHeard = second
        actions.append(.connectToMaster(address))
    }

    /// The connection that `connectToMaster` asked for is open: asks the master for the stream.
    package mutating func masterConnected(now: Instant, into actions: inout [RedisAction]) {
        keyspace.clock = now.milliseconds
        let second = second
        guard let master = replication.master, master.state == .connecting else { return }
        replication.master?.state = .synchronizing
        replication.master?.lastHeard = second
        let wanted = master.canResume ? RedisPosition(id: replication.id, offset: replication.offset + 1) : nil
        actions.append(.toMaster(.psync(wanted, from: address)))
    }

    /// The connection to the master is lost, or could not be opened; the next attempt is up to the cron, but a link
    /// that was up is reopened at once (`replicationHandleMasterDisconnection`).
    package mutating func masterDisconnected(now: Instant, into actions: inout [RedisAction]) {
        keyspace.clock = now.milliseconds
        loseMaster(&actions)
    }

    mutating func loseMaster(_ actions: inout [RedisAction]) {
        let second = second
        guard let master = replication.master else { return }
        let wasConnected = master.state == .connected
        replication.master?.state = .disconnected
        replication.master?.transfer = nil
        if loading?.isFullResync == true { loading = nil }
        guard wasConnected else { return }
        replication.master?.canResume = true
        replication.master?.downSince = second
        connectToMaster(&actions)
    }

    /// Takes a message of the master.
    package mutating func receiveFromMaster(
        _ message: RedisReplicationMessage, now: Instant, into actions: inout [RedisAction]
    ) {
        keyspace.clock = now.milliseconds
        let second = second
        guard replication.master != nil else { return }
        replication.master?.lastHeard = second
        switch message {
        case .partialResync(let id): resume(as: id, &actions)
        case .fullResync(let position):
            replication.master?.canResume = false
            replication.master?.transfer = position
        case .snapshot(let snapshot): beginLoading(snapshot, &actions)
        case .stream(let unit):
            if loading != nil {
                loading?.unread.append(unit)
            } else if replication.master?.state == .connected {
                apply(unit, &actions)
            }
        case .refused:
            actions.append(.closeMasterLink)
            loseMaster(&actions)
        case .psync, .acknowledge: break
        }
    }

    /// `+CONTINUE`.
    private mutating func resume(as id: String, _ actions: inout [RedisAction]) {
        if id != replication.id {
            replication.secondID = replication.id
            replication.secondOffset = replication.offset + 1
            replication.id = id
            disconnectReplicas(&actions)
        }
        replication.master?.state = .connected
        if replication.backlog == nil {
            replication.backlog = RedisBacklog(size: configuration.backlogSize, after: replication.offset)
        }
    }

    // MARK: Full resync

    /// Drops the old data set and begins to load the master's.
    private mutating func beginLoading(_ snapshot: RedisSnapshot, _ actions: inout [RedisAction]) {
        guard let position = replication.master?.transfer else { return }
        var snapshot = snapshot
        snapshot.position = position
        disconnectReplicas(&actions)
        replication.backlog = nil
        let clock = keyspace.clock
        for key in watchers.keys { keyspace.touched.append(key) }
        breakWatches()
        let random = keyspace.random
        keyspace = RedisKeyspace()
        keyspace.clock = clock
        keyspace.random = random
        refreshModes()
        loading = RedisLoading(snapshot: snapshot, isFullResync: true)
        actions.append(.load(keys: snapshot.keyCount))
    }

    /// The data set that `load` announced is in memory.
    package mutating func loadingFinished(now: Instant, into actions: inout [RedisAction]) {
        guard let loaded = loading else { return }
        loading = nil
        let random = keyspace.random
        keyspace = loaded.snapshot.keyspace
        keyspace.clock = now.milliseconds
        keyspace.random = random
        refreshModes()
        guard loaded.isFullResync, replication.master != nil, let position = loaded.snapshot.position else {
            if let master = replication.master, master.state == .disconnected { connectToMaster(&actions) }
            return
        }
        replication.id = position.id
        replication.offset = position.offset
        replication.secondID = nil
        replication.secondOffset = -1
        replication.backlog = RedisBacklog(size: configuration.backlogSize, after: position.offset)
        replication.master?.state = .connected
        replication.master?.transfer = nil
        if configuration.appendOnly { rewriteAppendOnlyFile() }
        actions.append(.toMaster(.acknowledge(replication.offset)))
        for unit in loaded.unread { apply(unit, &actions) }
    }

    // MARK: The stream

    /// Applies a piece of the master's stream and passes it on; its keys never count as expired.
    private mutating func apply(_ unit: RedisReplicationUnit, _ actions: inout [RedisAction]) {
        keyspace.expiryRule = .ignore
        switch unit.content {
        case .command(let command): apply(command, &actions)
        case .transaction(let commands): for command in commands { apply(command, &actions) }
        }
        keyspace.expiryRule = .hide
        replication.offset = unit.end
        relay(unit, &actions)
        if configuration.appendOnly { appendToFile(unit) }
        finishUnit(&actions)
    }

    private mutating func apply(_ command: RedisCommand, _ actions: inout [RedisAction]) {
        switch command {
        case .publish(let channel, let message): _ = deliver(message, on: channel)
        case .getAck: actions.append(.toMaster(.acknowledge(replication.offset)))
        case .ping: break
        default: _ = try? keyspace.execute(command)
        }
    }

    // MARK: Cron

    /// `replicationCron`, for the master of this server: a silent link is given up, a lost one tried again.
    mutating func masterCron(_ actions: inout [RedisAction]) {
        guard let master = replication.master else { return }
        if master.state == .connected, loading == nil {
            actions.append(.toMaster(.acknowledge(replication.offset)))
        }
        let timeout = configuration.replicationTimeout.nanoseconds / 1_000_000_000
        if master.state != .disconnected, loading == nil, second - master.lastHeard > timeout {
            actions.append(.closeMasterLink)
            loseMaster(&actions)
        }
        if replication.master?.state == .disconnected { connectToMaster(&actions) }
    }
}
