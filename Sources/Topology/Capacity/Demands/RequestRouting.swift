/// Which nodes serve which share of the requests, as long as all are up.
package struct RequestRouting: Sendable {
    /// The application servers that get requests, with their share of them.
    package let servers: [(name: String, share: Double)]
    /// The MySQL replicas that they read from, with the share of such reads.
    package let replicas: [(name: String, share: Double)]
    /// The Redis node that answers commands that only read.
    package let redisReader: String?

    /// Weights of the balancer's servers decide, and which replica a server reads from: several are shared out in turn.
    package init(_ topology: SystemTopology) {
        let names = topology.application.servers
        let lines = topology.loadBalancer?.servers ?? []
        var weights = names.map { name -> Double in
            if lines.isEmpty { return 1 }
            return lines.filter { $0.name == name && !$0.down && !$0.backup }.reduce(0) { $0 + Double($1.weight) }
        }
        if topology.loadBalancer?.policy == .leastConnections { weights = weights.map { min($0, 1) } }
        let total = weights.reduce(0, +)
        servers = zip(names, weights).filter { $0.1 > 0 }.map { ($0.0, $0.1 / total) }

        let replicaNames = topology.mysql?.replicas ?? []
        var reads = [Double](repeating: 0, count: replicaNames.count)
        for (index, weight) in weights.enumerated() where !replicaNames.isEmpty {
            reads[index % replicaNames.count] += weight / total
        }
        replicas = zip(replicaNames, reads).filter { $0.1 > 0 }.map { ($0.0, $0.1) }

        let readsReplica = topology.application.redisClient.readFrom != .master
        redisReader = topology.redis.map { redis in readsReplica ? redis.replicas.first ?? redis.master : redis.master }
    }
}
