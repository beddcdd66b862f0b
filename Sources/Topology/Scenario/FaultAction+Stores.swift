private let diskReach = FaultReach([.redis, .mysql], "only Redis and MySQL write to a disk")
private let redisReach = FaultReach([.redis], "this is a command of Redis")

/// A disk answers nobody for a while.
public struct DiskStallFault: Hashable, Sendable {
    /// The node.
    public var diskStall = FaultNode.named("")
    /// How long.
    public var `for` = TimeSpan.seconds(1)

    /// No disk stalls.
    public init() {}

    /// A disk stalls.
    public init(_ node: FaultNode, for span: TimeSpan) { (diskStall, `for`) = (node, span) }
}

extension DiskStallFault: FaultFamily {
    package static var verb: String { "diskStall" }
    package static var reach: FaultReach { diskReach }
    package var node: FaultNode? { diskStall }
    package var duration: TimeSpan? { `for` }

    package static var fields: [Field<DiskStallFault>] {
        [
            Field("diskStall", \.diskStall, required: true, "Node whose reads, writes and flushes hang."),
            Field("for", \.for, required: true, "How long they hang."),
        ]
    }
}

/// A disk has no room.
public struct DiskFullFault: Hashable, Sendable {
    /// The node.
    public var diskFull = FaultNode.named("")
    /// Absent: nobody makes room.
    public var `for`: TimeSpan?

    /// No disk is full.
    public init() {}

    /// A disk is full.
    public init(_ node: FaultNode, for span: TimeSpan? = nil) { (diskFull, `for`) = (node, span) }
}

extension DiskFullFault: FaultFamily {
    package static var verb: String { "diskFull" }
    package static var reach: FaultReach { diskReach }
    package var node: FaultNode? { diskFull }
    package var duration: TimeSpan? { `for` }

    package static var fields: [Field<DiskFullFault>] {
        [
            Field("diskFull", \.diskFull, required: true, "Node whose disk has no room for another byte."),
            Field("for", \.for, "Time until somebody makes room; absent: nobody does."),
        ]
    }
}

/// A replica takes nothing in, or applies nothing, while its connection stays open.
public struct ReplicationStallFault: Hashable, Sendable {
    /// The replica.
    public var replicationStall = FaultNode.named("")
    /// Which half stands still.
    public var part = ReplicationPart.receive
    /// How long.
    public var `for` = TimeSpan.seconds(1)

    /// No replica stalls.
    public init() {}

    /// A replica stalls.
    public init(_ node: FaultNode, part: ReplicationPart = .receive, for span: TimeSpan) {
        (replicationStall, self.part, `for`) = (node, part, span)
    }
}

/// The two halves of a replica.
public enum ReplicationPart: String, CaseIterable, Keyword {
    /// Nothing is read from the source.
    case receive
    /// MySQL's applier stands still; the relay log grows.
    case apply
}

extension ReplicationStallFault: FaultFamily {
    package static var verb: String { "replicationStall" }
    package static var reach: FaultReach { FaultReach([.redis, .mysql], "only Redis and MySQL replicate") }
    package var node: FaultNode? { replicationStall }
    package var duration: TimeSpan? { `for` }

    package static var fields: [Field<ReplicationStallFault>] {
        [
            Field("replicationStall", \.replicationStall, required: true, "Replica that stands still."),
            Field("part", \.part, "Which half: receiving, or (MySQL only) applying."),
            Field("for", \.for, required: true, "How long."),
        ]
    }
}

/// A replica needs longer for each transaction.
public struct ApplyLagFault: Hashable, Sendable {
    /// The replica.
    public var applyLag = FaultNode.named("")
    /// Added to each transaction.
    public var by = Distribution.constant(.zero)
    /// Absent: to the end.
    public var `for`: TimeSpan?

    /// No replica lags.
    public init() {}

    /// A replica lags.
    public init(_ node: FaultNode, by extra: Distribution, for span: TimeSpan? = nil) {
        (applyLag, by, `for`) = (node, extra, span)
    }
}

extension ApplyLagFault: FaultFamily {
    package static var verb: String { "applyLag" }
    package static var reach: FaultReach { FaultReach([.mysql], "Redis applies what it receives at once") }
    package var node: FaultNode? { applyLag }
    package var duration: TimeSpan? { `for` }

    package static var fields: [Field<ApplyLagFault>] {
        [
            Field("applyLag", \.applyLag, required: true, "Replica that needs longer for each transaction."),
            Field("by", \.by, required: true, "What is added to each transaction."),
            Field("for", \.for, "How long; absent: to the end."),
        ]
    }
}

/// An operator empties a Redis.
public struct FlushAllFault: Hashable, Sendable {
    /// The server; a replica refuses.
    public var flushAll = FaultNode.named("")

    /// Nothing is emptied.
    public init() {}

    /// A server is emptied.
    public init(_ node: FaultNode) { flushAll = node }
}

extension FlushAllFault: FaultFamily {
    package static var verb: String { "flushAll" }
    package static var reach: FaultReach { redisReach }
    package var node: FaultNode? { flushAll }

    package static var fields: [Field<FlushAllFault>] {
        [Field("flushAll", \.flushAll, required: true, "Redis that somebody sends FLUSHALL to; a replica refuses it.")]
    }
}

/// A Redis gets a limit of memory at run time, below what it holds or comes to hold.
public struct MaxMemoryFault: Hashable, Sendable {
    /// The server.
    public var maxMemory = FaultNode.named("")
    /// `maxmemory`.
    public var limit = ByteCount(bytes: 0)
    /// `maxmemory-policy`.
    public var policy = EvictionPolicy.noEviction
    /// Absent: to the end, or to the server's next start.
    public var `for`: TimeSpan?

    /// No limit.
    public init() {}

    /// A limit.
    public init(_ node: FaultNode, limit: ByteCount, policy: EvictionPolicy, for span: TimeSpan? = nil) {
        (maxMemory, self.limit, self.policy, `for`) = (node, limit, policy, span)
    }
}

extension MaxMemoryFault: FaultFamily {
    package static var verb: String { "maxMemory" }
    package static var reach: FaultReach { redisReach }
    package var node: FaultNode? { maxMemory }
    package var duration: TimeSpan? { `for` }

    package static var fields: [Field<MaxMemoryFault>] {
        [
            Field("maxMemory", \.maxMemory, required: true, "Redis that gets a limit of memory."),
            Field("limit", \.limit, ByteCount(bytes: 1)..., required: true, "maxmemory."),
            Field("policy", \.policy, "What goes when memory is short; noeviction: writes are refused."),
            Field("for", \.for, "How long; absent: to the end, or to the server's next start."),
        ]
    }
}

/// `maxmemory-policy`, as Redis spells it; the LFU policies are not modelled.
public enum EvictionPolicy: String, CaseIterable, Keyword {
    case noEviction = "noeviction"
    case allKeysLRU = "allkeys-lru"
    case volatileLRU = "volatile-lru"
    case allKeysRandom = "allkeys-random"
    case volatileRandom = "volatile-random"
    case volatileTTL = "volatile-ttl"
}
