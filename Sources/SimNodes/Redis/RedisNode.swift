import Topology

/// A redis-server in a process of its own: its machine, behind one thread and a network.
package actor RedisNode: Listener {
    /// Takes a pushed message on its way to a subscriber, and after which delay it arrives.
    package typealias Push = @Sendable (TimeSpan, RedisReply) -> Void

    package nonisolated let process: NodeProcess
    nonisolated let world: World
    nonisolated let settings: RedisSettings
    /// Where the server listens; the host is the node's name.
    package nonisolated let address: RedisAddress

    /// The one thread that runs commands.
    let station: ServiceStation
    private let serviceTime: Sampler
    private let scriptServiceTime: Sampler
    private var random: RandomStream
    /// Finds another server by its name.
    var lookUp: @Sendable (String) -> RedisNode? = { _ in nil }

    // In memory.
    var server: RedisServer
    /// Whether the process listens already; a new one first has to start.
    var isListening: Bool {
        get { process.isListening }
        set { process.isListening = newValue }
    }
    /// What the machine wants done; kept so that no command allocates a buffer.
    var actions: [RedisAction] = []
    var sessions: [RedisClientID: Session] = [:]
    var replicaLinks: [RedisReplicaID: ReplicaLink] = [:]
    var masterLink: MasterLink?
    /// Whether the server joins its master as the run begins, which is no news.
    var isJoining = false
    /// Counts attempts to reach a master, so that an abandoned one knows that it is.
    var masterAttempt = 0
    /// Counts data sets loaded, so that an abandoned load knows that it is.
    var loadsBegun = 0
    /// When the timer that will tick the machine goes off.
    var cronAt: Instant?
    var cronGeneration = 0

    /// What faults do to this server.
    var strikes = Strikes()

    // On disk.
    var disk = RedisDisk()
    var configuration: RedisConfiguration
    var configuredMaster: RedisAddress?
    /// Whom a start script asks; must not keep the nodes alive.
    var findSentinels: @Sendable () -> [SentinelNode] = { [] }

    /// A client's connection, as the server sees it.
    final class Session {
        let client: RedisClientID
        let connection: Connection
        var isClosed = false
        var push: Push?
        /// Commands that have no reply yet, in their order.
        var pending: [PendingReply] = []
        /// CONFIG REWRITE stands in the open transaction.
        var rewritesAtExec = false
        /// There were too many clients when it came: its first command is answered with that.
        let isRefused: Bool

        init(_ connection: Connection, isRefused: Bool = false) {
            self.connection = connection
            self.isRefused = isRefused
            client = RedisClientID(connection.id)
        }
    }

    /// A server as it was. An object, since room for a server in each command's frame costs as much as the command.
    final class ServerCopy: Sendable {
        let server: RedisServer

        init(_ server: RedisServer) { self.server = server }
    }

    /// The place for the reply to a command that blocks.
    final class PendingReply {
        let waiter: Waiter
        var reply: RedisReply?

        init(waiter: Waiter) { self.waiter = waiter }
    }

    /// A server that begins as a master, or as a replica of `masterName`; `begin` must follow before the run.
    package init(
        process: NodeProcess, world: World, settings: RedisSettings, configuration: RedisConfiguration? = nil,
        masterName: String? = nil
    ) {
        self.process = process
        self.world = world
        self.settings = settings
        self.configuration = configuration ?? RedisConfiguration(settings)
        address = RedisAddress(process.name)
        configuredMaster = masterName.map { RedisAddress($0) }
        station = world.makeStation("command", servers: 1, process: process)
        serviceTime = Sampler(settings.serviceTime)
        scriptServiceTime = Sampler(settings.scriptServiceTime ?? settings.serviceTime)
        random = process.randomStream("service")
        server = RedisServer(
            address: address, runID: process.name, configuration: self.configuration, now: process.wallClock)
        process.observe(self)
    }

    // MARK: Commands

    /// Runs a client's command: waits for the thread and for what the command itself waits for, and replies.
    ///
    /// - Throws: `ConnectionAborted` when the server has closed the connection, or does so before it has replied.
    package func execute(
        _ command: RedisCommand, named name: String? = nil, over connection: Connection
    ) async throws -> RedisReply {
        guard let session = try accept(connection) else { return .error(.maxClients) }
        try await station.serve(demand(of: command))
        guard !session.isClosed else { throw ConnectionAborted() }
        let wasReplica = server.isReplica
        let changes = server.keyspace.dirty
        let before = server.endsAtFailedWrite ? copyServer() : nil
        server.receive(command, named: name, from: session.client, now: process.wallClock, into: &actions)
        let hasWritten = server.keyspace.dirty > changes
        if hasWritten, let before { try await endAtFailedWrite(before) }
        if hasWritten { noteWrite(of: command) }
        let reply = perform(for: session)
        if case .configRewrite = command { rewriteConfiguration(session, reply) }
        if case .exec = command { rewriteConfiguration(session, reply) }
        if server.isReplica != wasReplica { try await noteRole() }
        guard let reply else { return try await park(session) }
        if case .error(let error) = reply { note(error) }
        if hasWritten {
            keepCronSoon()
            if strikes.diskStalledUntil > now { try await awaitDisk() }
            try await world.sites.pass(.redisWrite, process)
            if Self.takesLock(command, reply) { try await world.sites.pass(.redisLockAcquired, process) }
            if world.badLuck != nil { try suffer(command, reply, session) }
        }
        return reply
    }

    /// Runs the words of a request as they come over the wire; `push` is told of each message that nobody asked for.
    ///
    /// - Throws: `ConnectionAborted` when the server has closed the connection, or does so before it has replied.
    package func execute(
        words: [String], over connection: Connection, push: @escaping Push
    ) async throws -> RedisReply {
        guard let session = try accept(connection) else { return .error(.maxClients) }
        session.push = push
        return try await execute(RedisCommand(request: words), named: RedisCommand.name(words), over: connection)
    }

    /// Subscribes the connection; `push` is told of each message when it leaves, and lets it arrive at the client.
    package func subscribe(
        _ channels: [String], over connection: Connection, push: @escaping Push
    ) async throws -> RedisReply {
        guard let session = try accept(connection) else { return .error(.maxClients) }
        session.push = push
        return try await execute(.subscribe(channels), over: connection)
    }

    /// A client has a session, and a place among `maxclients`, from its connection on: CLIENT KILL finds it.
    package nonisolated func connectionOpened(_ connection: Connection) {
        assumeIsolated { node in
            let client = RedisClientID(connection.id)
            let isAccepted = node.server.connect(client, now: node.process.wallClock, into: &node.actions)
            // The refusal waits for the first command.
            if !isAccepted { node.actions.removeLast(2) }
            node.sessions[client] = Session(connection, isRefused: !isAccepted)
        }
    }

    /// Whether a connection was one too many; the server says so at once, and closes it.
    nonisolated func hasRefused(_ connection: Connection) -> Bool {
        assumeIsolated { $0.sessions[RedisClientID(connection.id)]?.isRefused ?? false }
    }

    package func connectionClosed(_ id: Connection.ID) {
        let client = RedisClientID(id)
        let replica = RedisReplicaID(id)
        if let session = sessions.removeValue(forKey: client) {
            if !session.isRefused { server.disconnect(client) }
            end(session)
        } else if replicaLinks.removeValue(forKey: replica) != nil {
            server.replicaDisconnected(replica, now: process.wallClock)
            armCron()
        }
    }

    /// The session of a connection over which a command has come; nil, and the connection closed, beyond `maxclients`.
    private func accept(_ connection: Connection) throws -> Session? {
        guard isListening, !connection.isClosedByServer,
            let session = sessions[RedisClientID(connection.id)], !session.isClosed
        else { throw ConnectionAborted() }
        guard session.isRefused else { return session }
        note(.maxClients)
        end(session)
        // The refusal goes out first.
        spawn { [client = session.client] node in
            node.sessions[client] = nil
            connection.closeFromServer()
        }
        return nil
    }

    private func demand(of command: RedisCommand) -> TimeSpan {
        switch command {
        case .eval, .evalsha: scriptServiceTime.sample(using: &random)
        default: serviceTime.sample(using: &random)
        }
    }

    /// The CPU time of one message of the master's stream.
    func demandOfStream() -> TimeSpan { serviceTime.sample(using: &random) }

    /// Waits for the reply to a command that blocks.
    private func park(_ session: Session) async throws -> RedisReply {
        guard !session.isClosed else { throw ConnectionAborted() }
        let pending = PendingReply(waiter: process.makeWaiter())
        session.pending.append(pending)
        armCron()
        _ = try await process.wait(pending.waiter)
        guard let reply = pending.reply else { throw ConnectionAborted() }
        return reply
    }

    /// Lets everybody go who waits for a reply that will not come any more.
    func end(_ session: Session) {
        session.isClosed = true
        for pending in session.pending { universe.wake(pending.waiter, reason: .reset) }
        session.pending = []
    }

    /// Has the observer write down what a command has changed.
    func noteWrite(of command: RedisCommand) {
        guard world.history.isChecking, let key = command.writtenKey, let (product, isStock) = ProductKey.parse(key)
        else { return }
        // Looked up here: to hand over the keyspace would copy it.
        let value = server.keyspace.places[.init(key)].map { server.keyspace.slots[$0].value }
        world.history.wrote(value, product, isStock: isStock, on: process)
    }

    static func takesLock(_ command: RedisCommand, _ reply: RedisReply) -> Bool {
        switch command {
        case .set(_, _, let options): options.condition == .ifAbsent && reply == .ok
        case .setnx: reply == .integer(1)
        case .eval(let script, _, _): script === RedisScript.fencedLock && reply != .integer(0)
        default: false
        }
    }

    /// CONFIG REWRITE makes the role and the directives of the moment those of the next start.
    private func rewriteConfiguration(_ session: Session, _ reply: RedisReply?) {
        switch reply {
        case .status("QUEUED")?: session.rewritesAtExec = true
        case .ok?: saveConfiguration()
        case .array?:
            if session.rewritesAtExec { saveConfiguration() }
            session.rewritesAtExec = false
        default: session.rewritesAtExec = false
        }
    }

    @inline(never)
    private func saveConfiguration() {
        configuration = server.configuration
        configuredMaster = server.masterAddress
    }
}
