import Topology

/// What the stores hold, and whether anything is still going on; looked at from outside, when the users have left.
extension System {
    /// The database that the system is left with: where clients are sent for writes.
    var survivingPrimary: MySQLNode? {
        let name = manager?.primaryAddress() ?? world.topology.mysql?.primary
        return databases.first { $0.process.name == name }
    }

    /// The Redis that clients are sent to; nil when none is left, so that nothing is said about what it holds.
    var survivingMaster: RedisNode? {
        let masters = redisNodes.filter { $0.isMaster && $0.process.isRunning }
        // After a split there may be two; Sentinels name the one that counts.
        let named = sentinels.first { $0.process.isRunning }?.currentMaster
        return masters.first { $0.process.name == named } ?? masters.first
    }

    /// What is still going on although nobody asks for anything any more.
    var leftovers: [String] {
        var lines: [String] = []
        for application in applications where application.process.isRunning {
            let calls = world.network.callsInFlight(at: application.process)
            if calls > 0 { lines.append("\(application.process.name): \(calls) requests still in progress") }
            for (name, borrowed) in application.borrowedConnections where borrowed > 0 {
                lines.append("\(application.process.name).\(name): \(borrowed) connections not given back")
            }
        }
        for database in databases where database.process.isRunning {
            let name = database.process.name
            if database.openTransactions > 0 { lines.append("\(name): \(database.openTransactions) open transactions") }
            if database.waitingSessions > 0 {
                lines.append("\(name): \(database.waitingSessions) sessions wait for locks")
            }
        }
        return lines
    }

    /// Whether the replicas that still follow have caught up.
    var isReplicated: Bool {
        let areDatabases = databases.allSatisfy {
            !$0.process.isRunning || $0.source == nil || $0.unappliedTransactions == 0
        }
        return areDatabases && redisNodes.allSatisfy { !$0.process.isRunning || $0.isMaster || $0.isUpToDate }
    }

    /// What the checkers look at.
    func evidence() -> Evidence {
        let workload = world.scenario.workload
        let purchase = world.topology.purchase
        var evidence = Evidence()
        evidence.initialStocks = workload.initialStocks
        evidence.requests = world.history.requests
        evidence.locks = world.history.locks
        evidence.leftovers = leftovers
        if let primary = survivingPrimary {
            evidence.products = primary.products
            evidence.orders = primary.orders
        }
        evidence.promisesExclusion = purchase.lock.kind != .none
        evidence.hasStockCache = survivingMaster != nil && workload.warmStock
        if let master = survivingMaster {
            evidence.cachedStocks = (0..<workload.products).map { product in
                master.integer(forKey: ProductKey.stock(product)).map { Int($0) }
            }
            evidence.immortalLocks = master.heldLocks(prefix: ProductKey.lockPrefix)
                .filter { $0.expiresAt == nil }.map(\.key)
        } else {
            evidence.cachedStocks = [Int?](repeating: nil, count: workload.products)
        }
        return evidence
    }
}

extension AppServer {
    /// Connections that requests hold, by pool.
    nonisolated var borrowedConnections: [(name: String, count: Int)] {
        assumeIsolated { $0.databases?.borrowed ?? [] }
    }
}
