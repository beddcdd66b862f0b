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
    /// With a reboot as the fence: until the server is started again, which a small machine needs about a minute for.
    public var rebootTime = TimeSpan.seconds(60)
    /// `RecoveryPeriodBlockSeconds`: 3600 s.
    public var recoveryBlock = TimeSpan.seconds(3600)
    /// `RecoverNonWriteableMaster`: off in orchestrator.
    public var readOnlyPrimary = ReadOnlyPrimaryPolicy.leave
    /// orchestrator by itself leaves a failed primary to people.
    public var strayServers = StrayServerPolicy.leave
    /// With servers that are provisioned anew: until the copy is made. A gigabyte a minute or two over a quiet network.
    public var cloneTime = TimeSpan.seconds(60)
    /// Vitess's `durability_policy`: none.
    public var durabilityPolicy = DurabilityPolicy.none
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
            Field(
                "rebootTime", \.rebootTime,
                "With \"fence\": \"reboot\", the time until the machine is up and starts the server."),
            Field(
                "recoveryBlock", \.recoveryBlock, TimeSpan.zero...,
                "Time after a recovery in which there is no other one, so that roles do not flap."),
            Field(
                "readOnlyPrimary", \.readOnlyPrimary,
                "What happens to a primary that refuses writes, as one does that comes back as its file says."),
            Field(
                "strayServers", \.strayServers,
                "What happens to a server that does not follow the primary, such as one that failed and came back."),
            Field(
                "cloneTime", \.cloneTime,
                "With \"strayServers\": \"rebuild\", the time that copying the primary's data takes."),
            Field(
                "durabilityPolicy", \.durabilityPolicy,
                "What a promotion must not lose, and so which servers have to be seen before."),
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
    /// By switching the machine off; it stays so until somebody switches it on.
    case stonith
    /// By having the machine reboot (`stonith-action`'s default in Pacemaker).
    case reboot
}

/// What happens to a primary that is found to be read-only.
public enum ReadOnlyPrimaryPolicy: String, CaseIterable, Keyword {
    /// Nothing: a person has to.
    case leave
    /// It is made writable if replicas follow it, which counts as a recovery (`RecoverNonWriteableMaster`).
    case makeWritable
}

/// What happens to a server that does not follow the primary: one that failed and came back, or that was down when
/// another was promoted.
public enum StrayServerPolicy: String, CaseIterable, Keyword {
    /// Nothing: a person has to.
    case leave
    /// It is made a replica of the primary, unless it has transactions that the primary lacks (VTOrc; MaxScale's
    /// `auto_rejoin`).
    case rejoin
    /// The same, and one that has such transactions is provisioned anew from the primary (MySQL's CLONE plugin, as
    /// InnoDB Cluster's `recoveryMethod: "clone"` uses it).
    case rebuild
}

/// What a promotion must not lose (Vitess's `durability_policy`).
public enum DurabilityPolicy: String, CaseIterable, Keyword {
    /// Whoever is reachable and has most is promoted, as orchestrator does.
    case none
    /// What one replica has acknowledged (`semi_sync`): the replication of all others is stopped and their positions are
    /// read, and as long as one of them can't be reached, nobody is promoted.
    case semiSync
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
