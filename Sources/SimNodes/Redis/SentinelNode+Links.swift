import Topology

extension SentinelNode {
    /// The connections to one server or Sentinel.
    struct Link {
        let connection: Connection
        let peer: Peer
        /// The one on which a server's hello channel is listened to.
        var subscription: Connection?
        var subscriptionTriedAt: Instant?

        var isToServer: Bool { if case .server = peer { true } else { false } }
    }

    /// Whom a link leads to.
    enum Peer {
        case server(Unowned<RedisNode>)
        case sentinel(Unowned<SentinelNode>)
    }

    /// How long a connection attempt lasts (sentinel.c `SENTINEL_MIN_LINK_RECONNECT_PERIOD`).
    private static let connectTimeout = TimeSpan.milliseconds(SentinelPeriod.reconnect)

    func openLink(to address: RedisAddress) {
        guard links[address] == nil, opening.insert(address).inserted else { return }
        spawn { try await $0.open(address) }
    }

    private func open(_ address: RedisAddress) async throws {
        defer { opening.remove(address) }
        let connection: Connection
        let peer: Peer
        do {
            if let server = addressBook.server(address.host), address.port == server.address.port {
                connection = try await connect(to: server)
                peer = .server(Unowned(server))
            } else if let sentinel = addressBook.sentinel(address.host) {
                connection = try await connect(to: sentinel)
                peer = .sentinel(Unowned(sentinel))
            } else {
                return
            }
        } catch is NetworkError {
            return
        }
        links[address] = Link(connection: connection, peer: peer)
        connection.onReset = { [unowned self, id = connection.id] delay in
            spawn(after: delay) { $0.linkBroke(to: address, id) }
        }
        machine.linkOpened(to: address, now: process.wallClock, into: &actions)
        perform()
        openMissingSubscriptions()
    }

    private func connect<Server: Listener>(to server: Server) async throws -> Connection {
        try await world.network.connect(from: process, to: server, timeout: Self.connectTimeout)
    }

    /// The other end closed the link.
    private func linkBroke(to address: RedisAddress, _ id: Connection.ID) {
        guard links[address]?.connection.id == id else { return }
        closeLink(to: address)
        machine.linkClosed(to: address)
    }

    func closeLink(to address: RedisAddress) {
        guard let link = links.removeValue(forKey: address) else { return }
        link.connection.close()
        link.subscription?.close()
    }

    // MARK: The hello channel

    /// A second connection to each server, for the hello channel; tried at most once a PING period.
    func openMissingSubscriptions() {
        guard links.values.contains(where: { $0.subscription == nil && $0.isToServer }) else { return }
        for address in links.keys.sorted() {
            guard let link = links[address], case .server(let server) = link.peer, link.subscription == nil,
                link.subscriptionTriedAt.map({ now - $0 >= .milliseconds(SentinelPeriod.ping) }) ?? true
            else { continue }
            links[address]?.subscriptionTriedAt = now
            spawn { try await $0.subscribe(to: server.value, link.connection) }
        }
    }

    private func subscribe(to server: RedisNode, _ link: Connection) async throws {
        let address = server.address
        do {
            let connection = try await connect(to: server)
            guard links[address]?.connection === link, links[address]?.subscription == nil else {
                return connection.close()
            }
            links[address]?.subscription = connection
            connection.onReset = { [unowned self, id = connection.id] delay in
                spawn(after: delay) { node in
                    guard node.links[address]?.subscription?.id == id else { return }
                    node.links[address]?.subscription = nil
                }
            }
            let push: RedisNode.Push = { [unowned self] delay, message in
                guard case .array(let parts) = message, case .bulk(let text)? = parts.last else { return }
                spawn(after: delay) { $0.receive(hello: text) }
            }
            _ = try await world.network.call(from: process, to: server, over: connection) {
                try await $0.subscribe([SentinelHello.channel], over: connection, push: push)
            }
        } catch is NetworkError {
            return
        }
    }
}
