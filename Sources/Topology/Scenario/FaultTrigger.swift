/// When a fault happens.
public enum FaultTrigger: Hashable, Sendable {
    /// At a moment of virtual time, counted from the start.
    case at(TimeSpan)
    /// When something happens for the n-th time.
    case on(EventTrigger)
}

/// The n-th event of a kind.
public struct EventTrigger: Hashable, Sendable {
    /// What must happen.
    public var site: EventSite
    /// Which time it happens, counted from 1.
    public var nth: Int
    /// The node on which it counts; absent: all nodes together.
    public var node: String?
    /// How long after the event the fault comes.
    public var after: TimeSpan

    /// The n-th event at a site.
    public init(_ site: EventSite, nth: Int = 1, node: String? = nil, after: TimeSpan = .zero) {
        (self.site, self.nth, self.node, self.after) = (site, nth, node, after)
    }
}

/// The trigger's keys as they stand in a fault: all optional, as either `at` or `on` is used.
struct WrittenTrigger: Configurable {
    var at: TimeSpan?
    var on: EventSite?
    var nth: Int?
    var node: String?
    var after: TimeSpan?

    init() {}

    init(_ trigger: FaultTrigger) {
        switch trigger {
        case .at(let moment): at = moment
        case .on(let event):
            (on, node) = (event.site, event.node)
            // Defaults are left out, so that what is written again reads as people write it.
            nth = event.nth == 1 ? nil : event.nth
            after = event.after == .zero ? nil : event.after
        }
    }

    static var fields: [Field<WrittenTrigger>] {
        [
            Field("at", \.at, "Moment at which it happens."),
            Field("on", \.on, "Event on which it happens."),
            Field("nth", \.nth, 1...1_000_000_000, "Which event of that kind, counted from 1."),
            Field("node", \.node, "Node on which the events are counted; absent: all nodes together."),
            Field("after", \.after, "How long after the event it happens."),
        ]
    }

    /// The trigger, once `review` has found nothing.
    var trigger: FaultTrigger? {
        if let on { return .on(EventTrigger(on, nth: nth ?? 1, node: node, after: after ?? .zero)) }
        return at.map { .at($0) }
    }

    func review(_ node: JSONNode, in decoder: inout ConfigurationDecoder) {
        switch (at, on) {
        case (nil, nil):
            let remedy = "add \"at\": \"3s\" or \"on\": \"mysql.commit\""
            decoder.fail(at: node.place, "the fault has no trigger", remedy: remedy, kind: .meaning)
        case (.some, .some):
            decoder.reject("on", of: node, "the fault has two triggers", remedy: "keep either \"at\" or \"on\"")
        case (.some, nil):
            for (key, isThere) in [("nth", nth != nil), ("node", self.node != nil), ("after", after != nil)]
            where isThere {
                decoder.reject(
                    key, of: node, "\"\(key)\" belongs to \"on\"", remedy: "remove it, or replace \"at\" by \"on\"")
            }
        case (nil, .some): break
        }
    }
}

/// A step of the system that a fault can be tied to; the raw value is the word in the file.
public enum EventSite: String, CaseIterable, Keyword {
    /// A request has reached an application server.
    case requestArrived = "request.arrived"
    /// A product was not in the cache.
    case viewMiss = "view.miss"
    /// The purchase has the product's lock.
    case purchaseLockAcquired = "purchase.lockAcquired"
    /// The stock was looked up.
    case purchaseStockRead = "purchase.stockRead"
    /// The transaction has begun.
    case purchaseBegun = "purchase.begun"
    /// The product row is locked.
    case purchaseRowLocked = "purchase.rowLocked"
    /// The stock was written.
    case purchaseUpdated = "purchase.updated"
    /// The order was inserted.
    case purchaseInserted = "purchase.inserted"
    /// The application knows that the transaction has committed.
    case purchaseCommitted = "purchase.committed"
    /// The stock in Redis was brought up to date.
    case purchaseCacheUpdated = "purchase.cacheUpdated"
    /// The purchase is done with the product, and about to delete its lock.
    case purchaseLockReleasing = "purchase.lockReleasing"
    /// The product's lock was given back.
    case purchaseLockReleased = "purchase.lockReleased"
    /// The event was published.
    case purchasePublished = "purchase.published"
    /// The transaction is in the binary log, the engine has not committed it.
    case mysqlPrepare = "mysql.prepare"
    /// The engine has committed, the answer is not sent.
    case mysqlCommit = "mysql.commit"
    /// A replica has received a transaction.
    case mysqlReplicated = "mysql.replicated"
    /// A replica has become the primary.
    case mysqlPromoted = "mysql.promoted"
    /// Redis has executed a write, the answer is not sent.
    case redisWrite = "redis.write"
    /// A replica has received a write.
    case redisReplicated = "redis.replicated"
    /// A replica has become the master.
    case redisPromoted = "redis.promoted"
    /// Redis has set a lock's key.
    case redisLockAcquired = "redis.lockAcquired"
}
