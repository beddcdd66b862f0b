import Topology

/// What the stores hold, and whether anything is still going on; looked at from outside, when the users have left.
extension System {
    /// The database that the system is left with: where clients are sent for writes.
    ///
    /// If that one is down for good and another was promoted, though nobody was told, it is that other one.
    var survivingPrimary: MySQLNode? {
        let name = manager?.primaryAddress() ?? world.topology.mysql?.primary
        let announced = databases.first { $0.process.name == name }
        if announced?.process.isDown == false { return announced }
        return databases.first { $0.isAvailable && $0.source == nil && !$0.isReadOnly } ?? announced
    }

    /// The Redis that clients are sent to; nil when none is left, so that nothing is said about what it holds.
    var survivingMaster: RedisNode? {
        let masters = redisNodes.filter { $0.isMaster && $0.process.isRunning }
        // After a split there may be two; Sentinels name the one that counts.
        let named = sentinels.first { $0.process.isRunning }?.currentMaster
        return masters.first { $0.process.name == named } ?? masters.first
    }

    /// What is still going on although nobody asks for anything any more.
    var leftovers: [Evidence.Leftover] {
        var all: [Evidence.Leftover] = []
        for application in applications where application.process.isRunning {
            let name = application.process.name
            let calls = world.network.callsInFlight(at: application.process)
            if calls > 0 {
                let requests = world.history.requestsInside(application.process)
                all.append(.init(name, "\(calls) requests still in progress", requests: requests))
            }
            for (pool, borrowed) in application.connectionsOfRequests where borrowed > 0 {
                all.append(.init("\(name).\(pool)", "\(borrowed) connections not given back"))
            }
        }
        // Of a server that is down, what recovery will find: somebody has to fail over, or to start it.
        if let primary = survivingPrimary, !primary.unpublishedEvents.isEmpty {
            let events = primary.unpublishedEvents
            all.append(
                .init(
                    primary.process.name, "\(events.count) events wait in the outbox",
                    requests: events.prefix(Finding.longestEvidence).map(\.order)))
        }
        let relays = applications.filter(\.process.isRunning).compactMap(\.databaseLookedAtByRelay)
        for database in databases where database.process.isRunning {
            let name = database.process.name
            // Relays never end; what they have not published stands above.
            let transactions = database.openTransactions - relays.count { $0 == name }
            if transactions > 0 { all.append(.init(name, "\(transactions) open transactions")) }
            if database.waitingSessions > 0 {
                all.append(.init(name, "\(database.waitingSessions) sessions wait for locks"))
            }
        }
        return all
    }

    /// Whether nothing is still going on, be it something that no checker would hold against the design.
    var isAtRest: Bool {
        leftovers.isEmpty && isReplicated && !awaitsFailover && !awaitsStockRepair && !applicationsAreBusy
    }

    /// Whether a store's first server is dead, and whoever would put another in its place can do it.
    ///
    /// What is lost then shows only afterwards.
    private var awaitsFailover: Bool {
        if let manager, manager.process.isRunning, let primary = survivingPrimary, primary.process.isDown,
            databases.contains(where: { $0 !== primary && $0.isAvailable })
        {
            return true
        }
        let awake = sentinels.filter(\.process.isRunning)
        guard let name = awake.first?.currentMaster, awake.count > sentinels.count / 2 else { return false }
        return redisNodes.contains { $0.process.name == name && $0.process.isDown }
            && redisNodes.contains { $0.process.name != name && $0.process.isRunning }
    }

    /// Whether an application server has something to do: relays apart, which never end.
    private var applicationsAreBusy: Bool {
        applications.contains { $0.process.isRunning && $0.hasBackgroundWork }
    }

    /// Whether anything is told to those who listen, and not asked for: nobody waits for that.
    var pushesMessages: Bool {
        world.scenario.workload.subscribers != nil || world.topology.view.local?.invalidation == .pubSub
    }

    /// Whether the replicas that still follow have caught up.
    var isReplicated: Bool {
        databases.allSatisfy { !$0.process.isRunning || hasCaughtUp($0) }
            && redisNodes.allSatisfy { !$0.process.isRunning || $0.isMaster || $0.isUpToDate }
    }

    /// Whether a database has applied what it has received, and has received all, as long as it is connected: over a
    /// stalled link that stays open, what is missing will still come.
    private func hasCaughtUp(_ database: MySQLNode) -> Bool {
        guard let name = database.source else { return true }
        guard database.unappliedTransactions == 0 else { return false }
        guard database.isReceivingFromSource, let source = databases.first(where: { $0.process.name == name }),
            source.process.isRunning
        else { return true }
        return source.executedTransactions.isSubset(of: database.executedTransactions)
    }

