/// A cache inside each application server, in front of Redis (as Caffeine is used).
public struct LocalCachePolicy: Hashable, Sendable {
    /// `expireAfterWrite`; zero: entries never expire.
    public var ttl = TimeSpan.zero
    /// Whether the servers hear of changes.
    public var invalidation = LocalInvalidation.pubSub
    /// What becomes of the entries when the subscription has been away.
    public var onResubscribe = ResubscribePolicy.flush
    /// Where changes are published.
    public var channel = "product.changed"

    /// Entries go when they are published as changed, or may have been.
    public init() {}
}

extension LocalCachePolicy: Configurable {
    package static var fields: [Field<LocalCachePolicy>] {
        [
            Field("ttl", \.ttl, "Life of an entry; 0s: for ever."),
            Field("invalidation", \.invalidation, "How a server hears that a product has changed."),
            Field(
                "onResubscribe", \.onResubscribe,
                "What becomes of the entries when the subscription has been away."),
            Field("channel", \.channel, "The channel on which changes are published."),
        ]
    }
}

/// How an application server hears that a product in its own cache has changed.
public enum LocalInvalidation: String, CaseIterable, Keyword {
    /// A purchase that changes the cached details publishes the product, and every server drops it.
    case pubSub
    /// It doesn't.
    case none
}

/// What becomes of a server's own cache when its subscription has been away: messages in between are lost.
public enum ResubscribePolicy: String, CaseIterable, Keyword {
    /// Everything is dropped.
    case flush
    /// Everything stays.
    case keep
}
