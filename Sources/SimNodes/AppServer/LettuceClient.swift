import Topology

/// Lettuce, the Redis client of an application: one connection shared by all threads, commands that wait for a
/// reconnection until their time-out, and the repetition of commands whose answer was lost.
///
/// Source: FIDELITY §0.11, §1.5, §1.8.
package final class LettuceClient: @unchecked Sendable {
    private let process: NodeProcess
    private let world: World
    private let settings: RedisClientSettings
    /// Starts a task of the application's process.
    private let spawn: (@escaping ProcessWork) -> Void
    private let directory: RedisDirectory
    private var target: RedisNode
    private var connection: Connection?
    private var isConnecting = false
    private var isSubscribed = false
    /// Commands that wait for a connection.
    private var waiting: [Waiter] = []

    package init(
        process: NodeProcess, world: World, settings: RedisClientSettings, directory: RedisDirectory,
        spawn: @escaping (@escaping ProcessWork) -> Void
    ) {
        self.process = process
        self.world = world
        self.settings = settings
        self.directory = directory
        self.spawn = spawn
        target = directory.initialMaster
    }

    /// Opens the connection, as the application's start does.
    package func start() {
        connection = nil
        waiting = []
        isConnecting = false
        target = directory.initialMaster
        reconnect()
        guard settings.topologyRefresh == .sentinelEvents else { return }
        for sentinel in directory.sentinels { spawn { [self] _ in try await follow(sentinel) } }
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
                            masterSwitched(to: address)
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

    /// Sends a command and returns its reply, which may be an error of the server.
    ///
    /// - Throws: `StepFailure` when no reply came in time, `Halted`.
    package nonisolated(nonsending) func send(_ command: RedisCommand) async throws -> RedisReply {
        let deadline = process.universe.now + settings.commandTimeout
        var wasSent = false
        while true {
            guard let connection = try await openConnection(until: deadline) else {
                throw timeOut(wasSent: wasSent)
            }
            do {
                let reply = try await world.network.call(
                    from: process, to: target, over: connection, timeout: deadline - process.universe.now
                ) { try await $0.execute(command, over: connection) }
                noteSuccess(of: command, reply)
                return reply
            } catch NetworkError.closed {
                continue
            } catch NetworkError.reset {
                wasSent = true
                if settings.replay == .atMostOnce {
                    throw StepFailure("RedisException: Connection reset by peer", isOutcomeUnknown: true)
                }
            } catch is NetworkError {
                throw timeOut(wasSent: true)
            }
        }
    }

    private func noteSuccess(of command: RedisCommand, _ reply: RedisReply) {
        if case .error = reply { return }
        if command.isWrite { world.failovers.wrote(.redis, at: world.now) }
        world.failovers.read(.redis, at: world.now)
    }

    private func timeOut(wasSent: Bool) -> StepFailure {
        let text = "RedisCommandTimeoutException: Command timed out after \(settings.commandTimeout.seconds) second(s)"
        world.timeline.noteOnce(.breakage, process.name, key: "redis command timeout", text)
        return StepFailure(text, isOutcomeUnknown: wasSent)
    }

    // MARK: - The connection

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

    /// Tries again with a growing delay, each time where the topology then says that the master is.
    private nonisolated(nonsending) func connectUntilItWorks() async throws {
        var delay = settings.reconnectDelayMinimum
        while true {
            if settings.topologyRefresh != .never, let address = try await askSentinels() {
                target = directory.node(address) ?? target
            }
            do {
                let opened = try await world.network.connect(
                    from: process, to: target, timeout: settings.connectTimeout)
                adopt(opened)
                return
            } catch is NetworkError {
                try await process.sleep(delay)
                delay = min(delay * 2, settings.reconnectDelayMaximum)
            }
        }
    }

    private func adopt(_ opened: Connection) {
        connection = opened
        isConnecting = false
        opened.onReset = { [weak self] delay in
            self?.spawn { [weak self] _ in try await self?.noticeLoss(of: opened.id, after: delay) }
        }
        for waiter in waiting { process.universe.wake(waiter) }
        waiting = []
    }

    private nonisolated(nonsending) func noticeLoss(of id: Connection.ID, after delay: TimeSpan) async throws {
        try await process.sleep(delay)
        guard connection?.id == id else { return }
        let name = target.process.name
        world.timeline.note(.breakage, process.name, "loses its connection to \(name); commands wait for a new one")
        reconnect()
    }

    /// Asks one Sentinel after the other where the master is.
    private nonisolated(nonsending) func askSentinels() async throws -> String? {
        for sentinel in directory.sentinels {
            do {
                let address = try await world.network.connectAndCall(
                    from: process, to: sentinel, connectTimeout: settings.connectTimeout,
                    timeout: settings.commandTimeout
                ) { $0.masterAddress() }
                if let address { return address }
            } catch is NetworkError {
                continue
            }
        }
        return nil
    }

    private func masterSwitched(to address: String) {
        guard let node = directory.node(address), node !== target else { return }
        target = node
        connection?.close()
        connection = nil
        reconnect()
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

    func node(_ name: String) -> RedisNode? { nodes.first { $0.process.name == name } }
}
