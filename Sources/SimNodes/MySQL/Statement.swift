import Topology

/// Isolation levels that the simulated shops use.
package enum IsolationLevel: Hashable, Sendable {
    /// One snapshot a transaction, made at its first consistent read; gap locks. InnoDB's default.
    case repeatableRead
    /// A fresh snapshot for every statement; gap locks only for duplicate checks.
    case readCommitted

    init(_ level: Isolation) {
        switch level {
        case .repeatableRead: self = .repeatableRead
        case .readCommitted: self = .readCommitted
        }
    }
}

/// What a locking read does when a row is locked.
package enum LockWaitPolicy: Hashable, Sendable {
    /// Waits, at most `innodb_lock_wait_timeout`.
    case wait
    /// NOWAIT: fails with 3572.
    case noWait
    /// SKIP LOCKED: leaves the row out.
    case skipLocked
}

/// `UPDATE products SET stock = … [, version = version + 1] WHERE id = … [AND stock >= …] [AND version = …]`.
package struct StockUpdate: Hashable, Sendable {
    /// The right-hand side of `stock =`.
    package enum Change: Hashable, Sendable {
        /// An absolute value, typically computed by the client from what it read.
        case set(Int64)
        /// `stock + n`.
        case add(Int64)
    }

    /// What becomes of the fencing token in the row.
    package enum Fence: Hashable, Sendable {
        /// It stays.
        case keep
        /// `fence = LAST_INSERT_ID(fence + 1)`: the answer's insert ID is the token that was drawn.
        case draw
        /// `fence = token`.
        case set(Int64)
        /// `fence = token … AND fence < token`.
        case raise(Int64)
        /// `AND fence = token`.
        case expect(Int64)
    }

    /// The row, by primary key.
    package var product: Int64
    /// What becomes of the stock.
    package var change: Change
    /// `AND stock >= minimumStock`.
    package var minimumStock: Int64?
    /// `AND version = expectedVersion`.
    package var expectedVersion: Int64?
    /// `version = version + 1`.
    package var bumpsVersion: Bool
    /// `fence = …` and `AND fence …`.
    package var fence: Fence

    package init(
        product: Int64, change: Change, minimumStock: Int64? = nil, expectedVersion: Int64? = nil,
        bumpsVersion: Bool = false, fence: Fence = .keep
    ) {
        self.product = product
        self.change = change
        self.minimumStock = minimumStock
        self.expectedVersion = expectedVersion
        self.bumpsVersion = bumpsVersion
        self.fence = fence
    }

    /// Whether the WHERE clause accepts the row.
    func matches(_ row: ProductRow) -> Bool {
        if let minimumStock, row.stock < minimumStock { return false }
        if let expectedVersion, row.version != expectedVersion { return false }
        switch fence {
        case .raise(let token): return row.fence < token
        case .expect(let token): return row.fence == token
        case .keep, .draw, .set: return true
        }
    }

    /// The row's fencing token afterwards.
    func newFence(of row: ProductRow) -> Int64 {
        switch fence {
        case .keep, .expect: row.fence
        case .draw: row.fence + 1
        case .set(let token), .raise(let token): token
        }
    }
}

