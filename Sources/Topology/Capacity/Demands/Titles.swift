extension Tier {
    /// What a person calls it.
    package var title: String {
        switch self {
        case .balancerWorker: "balancer's workers"
        case .applicationCPU: "application's cores"
        case .redisCommand: "Redis's thread"
        case .redisReplicaCommand: "Redis replica's thread"
        case .primaryCPU: "primary's cores"
        case .primaryStorage: "primary's storage"
        case .primaryFlush: "primary's log flush"
        case .replicaCPU: "replica's cores"
        case .replicaStorage: "replica's storage"
        }
    }
}

extension Holding {
    /// What a person calls it.
    package var title: String {
        switch self {
        case .applicationThread: "request thread"
        case .primaryConnection: "primary connection"
        case .replicaConnection: "replica connection"
        case .productLock: "product lock"
        case .rowLock: "row lock"
        }
    }
}

extension RequestClass {
    /// What a person calls it.
    package var title: String {
        switch self {
        case .viewLocalHit: "view from the server's memory"
        case .viewHit: "view, cached"
        case .viewMiss: "view, not cached"
        case .purchaseSold: "purchase, sold"
        case .purchaseInsufficientStock: "purchase, too little stock"
        case .purchaseLockNotAcquired: "purchase, lock taken"
        }
    }
}
