import Topology

/// One connection of Lettuce, shared by all threads: commands wait for a reconnection until their time-out, and those
/// whose answer was lost are repeated.
///
/// Source: FIDELITY §0.11, §1.5, §1.8.
final class LettuceConnection: @unchecked Sendable {
    private let process: NodeProcess
    private let world: World
    private let settings: RedisClientSettings
    /// Starts a task of the application's process.
    private let spawn: (@escaping ProcessWork) -> Void
    private(set) var target: RedisNode
    private var connection: Connection?
    private var isConnecting = false
    /// Commands that wait for a connection.
    private var waiting: [Waiter] = []
    /// Knows where the server of this role is, asked before each attempt.
    private unowned let owner: LettuceClient
    private let role: LettuceClient.Role
    /// Called when a connection was lost and there is another; each life of the process has its own.
    var onReconnected: (() -> Void)?
    private var hasBeenConnected = false

    init(
        process: NodeProcess, world: World, settings: RedisClientSettings, target: RedisNode,
        role: LettuceClient.Role, owner: LettuceClient,
        spawn: @escaping (@escaping ProcessWork) -> Void
    ) {
        self.process = process
        self.world = world
        self.settings = settings
        self.target = target
        self.role = role
        self.owner = owner
        self.spawn = spawn
    }

    /// Forgets what the last life of the process had, and connects.
    func start(with target: RedisNode) {
        connection = nil
        waiting = []
        isConnecting = false
        hasBeenConnected = false
        self.target = target
        reconnect()
    }

    /// Sends a command and returns its reply, which may be an error of the server.
    ///
    /// - Throws: `StepFailure` when no reply came in time, `Halted`.
    nonisolated(nonsending) func send(_ command: RedisCommand) async throws -> RedisReply {
        let deadline = process.universe.now + settings.commandTimeout
        var wasSent = false
        while true {
            let connection: Connection
            if let open = self.connection, open.isOpen {
                connection = open
            } else {
                guard let opened = try await openConnection(until: deadline) else { throw timeOut(wasSent: wasSent) }
                connection = opened
            }
            if world.hasBadLuck(.redisDeadConnection, process) { connection.breakInTransit() }
            do {
                let call = RedisCall(command, through: world.network, from: process, to: target, over: connection)
                try await world.network.make(call, to: target, timeout: deadline - process.universe.now)
                return call.reply!
            } catch NetworkError.closed {
                continue
            } catch NetworkError.reset {
                wasSent = true
                if settings.replay == .atMostOnce {
                    throw StepFailure("RedisException: Connection reset by peer", isOutcomeUnknown: true)
                }
                world.sometimes(.redisCommandReplayed)
            } catch is NetworkError {
                throw timeOut(wasSent: true)
            }
        }
    }

    /// Leaves the server for another one.
    func move(to node: RedisNode) {
        guard node !== target else { return }
        target = node
        connection?.close()
        connection = nil
        reconnect()
    }

    private func timeOut(wasSent: Bool) -> StepFailure {
        world.sometimes(.redisCommandTimedOut)
        let text = "RedisCommandTimeoutException: Command timed out after \(settings.commandTimeout.seconds) second(s)"
        world.timeline.noteOnce(.breakage, process.name, key: "redis command timeout", text)
        return StepFailure(text, isOutcomeUnknown: wasSent)
    }

    // MARK: - Connecting

    private nonisolated(nonsending) func openConnection(until deadline: Instant) async throws -> Connection? {
        while true {
            if let connection, connection.isOpen { return connection }
            reconnect()
            let left = deadline - process.universe.now
            if left <= .zero { return nil }
            let waiter = process.makeWaiter()
            waiting.append(waiter)
            if try await process.wait(waiter, timeout: left) == .timedOut { return nil }
        }
    }

    private func reconnect() {
        guard !isConnecting else { return }
        isConnecting = true
        spawn { [self] _ in try await connectUntilItWorks() }
    }

    /// Tries again with a growing delay, each time where the topology then says that the server is.
    private nonisolated(nonsending) func connectUntilItWorks() async throws {
        var delay = settings.reconnectDelayMinimum
        var search = owner.makeSearch(role)
        while true {
            let named = try await owner.resolve(role, &search)
            do {
                if let named { target = named } else if search.hasTried { throw NetworkError.refused }
                if let opened = try await open(target, search.check) { return adopt(opened) }
            } catch is NetworkError {
                if search.failed() == .askNext { continue }
                try await process.sleep(delay)
                delay = min(delay * 2, settings.reconnectDelayMaximum)
            }
        }
    }

    /// A connection that can be used; nil when there is another server to connect to by now.
    private nonisolated(nonsending) func open(_ node: RedisNode, _ check: MasterCheck) async throws -> Connection? {
        let opened = try await world.network.connect(from: process, to: node, timeout: settings.connectTimeout)
        if node.hasRefused(opened) {
            // "ERR max number of clients reached" is the first that it reads, before it has asked anything.
            opened.close()
            throw NetworkError.refused
        }
        if check == .role {
            let reply = try await world.network.call(
                from: process, to: node, over: opened, timeout: settings.commandTimeout
            ) { try await $0.execute(.role, over: opened) }
            if !reply.namesMaster {
                noteReplica(node)
                opened.close()
                throw NetworkError.refused
            }
        }
        guard node === target else {
            // A Sentinel's event came meanwhile.
            opened.close()
            return nil
        }
        return opened
    }

    private func noteReplica(_ node: RedisNode) {
        world.sometimes(.sentinelNamedReplica)
        let name = node.process.name
        world.timeline.noteOnce(
            .reaction, process.name, key: "role of \(name)", "\(name) answers ROLE as a replica: asks the next Sentinel"
        )
    }

    private func adopt(_ opened: Connection) {
        connection = opened
        isConnecting = false
        let id = opened.id
        // Not weak: a weak reference gives its object a side table, and makes each retain of it slow.
        opened.onReset = { [unowned self] delay in
            spawn { [unowned self] _ in try await noticeLoss(of: id, after: delay) }
        }
        for waiter in waiting { process.universe.wake(waiter) }
        waiting = []
        if hasBeenConnected { onReconnected?() }
        hasBeenConnected = true
    }

    private nonisolated(nonsending) func noticeLoss(of id: Connection.ID, after delay: TimeSpan) async throws {
        try await process.sleep(delay)
        guard connection?.id == id else { return }
        let name = target.process.name
        world.timeline.note(.breakage, process.name, "loses its connection to \(name); commands wait for a new one")
        reconnect()
    }
}

/// A command on its way to a server, and the place for its reply.
private final class RedisCall: Call, @unchecked Sendable {
    private let command: RedisCommand
    private let node: RedisNode
    private(set) var reply: RedisReply?

    init(
        _ command: RedisCommand, through network: Network, from client: NodeProcess, to node: RedisNode,
        over connection: Connection
    ) {
        (self.command, self.node) = (command, node)
        super.init(through: network, from: client, to: node.process, over: connection)
    }

    override nonisolated(nonsending) func run() async throws {
        try await respond { reply = try await node.execute(command, over: connection!) }
    }
}
