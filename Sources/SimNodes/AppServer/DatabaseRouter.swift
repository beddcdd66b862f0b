import Topology

/// Where the MySQL servers and their failover manager are.
package struct DatabaseDirectory: Sendable {
    package let nodes: [MySQLNode]
    package let manager: FailoverManagerNode?
    package let primary: MySQLNode
    /// The replica that this application server reads from.
    package let replica: MySQLNode?

    package init(nodes: [MySQLNode], manager: FailoverManagerNode?, primary: MySQLNode, replica: MySQLNode?) {
        self.nodes = nodes
        self.manager = manager
        self.primary = primary
        self.replica = replica
    }

    func node(_ name: String) -> MySQLNode? { nodes.first { $0.process.name == name } }
}

/// An application's two pools, and where each leads.
final class DatabaseRouter: @unchecked Sendable {
    private let process: NodeProcess
    private let world: World
    private let directory: DatabaseDirectory
    private let primaryPool: DatabasePool<MySQLDriver>
    private let replicaPool: DatabasePool<MySQLDriver>?
    private let fallback: ReplicaFallback
    /// Whether the replica has become the primary, so that there is none to read from.
    private var hasLostReplica = false

    init(process: NodeProcess, world: World, directory: DatabaseDirectory) {
        let settings = world.topology.application
        self.process = process
        self.world = world
        self.directory = directory
        fallback = settings.userDatabaseRouting.replicaFallback
        let driver = MySQLDriver(process: process, network: world.network)
        primaryPool = DatabasePool(
            "primaryPool", process: process, world: world, settings: settings.primaryPool, driver: driver,
            target: directory.primary)
        replicaPool = directory.replica.map {
            DatabasePool(
                "replicaPool", process: process, world: world, settings: settings.replicaPool, driver: driver,
                target: $0)
        }
    }

    /// Opens the pools; at the very beginning they are full, as of an application that has been up for a while.
    func start(on server: AppServer) {
        hasLostReplica = false
        primaryPool.start(on: server, prefilled: process.incarnation == 0)
        replicaPool?.start(on: server, prefilled: process.incarnation == 0)
        if let manager = directory.manager { primaryMoved(to: manager.primaryAddress()) }
    }

    /// The pool for a role, or nil where the policy says that there is none.
    func pool(for role: DatabaseRole) -> DatabasePool<MySQLDriver>? {
        guard role == .replica, let replicaPool else { return primaryPool }
        if !hasLostReplica { return replicaPool }
        return fallback == .primary ? primaryPool : nil
    }

    /// Connector/J's socketTimeout; nil waits for ever, as is its default.
    func socketTimeout(for role: DatabaseRole) -> TimeSpan? {
        let settings = world.topology.application
        let timeout = (role == .primary ? settings.primaryPool : settings.replicaPool).socketTimeout
        return timeout > .zero ? timeout : nil
    }

    /// Connections that requests hold, by pool; so many of the primary's are in the hands of relays.
    func borrowed(byRelays relays: Int) -> [(name: String, count: Int)] {
        [("primaryPool", primaryPool.inUse - relays)] + (replicaPool.map { [("replicaPool", $0.inUse)] } ?? [])
    }

    var manager: FailoverManagerNode? { directory.manager }

    /// The failover manager points clients to another primary.
    func primaryMoved(to address: String) {
        guard let node = directory.node(address), node !== primaryPool.target else { return }
        if node === directory.replica, !hasLostReplica {
            hasLostReplica = true
            // Otherwise its connections would take the place of the primary pool's at the promoted server.
            if fallback == .primary { replicaPool?.close() }
        }
        primaryPool.evictAll(newTarget: node)
    }
}

extension AppServer {
    /// Does something with a connection; reads for which no replica answers go to the primary, where the routing says so.
    func withDatabase<Value: Sendable>(
        _ role: DatabaseRole, _ body: (DatabaseSession) async throws -> Value
    ) async throws -> Value {
        let pool = databases?.pool(for: role)
        do {
            return try await borrow(from: pool, role, body)
        } catch let failure as StepFailure {
            guard
                role == .replica, settings.userDatabaseRouting.replicaFallback == .primary,
                // Where reads go to the primary anyway, it has been asked.
                let primary = databases?.pool(for: .primary), primary !== pool
            else { throw failure }
            world.sometimes(.statementRetriedOnPrimary)
            return try await borrow(from: primary, .primary, body)
        }
    }

    /// Borrows a connection, does something with it and gives it back.
    private func borrow<Value: Sendable>(
        from pool: DatabasePool<MySQLDriver>?, _ role: DatabaseRole,
        _ body: (DatabaseSession) async throws -> Value
    ) async throws -> Value {
        guard let pool else { throw StepFailure("no database for \(role)s") }
        let pooled: DatabasePool<MySQLDriver>.Loan
        do {
            pooled = try await pool.borrow()
        } catch let timeout as ConnectionPoolTimeout {
            throw StepFailure("CannotCreateTransactionException: \(timeout.message)")
        } catch let closed as DatabasePoolClosed {
            throw StepFailure("CannotCreateTransactionException: \(closed.message)")
        }
        if world.hasBadLuck(.poolDeadConnection, process) { pooled.session.connection.breakInTransit() }
        let session = DatabaseSession(
            process: process, world: world, server: pooled.session.server,
            connection: pooled.session.connection, timeout: databases?.socketTimeout(for: role))
        do {
            let value = try await body(session)
            pool.giveBack(pooled, broken: session.isBroken)
            return value
        } catch let failure as StepFailure {
            pool.giveBack(pooled, broken: session.isBroken)
            throw failure
        }
    }
}
