/// Faults inside the nodes that strike at random, in two steps as FoundationDB's `BUGGIFY` does: for a whole run a site is
/// enabled or not, and an enabled one fires now and then. So each run has a few kinds of bad luck, and a lot of each.
///
/// Source: FoundationDB, `flow/flow.h`, where both probabilities are a quarter.
public struct RandomFaults: Hashable, Sendable {
    /// That a site is enabled in a run.
    public var enable = 0.25
    /// That an enabled site fires, each time that it is passed.
    public var fire = 0.25
    /// Which sites take part; none: all.
    public var sites: Set<RandomFaultSite> = []
    /// How often one site fires in a run at most; absent: no limit.
    public var limit: Int?
    /// Time after the opening at which all sites go quiet; absent: never.
    public var until: TimeSpan?
    /// How long what is slow or stands still takes.
    public var hang = TimeSpan.seconds(1)
    /// Time until a node that was killed is started again; absent: it stays down.
    public var restartAfter: TimeSpan?

    /// All sites, with FoundationDB's probabilities.
    public init() {}
}

extension RandomFaults: Configurable {
    package static var fields: [Field<RandomFaults>] {
        [
            Field("enable", \.enable, 0...1.0, "Probability that a site is enabled in a run."),
            Field("fire", \.fire, 0...1.0, "Probability that an enabled site fires when it is passed."),
            Field("sites", \.sites, "Which sites take part; none: all."),
            Field("limit", \.limit, 1...1_000_000_000, "How often a site fires in a run at most; absent: no limit."),
            Field("until", \.until, "When, after the opening, all sites go quiet; absent: never."),
            Field("hang", \.hang, TimeSpan.nanoseconds(1)..., "How long what is slow or stands still takes."),
            Field("restartAfter", \.restartAfter, "Time until a killed node starts again; absent: it stays down."),
        ]
    }
}

/// A place in the nodes' code where bad luck may strike; the raw value is the word in the file.
public enum RandomFaultSite: String, CaseIterable, Keyword {
    /// The connection breaks when the transaction is committed and nobody has been told.
    case mysqlLostReply = "mysql.lostReply"
    /// The primary's machine dies when it has acknowledged a commit, before a replica can have it.
    case mysqlCrashAfterCommit = "mysql.crashAfterCommit"
    /// One flush of the logs hangs.
    case mysqlSlowFlush = "mysql.slowFlush"
    /// A replica's applier hangs at a transaction, so that reads there are stale.
    case mysqlSlowApply = "mysql.slowApply"
    /// The connection breaks when a write is executed and nobody has been told.
    case redisLostReply = "redis.lostReply"
    /// The master's machine dies when it has acknowledged a write, before a replica can have it.
    case redisCrashAfterWrite = "redis.crashAfterWrite"
    /// A replica reads the master's stream late.
    case redisSlowReplica = "redis.slowReplica"
    /// A lock that was just taken has expired before its time, as after a step of the server's clock.
    case redisEarlyExpiry = "redis.earlyExpiry"
    /// The application's connection to Redis breaks as it sends a command.
    case redisDeadConnection = "redis.deadConnection"
    /// A pool lends a connection that has just broken.
    case poolDeadConnection = "pool.deadConnection"
    /// A request is served, and its response is lost with the connection.
    case applicationLostResponse = "application.lostResponse"
    /// An application server stands still when it has got a lock.
    case applicationPause = "application.pause"
    /// A poll of the failover manager gets no answer.
    case managerLostPoll = "manager.lostPoll"
}
