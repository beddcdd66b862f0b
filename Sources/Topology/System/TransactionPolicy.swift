/// What the database transaction of a purchase does.
public struct TransactionPolicy: Hashable, Sendable {
    /// `default` is the server's.
    public var isolation = TransactionIsolation.default
    /// Whether the statements are one transaction.
    public var boundary = TransactionBoundary.transaction
    /// How it is found out that the user has an order of the product already.
    public var onePerUser = OnePerUserPolicy.unchecked
    /// Over which connection that is looked up.
    public var checkOver = CheckConnection.own
    /// How the product row is read.
    public var read = RowRead.forUpdate
    /// Whether the stock is written before the order.
    public var order = StatementOrder.updateFirst
    /// How the stock is written.
    public var decrement = StockDecrement.guarded
    /// What becomes of the version column.
    public var version = VersionPolicy.bumped
    /// Whether an update that hit no row is noticed.
    public var rowCount = RowCountPolicy.checked
    /// Of the whole transaction, after 1205, 1213 or a stale version.
    public var retries = 0
    /// Whether a repetition begins a transaction of its own.
    public var retryIn = RetryScope.newTransaction
    /// When the stock's row was locked for too long (1205).
    public var onLockTimeout = LockTimeoutPolicy.rollBack
    /// Of the request, in the orders table.
    public var idempotencyKey = IdempotencyKeyPolicy.none

    /// All defaults.
    public init() {}
}

extension TransactionPolicy: Configurable {
    package static var fields: [Field<TransactionPolicy>] {
        [
            Field("isolation", \.isolation, "Isolation level; default: the server's."),
            Field("boundary", \.boundary, "Whether the statements are one transaction."),
            Field(
                "onePerUser", \.onePerUser, "How it is found out that the user has an order of the product already."),
            Field("checkOver", \.checkOver, "Over which connection that is looked up."),
            Field("read", \.read, "How the product row is read."),
            Field("order", \.order, "Whether the stock is written before the order."),
            Field("decrement", \.decrement, "How the stock is written."),
            Field("version", \.version, "What becomes of the version column."),
            Field("rowCount", \.rowCount, "Whether an update that hit no row is noticed."),
            Field("retries", \.retries, 0...1_000, "Repetitions after a lock timeout, a deadlock or a stale version."),
            Field("retryIn", \.retryIn, "Whether a repetition after a stale version begins a transaction of its own."),
            Field(
                "onLockTimeout", \.onLockTimeout, "What follows when the stock's row was locked for too long (1205)."),
            Field(
                "idempotencyKey", \.idempotencyKey,
                "Whether a unique key refuses the order of a repeated request (1062)."),
        ]
    }
}

/// The isolation level that a purchase asks for.
public enum TransactionIsolation: String, CaseIterable, Keyword {
    case `default`, repeatableRead, readCommitted
}

/// Whether the statements of a purchase are one transaction.
public enum TransactionBoundary: String, CaseIterable, Keyword {
    case transaction, autocommit
}

/// How a purchase reads the product row.
public enum RowRead: String, CaseIterable, Keyword {
    /// `SELECT … FOR UPDATE`.
    case forUpdate
    /// `SELECT`.
    case plain
    /// `SELECT`, then `SELECT … FOR UPDATE`, and what the first one saw is believed: `find`, then `lock` without
    /// `refresh`, as JPA has it.
    case plainThenForUpdate
    /// Not at all.
    case none
}

/// In which order a purchase writes.
public enum StatementOrder: String, CaseIterable, Keyword {
    /// The stock, then the order.
    case updateFirst
    /// The order, then the stock.
    case insertFirst
}

/// How a purchase finds out that the user has an order of the product already.
public enum OnePerUserPolicy: String, CaseIterable, Keyword {
    /// Not at all.
    case unchecked
    /// `SELECT COUNT(*)`, before anything is written.
    case countFirst
    /// A unique key over user and product refuses the second order (1062).
    case unique
}

/// Over which connection the orders of a user are counted.
public enum CheckConnection: String, CaseIterable, Keyword {
    /// That of the transaction.
    case own
    /// Another one, for a transaction of its own, while the first one is held: Spring's `REQUIRES_NEW`.
    case another
}

/// Where a purchase tries again after a stale version.
public enum RetryScope: String, CaseIterable, Keyword {
    /// In a new transaction.
    case newTransaction
    /// In the same one, which under REPEATABLE READ sees what it has seen.
    case sameTransaction
}

/// What a purchase does when the stock's row was locked for too long (1205), which rolls back the statement alone.
public enum LockTimeoutPolicy: String, CaseIterable, Keyword {
    /// Rolls back the transaction.
    case rollBack
    /// Logs it, and goes on to the commit.
    case ignore
}

/// How a purchase writes the stock.
public enum StockDecrement: String, CaseIterable, Keyword {
    /// `stock = stock - n WHERE stock >= n`.
    case guarded
    /// `stock = stock - n`.
    case unguarded
    /// `stock = <what was read> - n`.
    case absolute
}

/// What a purchase does with the version column.
public enum VersionPolicy: String, CaseIterable, Keyword {
    /// `WHERE version = <the one that was read>`, and incremented.
    case checked
    /// Incremented but not compared.
    case bumped
    /// Not touched.
    case ignored
}

/// Whether an update that hit no row is noticed.
public enum RowCountPolicy: String, CaseIterable, Keyword {
    case checked, ignored
}

/// Whether the orders table has a unique key over the request's idempotency key.
public enum IdempotencyKeyPolicy: String, CaseIterable, Keyword {
    /// There is no key.
    case none
    /// `INSERT`, and 1062 says that the order is there.
    case unique
    /// `SELECT … FOR UPDATE` by the key first, then `INSERT`: what is not there is locked as a gap.
    case lockedFirst
}

/// How the stock in Redis follows a purchase.
public struct StockCachePolicy: Hashable, Sendable {
    /// Which command.
    public var update = StockCacheUpdate.decrement
    /// When.
    public var at = CommitPoint.afterCommit
    /// Whether it also renews the cached product's life.
    public var extendTTL = false

    /// All defaults.
    public init() {}
}

extension StockCachePolicy: Configurable {
    package static var fields: [Field<StockCachePolicy>] {
        [
            Field("update", \.update, "The command that brings the stock in Redis up to date."),
            Field("at", \.at, "Whether it comes before or after the commit."),
            Field("extendTTL", \.extendTTL, "Whether it also renews the life of the stock's entry."),
        ]
    }
}

/// The command that brings the stock in Redis up to date.
public enum StockCacheUpdate: String, CaseIterable, Keyword {
    /// `DECRBY`.
    case decrement
    /// A script that decrements only what is there and is enough.
    case script
    /// `SET` to the stock that the transaction left.
    case set
    /// `DEL`.
    case delete
    /// None.
    case none
}
