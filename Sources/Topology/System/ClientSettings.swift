/// A connection pool as HikariCP has it (FIDELITY §3), over Connector/J.
public struct PoolSettings: Hashable, Sendable {
    /// `maximumPoolSize`: 10.
    public var size = 10
    /// `connectionTimeout`: 30 s.
    public var connectionTimeout = TimeSpan.seconds(30)
    /// `validationTimeout`: 5 s.
    public var validationTimeout = TimeSpan.seconds(5)
    /// `maxLifetime`: 30 min.
    public var maxLifetime = TimeSpan.seconds(1_800)
    /// `com.zaxxer.hikari.aliveBypassWindowMs`: 500 ms.
    public var aliveBypassWindow = TimeSpan.milliseconds(500)
    /// `connectTimeout` of Connector/J: 0, none.
    public var connectTimeout = TimeSpan.zero
    /// `socketTimeout` of Connector/J: 0, none.
    public var socketTimeout = TimeSpan.zero

    /// All defaults.
    public init() {}
}

extension PoolSettings: Configurable {
    package static var fields: [Field<PoolSettings>] {
        [
            Field("size", \.size, 1...100_000, "Connections of one server's pool."),
            Field(
                "connectionTimeout", \.connectionTimeout, TimeSpan.milliseconds(1)...,
                "How long a borrower waits for a connection."),
            Field("validationTimeout", \.validationTimeout, "How long the check of an idle connection may take."),
            Field("maxLifetime", \.maxLifetime, "Age at which an idle connection is replaced; 0s never."),
            Field("aliveBypassWindow", \.aliveBypassWindow, "A connection used within this time is not checked."),
            Field("connectTimeout", \.connectTimeout, "Time to open a connection; 0s is no limit."),
            Field("socketTimeout", \.socketTimeout, "Time to wait for an answer; 0s is no limit."),
        ]
    }
}

/// A Redis client as Lettuce has it (FIDELITY §1.8).
public struct RedisClientSettings: Hashable, Sendable {
    /// `DEFAULT_TIMEOUT` of Lettuce: 60 s.
    public var commandTimeout = TimeSpan.seconds(60)
    /// `SocketOptions.connectTimeout` of Lettuce: 10 s.
    public var connectTimeout = TimeSpan.seconds(10)
    /// The first step of Lettuce's exponential delay: 1 ms.
    public var reconnectDelayMinimum = TimeSpan.milliseconds(1)
    /// The last step of Lettuce's exponential delay: 30 s.
    public var reconnectDelayMaximum = TimeSpan.seconds(30)
    /// Plain Sentinel set-ups of Lettuce look up on (re)connecting only.
    public var topologyRefresh = TopologyRefresh.onReconnect
    /// Lettuce believes the first Sentinel that answers.
    public var masterCheck = MasterCheck.none
    /// `ReadFrom` of Lettuce: the master.
    public var readFrom = ReadFrom.master
    /// Lettuce with automatic reconnection: at least once.
    public var replay = CommandReplay.atLeastOnce

    /// All defaults.
    public init() {}
}

extension RedisClientSettings: Configurable {
    package static var fields: [Field<RedisClientSettings>] {
        [
            Field("commandTimeout", \.commandTimeout, TimeSpan.milliseconds(1)..., "How long a command may take."),
            Field("connectTimeout", \.connectTimeout, TimeSpan.milliseconds(1)..., "Time to open a connection."),
            Field(
                "reconnectDelayMinimum", \.reconnectDelayMinimum, "First wait before reconnecting; doubles each time."),
            Field("reconnectDelayMaximum", \.reconnectDelayMaximum, "Longest wait before reconnecting."),
            Field("topologyRefresh", \.topologyRefresh, "When the client asks again who the master is."),
            Field(
                "masterCheck", \.masterCheck,
                "Whether a server that a Sentinel names as the master is asked for its role before it is used."),
            Field("readFrom", \.readFrom, "Which node answers reads."),
            Field("replay", \.replay, "Whether commands without an answer are sent again after reconnecting."),
        ]
    }

    package func review(_ node: JSONNode, in decoder: inout ConfigurationDecoder) {
        if masterCheck == .role, topologyRefresh == .never {
            decoder.reject(
                "masterCheck", of: node, "a client that never asks a Sentinel has nobody else to ask",
                remedy: "set topologyRefresh to \"onReconnect\" or \"sentinelEvents\"")
        }
        guard reconnectDelayMaximum < reconnectDelayMinimum else { return }
        let key = node["reconnectDelayMaximum"] == nil ? "reconnectDelayMinimum" : "reconnectDelayMaximum"
        decoder.reject(
            key, of: node, "the longest wait (\(reconnectDelayMaximum)) is below the first (\(reconnectDelayMinimum))",
            remedy: "raise reconnectDelayMaximum")
    }
}

/// When a Redis client asks again who the master is.
public enum TopologyRefresh: String, CaseIterable, Keyword {
    /// When a connection broke and is opened again.
    case onReconnect
    /// When Sentinel publishes a switch.
    case sentinelEvents
    /// Never: it stays with the address that it was given.
    case never
}

/// Whether a Redis client believes what a Sentinel says about the master.
public enum MasterCheck: String, CaseIterable, Keyword {
    /// It uses the server that the first Sentinel names that answers (Lettuce, Jedis, go-redis).
    case none
    /// It sends `ROLE` first; where that is a replica, or does not answer, it asks the next Sentinel, and after the last
    /// one waits and begins anew (Redis's "Sentinel client spec", step 3; redis-rs).
    case role
}

/// Which Redis node answers reads.
public enum ReadFrom: String, CaseIterable, Keyword {
    case master, replica, replicaPreferred
}

/// What becomes of a command whose answer was lost with its connection.
public enum CommandReplay: String, CaseIterable, Keyword {
    /// It is sent again, and may run twice.
    case atLeastOnce
    /// It fails.
    case atMostOnce
}

/// Where the application sends reads for which it uses the replica.
public struct DatabaseRouting: Hashable, Sendable {
    /// When the replica is gone or has been promoted.
    public var replicaFallback = ReplicaFallback.primary

    /// All defaults.
    public init() {}
}

extension DatabaseRouting: Configurable {
    package static var fields: [Field<DatabaseRouting>] {
        [Field("replicaFallback", \.replicaFallback, "Where reads go when the replica is gone or was promoted.")]
    }
}

/// What becomes of a read when there is no replica.
public enum ReplicaFallback: String, CaseIterable, Keyword {
    case primary, fail
}
