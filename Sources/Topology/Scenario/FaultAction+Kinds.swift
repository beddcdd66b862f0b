/// A process or its machine stops at once.
public struct CrashFault: Hashable, Sendable {
    /// The node.
    public var crash = FaultNode.named("")
    /// What stops.
    public var how = CrashKind.process
    /// Absent: it stays down.
    public var restartAfter: TimeSpan?

    /// A crash of nobody.
    public init() {}

    /// A crash of a node.
    public init(_ node: FaultNode, how: CrashKind = .process, restartAfter: TimeSpan? = nil) {
        (crash, self.how, self.restartAfter) = (node, how, restartAfter)
    }
}

extension CrashFault: Configurable {
    package static var fields: [Field<CrashFault>] {
        [
            Field("crash", \.crash, required: true, "Node that stops at once."),
            Field("how", \.how, "Whether only the process dies, or its machine too."),
            Field("restartAfter", \.restartAfter, "Time until it is started again; absent: it stays down."),
        ]
    }
}

/// What a crash takes with it.
public enum CrashKind: String, CaseIterable, Keyword {
    /// The kernel lives: what was written to it is kept, and peers see their connections reset.
    case process
    /// Everything that was not flushed to disk is gone, and peers hear nothing.
    case host
}

/// A process is stopped in order and started again.
public struct RestartFault: Hashable, Sendable {
    /// The node's name.
    public var restart = ""

    /// A restart of nobody.
    public init() {}

    /// A restart of a node.
    public init(_ node: String) { restart = node }
}

extension RestartFault: Configurable {
    package static var fields: [Field<RestartFault>] {
        [Field("restart", \.restart, required: true, "Node that is stopped in order and started again.")]
    }
}

/// A process stands still (garbage collection, a frozen virtual machine).
public struct PauseFault: Hashable, Sendable {
    /// The node.
    public var pause = FaultNode.named("")
    /// How long it stands still.
    public var `for` = TimeSpan.seconds(1)

    /// A pause of nobody.
    public init() {}

    /// A pause of a node.
    public init(_ node: FaultNode, for span: TimeSpan) { (pause, `for`) = (node, span) }
}

extension PauseFault: Configurable {
    package static var fields: [Field<PauseFault>] {
        [
            Field("pause", \.pause, required: true, "Node that stands still."),
            Field("for", \.for, required: true, "How long it stands still."),
        ]
    }
}

/// Everything that a node computes takes longer.
public struct SlowFault: Hashable, Sendable {
    /// The node.
    public var slow = FaultNode.named("")
    /// On service times.
    public var factor = 1.0
    /// Absent: to the end.
    public var `for`: TimeSpan?

    /// Nobody is slower.
    public init() {}

    /// A node is slower.
    public init(_ node: FaultNode, factor: Double, for span: TimeSpan? = nil) {
        (slow, self.factor, `for`) = (node, factor, span)
    }
}

extension SlowFault: Configurable {
    package static var fields: [Field<SlowFault>] {
        [
            Field("slow", \.slow, required: true, "Node whose work takes longer."),
            Field("factor", \.factor, 0.001...1_000_000.0, required: true, "Factor on its service times."),
            Field("for", \.for, "How long; absent: to the end."),
        ]
    }
}

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

extension DelayFault: Configurable {
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

extension LossFault: Configurable {
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

extension PartitionFault: Configurable {
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
