/// How demands are read off a topology.
extension ServiceDemands {
    /// The classes that a topology's policies allow.
    static func classes(_ topology: SystemTopology) -> [RequestClass] {
        let purchase = topology.purchase
        return RequestClass.allCases.filter { type in
            switch type {
            case .viewLocalHit: return topology.view.local != nil
            case .viewHit: return topology.redis != nil
            case .viewMiss, .purchaseSold: return topology.mysql != nil
            case .purchaseLockNotAcquired: return purchase.lock.kind != .none
            case .purchaseInsufficientStock:
                let transaction = purchase.transaction
                let isGuarded = transaction.decrement == .guarded && transaction.rowCount == .checked
                let isCompared = transaction.decrement != .guarded && transaction.read != .none
                return purchase.stockCheck != .none || isGuarded || isCompared
            }
        }
    }

    /// The way of a class through a topology.
    static func path(of type: RequestClass, in topology: SystemTopology) -> RequestPath {
        var builder = PathBuilder(topology)
        builder.request { path in
            switch type.flow {
            case .view: path.viewed(type)
            case .purchase: path.purchased(type)
            }
        }
        return RequestPath(requestClass: type, steps: builder.steps)
    }

    /// The tiers of a topology with the machines that serve requests.
    static func tiers(_ topology: SystemTopology) -> [TierStations] {
        let routing = RequestRouting(topology)
        var tiers: [TierStations] = []
        if let balancer = topology.loadBalancer {
            tiers.append(TierStations(.balancerWorker, [(balancer.name, 1)], serversEach: balancer.workers))
        }
        tiers.append(TierStations(.applicationCPU, routing.servers, serversEach: topology.application.cores))
        if let redis = topology.redis {
            tiers.append(TierStations(.redisCommand, [(redis.master, 1)], serversEach: 1))
            if let reader = routing.redisReader, reader != redis.master {
                tiers.append(TierStations(.redisReplicaCommand, [(reader, 1)], serversEach: 1))
            }
        }
        if let mysql = topology.mysql {
            let primary = [(name: mysql.primary, share: 1.0)]
            tiers.append(TierStations(.primaryCPU, primary, serversEach: mysql.cores))
            tiers.append(TierStations(.primaryStorage, primary, serversEach: mysql.storageChannels))
            tiers.append(TierStations(.primaryFlush, primary, serversEach: 1))
            if !routing.replicas.isEmpty {
                tiers.append(TierStations(.replicaCPU, routing.replicas, serversEach: mysql.cores))
                tiers.append(TierStations(.replicaStorage, routing.replicas, serversEach: mysql.storageChannels))
            }
        }
        return tiers
    }

    static func omissions(_ topology: SystemTopology) -> [String] {
        var omissions = ["waits for product and row locks: nobody else wants the same product"]
        if topology.redis?.replicas.isEmpty == false { omissions.append("the work of replicas that only follow") }
        if topology.purchase.publish == .outbox {
            omissions.append("the relays' polling of the outbox; an event counts for one PUBLISH")
        }
        if topology.view.ownWrites.source != .asOthers {
            omissions.append("views of users who have just bought: they count as everybody's")
        }
        if topology.view.onMiss == .mutex { omissions.append("views that wait for another one's rebuild") }
        if topology.application.rateLimit != nil { omissions.append("requests that the rate limiter turns away") }
        if topology.purchase.rewarm.when == .periodically { omissions.append("the periodic loading of the stock") }
        if topology.purchase.transaction.retries > 0 { omissions.append("repetitions of transactions") }
        return omissions
    }
}
