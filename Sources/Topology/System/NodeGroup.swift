/// All nodes of one kind, as links and faults name them.
public enum NodeGroup: String, CaseIterable, Keyword {
    case users, loadBalancer, application, redis, sentinels, mysql, failoverManager
}

extension SystemTopology {
    /// The name of the one node that stands for all users.
    public static let usersNode = "users"

    /// Every node with its group: users, balancer, applications, Redis, Sentinels, MySQL, manager.
    public var nodes: [(name: String, group: NodeGroup)] {
        var nodes: [(name: String, group: NodeGroup)] = [(Self.usersNode, .users)]
        if let loadBalancer { nodes.append((loadBalancer.name, .loadBalancer)) }
        nodes += application.servers.map { ($0, .application) }
        if let redis {
            nodes += ([redis.master] + redis.replicas).map { ($0, .redis) }
            nodes += redis.sentinels.names.map { ($0, .sentinels) }
        }
        if let mysql {
            nodes += ([mysql.primary] + mysql.replicas).map { ($0, .mysql) }
            if let failover = mysql.failover { nodes.append((failover.manager, .failoverManager)) }
        }
        return nodes
    }

    /// The group of a node, or nil when there is no such node.
    public func group(of name: String) -> NodeGroup? { nodes.first { $0.name == name }?.group }

    /// The nodes that a node's or a group's name stands for, in the order of the file; none when it is unknown.
    public func nodes(named name: String) -> [String] {
        let all = nodes
        // A node's own name comes first: the one node of the group "users" has the group's name.
        if all.contains(where: { $0.name == name }) { return [name] }
        return all.filter { $0.group.rawValue == name }.map(\.name)
    }

    /// Every name that links and faults may use.
    public var selectableNames: [String] {
        var names = nodes.map(\.name)
        for group in NodeGroup.allCases where !names.contains(group.rawValue) && !nodes(named: group.rawValue).isEmpty {
            names.append(group.rawValue)
        }
        return names
    }
}
