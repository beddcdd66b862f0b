/// How a product is bought: the four layers and what surrounds them, each a choice that teams really make.
public struct PurchasePolicy: Hashable, Sendable {
    /// The first layer.
    public var lock = LockPolicy()
    /// Where the stock is looked up before the transaction.
    public var stockCheck = StockCheck.cache
    /// When Redis has no stock for the product.
    public var onStockMissing = StockMissingPolicy.load
    /// How units are taken from Redis before the sale, where they are.
    public var reservation = ReservationPolicy()
    /// How a second order is kept away in Redis.
    public var deduplication = DeduplicationPolicy()
    /// How the stock in Redis is loaded again.
    public var rewarm = RewarmPolicy()
    /// The second and the third layer.
    public var transaction = TransactionPolicy()
    /// The fourth layer.
    public var cache = StockCachePolicy()
    /// When the user is told that the order is placed.
    public var acknowledge = AcknowledgePoint.afterCommit
    /// When the event is published.
    public var publish = PublishPoint.afterCommit
    /// Where it is published.
    public var channel = "orders"
    /// Whether the purchase waits for Redis's answer to it.
    public var awaitPublish = true

    /// All defaults.
    public init() {}
}

extension PurchasePolicy: Configurable {
    package static var fields: [Field<PurchasePolicy>] {
        [
            Field("lock", \.lock, "The lock on the product."),
            Field("stockCheck", \.stockCheck, "Where the stock is looked up before the transaction."),
            Field("onStockMissing", \.onStockMissing, "What happens when Redis has no stock for the product."),
            Field("reservation", \.reservation, "How units are taken from Redis before the sale."),
            Field("deduplication", \.deduplication, "How Redis keeps a second order away."),
            Field("rewarm", \.rewarm, "How the stock in Redis is loaded again."),
            Field("transaction", \.transaction, "What the database transaction does."),
            Field("cache", \.cache, "How the stock in Redis follows."),
            Field("acknowledge", \.acknowledge, "When the user is told that the order is placed."),
            Field("publish", \.publish, "When the event is published."),
            Field("channel", \.channel, "The channel of the event."),
            Field("awaitPublish", \.awaitPublish, "Whether the purchase waits for Redis's answer to the publication."),
        ]
    }
}

/// Before or after the transaction has committed.
public enum CommitPoint: String, CaseIterable, Keyword {
    case afterCommit, beforeCommit
}

/// When the user is told that the order is placed.
public enum AcknowledgePoint: String, CaseIterable, Keyword {
    /// When the transaction has committed.
    case afterCommit
    /// As soon as the request is there.
    case beforeCommit
    /// When the units are reserved in Redis; the transaction follows in the background.
    case afterReservation
}

/// Where the stock is looked up before the transaction.
public enum StockCheck: String, CaseIterable, Keyword {
    /// `GET` in Redis.
    case cache
    /// Units are taken in Redis, as `reservation` says.
    case decrementFirst
    /// A plain `SELECT` on the replica.
    case replica
    /// A plain `SELECT` on the primary.
    case primary
    /// Nowhere.
    case none
}

/// What a purchase does when Redis has no stock for the product.
public enum StockMissingPolicy: String, CaseIterable, Keyword {
    /// Loads it from the database.
    case load
    /// Answers that the product is sold out.
    case soldOut
}

/// When the event is published.
public enum PublishPoint: String, CaseIterable, Keyword {
    case afterCommit, insideTransaction, none
}

/// The lock on a product.
public struct LockPolicy: Hashable, Sendable {
    /// Who keeps it.
    public var kind = LockKind.redis
    /// How it is taken.
    public var acquire = LockAcquisition.setNxPx
    /// After which Redis drops it.
    public var ttl = TimeSpan.seconds(30)
    /// How it is given back.
    public var release = LockRelease.compareAndDelete
    /// When it is given back.
    public var releaseAt = CommitPoint.afterCommit
    /// When somebody else has it.
    public var onBusy = LockBusyPolicy.reject
    /// Between two attempts.
    public var retryDelay = TimeSpan.milliseconds(100)
    /// Attempts after the first.
    public var retryLimit = 0
    /// `WAIT` after taking it; 0: none.
    public var waitForReplicas = 0
    /// Of that `WAIT`.
    public var waitTimeout = TimeSpan.seconds(1)

    /// All defaults; the TTL is Redisson's `lockWatchdogTimeout` (FIDELITY §1.8).
    public init() {}
}

extension LockPolicy: Configurable {
    package static var fields: [Field<LockPolicy>] {
        [
            Field("kind", \.kind, "Who keeps the lock."),
            Field("acquire", \.acquire, "How the lock is taken."),
            Field("ttl", \.ttl, TimeSpan.milliseconds(1)..., "Time after which Redis drops the lock."),
            Field("release", \.release, "How the lock is given back."),
            Field("releaseAt", \.releaseAt, "Whether the lock is given back before or after the commit."),
            Field("onBusy", \.onBusy, "What happens when somebody else has the lock."),
            Field("retryDelay", \.retryDelay, "Time between two attempts."),
            Field("retryLimit", \.retryLimit, 0...1_000_000, "Attempts after the first."),
            Field("waitForReplicas", \.waitForReplicas, 0...100, "Replicas that must have the lock (WAIT); 0: none."),
            Field("waitTimeout", \.waitTimeout, "How long WAIT waits; 0s: for ever."),
        ]
    }
}

/// Who keeps the lock on a product.
public enum LockKind: String, CaseIterable, Keyword {
    /// Redis, for all servers.
    case redis
    /// Nobody.
    case none
    /// Each application server for itself.
    case local
}

/// How a Redis lock is taken.
public enum LockAcquisition: String, CaseIterable, Keyword {
    /// `SET key token NX PX ttl`.
    case setNxPx
    /// `SETNX`, then `PEXPIRE`.
    case setnxThenExpire
}

/// How a Redis lock is given back.
public enum LockRelease: String, CaseIterable, Keyword {
    /// One script deletes it if the token is right.
    case compareAndDelete
    /// `GET`, then `DEL` if the token was right.
    case getThenDelete
    /// `DEL`, whoever holds it.
    case delete
}

/// What a purchase does when somebody else has the lock.
public enum LockBusyPolicy: String, CaseIterable, Keyword {
    case reject, retry
}
