/// How a product is shown: cache-aside over the replica.
public struct ViewPolicy: Hashable, Sendable {
    /// Zero: entries never expire.
    public var cacheTTL = TimeSpan.zero
    /// Share of the TTL by which entries expire earlier or later, at random.
    public var jitter = 0.0
    /// Who loads a missing entry.
    public var onMiss = MissPolicy.load
    /// With a mutex: how long the lock of a rebuild lives.
    public var rebuildTTL = TimeSpan.seconds(10)
    /// With a mutex: how long those who don't rebuild wait before they look again.
    public var rebuildRetryDelay = TimeSpan.milliseconds(50)
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
            Field("rebuildTTL", \.rebuildTTL, "With \"onMiss\": \"mutex\", the life of a rebuild's lock."),
            Field(
                "rebuildRetryDelay", \.rebuildRetryDelay,
                "With \"onMiss\": \"mutex\", how long the others wait before they look again."),
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
