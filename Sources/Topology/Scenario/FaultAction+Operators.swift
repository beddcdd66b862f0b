/// The nodes of a group are restarted one after the other, each in order.
public struct RollingRestartFault: Hashable, Sendable {
    /// Nodes or groups, in the order in which they are restarted.
    public var rollingRestart: [String] = []
    /// From one being up again to the stop of the next.
    public var wait = TimeSpan.zero

    /// Nobody is restarted.
    public init() {}

    /// Nodes are restarted.
    public init(_ names: [String], wait: TimeSpan = .zero) { (rollingRestart, self.wait) = (names, wait) }
}

extension RollingRestartFault: FaultFamily {
    package static var verb: String { "rollingRestart" }
    package var members: [String]? { rollingRestart }

    package static var fields: [Field<RollingRestartFault>] {
        [
            Field(
                "rollingRestart", \.rollingRestart, required: true,
                "Nodes or groups that are restarted one after the other."),
            Field("wait", \.wait, "Time from one being up again to the stop of the next."),
        ]
    }
}

/// A client that is not part of the system takes connections, and perhaps row locks.
public struct ForeignClientFault: Hashable, Sendable {
    /// The server.
    public var foreignClient = FaultNode.named("")
    /// Of `max_connections` or `maxclients`.
    public var connections = 1
    /// Products whose rows the first connection locks; MySQL only.
    public var rows: [Int] = []
    /// How long it keeps them.
    public var `for` = TimeSpan.seconds(1)

    /// No such client.
    public init() {}

    /// A client that takes connections and locks.
    public init(_ node: FaultNode, connections: Int, rows: [Int] = [], for span: TimeSpan) {
        (foreignClient, self.connections, self.rows, `for`) = (node, connections, rows, span)
    }
}

extension ForeignClientFault: FaultFamily {
    package static var verb: String { "foreignClient" }
    package static var reach: FaultReach { FaultReach([.redis, .mysql], "only Redis and MySQL have places to take") }
    package var node: FaultNode? { foreignClient }
    package var duration: TimeSpan? { `for` }

    package static var fields: [Field<ForeignClientFault>] {
        [
            Field("foreignClient", \.foreignClient, required: true, "Server whose connections somebody else takes."),
            Field("connections", \.connections, 1...100_000, "How many it opens, all at once."),
            Field("rows", \.rows, "Products whose rows its first connection locks (MySQL)."),
            Field("for", \.for, required: true, "How long it keeps them."),
        ]
    }
}
