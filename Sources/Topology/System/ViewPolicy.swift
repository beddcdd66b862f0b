/// How a product is shown: cache-aside over the replica.
public struct ViewPolicy: Hashable, Sendable {
    /// Zero: entries never expire.
    public var cacheTTL = TimeSpan.zero
    /// Share of the TTL by which entries expire earlier or later, at random.
    public var jitter = 0.0
    /// Whose clock ends an entry's life.
    public var expiry = ExpiryPolicy.redis
    /// Who loads a missing entry.
    public var onMiss = MissPolicy.load
    /// With a mutex or leases: how long the lock of a rebuild lives.
    public var rebuildTTL = TimeSpan.seconds(10)
    /// With a mutex: how long those who don't rebuild wait before they look again.
    public var rebuildRetryDelay = TimeSpan.milliseconds(50)
    /// With a mutex: whether those who waited for it, and who then gets it, look into the cache again.
    public var rebuildCheck = RebuildCheck.again
    /// Where a missing product is loaded from.
    public var source = ViewSource.replica
    /// How it gets into the cache then.
    public var fill = FillPolicy.set
    /// The cache inside each server; absent: none.
    public var local: LocalCachePolicy?
    /// What somebody sees who has just bought.
    public var ownWrites = OwnWritesPolicy()
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
            Field("expiry", \.expiry, "Whose clock ends an entry's life."),
            Field("onMiss", \.onMiss, "Whether every reader of a missing product loads it, or only one."),
            Field(
                "rebuildTTL", \.rebuildTTL,
                "With \"onMiss\": \"mutex\" or \"fill\": \"lease\", the life of a rebuild's lock."),
            Field(
                "rebuildRetryDelay", \.rebuildRetryDelay,
                "With \"onMiss\": \"mutex\", how long the others wait before they look again."),
            Field(
                "rebuildCheck", \.rebuildCheck,
                "With \"onMiss\": \"mutex\", whether those who waited look into the cache before they rebuild."),
            Field("source", \.source, "Which database a missing product is loaded from."),
            Field("fill", \.fill, "How a loaded product is put into the cache."),
            Field("local", \.local, "A cache inside each application server, in front of Redis."),
            Field("ownWrites", \.ownWrites, "What somebody sees who has just bought."),
            Field("cacheFailure", \.cacheFailure, "What the application does when Redis fails."),
        ]
    }
}

/// Whose clock ends the life of a cached product.
public enum ExpiryPolicy: String, CaseIterable, Keyword {
    /// Redis's: the key has a TTL, which a step of that clock shortens or prolongs.
    case redis
    /// Redis's or the reader's, whichever is first: the value says as well until when it may be shown (logical expiry).
    case redisAndReader
}

/// Who loads a product that is not cached.
public enum MissPolicy: String, CaseIterable, Keyword {
    /// Every reader that misses it.
    case load
    /// The reader that gets a lock; the others wait for it.
    case mutex
}

/// Whether readers that waited for a rebuild's lock look for its result.
public enum RebuildCheck: String, CaseIterable, Keyword {
    /// After each wait, and once more under the lock.
    case again
    /// They only try for the lock, and rebuild as soon as they have it.
    case never
}

/// Which database a view loads a missing product from.
public enum ViewSource: String, CaseIterable, Keyword {
    /// The replica, which may lag.
    case replica
    /// The primary.
    case primary
}

/// How a loaded product is put into the cache; an invalidation may have come between the look into the database and this.
public enum FillPolicy: String, CaseIterable, Keyword {
    /// `SET`, whatever is there.
    case set
    /// One script compares versions and stores nothing older than what is there.
    case ifNewer
    /// Who misses takes a lease before it reads; an invalidation deletes the lease, and with it the right to fill.
    case lease
}

/// What a view does when Redis fails.
public enum CacheFailurePolicy: String, CaseIterable, Keyword {
    /// Reads the database.
    case bypass
    /// Fails.
    case fail
}
