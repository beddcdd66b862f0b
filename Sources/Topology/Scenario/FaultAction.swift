/// What a fault does.
public enum FaultAction: Hashable, Sendable {
    /// A process or its machine stops at once.
    case crash(CrashFault)
    /// A process is stopped in order and started again.
    case restart(RestartFault)
    /// The nodes of a group are restarted one after the other.
    case rollingRestart(RollingRestartFault)
    /// A process stands still.
    case pause(PauseFault)
    /// A node's work takes longer.
    case slow(SlowFault)
    /// A node's wall clock is stepped.
    case clockJump(ClockJumpFault)
    /// A node's wall clock runs at another speed.
    case clockDrift(ClockDriftFault)
    /// Messages take longer.
    case delay(DelayFault)
    /// Segments are lost and sent again.
    case loss(LossFault)
    /// Segments are held back, so that later ones overtake them.
    case reorder(ReorderFault)
    /// Requests arrive twice.
    case duplicate(DuplicateFault)
    /// Connections are broken.
    case reset(ResetFault)
    /// Nothing gets through.
    case partition(PartitionFault)
    /// Nodes are cut off from all others.
    case isolate(IsolateFault)
    /// A disk answers nobody for a while.
    case diskStall(DiskStallFault)
    /// A disk has no room.
    case diskFull(DiskFullFault)
    /// A replica takes nothing in, or applies nothing.
    case replicationStall(ReplicationStallFault)
    /// A replica applies more slowly.
    case applyLag(ApplyLagFault)
    /// Somebody empties Redis.
    case flushAll(FlushAllFault)
    /// Redis gets a limit of memory, and evicts.
    case maxMemory(MaxMemoryFault)
    /// A client that is not part of the system takes connections or row locks.
    case foreignClient(ForeignClientFault)
}

/// The node that a fault hits.
public enum FaultNode: Hashable, Sendable {
    /// The node with this name.
    case named(String)
    /// The node on which the triggering event happened; only with `on`.
    case itself
}

extension FaultNode: Union {
    package static var choices: [Choice<FaultNode>] {
        [
            .word("self", .itself, "The node on which the event happened; only with \"on\"."),
            .bare("The node with this name.", FaultNode.named) { if case .named(let name) = $0 { name } else { nil } },
        ]
    }
}

/// The nodes on the two sides of the links that a fault hits; written `[a, b]`.
public struct FaultSides: Hashable, Sendable {
    /// Names of nodes or groups.
    public var a: [String]
    /// Names of nodes or groups.
    public var b: [String]

    /// The links between any of these and any of those.
    public init(_ a: [String], _ b: [String]) { (self.a, self.b) = (a, b) }
}

extension FaultSides: ConfigurationValue {
    package static var expectation: String { "two sides such as \(example)" }
    package static var example: String { "[\"app1\", \"redis\"]" }

    package static func decode(_ node: JSONNode, in decoder: inout ConfigurationDecoder) -> FaultSides? {
        guard case .array(let sides) = node.value, sides.count == 2 else {
            decoder.mismatch(node, FaultSides.self)
            return nil
        }
        let read = sides.enumerated().map { index, side in
            decoder.within(String(index)) { names(of: side, in: &$0) }
        }
        guard let a = read[0], let b = read[1] else { return nil }
        return FaultSides(a, b)
    }

    private static func names(of side: JSONNode, in decoder: inout ConfigurationDecoder) -> [String]? {
        if let name = side.string { return [name] }
        guard case .array(let elements) = side.value, !elements.isEmpty else {
            decoder.fail(
                at: side.place, "expected a node, a group or an array of them, found \(side.found)",
                remedy: "write for example \"app1\"")
            return nil
        }
        return [String].decode(side, in: &decoder)
    }

    package var json: JSONNode {
        JSONNode(.array([a, b].map { $0.count == 1 ? $0[0].json : $0.json }))
    }

    package static func schema(in builder: inout SchemaBuilder) -> JSONNode {
        let side: JSONNode = [
            "anyOf": [["type": "string"], ["type": "array", "items": ["type": "string"], "minItems": 1]]
        ]
        return ["type": "array", "items": side, "minItems": 2, "maxItems": 2]
    }
}
