import Topology

@testable import SimNodes

/// Servers, Sentinels and clients in one universe.
final class RedisNodeSystem: @unchecked Sendable {
    let world: World
    let servers: [RedisNode]
    let sentinels: [SentinelNode]
    let clients: [RedisNodeClient]
    /// What the tasks of a test found out, in order.
    var results: [RedisReply] = []
    var texts: [String] = []
    var moments: [Instant] = []

    var universe: Universe { world.universe }
    var now: Instant { world.now }
    var master: RedisNode { servers[0] }
    var client: RedisNodeClient { clients[0] }

    init(
        replicas: Int = 0, sentinels count: Int = 0, clients clientCount: Int = 1, seed: UInt64 = 1,
        contents: [RedisCommand] = [], latency: Distribution = .constant(.microseconds(100)),
        links: [NetworkLink] = [], configuration: RedisConfiguration? = nil,
        configurations: [String: RedisConfiguration] = [:],
        settings change: (inout RedisSettings) -> Void = { _ in }
    ) {
        var scenario = Scenario()
        var settings = RedisSettings()
        settings.master = "m"
        settings.replicas = (0..<replicas).map { "r\($0)" }
        settings.sentinels.names = (0..<count).map { "s\($0)" }
        settings.sentinels.downAfter = .seconds(5)
        change(&settings)
        scenario.topology.redis = settings
        scenario.topology.application.servers = (0..<clientCount).map { "app\($0)" }
        scenario.topology.network.latency = latency
        scenario.topology.network.links = links
        let world = World(scenario: scenario, seed: seed)
        self.world = world
        servers = ([settings.master] + settings.replicas).map { name in
            RedisNode(
                process: world.universe.makeProcess(name), world: world, settings: settings,
                configuration: configurations[name] ?? configuration,
                masterName: name == settings.master ? nil : settings.master)
        }
        sentinels = settings.sentinels.names.map {
            SentinelNode(process: world.universe.makeProcess($0), world: world, settings: settings)
        }
        clients = scenario.topology.application.servers.map {
            RedisNodeClient(process: world.universe.makeProcess($0), network: world.network)
        }
        let dataSet = RedisNode.dataSet(of: contents)
        for server in servers { server.begin(with: dataSet) { [unowned self] in self.server($0) } }
        let book = SentinelNode.AddressBook(
            server: { [unowned self] in server($0) }, sentinel: { [unowned self] in sentinel($0) })
        for sentinel in sentinels {
            sentinel.begin(
                replicas: settings.replicas, sentinels: settings.sentinels.names, addressBook: book)
        }
    }

    deinit { world.universe.end() }

    func server(_ name: String) -> RedisNode? { servers.first { $0.process.name == name } }
    func sentinel(_ name: String) -> SentinelNode? { sentinels.first { $0.process.name == name } }

    func run(_ span: TimeSpan) { universe.run(until: now + span) }

    /// Sends a command from a client and lets its reply be recorded in `results`, with its moment.
    func send(
        _ command: RedisCommand, to server: RedisNode, from client: RedisNodeClient? = nil,
        after delay: TimeSpan = .zero
    ) {
        (client ?? self.client).spawn(after: delay) { [unowned self] client in
            do {
                let reply = try await client.send(command, to: server)
                results.append(reply)
            } catch let error as NetworkError {
                results.append(.error(RedisError("\(error)")))
            }
            moments.append(client.now)
        }
    }

    /// Sends a command, lets time pass until the reply is there, and returns it.
    func ask(_ command: RedisCommand, of server: RedisNode, from client: RedisNodeClient? = nil) -> RedisReply? {
        let count = results.count
        send(command, to: server, from: client)
        run(.milliseconds(5))
        return results.count > count ? results.removeLast() : nil
    }

    func cut(_ left: any Node, _ right: any Node) {
        world.network.cut(from: left.process, to: right.process)
        world.network.cut(from: right.process, to: left.process)
    }

    func heal(_ left: any Node, _ right: any Node) {
        world.network.heal(from: left.process, to: right.process)
        world.network.heal(from: right.process, to: left.process)
    }

    func milestones(_ node: String? = nil) -> [String] {
        world.timeline.milestones.filter { node == nil || $0.node == node }.map(\.text)
    }
}

/// An application with one connection to each server.
actor RedisNodeClient: Node {
    nonisolated let process: NodeProcess
    private let network: Network
    private var connections: [String: Connection] = [:]

    init(process: NodeProcess, network: Network) {
        self.process = process
        self.network = network
    }

    func connection<Server: Listener>(to server: Server) async throws -> Connection {
        if let open = connections[server.process.name], open.isOpen { return open }
        let connection = try await network.connect(from: process, to: server, timeout: .seconds(3))
        connections[server.process.name] = connection
        return connection
    }

    func send(_ command: RedisCommand, to server: RedisNode, timeout: TimeSpan = .seconds(60)) async throws
        -> RedisReply
    {
        let connection = try await connection(to: server)
        return try await network.call(from: process, to: server, over: connection, timeout: timeout) {
            try await $0.execute(command, over: connection)
        }
    }
}
