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
    /// When it is taken.
    public var takenAt = LockMoment.beforeTransaction
    /// Who prolongs it while its holder works.
    public var renewal = LockRenewal.none
    /// Whether its holders are numbered, and whether the database looks at the numbers.
    public var fencing = FencingPolicy.none
    /// Where those numbers come from.
    public var tokens = FencingTokenSource.redis
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
            Field("takenAt", \.takenAt, "Whether the lock is taken before the transaction or inside of it."),
            Field("renewal", \.renewal, "Who prolongs the lock while its holder works."),
            Field("fencing", \.fencing, "Whether holders have fencing tokens, and the database refuses older ones."),
            Field("tokens", \.tokens, "Where fencing tokens come from."),
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

/// When the lock is taken.
public enum LockMoment: String, CaseIterable, Keyword {
    /// Before a connection to the database is borrowed.
    case beforeTransaction
    /// After `BEGIN`, as in a method that is transactional itself: the connection is held while the lock is waited for.
    case insideTransaction
}

/// Who prolongs a lock while its holder works.
public enum LockRenewal: String, CaseIterable, Keyword {
    /// Nobody: it is gone after `ttl`, as Redisson's with a lease time.
    case none
    /// A task beside the holder, every third of `ttl`, as Redisson's watchdog; it stands still when the process does.
    case watchdog
}

/// Whether holders of the lock are numbered (Kleppmann's fencing tokens), and what the database does with the number.
public enum FencingPolicy: String, CaseIterable, Keyword {
    /// There are no tokens.
    case none
    /// The sale writes its token into the product's row, and nobody compares.
    case issued
    /// `UPDATE products … WHERE … AND fence < token`: whoever has an older token, or the same one, changes nothing.
    case checked
}

/// Where fencing tokens come from.
public enum FencingTokenSource: String, CaseIterable, Keyword {
    /// `INCR` in Redis, in one script with the taking of the lock. A failover may set the counter back, so that tokens
    /// are given a second time; the database refuses them until the counter has caught up, but not a stale holder whose
    /// token is newer than those that were given since.
    case redis
    /// `fence = fence + 1` in the product's row, which costs a commit. The sale then says `AND fence = token`.
    case database
}
