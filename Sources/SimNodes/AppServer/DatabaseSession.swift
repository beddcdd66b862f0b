import Topology

/// Which of the databases a statement goes to.
package enum DatabaseRole: Sendable { case primary, replica }

/// A borrowed connection to a MySQL server, as the application's code uses it.
final class DatabaseSession {
    private let process: NodeProcess
    private let world: World
    private let server: MySQLNode
    private let connection: Connection
    private let timeout: TimeSpan?
    /// Whether a transaction is open, so that a lost connection takes its changes with it.
    private var isInTransaction = false
    /// Whether the connection is of no more use.
    private(set) var isBroken = false

    /// Where it leads.
    var serverName: String { server.process.name }

    init(process: NodeProcess, world: World, server: MySQLNode, connection: Connection, timeout: TimeSpan?) {
        self.process = process
        self.world = world
        self.server = server
        self.connection = connection
        self.timeout = timeout
    }

    /// Runs a statement.
    ///
    /// - Throws: `StepFailure` for the server's error, or for a connection that broke; `Halted`.
    @discardableResult
    nonisolated(nonsending) func run(_ statement: Statement) async throws -> StatementResult {
        let call = StatementCall(statement, through: world.network, from: process, to: server, over: connection)
        do {
            if world.story == nil { try await send(call) } else { try await sendTold(call) }
        } catch let error as NetworkError {
            throw failure(of: statement, error)
        }
        return try conclude(call)
    }

    @inline(__always)
    private nonisolated(nonsending) func send(_ call: StatementCall) async throws {
        try await world.network.make(call, to: server, timeout: timeout)
    }

    @inline(never)
    private nonisolated(nonsending) func sendTold(_ call: StatementCall) async throws {
        let statement = call.statement
        _ = try await world.tell(
            from: process.name, to: server.process.name, (statement.told, statement.weight), answer: \.told
        ) {
            try await send(call)
            return call.result!
        }
    }

    /// The connection broke while a statement was under way.
    @inline(never)
    private func failure(of statement: Statement, _ error: NetworkError) -> StepFailure {
        isBroken = true
        // Outside of a transaction a statement commits itself; inside, only COMMIT can have taken effect.
        let mayHaveCommitted = statement == .commit || !isInTransaction && statement.needsWriteAccess
        if mayHaveCommitted, error.isOutcomeUnknown { world.sometimes(.commitUnknown) }
        return StepFailure(
            "CommunicationsException: Communications link failure (\(error))",
            isOutcomeUnknown: mayHaveCommitted && error.isOutcomeUnknown)
    }

    /// The server has answered.
    @inline(never)
    private func conclude(_ call: StatementCall) throws -> StatementResult {
        switch call.statement {
        case .begin: isInTransaction = true
        case .commit, .rollback: isInTransaction = false
        default: break
        }
        let result = call.result!
        guard let error = result.error else { return result }
        // 1213 rolls the whole transaction back, the others only their statement.
        if error == .deadlock { isInTransaction = false }
        if error == .lostConnection {
            isBroken = true
            throw StepFailure(
                "CommunicationsException: \(error.message)", isOutcomeUnknown: call.statement == .commit)
        }
        throw StepFailure("\(error.code) (\(error.sqlState)): \(error.message)", databaseError: error)
    }

    nonisolated(nonsending) func commit() async throws {
        try await run(.commit)
        world.failovers.wrote(.mysql, at: world.now)
    }

    /// Rolls back; if that fails as well, the server does it when the connection is gone.
    nonisolated(nonsending) func rollBackQuietly() async throws {
        do { try await run(.rollback) } catch is StepFailure {}
    }

    nonisolated(nonsending) func product(_ id: Int64, for request: Int) async throws -> ProductRow? {
        guard case .rows(.product(let row)) = try await run(.selectProduct(id)) else { return nil }
        world.failovers.read(.mysql, at: world.now)
        noteRead(row, request)
        return row
    }

    nonisolated(nonsending) func productForUpdate(_ id: Int64, for request: Int) async throws -> ProductRow? {
        guard case .rows(.product(let row)) = try await run(.selectProductForUpdate(id)) else { return nil }
        noteRead(row, request)
        return row
    }

    private func noteRead(_ row: ProductRow?, _ request: Int) {
        guard let row else { return }
        world.history.read(row, by: request, from: server.process, isPrimary: server.source == nil)
    }

    /// Updates a product's stock; returns the number of rows found.
    nonisolated(nonsending) func update(_ update: StockUpdate) async throws -> Int {
        guard case .affected(let rows, _) = try await run(.updateStock(update)) else { return 0 }
        return rows
    }

    /// Draws the next fencing token from a product's row; nil if there is no such row.
    nonisolated(nonsending) func drawFence(_ product: Int64) async throws -> Int64? {
        let draw = StockUpdate(product: product, change: .add(0), fence: .draw)
        guard case .affected(1, let token) = try await run(.updateStock(draw)) else { return nil }
        world.failovers.wrote(.mysql, at: world.now)
        return token
    }

    /// Whether the user has an order of the product.
    nonisolated(nonsending) func hasOrder(_ user: Int, of product: Int) async throws -> Bool {
        let pair = UserProduct(user: Int64(user), product: Int64(product))
        guard case .rows(.count(let count)) = try await run(.countOrders(pair)) else { return false }
        return count > 0
    }

    /// Locks the order with a request key, or the gap where it would stand; whether it is there.
    nonisolated(nonsending) func lockOrder(_ requestKey: String) async throws -> Bool {
        guard case .rows(.order(let row)) = try await run(.selectOrder(requestKey: requestKey, forUpdate: true))
        else { return false }
        return row != nil
    }

    /// How an INSERT of an order ended.
    enum Insertion: Sendable {
        case done
        /// There is an order with its request key.
        case requestKeyTaken
        /// The user has an order of the product.
        case userProductTaken
    }

    /// Inserts the order, unless a unique key refuses it.
    nonisolated(nonsending) func insertOrder(
        _ request: HTTPRequest, requestKey: String?
    ) async throws -> Insertion {
        let row = OrderRow(
            requestKey: requestKey, user: Int64(request.user), product: Int64(request.product),
            quantity: Int64(request.quantity), trace: request.number, key: request.key)
        do {
            try await run(.insertOrder(row))
            return .done
        } catch let failure as StepFailure {
            guard case .duplicateEntry(_, let key) = failure.databaseError else { throw failure }
            return key.hasSuffix("user_product") ? .userProductTaken : .requestKeyTaken
        }
    }
}

/// A statement on its way to a server, and the place for its result.
private final class StatementCall: Call, @unchecked Sendable {
    let statement: Statement
    private let node: MySQLNode
    private(set) var result: StatementResult?

    init(
        _ statement: Statement, through network: Network, from client: NodeProcess, to node: MySQLNode,
        over connection: Connection
    ) {
        (self.statement, self.node) = (statement, node)
        super.init(through: network, from: client, to: node.process, over: connection)
    }

    override nonisolated(nonsending) func run() async throws {
        try await respond { result = try await node.execute(statement, over: connection!.id) }
    }
}
