/// A process or its machine stops at once.
public struct CrashFault: Hashable, Sendable {
    /// The node.
    public var crash = FaultNode.named("")
    /// What stops.
    public var how = CrashKind.process
    /// Absent: it stays down.
    public var restartAfter: TimeSpan?
    /// Whether the files are there at the next start.
    public var disk = DiskFate.kept

    /// A crash of nobody.
    public init() {}

    /// A crash of a node.
    public init(
        _ node: FaultNode, how: CrashKind = .process, restartAfter: TimeSpan? = nil, disk: DiskFate = .kept
    ) {
        (crash, self.how, self.restartAfter, self.disk) = (node, how, restartAfter, disk)
    }
}

extension CrashFault: FaultFamily {
    package static var verb: String { "crash" }
    package var node: FaultNode? { crash }
    package var duration: TimeSpan? { restartAfter }

    package static var fields: [Field<CrashFault>] {
        [
            Field("crash", \.crash, required: true, "Node that stops at once."),
            Field("how", \.how, "Whether only the process dies, or its machine too."),
            Field("restartAfter", \.restartAfter, "Time until it is started again; absent: it stays down."),
            Field("disk", \.disk, "Whether a Redis finds its files at the next start."),
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
    /// Whether the files are there at the next start.
    public var disk = DiskFate.kept

    /// A restart of nobody.
    public init() {}

    /// A restart of a node.
    public init(_ node: String, disk: DiskFate = .kept) { (restart, self.disk) = (node, disk) }
}

extension RestartFault: FaultFamily {
    package static var verb: String { "restart" }
    package var node: FaultNode? { .named(restart) }

    package static var fields: [Field<RestartFault>] {
        [
            Field("restart", \.restart, required: true, "Node that is stopped in order and started again."),
            Field("disk", \.disk, "Whether a Redis finds its files at the next start."),
        ]
    }
}

/// What becomes of a node's files while it is down.
public enum DiskFate: String, CaseIterable, Keyword {
    case kept
    /// The next start finds an empty directory: a container without a volume, a file that was never mounted.
    case lost
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

extension PauseFault: FaultFamily {
    package static var verb: String { "pause" }
    package var node: FaultNode? { pause }
    package var duration: TimeSpan? { `for` }

    package static var fields: [Field<PauseFault>] {
        [
            Field("pause", \.pause, required: true, "Node that stands still."),
            Field("for", \.for, required: true, "How long it stands still."),
        ]
    }
}

/// Everything that a node computes takes longer, or what one of its resources does.
public struct SlowFault: Hashable, Sendable {
    /// The node.
    public var slow = FaultNode.named("")
    /// On service times.
    public var factor = 1.0
    /// Absent: all that the node serves, but not its network.
    public var resource: SlowResource?
    /// Absent: to the end.
    public var `for`: TimeSpan?

    /// Nobody is slower.
    public init() {}

    /// A node is slower.
    public init(_ node: FaultNode, factor: Double, resource: SlowResource? = nil, for span: TimeSpan? = nil) {
        (slow, self.factor, self.resource, `for`) = (node, factor, resource, span)
    }
}

extension SlowFault: FaultFamily {
    package static var verb: String { "slow" }
    package var node: FaultNode? { slow }
    package var duration: TimeSpan? { `for` }

    package static var fields: [Field<SlowFault>] {
        [
            Field("slow", \.slow, required: true, "Node whose work takes longer."),
            Field("factor", \.factor, 0.001...1_000_000.0, required: true, "Factor on its service times."),
            Field("resource", \.resource, "What is slow; absent: cores and disk."),
            Field("for", \.for, "How long; absent: to the end."),
        ]
    }
}

/// What of a node limps.
public enum SlowResource: String, CaseIterable, Keyword {
    case cpu, disk
    /// The latency of every segment from and to the node.
    case network
}
