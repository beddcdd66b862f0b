/// A Redis master with its replicas and Sentinels; the defaults are those of Redis 7.2 (FIDELITY §1.3, §1.5).
public struct RedisSettings: Hashable, Sendable {
    /// The node that begins as the master.
    public var master = ""
    /// The nodes that begin as replicas.
    public var replicas: [String] = []
    /// A command on a single core takes microseconds.
    public var serviceTime = Distribution.constant(.microseconds(10))
    /// Of a script; absent: that of a command.
    public var scriptServiceTime: Distribution?
    /// `maxclients`.
    public var maxclients = 10_000
    /// `min-replicas-to-write`.
    public var minReplicasToWrite = 0
    /// `min-replicas-max-lag`.
    public var minReplicasMaxLag = TimeSpan.seconds(10)
    /// `replica-serve-stale-data`.
    public var replicaServeStaleData = true
    /// `repl-backlog-size`.
    public var replicationBacklog = ByteCount(bytes: 1_048_576)
    /// `repl-timeout`.
    public var replicationTimeout = TimeSpan.seconds(60)
    /// `repl-ping-replica-period`.
    public var replicationPingPeriod = TimeSpan.seconds(10)
    /// `save 3600 1 300 100 60 10000`.
    public var save = [
        SavePoint(after: .seconds(3_600), changes: 1), SavePoint(after: .seconds(300), changes: 100),
        SavePoint(after: .seconds(60), changes: 10_000),
    ]
    /// `appendonly no`.
    public var appendOnly = AppendOnly.off
    /// `maxmemory`; absent: none.
    public var maxMemory: ByteCount?
    /// `maxmemory-policy noeviction`: what needs memory is refused.
    public var maxMemoryPolicy = EvictionPolicy.noEviction
    /// An empty server is up in a tenth of a second.
    public var startTime = TimeSpan.milliseconds(100)
    /// By itself a server knows nothing but its configuration file.
    public var rejoin = RedisRejoin.asConfigured
    /// Keys a second while a snapshot or a log is read; the order of what one core does.
    public var loadRate = Rate(perSecond: 500_000)
    /// Who fails it over.
    public var sentinels = SentinelSettings()

    /// All defaults, and no names.
    public init() {}
}

extension RedisSettings: Configurable {
    package static var fields: [Field<RedisSettings>] {
        [
            Field("master", \.master, required: true, "The node that begins as the master."),
            Field("replicas", \.replicas, "The nodes that begin as replicas."),
            Field("serviceTime", \.serviceTime, "CPU time of one command; one core runs them one by one."),
            Field("scriptServiceTime", \.scriptServiceTime, "CPU time of one script; absent: that of a command."),
            Field("maxclients", \.maxclients, 1...10_000_000, "Connections at once; further ones are refused."),
            Field("minReplicasToWrite", \.minReplicasToWrite, 0...100, "Replicas in touch without which writes fail."),
            Field("minReplicasMaxLag", \.minReplicasMaxLag, "How long ago a replica in touch may have reported."),
            Field("replicaServeStaleData", \.replicaServeStaleData, "Whether a replica without master answers reads."),
            Field(
                "replicationBacklog", \.replicationBacklog, ByteCount(bytes: 1)...,
                "Stream kept for replicas that return."),
            Field("replicationTimeout", \.replicationTimeout, TimeSpan.milliseconds(1)..., "Silence that ends a link."),
            Field(
                "replicationPingPeriod", \.replicationPingPeriod, TimeSpan.milliseconds(1)...,
                "Time between two pings to the replicas."),
            Field("save", \.save, "When a snapshot is written; none: never."),
            Field("appendOnly", \.appendOnly, "Whether and when the log of writes reaches the disk."),
            Field("maxMemory", \.maxMemory, ByteCount(bytes: 1)..., "maxmemory; absent: none."),
            Field(
                "maxMemoryPolicy", \.maxMemoryPolicy,
                "What goes when memory is short; noeviction: writes that need memory are refused."),
            Field("startTime", \.startTime, "Time from a restart until the data is loaded from disk."),
            Field("rejoin", \.rejoin, "As what a server that was down comes back."),
            Field("loadRate", \.loadRate, Rate(perSecond: 1)..., "Keys a second while data is loaded."),
            Field("sentinels", \.sentinels, "The Sentinels; none: nobody fails over."),
        ]
    }
}

/// As what a Redis server comes back that was down.
public enum RedisRejoin: String, CaseIterable, Keyword {
    /// As its configuration file says: who was the master, takes writes until a Sentinel demotes it, 8 s later.
    case asConfigured
    /// Its start script asks the Sentinels who the master is, and makes it a replica of another one.
    case askSentinels
}

/// One pair of Redis's `save`.
public struct SavePoint: Hashable, Sendable {
    /// Time since the last snapshot.
    public var after = TimeSpan.seconds(60)
    /// Changes since then, at least.
    public var changes = 1

    /// After a minute, if anything changed.
    public init() {}

    /// A snapshot after this time if there were so many changes.
    public init(after: TimeSpan, changes: Int) { (self.after, self.changes) = (after, changes) }
}

extension SavePoint: Configurable {
    package static var fields: [Field<SavePoint>] {
        [
            Field("after", \.after, TimeSpan.milliseconds(1)..., required: true, "Time since the last snapshot."),
            Field("changes", \.changes, 1...1_000_000_000, required: true, "Changes since then, at least."),
        ]
    }
}

/// `appendonly` and `appendfsync` in one.
public enum AppendOnly: String, CaseIterable, Keyword {
    case off, everysec, always
}

/// The Sentinels of a Redis master (FIDELITY §1.5).
public struct SentinelSettings: Hashable, Sendable {
    /// None: nobody fails over.
    public var names: [String] = []
    /// Of the sample configuration: 2.
    public var quorum = 2
    /// `down-after-milliseconds`: 30 s.
    public var downAfter = TimeSpan.seconds(30)
    /// `failover-timeout`: 180 s.
    public var failoverTimeout = TimeSpan.seconds(180)
    /// `parallel-syncs`: 1.
    public var parallelSyncs = 1

    /// No Sentinel.
    public init() {}
}

extension SentinelSettings: Configurable {
    package static var fields: [Field<SentinelSettings>] {
        [
            Field("names", \.names, "Names of the Sentinels; none: nobody fails over."),
            Field("quorum", \.quorum, 1...1_000, "Sentinels that must agree that the master is down."),
            Field("downAfter", \.downAfter, TimeSpan.milliseconds(1)..., "Silence after which a node counts as down."),
            Field(
                "failoverTimeout", \.failoverTimeout, TimeSpan.milliseconds(1)...,
                "Time for a failover; twice that before the next."),
            Field("parallelSyncs", \.parallelSyncs, 1...1_000, "Replicas that are pointed to the new master at once."),
        ]
    }
}
