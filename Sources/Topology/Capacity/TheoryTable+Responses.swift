/// What the waits at the resources add up to for those who are served.
extension TheoryTable {
    /// Mean time from a request to its answer, class by class, in seconds: the latency of nobody else being there, and the
    /// wait at each visit. Empty where a resource that requests cannot avoid has no steady state.
    ///
    /// For a burst only the wait at the resource that limits it is counted; behind it the others have less to do.
    package var responses: [RequestClass: Double] {
        var waits: [Tier: Double] = [:]
        for tier in demands.tiers {
            guard let wait = wait(at: tier) else { return [:] }
            waits[tier.tier] = wait
        }
        var lending: [Holding: Double] = [:]
        for pool in demands.pools {
            guard let wait = wait(for: pool) else { return [:] }
            lending[pool.holding] = wait
        }
        var responses: [RequestClass: Double] = [:]
        for path in demands.paths where demands.mix[path.requestClass] > 0 {
            var response = path.latency(idle: false)
            for (tier, wait) in waits { response += path.awaitedVisits(at: tier) * wait }
            for (holding, wait) in lending { response += Double(path.stays(holding)) * wait }
            responses[path.requestClass] = response
        }
        addLockWait(&responses)
        return responses
    }

    /// Those who come back until they have the lock are sold one after the other, in no order.
    private func addLockWait(_ responses: inout [RequestClass: Double]) {
        let workload = scenario.workload
        let popularity = workload.popularity.shares(products: workload.products)
        let purchases = ExpectedPurchases(scenario, popularity, paths: demands.paths)
        guard purchases.comesBack, let alone = responses[.purchaseSold] else { return }
        guard case .burst(let requests) = demands.arrivals else {
            // A queue of people who look again now and then has no formula here.
            responses[.purchaseSold] = nil
            return
        }
        let wanted = Double(requests) * ClassMix.flows(workload).purchases
        responses[.purchaseSold] = max(alone, purchases.meanLockWait(wanted) + demands.latency)
    }

    /// The same over all requests of the mix; nil where there is no steady state.
    package var meanResponse: Double? {
        let responses = responses
        guard !responses.isEmpty else { return nil }
        return RequestClass.allCases.reduce(0) { $0 + demands.mix[$1] * (responses[$1] ?? 0) }
    }

    /// The mean wait of a visit, over the machines of a tier by their share; nil where the queue grows without end.
    private func wait(at tier: TierStations) -> Double? {
        let isBurst = if case .burst = demands.arrivals { true } else { false }
        var (sum, shares) = (0.0, 0.0)
        for (machine, resource) in zip(tier.machines, tier.resources) {
            guard let row = rows.first(where: { $0.resource == resource }) else { continue }
            if isBurst, !row.applicability.isGiven { continue }
            guard let wait = row.meanWait else { return nil }
            sum += machine.share * wait
            shares += machine.share
        }
        return shares > 0 ? sum / shares : 0
    }

    /// The mean wait for a place; where a queue without end would grow, that of those who give up in time.
    private func wait(for pool: PoolStations) -> Double? {
        if case .poisson = demands.arrivals {} else { return 0 }
        let rows = rows.filter { $0.resource == pool.resources.first }
        guard !rows.isEmpty else { return 0 }
        return rows.first { $0.meanWait != nil }?.meanWait
    }
}

extension RequestPath {
    /// How often one request comes to a tier before its answer.
    func awaitedVisits(at tier: Tier) -> Double {
        steps.reduce(0) { $0 + ($1.tier == tier && $1.isAwaited ? $1.visits : 0) }
    }
}
