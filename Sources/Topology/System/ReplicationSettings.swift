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
            Field("waitPoint", \.waitPoint, "Where a semi-synchronous commit waits; absent: afterSync, for MariaDB afterCommit."),
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

/// A failover manager in the manner of orchestrator (FIDELITY §2.4).
public struct FailoverSettings: Hashable, Sendable {
    /// The node's name.
    public var manager = "failover-manager"
    /// `InstancePollSeconds`: 5 s.
    public var pollInterval = TimeSpan.seconds(5)
    /// The detection loop of orchestrator: 1 s.
    public var recoveryPoll = TimeSpan.seconds(1)
    /// How long one poll may take.
    public var pollTimeout = TimeSpan.seconds(1)
    /// Failed polls in a row.
    public var confirmations = 1
    /// orchestrator's DeadMaster: the replicas are broken too.
    public var requireReplicaAgreement = true
    /// `DelayMasterPromotionIfSQLThreadNotUpToDate` and `FailMasterPromotion…`; both off in orchestrator.
    public var waitForRelayLog = RelayLogPolicy.ignore
    /// orchestrator by itself does not fence.
    public var fence = FencePolicy.none
    /// How clients learn of the new primary.
    public var redirect = RedirectSettings()

    /// All defaults.
    public init() {}
}

extension FailoverSettings: Configurable {
    package static var fields: [Field<FailoverSettings>] {
        [
            Field("manager", \.manager, "The node's name."),
            Field("pollInterval", \.pollInterval, TimeSpan.milliseconds(1)..., "Time between two polls of a server."),
            Field("recoveryPoll", \.recoveryPoll, TimeSpan.milliseconds(1)..., "Time between two looks at the polls."),
            Field("pollTimeout", \.pollTimeout, TimeSpan.milliseconds(1)..., "How long one poll may take."),
            Field(
                "confirmations", \.confirmations, 1...1_000, "Failed polls in a row before the primary counts as dead."),
            Field(
                "requireReplicaAgreement", \.requireReplicaAgreement,
                "Whether the replicas must have lost the primary too."),
            Field("waitForRelayLog", \.waitForRelayLog, "What happens to transactions received but not yet applied."),
            Field("fence", \.fence, "How the old primary is kept from taking writes."),
            Field("redirect", \.redirect, "How clients learn of the new primary."),
        ]
    }
}

/// What a promotion does about transactions that the replica has received but not applied.
public enum RelayLogPolicy: String, CaseIterable, Keyword {
    /// Promotes when they are applied.
    case wait
    /// Does not promote.
    case fail
    /// Promotes at once, and drops them.
    case ignore
}

/// How a promotion keeps the old primary from taking writes.
public enum FencePolicy: String, CaseIterable, Keyword {
    /// Not at all.
    case none
    /// By `super_read_only`, if it can be reached.
    case superReadOnly
    /// By switching the machine off.
    case stonith
}

/// How clients learn of the new primary.
public struct RedirectSettings: Hashable, Sendable {
    /// What is changed.
    public var method = RedirectMethod.config
    /// Until the change has reached the clients.
    public var delay = TimeSpan.zero

    /// All defaults.
    public init() {}
}

extension RedirectSettings: Configurable {
    package static var fields: [Field<RedirectSettings>] {
        [
            Field(
                "method", \.method, "What points clients to the primary; the report names it, its delay is what counts."
            ),
            Field("delay", \.delay, "Time from the promotion until clients see the change."),
        ]
    }
}

/// What points clients to the primary.
public enum RedirectMethod: String, CaseIterable, Keyword {
    case dns, proxy, config
}
