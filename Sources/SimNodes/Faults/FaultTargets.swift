import Topology

/// What faults can be aimed at.
package struct FaultTargets: Sendable {
    package let processes: [String: NodeProcess]
    /// The nodes behind a node or group name.
    package let members: @Sendable (String) -> [String]
    /// How long a node takes from being started again to listening; stores take their time themselves.
    package let startDelays: [String: TimeSpan]
    /// How to ask a node to end by itself; it calls back when it may be ended.
    package let terminate: [String: @Sendable (@escaping @Sendable () -> Void) -> Void]
    /// Which store has this node as its master at the moment.
    package let storeLed: @Sendable (String) -> Failovers.Store?
    private let redisNodes: [String: Unowned<RedisNode>]
    private let databases: [String: Unowned<MySQLNode>]
    /// There when a fault of the scenario needs it.
    let foreignClient: ForeignClient?

    package init(
        processes: [NodeProcess], members: @escaping @Sendable (String) -> [String],
        startDelays: [String: TimeSpan],
        terminate: [String: @Sendable (@escaping @Sendable () -> Void) -> Void] = [:],
        redisNodes: [RedisNode] = [], databases: [MySQLNode] = [], foreignClient: ForeignClient? = nil,
        storeLed: @escaping @Sendable (String) -> Failovers.Store?
    ) {
        self.processes = Dictionary(uniqueKeysWithValues: processes.map { ($0.name, $0) })
        self.members = members
        self.startDelays = startDelays
        self.terminate = terminate
        self.storeLed = storeLed
        self.redisNodes = Dictionary(uniqueKeysWithValues: redisNodes.map { ($0.process.name, Unowned($0)) })
        self.databases = Dictionary(uniqueKeysWithValues: databases.map { ($0.process.name, Unowned($0)) })
        self.foreignClient = foreignClient
    }

    func redis(_ process: NodeProcess) -> RedisNode? { redisNodes[process.name]?.value }

    func mysql(_ process: NodeProcess) -> MySQLNode? { databases[process.name]?.value }

    /// The nodes behind several names, each once, in their order.
    func nodes(_ names: [String]) -> [NodeProcess] {
        var nodes: [NodeProcess] = []
        for node in names.flatMap(members).compactMap({ processes[$0] }) where !nodes.contains(where: { $0 === node }) {
            nodes.append(node)
        }
        return nodes
    }
}
