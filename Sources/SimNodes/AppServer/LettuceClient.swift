import Topology

/// Lettuce, the Redis client of an application: a connection to the master and, where the application reads from
/// replicas, one to a replica.
package final class LettuceClient: @unchecked Sendable {
    /// What a connection is for.
    enum Role: Sendable { case master, replica }

    private let process: NodeProcess
    private let world: World
    private let settings: RedisClientSettings
    private let spawn: (@escaping ProcessWork) -> Void
    private let directory: RedisDirectory
    private var master: LettuceConnection!
    private var replica: LettuceConnection?
    /// Called when the connection to the master was lost and there is another.
    var onReconnected: (() -> Void)? {
        get { master.onReconnected }
        set { master.onReconnected = newValue }
    }

    package init(
        process: NodeProcess, world: World, settings: RedisClientSettings, directory: RedisDirectory,
        spawn: @escaping (@escaping ProcessWork) -> Void
    ) {
        self.process = process
        self.world = world
        self.settings = settings
        self.directory = directory
        self.spawn = spawn
        func connection(_ target: RedisNode, _ role: Role) -> LettuceConnection {
            LettuceConnection(
                process: process, world: world, settings: settings, target: target, role: role, owner: self,
                spawn: spawn)
        }
        master = connection(directory.initialMaster, .master)
        if settings.readFrom != .master { replica = directory.initialReplica.map { connection($0, .replica) } }
    }

    /// Opens the connections, as the application's start does.
    package func start() {
        master.start(with: directory.initialMaster)
        if let node = directory.initialReplica { replica?.start(with: node) }
        guard settings.topologyRefresh == .sentinelEvents else { return }
        for sentinel in directory.sentinels { spawn { [self] _ in try await follow(sentinel) } }
    }

    /// Sends a command to the server that the settings have it go to, and returns its reply, which may be an error.
    ///
    /// - Throws: `StepFailure` when no reply came in time, `Halted`.
    @inline(__always)
    package nonisolated(nonsending) func send(_ command: RedisCommand) async throws -> RedisReply {
        let connection = connection(for: command)
        let reply =
            if world.story == nil {
                try await connection.send(command)
            } else {
                try await world.tell(
                    from: process.name, to: connection.target.process.name, (command.told, command.weight),
                    answer: \.told
                ) { try await connection.send(command) }
            }
        if case .error = reply { return reply }
        if command.isWrite { world.failovers.wrote(.redis, at: world.now) }
        world.failovers.read(.redis, at: world.now)
        return reply
    }

    @inline(__always)
    private func connection(for command: RedisCommand) -> LettuceConnection {
        guard let replica, command.canBeReadAnywhere else { return master }
        // Preferring replicas means: as long as there is one beside the master.
        if settings.readFrom == .replicaPreferred, replica.target === master.target { return master }
        return replica
    }

    // MARK: - Topology

    /// A search for the server of a role.
    func makeSearch(_ role: Role) -> SentinelSearch {
        SentinelSearch(sentinels: directory.sentinels.count, check: role == .master ? settings.masterCheck : .none)
    }

    /// Where the server of a role is at present, as the next Sentinel of the search that answers says; nil when nobody is
    /// asked or answers, or all of them have said what was tried before.
    nonisolated(nonsending) func resolve(_ role: Role, _ search: inout SentinelSearch) async throws -> RedisNode? {
        guard settings.topologyRefresh != .never else { return nil }
        while let place = search.next() {
            guard let address = try await directory.ask(place, from: process, over: world.network, settings) else {
                continue
            }
            guard search.named(address) else { continue }
            switch role {
            case .master: return directory.node(address)
            case .replica: return directory.nodes.first { $0.process.name != address } ?? directory.node(address)
            }
        }
        return nil
    }

    /// Keeps a subscription to a Sentinel's `+switch-master`, as the master/replica API of Lettuce does.
    private nonisolated(nonsending) func follow(_ sentinel: SentinelNode) async throws {
        while true {
            do {
                let link = try await world.network.connect(
                    from: process, to: sentinel, timeout: settings.connectTimeout)
                try await world.network.call(
                    from: process, to: sentinel, over: link, timeout: settings.commandTimeout
                ) { [self] node in
                    try node.subscribeSwitchMaster(over: link) { delay, address in
                        self.spawn { [self] _ in
                            try await process.sleep(delay)
                            if let node = directory.node(address) { master.move(to: node) }
                        }
                    }
                }
                let lost = process.makeWaiter()
                link.onReset = { [process] delay in process.universe.wake(lost, after: delay) }
                _ = try await process.wait(lost)
            } catch is NetworkError {
                try await process.sleep(settings.reconnectDelayMaximum)
            }
        }
    }
}

extension RedisCommand {
    /// Whether a replica can answer it: it reads keys, and nothing else.
    fileprivate var canBeReadAnywhere: Bool {
        switch self {
        case .get, .mget, .strlen, .exists, .type, .ttl, .pttl, .hget, .hmget, .hgetall, .hlen, .hexists, .sismember,
            .scard, .smembers:
            true
        default: false
        }
    }
}

/// Where the Redis servers and Sentinels are, by name.
package struct RedisDirectory: Sendable {
    package let nodes: [RedisNode]
    package let sentinels: [SentinelNode]
    package let initialMaster: RedisNode

    package init(nodes: [RedisNode], sentinels: [SentinelNode], initialMaster: RedisNode) {
        self.nodes = nodes
        self.sentinels = sentinels
        self.initialMaster = initialMaster
    }

    /// The replica that applications read from where they do.
    var initialReplica: RedisNode? { nodes.first { $0 !== initialMaster } }

    func node(_ name: String) -> RedisNode? { nodes.first { $0.process.name == name } }

    /// Asks one Sentinel after the other where the master is.
    nonisolated(nonsending) func askSentinels(
        from process: NodeProcess, over network: Network, _ settings: RedisClientSettings
    ) async throws -> String? {
        for place in sentinels.indices {
            if let address = try await ask(place, from: process, over: network, settings) { return address }
        }
        return nil
    }

    /// Asks a Sentinel where the master is; nil when it does not know or does not answer.
    nonisolated(nonsending) func ask(
        _ place: Int, from process: NodeProcess, over network: Network, _ settings: RedisClientSettings
    ) async throws -> String? {
        do {
            return try await network.connectAndCall(
                from: process, to: sentinels[place], connectTimeout: settings.connectTimeout,
                timeout: settings.commandTimeout
            ) { $0.masterAddress() }
        } catch is NetworkError {
            return nil
        }
    }
}
