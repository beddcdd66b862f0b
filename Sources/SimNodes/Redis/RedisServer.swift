import Topology

/// One redis-server process: its data, its clients, its place in the replication, its files.
///
/// A value machine: what comes in is a mutating call with the node's wall clock, what goes out is appended to a buffer of
/// ``RedisAction``. Nothing here takes time; the node around it adds that, and the network.
package struct RedisServer: Sendable {
    /// Where the server listens.
    package let address: RedisAddress
    /// The id of this process, unique among all starts of all servers of a run.
    package let runID: String
    /// The directives in force.
    package internal(set) var configuration: RedisConfiguration

    var keyspace = RedisKeyspace()
    var clients = RedisClientTable()
    var subscribers: [String: [RedisClientID]] = [:]
    /// In the order in which the patterns came.
    var patternSubscribers: [RedisPatternSubscribers] = []
    /// CLIENT PAUSE, until the end of it has been seen.
    var pause: RedisPause?
    /// Clients whose next command waits for the end of a pause.
    var putOff: [RedisClientID] = []
    var watchers: [String: [RedisClientID]] = [:]
    var blockedDeadlines = DeadlineHeap()
    var replicaWaiters: [RedisClientID] = []
    var keyWaiters: [String: [RedisClientID]] = [:]
    /// Clients whose wait is over and who have sent more meanwhile.
    var unblocked: [RedisClientID] = []
    var scripts: [RedisScript] = []
    var replication: RedisReplication
    var persistence = RedisPersistence()

    /// A data set that is being loaded; clients get LOADING.
    var loading: RedisLoading?
    var startedAt: Instant
    var lastCron: Int64 = 0
    var rejectedConnections = 0

    /// The transaction that EXEC is running.
    var executing: RedisExecution?

    /// Whether memory was short when the running command began.
    var outOfMemory = false

    // The running script.
    var runningScript = false
    var scriptHasWritten = false
    var scriptLine = 1
    /// Messages to subscribers from within the running unit.
    var deferred: [RedisAction] = []
    /// Whether a WAIT wants the replicas to acknowledge now.
    var wantsAcknowledgements = false

    /// Starts a server on an empty directory.
    ///
    /// `runID` also seeds the replication ids, so it must differ at every start.
    package init(
        address: RedisAddress, runID: String, configuration: RedisConfiguration = RedisConfiguration(), now: Instant
    ) {
        self.address = address
        self.runID = runID
        self.configuration = configuration
        startedAt = now
        replication = RedisReplication(runID: runID)
        persistence.lastSave = now.milliseconds / 1_000
        persistence.lastSync = now.milliseconds / 1_000
        keyspace.random = RandomStream(seed: 0, name: runID)
        refreshModes()
    }

    // MARK: Connections

    /// Accepts a client; false when `maxclients` are connected, whereupon the client has its error and is closed.
    package mutating func connect(_ client: RedisClientID, now: Instant, into actions: inout [RedisAction]) -> Bool {
        guard clients.count + replication.replicas.count < configuration.maxClients else {
            rejectedConnections += 1
            actions.append(.reply(client, .error(.maxClients)))
            actions.append(.close(client))
            return false
        }
        clients[client] = RedisClient()
        return true
    }

    /// Forgets a client whose connection is gone, with its subscriptions, watches and waits.
    package mutating func disconnect(_ client: RedisClientID) {
        guard let state = clients.removeValue(forKey: client) else { return }
        for channel in state.channels { unsubscribe(client, from: channel) }
        for pattern in state.patterns { unsubscribe(client, fromPattern: pattern) }
        forgetWatches(state.watched, of: client)
        if let block = state.blocked { forget(block, of: client) }
        refreshModes()
    }

    /// Whether the client is connected.
    package func isConnected(_ client: RedisClientID) -> Bool { clients[client] != nil }

    /// How many clients are connected.
    package var clientCount: Int { clients.count }

    /// How many keys there are, expired ones that nobody has deleted yet included.
    package var keyCount: Int { keyspace.count }

    /// Takes one command of a client; `now` is the wall clock of the node.
    ///
    /// - Parameter name: what the client called the command, where it has several names.
    package mutating func receive(
        _ command: RedisCommand, named name: String? = nil, from client: RedisClientID, now: Instant,
        into actions: inout [RedisAction]
    ) {
        guard let place = clients.index(forKey: client) else { return }
        guard clients.values[place].blocked == nil else {
            clients.values[place].unread.append(command)
            return
        }
        keyspace.clock = now.milliseconds
        if pause != nil { endPause(&actions) }
        process(command, named: name, client, place, &actions)
        if pause != nil { endPause(&actions) }
    }

    /// Answers words that are no command, as ``RedisCommand/init(arguments:scripts:)`` refused them.
    package mutating func refuse(
        _ error: RedisError, to client: RedisClientID, into actions: inout [RedisAction]
    ) {
        guard clients[client] != nil else { return }
        clients[client]?.transaction?.isAborted = true
        actions.append(.reply(client, .error(error)))
    }

    // MARK: After each unit

    /// Tells the rest of the server what a command, transaction or script has changed.
    @inline(__always)
    mutating func finishUnit(_ actions: inout [RedisAction]) {
        if keyspace.wasFlushed {
            keyspace.wasFlushed = false
            // FLUSHALL empties the snapshot as well, if snapshots are kept (db.c `flushAllDataAndResetRDB`).
            if !configuration.savePoints.isEmpty { saveSnapshot() }
        }
        if !deferred.isEmpty {
            actions.append(contentsOf: deferred)
            deferred.removeAll(keepingCapacity: true)
        }
        if !keyspace.effects.isEmpty { propagateEffects(&actions) }
        if !keyspace.touched.isEmpty { breakWatches() }
        if !keyspace.readyKeys.isEmpty { serveKeyWaiters(&actions) }
    }

    /// Brings what the keyspace does with expired keys, and what it records, in line with the server's role.
    mutating func refreshModes() {
        keyspace.expiryRule = replication.master == nil && pause == nil ? .delete : .hide
        keyspace.recordsEffects =
            replication.master == nil && (replication.backlog != nil || configuration.appendOnly)
        keyspace.accountMemory(configuration.maxMemory > 0)
        keyspace.tracksUse = configuration.maxMemory > 0 && configuration.evictionPolicy.countsUse
        keyspace.recordsTouched = !watchers.isEmpty
    }
}

/// What the client of a running EXEC has been sent so far: answers, and messages that the transaction itself caused.
struct RedisExecution: Sendable {
    let client: RedisClientID
    var replies: [RedisReply] = []
}

/// A data set on its way into memory.
struct RedisLoading: Sendable {
    var snapshot: RedisSnapshot
    /// What the master sent meanwhile; a loading server does not read.
    var unread: [RedisReplicationUnit] = []
    /// Whether the data set came from the master.
    var isFullResync: Bool
}
