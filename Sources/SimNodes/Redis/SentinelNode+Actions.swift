import Topology

extension SentinelNode {
    /// Does what the machine wants done; nothing here waits, answers come by themselves.
    func perform() {
        while !actions.isEmpty {
            let due = actions
            actions.removeAll(keepingCapacity: true)
            for action in due { perform(action) }
        }
    }

    private func perform(_ action: SentinelAction) {
        switch action {
        case .connect(let address): openLink(to: address)
        case .closeLink(let address): closeLink(to: address)
        case .sendPing(let address): ping(address)
        case .sendInfo(let address): askInfo(address)
        case .publishHello(let hello, let address): publish(text(of: hello), to: address)
        case .askIsMasterDown(let question, let address): ask(question, address)
        case .sendReplicaOf(let master, let address): reconfigure(address, master)
        case .event(let event): note(event)
        case .switchMaster(_, _, let master): announce(master)
        }
    }

    // MARK: Commands to others

    private func ping(_ address: RedisAddress) {
        guard let link = links[address] else { return }
        spawn { node in
            let isAvailable: Bool
            switch link.peer {
            case .server(let server):
                guard let reply = try await node.send(.ping(), to: server.value, over: link.connection) else { return }
                isAvailable = Self.isAvailable(reply)
            case .sentinel(let sentinel):
                guard try await node.call(sentinel.value, over: link.connection, { _ in true }) != nil else { return }
                isAvailable = true
            }
            guard node.isCurrent(link, address) else { return }
            node.machine.pong(from: address, isAvailable: isAvailable, now: node.process.wallClock)
        }
    }

    /// PONG, LOADING and MASTERDOWN count as life (sentinel.c `sentinelPingReplyCallback`).
    private static func isAvailable(_ reply: RedisReply) -> Bool {
        switch reply {
        case .status("PONG"): true
        case .error(let error): error.code == "LOADING" || error.code == "MASTERDOWN"
        default: false
        }
    }

    private func askInfo(_ address: RedisAddress) {
        guard let link = links[address], case .server(let server) = link.peer else { return }
        spawn { node in
            let answer = try await node.call(server.value, over: link.connection) {
                try await $0.replicationInfo(over: link.connection)
            }
            if case .some(.some(let info)) = answer, node.isCurrent(link, address) { node.take(info, from: address) }
        }
    }

    @inline(never)
    private func take(_ info: RedisReplicationInfo, from address: RedisAddress) {
        machine.receive(info, from: address, now: process.wallClock, into: &actions)
        perform()
    }

    private func publish(_ hello: String, to address: RedisAddress) {
        guard let link = links[address] else { return }
        spawn { node in
            switch link.peer {
            case .server(let server):
                _ = try await node.send(.publish(SentinelHello.channel, hello), to: server.value, over: link.connection)
            case .sentinel(let sentinel):
                _ = try await node.call(sentinel.value, over: link.connection) { $0.receive(hello: hello) }
            }
        }
    }

    private func ask(_ question: SentinelQuestion, _ address: RedisAddress) {
        guard let link = links[address], case .sentinel(let sentinel) = link.peer else { return }
        spawn { node in
            let answer = try await node.call(sentinel.value, over: link.connection) { $0.isMasterDown(question) }
            guard let answer, node.isCurrent(link, address) else { return }
            node.machine.receive(answer, from: address, now: node.process.wallClock)
        }
    }

    /// One transaction, sent at once and not waited for; what it did shows in INFO.
    private func reconfigure(_ address: RedisAddress, _ master: RedisAddress?) {
        guard let link = links[address], case .server(let server) = link.peer else { return }
        let transaction: [RedisCommand] = [
            .multi, .replicaOf(master), .configRewrite, .clientKill(.normal), .clientKill(.pubsub), .exec,
        ]
        for (place, command) in transaction.enumerated() {
            spawn(after: universe.orderGap * place) {
                _ = try await $0.send(command, to: server.value, over: link.connection)
            }
        }
    }

    /// Whether the link is still the one that was asked.
    private func isCurrent(_ link: Link, _ address: RedisAddress) -> Bool {
        links[address]?.connection === link.connection
    }

    private func send(
        _ command: RedisCommand, to server: RedisNode, over connection: Connection
    ) async throws -> RedisReply? {
        try await call(server, over: connection) { try await $0.execute(command, over: connection) }
    }

    /// A call whose failure is no news: the link's end is reported by the link.
    @inline(__always)
    private func call<Server: Node, Reply: Sendable>(
        _ server: Server, over connection: Connection,
        _ handler: @escaping @Sendable (isolated Server) async throws -> Reply
    ) async throws -> Reply? {
        do {
            return try await world.network.call(from: process, to: server, over: connection, handler)
        } catch is NetworkError {
            return nil
        }
    }

    // MARK: What people and clients read

    /// The events that tell the story of a failover.
    private static let notable: Set<String> = [
        "+sdown", "-sdown", "+odown", "-odown", "+try-failover", "+vote-for-leader", "+elected-leader",
        "+selected-slave",
        "+promoted-slave", "+switch-master", "+convert-to-slave", "+slave-reconf-done", "+failover-end", "+tilt",
        "-tilt",
        "-failover-abort-not-elected", "-failover-abort-no-good-slave", "-failover-abort-slave-timeout",
    ]

    private func note(_ event: SentinelEvent) {
        log.append(LogEntry(at: now, event: event))
        switch event.name {
        case "+odown": world.failovers.detected(.redis, at: now)
        case "-failover-abort-not-elected": world.sometimes(.sentinelElectionRepeated)
        case "+tilt": world.sometimes(.sentinelTilt)
        default: break
        }
        guard Self.notable.contains(event.name) else { return }
        var text = event.name
        if event.detail.isEmpty || event.name != "+switch-master" { text += event.subject.map { " \($0)" } ?? "" }
        if !event.detail.isEmpty { text += " \(event.detail)" }
        world.timeline.note(.reaction, process.name, text)
    }

    /// Tells the clients that listen where the master is now.
    private func announce(_ master: RedisAddress) {
        for subscriber in subscribers {
            subscriber.connection.reachClient { delay in subscriber.push(delay, master.host) }
        }
    }
}

extension RedisNode {
    /// INFO replication as a Sentinel reads it.
    func replicationInfo(over connection: Connection) async throws -> RedisReplicationInfo? {
        guard case .bulk = try await execute(.info(["replication"]), over: connection) else { return nil }
        return replicationInfo()
    }

    /// In a function without `await`, since the task keeps the room that the frames of the others take.
    @inline(never)
    private func replicationInfo() -> RedisReplicationInfo { server.replicationInfo(now: process.wallClock) }
}
