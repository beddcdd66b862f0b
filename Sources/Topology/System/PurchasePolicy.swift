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
    /// What becomes of the product's cached details.
    public var details = DetailsCachePolicy()
    /// When the user is told that the order is placed.
    public var acknowledge = AcknowledgePoint.afterCommit
    /// When the event is published.
    public var publish = PublishPoint.afterCommit
    /// How the outbox is emptied, where events go through it.
    public var outbox = OutboxPolicy()
    /// Where it is published.
    public var channel = "orders"
    /// Whether the purchase waits for Redis's answer to it.
    public var awaitPublish = true
    /// Whether requests are dropped whose users wait no longer.
    public var deadline = DeadlinePolicy()

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
            Field("details", \.details, "How the product's cached details follow."),
            Field("acknowledge", \.acknowledge, "When the user is told that the order is placed."),
            Field("publish", \.publish, "When the event is published."),
            Field("outbox", \.outbox, "With \"publish\": \"outbox\", how the outbox is emptied."),
            Field("channel", \.channel, "The channel of the event."),
            Field("awaitPublish", \.awaitPublish, "Whether the purchase waits for Redis's answer to the publication."),
            Field("deadline", \.deadline, "Whether requests are dropped whose users wait no longer."),
        ]
    }

    package func review(_ node: JSONNode, in decoder: inout ConfigurationDecoder) {
        guard details.at == .relay, publish != .outbox else { return }
        decoder.reject(
            "details", of: node, "no relay deletes cached details, since events don't go through an outbox",
            remedy: "write \"publish\": \"outbox\"")
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
    /// By the purchase, once its transaction is committed.
    case afterCommit
    /// By the purchase, before it commits.
    case insideTransaction
    /// By a relay: the transaction writes the event into a table, so that both become durable or neither.
    case outbox
    /// Never.
    case none
}
