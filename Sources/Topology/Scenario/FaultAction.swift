/// What a fault does.
public enum FaultAction: Hashable, Sendable {
    /// A process or its machine stops at once.
    case crash(CrashFault)
    /// A process is stopped in order and started again.
    case restart(RestartFault)
    /// A process stands still.
    case pause(PauseFault)
    /// A node's work takes longer.
    case slow(SlowFault)
    /// Messages take longer.
    case delay(DelayFault)
    /// Segments are lost and sent again.
    case loss(LossFault)
    /// Nothing gets through.
    case partition(PartitionFault)

    /// The verbs of the file, one for each case.
    static var verbs: [FaultVerb] {
        [
            FaultVerb("crash", Self.crash) { if case .crash(let fault) = $0 { fault } else { nil } },
            FaultVerb("restart", Self.restart) { if case .restart(let fault) = $0 { fault } else { nil } },
            FaultVerb("pause", Self.pause) { if case .pause(let fault) = $0 { fault } else { nil } },
            FaultVerb("slow", Self.slow) { if case .slow(let fault) = $0 { fault } else { nil } },
            FaultVerb("delay", Self.delay) { if case .delay(let fault) = $0 { fault } else { nil } },
            FaultVerb("loss", Self.loss) { if case .loss(let fault) = $0 { fault } else { nil } },
            FaultVerb("partition", Self.partition) { if case .partition(let fault) = $0 { fault } else { nil } },
        ]
    }

    /// The word in the file.
    public var verb: String {
        switch self {
        case .crash: "crash"
        case .restart: "restart"
        case .pause: "pause"
        case .slow: "slow"
        case .delay: "delay"
        case .loss: "loss"
        case .partition: "partition"
        }
    }

    /// The node, when the fault hits one.
    public var node: FaultNode? {
        switch self {
        case .crash(let fault): fault.crash
        case .restart(let fault): .named(fault.restart)
        case .pause(let fault): fault.pause
        case .slow(let fault): fault.slow
        case .delay, .loss, .partition: nil
        }
    }

    /// The two sides, when the fault hits links.
    public var sides: FaultSides? {
        switch self {
        case .crash, .restart, .pause, .slow: nil
        case .delay(let fault): fault.delay
        case .loss(let fault): fault.loss
        case .partition(let fault): fault.partition
        }
    }
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
