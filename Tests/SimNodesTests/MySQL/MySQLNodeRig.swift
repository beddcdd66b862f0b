import Testing
import Topology

@testable import SimNodes

/// The clients of a database in a test: opens connections, runs statements, notes what came when.
actor MySQLNodeClient: Node {
    /// What a client saw.
    struct Entry: Hashable, Sendable {
        var at: Instant
        var what: String
    }

    /// A connection with its server.
    struct Session: Sendable {
        let node: MySQLNode
        let connection: Connection
    }

    nonisolated let process: NodeProcess
    nonisolated let world: World
    private(set) var entries: [Entry] = []

    init(process: NodeProcess, world: World) {
        self.process = process
        self.world = world
    }

    func note(_ what: String) { entries.append(Entry(at: now, what: what)) }

    func connect(to node: MySQLNode) async throws -> Session {
        let connection = try await world.network.connect(from: process, to: node)
        let id = connection.id
        let error = try await world.network.call(from: process, to: node, over: connection) { try await $0.open(id) }
        if let error {
            connection.close()
            throw error
        }
        return Session(node: node, connection: connection)
    }

    @discardableResult
    func execute(_ statement: Statement, _ session: Session) async throws -> StatementResult {
        let id = session.connection.id
        return try await world.network.call(from: process, to: session.node, over: session.connection) {
            try await $0.execute(statement, over: id)
        }
    }

    /// Runs a statement and notes the error or "ok", whatever it was.
    func attempt(_ statement: Statement, _ session: Session, _ name: String) async throws {
        do {
            let result = try await execute(statement, session)
            note(result.error.map { "\(name): \($0.code)" } ?? "\(name): ok")
        } catch let error as NetworkError {
            note("\(name): \(error)")
        }
    }

    /// Lock, decrement, order, commit; notes when the answer to the commit is there.
    func purchase(_ session: Session, product: Int64 = 1, user: Int64) async throws {
        do {
            for statement in MySQLNodeRig.purchase(product: product, user: user) {
                if let error = try await execute(statement, session).error {
                    return note("\(user): \(error.code)")
                }
            }
            note("\(user): bought")
        } catch let error as NetworkError {
            note("\(user): \(error)")
        }
    }
}

/// A primary, replicas, a manager and clients in one universe; every link takes a millisecond unless configured.
final class MySQLNodeRig: @unchecked Sendable {
    let world: World
    let nodes: [MySQLNode]
    let client: MySQLNodeClient
    let manager: FailoverManagerNode?
    private let book: Book

    private final class Book: @unchecked Sendable {
        var nodes: [String: MySQLNode] = [:]
    }

    var primary: MySQLNode { nodes[0] }
    var replica: MySQLNode { nodes[1] }

    init(
        replicas: Int = 0, seed: UInt64 = 1, latency: TimeSpan = .milliseconds(1), links: [NetworkLink] = [],
        tables: MySQLNode.Tables = .init(products: [ProductRow(id: 1, stock: 1_000)]),
        _ configure: (inout MySQLSettings) -> Void = { _ in }
    ) {
        var settings = MySQLSettings()
        settings.primary = "db1"
        settings.replicas = (0..<replicas).map { "db\($0 + 2)" }
        configure(&settings)
        var scenario = Scenario()
        scenario.topology.application.servers = ["app1"]
        scenario.topology.mysql = settings
        scenario.topology.network.latency = .constant(latency)
        scenario.topology.network.links = links
        let world = World(scenario: scenario, seed: seed)
        self.world = world
        nodes = ([settings.primary] + settings.replicas).map { name in
            MySQLNode(
                process: world.universe.makeProcess(name), world: world, settings: settings,
                sourceName: name == settings.primary ? nil : settings.primary, tables: tables)
        }
        client = MySQLNodeClient(process: world.universe.makeProcess("app1"), world: world)
        manager = settings.failover.map {
            FailoverManagerNode(
                process: world.universe.makeProcess($0.manager), world: world, settings: $0, primary: settings.primary,
                replicas: settings.replicas)
        }
        let book = Book()
        self.book = book
        for node in nodes { book.nodes[node.process.name] = node }
        for node in nodes { node.start { [unowned book] in book.nodes[$0] } }
        let client = client
        manager?.start(
            addressBook: { [unowned book] in book.nodes[$0] },
            boot: { [unowned client] process in client.spawn(after: .seconds(20)) { _ in process.start() } })
    }

    deinit { world.universe.end() }

    /// Starts something of the clients at a moment; a connection that breaks ends it.
    func at(_ moment: TimeSpan, _ body: @escaping @Sendable (isolated MySQLNodeClient) async throws -> Void) {
        client.spawn(after: moment) { client in
            do {
                try await body(client)
            } catch let error as NetworkError {
                client.note("broken: \(error)")
            }
        }
    }

    /// Has something happen at a moment, outside of the system.
    func strike(at moment: TimeSpan, _ body: @escaping @Sendable () -> Void) {
        client.spawn(after: moment) { _ in body() }
    }

    func run(until moment: TimeSpan) {
        world.universe.run(until: .zero + moment)
        #expect(world.universe.failures.isEmpty)
    }

    var entries: [MySQLNodeClient.Entry] { client.assumeIsolated { $0.entries } }

    func time(of what: String) -> Instant? { entries.first { $0.what == what }?.at }

    func count(_ what: String) -> Int { entries.count { $0.what.hasSuffix(what) } }

    func partition(_ first: MySQLNode, _ second: MySQLNode) {
        world.network.cut(from: first.process, to: second.process)
        world.network.cut(from: second.process, to: first.process)
    }

    func heal(_ first: MySQLNode, _ second: MySQLNode) {
        world.network.heal(from: first.process, to: second.process)
        world.network.heal(from: second.process, to: first.process)
    }

    func milestone(_ text: String) -> Milestone? { world.timeline.milestones.first { $0.text.contains(text) } }

    static func cost(cpu: Int64, io: Int64 = 0) -> StatementCost {
        var cost = StatementCost()
        cost.cpu = .constant(.milliseconds(cpu))
        cost.io = .constant(.milliseconds(io))
        return cost
    }

    static func decrement(_ product: Int64 = 1) -> Statement {
        .updateStock(StockUpdate(product: product, change: .add(-1), minimumStock: 1))
    }

    static func purchase(product: Int64, user: Int64) -> [Statement] {
        [
            .begin(), .selectProductForUpdate(product), decrement(product),
            .insertOrder(OrderRow(user: user, product: product, quantity: 1, trace: Int(user))), .commit,
        ]
    }

    static func products(_ count: Int64, stock: Int64 = 1_000) -> MySQLNode.Tables {
        .init(products: (1...count).map { ProductRow(id: $0, stock: stock) })
    }
}

extension Instant {
    static func ms(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }
}
