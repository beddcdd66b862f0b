/// How MySQL replicas follow their primary (FIDELITY §2.3).
public struct ReplicationSettings: Hashable, Sendable {
    /// MySQL: asynchronous.
    public var mode = ReplicationMode.asynchronous
    /// `rpl_semi_sync_source_wait_point`; nil: after the sync, for MariaDB (`rpl_semi_sync_master_wait_point`) after the
    /// commit.
    public var waitPoint: SemiSyncWaitPoint?
    /// `rpl_semi_sync_source_timeout`.
    public var timeout = TimeSpan.seconds(10)
    /// Of one transaction on a replica.
    public var applyTime = Distribution.constant(.zero)
    /// `replica_net_timeout`.
    public var netTimeout = TimeSpan.seconds(60)
    /// `SOURCE_CONNECT_RETRY`.
    public var connectRetry = TimeSpan.seconds(60)

    /// All defaults.
    public init() {}
}

extension ReplicationSettings: Configurable {
    package static var fields: [Field<ReplicationSettings>] {
        [
            Field("mode", \.mode, "Whether a commit waits for a replica."),
            Field(
                "waitPoint", \.waitPoint,
                "Where a semi-synchronous commit waits; absent: afterSync, for MariaDB afterCommit."),
            Field("timeout", \.timeout, "Wait after which the primary goes on asynchronously."),
            Field("applyTime", \.applyTime, "Time to apply one transaction on a replica."),
            Field(
                "netTimeout", \.netTimeout, TimeSpan.milliseconds(1)...,
                "Silence after which a replica takes its connection for broken."),
            Field(
                "connectRetry", \.connectRetry, TimeSpan.milliseconds(1)..., "Time between two attempts to reconnect."),
        ]
    }
}

/// Whether a commit waits for a replica.
public enum ReplicationMode: String, CaseIterable, Keyword {
    case asynchronous, semiSynchronous
}

/// Where a semi-synchronous commit waits for the acknowledgement.
public enum SemiSyncWaitPoint: String, CaseIterable, Keyword {
    /// Before the engine commits: nobody sees what a failover could lose.
    case afterSync
    /// After the engine has committed: others see it before it is safe.
    case afterCommit
}
