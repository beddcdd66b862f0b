/// One family of faults: the fields beside the trigger, and whom it can strike.
package protocol FaultFamily: Configurable, Hashable {
    /// The word in the file; its field names whom the fault hits.
    static var verb: String { get }
    /// The groups whose nodes it can strike, with the reason where that is not all of them.
    static var reach: FaultReach { get }
    /// The node, when the fault hits one.
    var node: FaultNode? { get }
    /// The two sides, when the fault hits links.
    var sides: FaultSides? { get }
    /// Nodes and groups, when the fault hits several.
    var members: [String]? { get }
    /// How long it lasts until it ends by itself; nil where it is over at once, or stays.
    var duration: TimeSpan? { get }
}

extension FaultFamily {
    package static var reach: FaultReach { .servers }
    package var node: FaultNode? { nil }
    package var sides: FaultSides? { nil }
    package var members: [String]? { nil }
    package var duration: TimeSpan? { nil }
}

/// Whose nodes a family of faults can strike.
package struct FaultReach: Sendable {
    package let groups: Set<NodeGroup>
    /// Why the others are spared; a sentence without its full stop.
    package let reason: String

    package init(_ groups: Set<NodeGroup>, _ reason: String) { (self.groups, self.reason) = (groups, reason) }

    /// All that run on machines of the system: users are no server, they neither crash nor slow down.
    package static let servers = FaultReach(
        Set(NodeGroup.allCases).subtracting([.users]), "users are no server")
}

extension FaultAction {
    /// The verbs of the file, one for each case.
    static var verbs: [FaultVerb] {
        [
            FaultVerb(Self.crash) { if case .crash(let fault) = $0 { fault } else { nil } },
            FaultVerb(Self.restart) { if case .restart(let fault) = $0 { fault } else { nil } },
            FaultVerb(Self.rollingRestart) { if case .rollingRestart(let fault) = $0 { fault } else { nil } },
            FaultVerb(Self.pause) { if case .pause(let fault) = $0 { fault } else { nil } },
            FaultVerb(Self.slow) { if case .slow(let fault) = $0 { fault } else { nil } },
            FaultVerb(Self.clockJump) { if case .clockJump(let fault) = $0 { fault } else { nil } },
            FaultVerb(Self.clockDrift) { if case .clockDrift(let fault) = $0 { fault } else { nil } },
            FaultVerb(Self.delay) { if case .delay(let fault) = $0 { fault } else { nil } },
            FaultVerb(Self.loss) { if case .loss(let fault) = $0 { fault } else { nil } },
            FaultVerb(Self.reorder) { if case .reorder(let fault) = $0 { fault } else { nil } },
            FaultVerb(Self.duplicate) { if case .duplicate(let fault) = $0 { fault } else { nil } },
            FaultVerb(Self.reset) { if case .reset(let fault) = $0 { fault } else { nil } },
            FaultVerb(Self.partition) { if case .partition(let fault) = $0 { fault } else { nil } },
            FaultVerb(Self.isolate) { if case .isolate(let fault) = $0 { fault } else { nil } },
            FaultVerb(Self.diskStall) { if case .diskStall(let fault) = $0 { fault } else { nil } },
            FaultVerb(Self.diskFull) { if case .diskFull(let fault) = $0 { fault } else { nil } },
            FaultVerb(Self.replicationStall) { if case .replicationStall(let fault) = $0 { fault } else { nil } },
            FaultVerb(Self.applyLag) { if case .applyLag(let fault) = $0 { fault } else { nil } },
            FaultVerb(Self.flushAll) { if case .flushAll(let fault) = $0 { fault } else { nil } },
            FaultVerb(Self.maxMemory) { if case .maxMemory(let fault) = $0 { fault } else { nil } },
            FaultVerb(Self.foreignClient) { if case .foreignClient(let fault) = $0 { fault } else { nil } },
        ]
    }

    /// The verbs of all families, in the order of the schema.
    public static var families: [String] { verbs.map(\.name) }

    /// What the fault does, whatever its family.
    package var family: any FaultFamily {
        switch self {
        case .crash(let fault): fault
        case .restart(let fault): fault
        case .rollingRestart(let fault): fault
        case .pause(let fault): fault
        case .slow(let fault): fault
        case .clockJump(let fault): fault
        case .clockDrift(let fault): fault
        case .delay(let fault): fault
        case .loss(let fault): fault
        case .reorder(let fault): fault
        case .duplicate(let fault): fault
        case .reset(let fault): fault
        case .partition(let fault): fault
        case .isolate(let fault): fault
        case .diskStall(let fault): fault
        case .diskFull(let fault): fault
        case .replicationStall(let fault): fault
        case .applyLag(let fault): fault
        case .flushAll(let fault): fault
        case .maxMemory(let fault): fault
        case .foreignClient(let fault): fault
        }
    }

    /// The word in the file.
    public var verb: String { type(of: family).verb }

    /// The node, when the fault hits one.
    public var node: FaultNode? { family.node }

    /// The two sides, when the fault hits links.
    public var sides: FaultSides? { family.sides }

    /// Nodes and groups, when the fault hits several.
    public var members: [String]? { family.members }

    /// How long it lasts until it ends by itself; nil where it is over at once, or stays.
    public var duration: TimeSpan? { family.duration }
}
