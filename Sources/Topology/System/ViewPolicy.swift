/// How a product is shown: cache-aside over the replica.
public struct ViewPolicy: Hashable, Sendable {
    /// Zero: entries never expire.
    public var cacheTTL = TimeSpan.zero
    /// Share of the TTL by which entries expire earlier or later, at random.
    public var jitter = 0.0
    /// Who loads a missing entry.
    public var onMiss = MissPolicy.load
    /// What the application does when Redis fails.
    public var cacheFailure = CacheFailurePolicy.fail

    /// All defaults.
    public init() {}
}

extension ViewPolicy: Configurable {
    package static var fields: [Field<ViewPolicy>] {
        [
            Field("cacheTTL", \.cacheTTL, "Life of a cached product; 0s: for ever."),
            Field(
                "jitter", \.jitter, 0...1.0,
                "Share of the TTL by which each entry's life is shortened or lengthened at random."),
            Field("onMiss", \.onMiss, "Whether every reader of a missing product loads it, or only one."),
            Field("cacheFailure", \.cacheFailure, "What the application does when Redis fails."),
        ]
    }
}

/// Who loads a product that is not cached.
public enum MissPolicy: String, CaseIterable, Keyword {
    /// Every reader that misses it.
    case load
    /// The reader that gets a lock; the others wait for it.
    case mutex
}

/// What a view does when Redis fails.
public enum CacheFailurePolicy: String, CaseIterable, Keyword {
    /// Reads the database.
    case bypass
    /// Fails.
    case fail
}
