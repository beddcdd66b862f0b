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