    /// Whether a fault is in force that will end by itself: it lasts for a time, or brings back what it took down.
    ///
    /// A run that was stopped with users waiting is out of time as it is.
    var awaitsEndOfFault: Bool {
        guard world.history.open == 0 else { return false }
        return ledger.inForce.contains { index in
            index < world.scenario.faults.count && world.scenario.faults[index].action.duration != nil
        }
    }

    /// Whether a fault is to strike within a span from now.
    func expectsFault(within span: TimeSpan) -> Bool {
        let now = world.now - world.opening
        return world.scenario.faults.contains { fault in
            guard case .at(let moment) = fault.trigger else { return false }
            return moment > now && moment <= now + span
        }
    }

    /// Whether jobs of the design still have something to mend in the stock of Redis.
    var awaitsStockRepair: Bool {
        let purchase = world.topology.purchase
        guard purchase.reservation.reapEvery > .zero || purchase.rewarm.when == .periodically,
            let master = survivingMaster, let primary = survivingPrimary
        else { return false }
        return master.memberCount(ofSortedSet: ProductKey.due) > 0
            || primary.products.contains { row in
                master.integer(forKey: ProductKey.stock(Int(row.id))).map { $0 != row.stock } ?? false
            }
    }

    /// What the checkers look at.
    func evidence() -> Evidence {
        let products = 0..<world.scenario.workload.products
        var evidence = Evidence()
        evidence.design = CheckedDesign(world.scenario)
        evidence.nodes = world.universe.processes.map(\.name)
        (evidence.opening, evidence.end) = (world.opening, world.now)
        evidence.requests = world.history.requests
        evidence.attempts = world.history.attempts
        evidence.effects = world.history.effects
        evidence.leftovers = leftovers
        for application in applications where application.process.isRunning {
            let node = Int16(application.process.number)
            evidence.localDetails += application.localDetails.map { .init(node: node, product: $0.product, $0.details) }
        }
        if let primary = survivingPrimary {
            evidence.survivor = Int16(primary.process.number)
            evidence.survivingTransactions = primary.executedTransactions
            evidence.products = primary.products
            evidence.orders = primary.orders
            if primary !== databases.first { evidence.promotedAt = world.failovers.mysql.promotedAt }
        }
        guard let master = survivingMaster else {
            evidence.hasStockCache = false
            evidence.cachedStocks = products.map { _ in nil }
            return evidence
        }
        evidence.cache = Int16(master.process.number)
        evidence.cachedStocks = products.map { product in
            master.integer(forKey: ProductKey.stock(product)).map { Int($0) }
        }
        evidence.cachedDetails = products.map { master.details(of: $0) }
        evidence.markedBuyers = products.map { master.members(ofSet: ProductKey.buyers($0)) }
        evidence.immortalLocks = master.heldLocks(prefix: ProductKey.lockPrefix)
            .filter { $0.expiresAt == nil }.map(\.key)
        return evidence
    }
}

extension RedisNode {
    /// What the server shows of a product, and for how much longer.
    nonisolated func details(of product: Int) -> Evidence.CachedDetails? {
        let key = ProductKey.details(product)
        guard let text = value(forKey: key), let details = ProductDetails(text) else { return nil }
        let expiry = assumeIsolated { node in
            node.server.keyspace.places[.init(key)].map { node.server.keyspace.slots[$0].expiresAt } ?? .max
        }
        var remaining = expiry == .max ? nil : Instant(nanoseconds: expiry * 1_000_000) - process.wallClock
        // Readers whose clocks are right show it no longer than that.
        if let until = details.until {
            let span = until - now
            remaining = min(remaining ?? span, span)
        }
        return Evidence.CachedDetails(
            stock: Int64(details.stock), version: Int64(details.version), remaining: remaining)
    }
}

extension History {
    /// Some of the requests that an application server works on.
    func requestsInside(_ process: NodeProcess) -> [Int] {
        let node = Int16(process.number)
        let inside = requests.lazy.filter {
            $0.progress.isInside && $0.progress.node == node && $0.progress.incarnation == process.incarnation
        }
        return Array(inside.prefix(Finding.longestEvidence).map(\.number))
    }
}

extension AppServer {
    /// Whether answers are still to come, or deletions in the cache; a relay waits for one answer at a time.
    nonisolated var hasBackgroundWork: Bool {
        assumeIsolated { $0.deletionsToCome > 0 || process.openCalls > ($0.relayIsAtWork ? 1 : 0) }
    }

    /// Where the relay of the outbox is at work just now.
    nonisolated var databaseLookedAtByRelay: String? { assumeIsolated { $0.relayLooksAt } }

    /// Connections that requests hold, by pool.
    nonisolated var connectionsOfRequests: [(name: String, count: Int)] {
        assumeIsolated { $0.databases?.borrowed(byRelays: $0.relayIsAtWork ? 1 : 0) ?? [] }
    }
}
