/// Users in a loop, bursts, and the hot product.
extension HandAnalysis {
    // MARK: - Bounds

    mutating func addBounds() {
        guard case .closed(let users, let think) = demands.arrivals,
            let bounds = try? demands.operationalBounds(think: think)
        else { return }
        let (latency, largest) = (bounds.unloadedResponse, bounds.largestDemand)
        add(
            .bounds, "knee", "(\(duration: latency) + \(duration: think)) ÷ \(duration: largest)", bounds.knee, .count,
            "users above which somebody must wait")
        let (throughput, response) = (bounds.throughput(population: users), bounds.response(population: users))
        add(
            .bounds, "throughput at most",
            "min(1 ÷ \(duration: largest), \(count: users) ÷ (\(duration: latency) + \(duration: think)))",
            throughput.upperBound, .rate, "asymptotic bound")
        add(
            .bounds, "response at least",
            "max(\(duration: latency), \(count: users) × \(duration: largest) − \(duration: think))",
            response.lowerBound, .duration, "asymptotic bound")
        let balanced = bounds.balancedThroughput(population: users)
        add(
            .bounds, "throughput, balanced job bounds", "\(rate: balanced.lowerBound) … \(rate: balanced.upperBound)",
            balanced.upperBound, .rate, "the truth lies between, for a network with a product form")
        let slower = bounds.balancedResponse(population: users)
        add(
            .bounds, "response, balanced job bounds", "\(duration: slower.lowerBound) … \(duration: slower.upperBound)",
            slower.upperBound, .duration, "the truth lies between, for a network with a product form")
    }

    // MARK: - Burst

    mutating func addBurst() {
        guard case .burst(let requests) = demands.arrivals else { return }
        let count = Double(requests)
        for tier in demands.tiers where demands.capacity(of: tier) < .infinity {
            let demand = demands.demand(at: tier.tier)
            let time = count / demands.capacity(of: tier)
            add(
                .burst, "\(tier.tier.title) has worked off the burst",
                "\(count: requests) × \(duration: demand) ÷ \(count: tier.servers)", time, .duration,
                "the last one's wait there, if all came to it at once")
        }
        for pool in demands.pools { addBurst(count * pool.borrowings, at: pool) }
        if let ceiling = demands.ceiling {
            add(
                .burst, "the burst is over", "\(count: requests) ÷ \(rate: ceiling.rate)", count / ceiling.rate,
                .duration, "at the earliest, limited by \(ceiling.name)")
        }
    }

    private mutating func addBurst(_ borrowers: Double, at pool: PoolStations) {
        let places = Double(pool.places)
        let waves = (borrowers / places).rounded(.up)
        let name = pool.holding.title
        add(
            .burst, "waves through the \(name)s", "\(count: borrowers) ÷ \(count: pool.places)", waves, .count,
            waves > 1 ? "all but the first wave wait" : "everybody gets one at once")
        let rate = pool.throughput(demands.tiers)
        add(
            .burst, "last \(name) given back", "\(count: borrowers) ÷ \(rate: rate)",
            max(borrowers / rate, pool.holdingTime), .duration, "places or what is behind them, whichever is slower")
        let longest = max(0, (borrowers - places) / rate)
        let timeout = pool.timeout ?? .infinity
        add(
            .burst, "\(name) timeout at which nobody is lost",
            "(\(count: borrowers) − \(count: pool.places)) ÷ \(rate: rate)", longest, .duration,
            longest < timeout ? "the pool waits longer than that: nobody is lost" : "the pool gives up sooner")
        guard longest >= timeout else { return }
        let served = places + timeout * rate
        add(
            .burst, "lost to the \(name) timeout",
            "\(count: borrowers) − \(count: pool.places) − \(duration: timeout) × \(rate: rate)", borrowers - served,
            .count, "they come before a place is free for them")
    }

    // MARK: - The hot product

    mutating func addHotProduct() {
        let workload = scenario.workload
        guard let sold = demands.path(.purchaseSold), ClassMix.flows(workload).purchases > 0 else { return }
        let popularity = workload.popularity.shares(products: workload.products)
        let purchases = ExpectedPurchases(scenario, popularity, paths: demands.paths)
        if let lockTime = purchases.lockTime, lockTime > 0 {
            add(
                .hotProduct, "one product under its lock", "1 ÷ \(duration: lockTime)", 1 / lockTime, .rate,
                "purchases a second of one product, however many servers there are")
            let ttl = scenario.topology.purchase.lock.ttl.seconds
            add(
                .hotProduct, "lock's life in lock times", "\(duration: ttl) ÷ \(duration: lockTime)", ttl / lockTime,
                .count, "how much slower a sale may get before its lock expires under it")
        } else {
            let rowTime = sold.holdingTime(.rowLock)
            guard rowTime > 0 else { return }
            add(
                .hotProduct, "one product under its row lock", "1 ÷ \(duration: rowTime)", 1 / rowTime, .rate,
                "purchases a second of one product, however many servers there are")
        }
        guard case .burst(let requests) = demands.arrivals else { return }
        let wanted = Double(requests) * ClassMix.flows(workload).purchases
        let outcome = purchases.outcome(count: wanted, rate: nil)
        add(
            .hotProduct, "orders to expect", "\(count: wanted) purchases × \(ratio: outcome.sold)",
            wanted * outcome.sold, .count, "those who get past the lock, as far as the stock goes")
        if outcome.busy > 0 {
            add(
                .hotProduct, "purchases turned away by the lock", "\(count: wanted) purchases × \(ratio: outcome.busy)",
                wanted * outcome.busy, .count, "they find it taken, and give up")
        }
    }
}
