/// Messages take longer.
public struct DelayFault: Hashable, Sendable {
    /// The links, both directions.
    public var delay = FaultSides([], [])
    /// Added to the latency of each message.
    public var by = Distribution.constant(.zero)
    /// Absent: to the end.
    public var `for`: TimeSpan?

    /// No link is slower.
    public init() {}

    /// Links are slower.
    public init(_ sides: FaultSides, by extra: Distribution, for span: TimeSpan? = nil) {
        (delay, by, `for`) = (sides, extra, span)
    }
}

extension DelayFault: FaultFamily {
    package static var verb: String { "delay" }
    package var sides: FaultSides? { delay }
    package var duration: TimeSpan? { `for` }

    package static var fields: [Field<DelayFault>] {
        [
            Field("delay", \.delay, required: true, "Links whose messages take longer."),
            Field("by", \.by, required: true, "What is added to each latency."),
            Field("for", \.for, "How long; absent: to the end."),
        ]
    }
}

/// Segments are lost and sent again.
public struct LossFault: Hashable, Sendable {
    /// The links, both directions.
    public var loss = FaultSides([], [])
    /// Of each segment.
    public var probability = 0.0
    /// Absent: to the end.
    public var `for`: TimeSpan?

    /// Nothing is lost.
    public init() {}

    /// Links lose segments.
    public init(_ sides: FaultSides, probability: Double, for span: TimeSpan? = nil) {
        (loss, self.probability, `for`) = (sides, probability, span)
    }
}

extension LossFault: FaultFamily {
    package static var verb: String { "loss" }
    package var sides: FaultSides? { loss }
    package var duration: TimeSpan? { `for` }

    package static var fields: [Field<LossFault>] {
        [
            Field("loss", \.loss, required: true, "Links that lose segments."),
            Field("probability", \.probability, 0...1.0, required: true, "Probability that a segment is lost."),
            Field("for", \.for, "How long; absent: to the end."),
        ]
    }
}

/// Nothing gets through.
public struct PartitionFault: Hashable, Sendable {
    /// The links.
    public var partition = FaultSides([], [])
    /// From the first side to the second, or both ways.
    public var direction = PartitionDirection.both
    /// Absent: to the end.
    public var `for`: TimeSpan?

    /// Nobody is cut off.
    public init() {}

    /// Two sides are cut off from each other.
    public init(_ sides: FaultSides, direction: PartitionDirection = .both, for span: TimeSpan? = nil) {
        (partition, self.direction, `for`) = (sides, direction, span)
    }
}

extension PartitionFault: FaultFamily {
    package static var verb: String { "partition" }
    package var sides: FaultSides? { partition }
    package var duration: TimeSpan? { `for` }

    package static var fields: [Field<PartitionFault>] {
        [
            Field("partition", \.partition, required: true, "Sides between which nothing gets through."),
            Field("direction", \.direction, "Both ways, or only from the first side to the second."),
            Field("for", \.for, "How long; absent: to the end."),
        ]
    }
}

/// Which way a partition blocks.
public enum PartitionDirection: String, CaseIterable, Keyword {
    case both, forward
}

/// Nodes are cut off from all others, but not from each other.
public struct IsolateFault: Hashable, Sendable {
    /// Names of nodes or groups that stay together.
    public var isolate: [String] = []
    /// Absent: to the end.
    public var `for`: TimeSpan?

    /// Nobody is cut off.
    public init() {}

    /// Nodes are cut off, together.
    public init(_ names: [String], for span: TimeSpan? = nil) { (isolate, `for`) = (names, span) }
}

extension IsolateFault: FaultFamily {
    package static var verb: String { "isolate" }
    package static var reach: FaultReach { FaultReach(Set(NodeGroup.allCases), "") }
    package var members: [String]? { isolate }
    package var duration: TimeSpan? { `for` }

    package static var fields: [Field<IsolateFault>] {
        [
            Field("isolate", \.isolate, required: true, "Nodes that reach each other, and nobody else."),
            Field("for", \.for, "How long; absent: to the end."),
        ]
    }
}

/// Segments are held back at random, so that later ones arrive before them.
public struct ReorderFault: Hashable, Sendable {
    /// The links, both directions.
    public var reorder = FaultSides([], [])
    /// That a segment is held back.
    public var probability = 0.1
    /// For how long.
    public var by = Distribution.constant(.zero)
    /// Absent: to the end.
    public var `for`: TimeSpan?

    /// Nothing is held back.
    public init() {}

    /// Links hold segments back.
    public init(_ sides: FaultSides, probability: Double, by extra: Distribution, for span: TimeSpan? = nil) {
        (reorder, self.probability, by, `for`) = (sides, probability, extra, span)
    }
}

extension ReorderFault: FaultFamily {
    package static var verb: String { "reorder" }
    package var sides: FaultSides? { reorder }
    package var duration: TimeSpan? { `for` }

    package static var fields: [Field<ReorderFault>] {
        [
            Field("reorder", \.reorder, required: true, "Links that hold segments back."),
            Field("probability", \.probability, 0...1.0, required: true, "Probability that a segment is held back."),
            Field("by", \.by, required: true, "How much later it arrives."),
            Field("for", \.for, "How long; absent: to the end."),
        ]
    }
}

/// Requests of users arrive a second time over another connection, as a browser or a proxy sends them again.
public struct DuplicateFault: Hashable, Sendable {
    /// The users on one side, the front door on the other.
    public var duplicate = FaultSides([], [])
    /// Of each request.
    public var probability = 0.1
    /// How much later the copy arrives.
    public var by = Distribution.constant(.zero)
    /// Absent: to the end.
    public var `for`: TimeSpan?

    /// Nothing arrives twice.
    public init() {}

    /// Requests arrive twice.
    public init(_ sides: FaultSides, probability: Double, by later: Distribution, for span: TimeSpan? = nil) {
        (duplicate, self.probability, by, `for`) = (sides, probability, later, span)
    }
}

extension DuplicateFault: FaultFamily {
    package static var verb: String { "duplicate" }
    package static var reach: FaultReach {
        FaultReach(
            [.users, .loadBalancer, .application],
            "all others talk over connections, and within a connection TCP drops what comes twice")
    }
    package var sides: FaultSides? { duplicate }
    package var duration: TimeSpan? { `for` }

    package static var fields: [Field<DuplicateFault>] {
        [
            Field(
                "duplicate", \.duplicate, required: true,
                "The users and their front door: the balancer, or the servers where there is none."),
            Field("probability", \.probability, 0...1.0, required: true, "Probability that a request comes twice."),
            Field("by", \.by, "How much later the copy arrives."),
            Field("for", \.for, "How long; absent: to the end."),
        ]
    }
}

/// Connections are broken: both ends get a reset, as from a middlebox that forgot them.
public struct ResetFault: Hashable, Sendable {
    /// Between these and those.
    public var reset = FaultSides([], [])
    /// Of the connections.
    public var share = 1.0

    /// No connection is broken.
    public init() {}

    /// Connections are broken.
    public init(_ sides: FaultSides, share: Double = 1) { (reset, self.share) = (sides, share) }
}

extension ResetFault: FaultFamily {
    package static var verb: String { "reset" }
    package var sides: FaultSides? { reset }

    package static var fields: [Field<ResetFault>] {
        [
            Field("reset", \.reset, required: true, "Sides whose connections with each other are broken."),
            Field("share", \.share, 0...1.0, "Share of the connections, drawn at random."),
        ]
    }
}