/// A statement of a session.
///
/// Outside a transaction, with autocommit on, a statement runs in a transaction of its own.
package enum Statement: Hashable, Sendable {
    /// START TRANSACTION, at the session's isolation level unless one is named; commits an open transaction first.
    case begin(isolation: IsolationLevel? = nil, consistentSnapshot: Bool = false)
    case commit
    case rollback
    /// SET autocommit; switching it on commits an open transaction.
    case setAutocommit(Bool)
    /// Plain SELECT of a product by primary key.
    case selectProduct(Int64)
    /// SELECT … FOR UPDATE of a product by primary key.
    case selectProductForUpdate(Int64, LockWaitPolicy = .wait)
    /// SELECT … FOR UPDATE WHERE id IN (…) ORDER BY id: locks by ascending id.
    case selectProductsForUpdate([Int64], LockWaitPolicy = .wait)
    case updateStock(StockUpdate)
    case insertProduct(ProductRow)
    /// DELETE FROM products WHERE id = ….
    case deleteProduct(Int64)
    /// INSERT INTO orders; `id` 0 draws the next auto-increment value.
    case insertOrder(OrderRow)
    /// DELETE FROM orders WHERE request_key = …, as a cancellation does.
    case deleteOrder(requestKey: String)
    /// SELECT COUNT(*) FROM orders WHERE user_id = … AND product_id = ….
    case countOrders(UserProduct)
    /// SELECT … FROM orders WHERE request_key = … [FOR UPDATE].
    case selectOrder(requestKey: String, forUpdate: Bool = false)
    /// INSERT INTO outbox; `id` 0 draws the next auto-increment value.
    case insertEvent(OutboxRow)
    /// SELECT … FROM outbox ORDER BY id LIMIT … FOR UPDATE SKIP LOCKED.
    case selectEvents(limit: Int)
    /// DELETE FROM outbox WHERE id IN (…).
    case deleteEvents([Int64])
    /// SELECT @@GLOBAL.gtid_executed.
    case selectExecutedTransactions
    /// SELECT WAIT_FOR_EXECUTED_GTID_SET(…, timeout): 0 when all are executed, 1 after the time-out.
    case awaitTransactions(GTIDSet, timeout: TimeSpan)
    /// Row events of one replicated transaction, as the applier executes them.
    case applyRowChanges([RowChange])

    /// Whether `read_only` refuses the statement (it takes write locks on a table).
    package var needsWriteAccess: Bool {
        switch self {
        case .selectProductForUpdate, .selectProductsForUpdate, .updateStock, .insertProduct, .insertOrder,
            .deleteProduct, .deleteOrder, .insertEvent, .selectEvents, .deleteEvents, .applyRowChanges,
            .selectOrder(requestKey: _, forUpdate: true):
            true
        case .begin, .commit, .rollback, .setAutocommit, .selectProduct, .countOrders, .selectOrder,
            .selectExecutedTransactions, .awaitTransactions:
            false
        }
    }
}

/// What a statement answers.
package enum StatementResult: Hashable, Sendable {
    /// Nothing to report (BEGIN, COMMIT, SET).
    case ok
    /// Rows changed (or found, see `InnoDB.Settings.countsFoundRows`); `insertID` is the auto-increment value, or 0.
    case affected(Int, insertID: Int64 = 0)
    case rows(ResultRows)
    case error(MySQLError)

    /// The error, if it is one.
    package var error: MySQLError? {
        if case .error(let error) = self { return error }
        return nil
    }
}

/// Rows of a result; single rows need no array.
package enum ResultRows: Hashable, Sendable {
    case product(ProductRow?)
    case products([ProductRow])
    case order(OrderRow?)
    case count(Int)
    case events([OutboxRow])
    case transactions(GTIDSet)
}

/// How far a statement came.
package enum ExecuteOutcome: Hashable, Sendable {
    /// Finished; reply with the result.
    case done(StatementResult)
    /// Waits for a lock; a `Completion` follows.
    case blocked
    /// Executed, but its transaction has changes to commit first; after the commit phases reply with the result.
    case commit(StatementResult)
}

/// A blocked statement that has come back.
package struct Completion: Hashable, Sendable {
    /// Whose statement it is.
    package var session: MySQLSessionID
    /// Never `.blocked`.
    package var outcome: ExecuteOutcome

    package init(session: MySQLSessionID, outcome: ExecuteOutcome) {
        self.session = session
        self.outcome = outcome
    }
}

/// A connection to a server; never used twice.
package struct MySQLSessionID: Hashable, Sendable {
    /// Place in the server's table of sessions.
    package let slot: Int32
    /// Tells apart the sessions that used the place one after the other.
    package let generation: Int32
}
