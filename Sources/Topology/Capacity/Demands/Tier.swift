/// A kind of resource at which requests spend time, all nodes of its group together.
package enum Tier: String, CaseIterable, Hashable, Sendable {
    /// The workers of the load balancer.
    case balancerWorker
    /// The cores of the application servers.
    case applicationCPU
    /// The one thread of the Redis master.
    case redisCommand
    /// That of the Redis replica that reads go to, where they do.
    case redisReplicaCommand
    /// The cores of the MySQL primary.
    case primaryCPU
    /// The storage channels of the MySQL primary.
    case primaryStorage
    /// The write of its logs, one for all commits that come together.
    case primaryFlush
    /// The cores of the MySQL replicas that reads go to.
    case replicaCPU
    /// Their storage channels.
    case replicaStorage

    /// The resource's name behind that of its node, as in `app1.cpu`.
    package var resource: String {
        switch self {
        case .balancerWorker: "worker"
        case .applicationCPU, .primaryCPU, .replicaCPU: "cpu"
        case .redisCommand, .redisReplicaCommand: "command"
        case .primaryStorage, .replicaStorage: "storage"
        case .primaryFlush: "flush"
        }
    }
}

/// What a request has in its hands while it goes on, and others must wait for.
package enum Holding: String, CaseIterable, Hashable, Sendable {
    /// A request thread of an application server.
    case applicationThread
    /// A connection of a pool to the primary.
    case primaryConnection
    /// A connection of a pool to a replica.
    case replicaConnection
    /// The lock on the product in Redis or in the application server.
    case productLock
    /// The lock on the product's row in the database.
    case rowLock

    /// The name of the pool that a connection comes from, behind that of its node.
    package var pool: String? {
        switch self {
        case .applicationThread: "thread"
        case .primaryConnection: "primaryPool"
        case .replicaConnection: "replicaPool"
        case .productLock, .rowLock: nil
        }
    }
}

/// The machines of a tier, alike but for their share of the requests.
package struct TierStations: Hashable, Sendable {
    /// Which tier.
    package let tier: Tier
    /// The nodes that have it, with the share of the tier's work that goes to each; together 1.
    package let machines: [(name: String, share: Double)]
    /// Servers of each: cores, workers, channels.
    package let serversEach: Int

    init(_ tier: Tier, _ machines: [(name: String, share: Double)], serversEach: Int) {
        self.tier = tier
        self.machines = machines.filter { $0.share > 0 }
        self.serversEach = serversEach
    }

    /// Servers of all machines.
    package var servers: Int { machines.count * serversEach }
    /// The share of the machine that has most to do.
    package var largestShare: Double { machines.map(\.share).max() ?? 1 }
    /// The names of the resources, as reports have them.
    package var resources: [String] { machines.map { "\($0.name).\(tier.resource)" } }
    /// Whether all that come at once are served by the same stroke, so that no rate is too high: group commit.
    package var servesInGroups: Bool { tier == .primaryFlush }

    package static func == (left: Self, right: Self) -> Bool {
        left.tier == right.tier && left.serversEach == right.serversEach && left.resources == right.resources
            && left.machines.map(\.share) == right.machines.map(\.share)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(tier)
        hasher.combine(resources)
    }
}
