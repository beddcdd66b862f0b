/// Which share of the requests belongs to each class.
///
/// How many views hit and how many purchases find their lock taken depends on the load itself; what is assumed for that
/// stands in `basis`, one sentence for each assumption.
package struct ClassMix: Hashable, Sendable {
    /// Shares of all requests, together 1; classes that don't occur are left out.
    package let shares: [RequestClass: Double]
    /// On what they rest.
    package let basis: [String]

    /// The share of a class.
    package subscript(type: RequestClass) -> Double { shares[type] ?? 0 }

    /// A mix that is known, for instance from a run; scaled to 1.
    package init(shares: [RequestClass: Double], basis: [String] = []) {
        let total = RequestClass.allCases.reduce(0) { $0 + max(0, shares[$1] ?? 0) }
        self.shares = shares.compactMapValues { $0 > 0 && total > 0 ? $0 / total : nil }
        self.basis = basis
    }

    /// The mix that a workload leads to.
    ///
    /// - Parameters:
    ///   - rate: requests a second in the long run; nil for a burst.
    ///   - paths: the classes that the policies allow, with their ways.
    init(_ scenario: Scenario, rate: Double?, paths: [RequestPath]) {
        let workload = scenario.workload
        var basis: [String] = []
        let (views, purchases) = Self.flows(workload)
        let popularity = workload.popularity.shares(products: workload.products)
        var shares: [RequestClass: Double] = [:]
        let allowed = Set(paths.map(\.requestClass))

        let hits =
            if let rate { Self.hitRatio(scenario, popularity, rate: rate * views, &basis) } else {
                Self.burstHitRatio(scenario, popularity, views: Double(workload.users) * views, paths, &basis)
            }
        shares[.viewHit] = allowed.contains(.viewHit) ? views * hits : 0
        shares[.viewMiss] = views - (shares[.viewHit] ?? 0)
        if scenario.topology.view.local != nil {
            basis.append("the cache inside each server is counted as empty: its hits would only relieve Redis")
        }

        let load = ExpectedPurchases(scenario, popularity, paths: paths)
        let outcome = load.outcome(count: Double(workload.users) * purchases, rate: rate.map { $0 * purchases })
        shares[.purchaseSold] = purchases * outcome.sold
        shares[.purchaseLockNotAcquired] = purchases * outcome.busy
        shares[.purchaseInsufficientStock] =
            allowed.contains(.purchaseInsufficientStock) ? purchases * outcome.short : 0
        if purchases > 0 { basis.append(outcome.basis) }
        self.init(shares: shares, basis: basis)
    }

    /// The shares of views and purchases.
    static func flows(_ workload: Workload) -> (views: Double, purchases: Double) {
        if case .trace(let arrivals) = workload.arrive, !arrivals.isEmpty {
            let views = Double(arrivals.count { $0.flow == .view }) / Double(arrivals.count)
            return (views, 1 - views)
        }
        let total = workload.mix.view + workload.mix.purchase
        return total > 0 ? (workload.mix.view / total, workload.mix.purchase / total) : (0, 0)
    }

    /// The share of the views of a burst whose product Redis has.
    ///
    /// A product that is not cached is missed by its first view, and by all that come before that one has filled the cache.
    private static func burstHitRatio(
        _ scenario: Scenario, _ popularity: [Double], views: Double, _ paths: [RequestPath], _ basis: inout [String]
    ) -> Double {
        guard views > 0 else { return 0 }
        basis.append("in a burst a product that is not cached is missed until its first view has filled the cache")
        let (hit, miss) = (
            paths.first { $0.requestClass == .viewHit }?.latency(idle: false) ?? 0,
            paths.first { $0.requestClass == .viewMiss }?.latency(idle: false) ?? 0
        )
        let spread = BurstSpread(scenario, paths: paths).beforeStores
        let blind = spread > 0 ? min(1, max(0, miss - hit) / spread) : 1
        let misses = popularity.reduce(0) { sum, share in
            let first = 1 - Elementary.exp(-views * share)
            return sum + first + (views * share - first) * blind
        }
        return 1 - (1 - scenario.workload.warmCache) * misses / views
    }

    /// The share of the views of a stream whose product Redis has, at so many views a second.
    private static func hitRatio(_ scenario: Scenario, _ popularity: [Double], rate: Double, _ basis: inout [String])
        -> Double
    {
        let workload = scenario.workload
        guard rate > 0 else { return workload.warmCache }
        let life = scenario.topology.view.cacheTTL.seconds
        let length = workload.for?.seconds ?? Double(workload.users) / rate
        if life == 0 || life > length {
            // Each product misses once, unless it was there from the start.
            basis.append("each product that is not cached at the start misses once, at its first view")
            let misses =
                popularity.reduce(0) { $0 + 1 - Elementary.exp(-rate * $1 * length) } * (1 - workload.warmCache)
            return max(0, 1 - misses / (rate * length))
        }
        basis.append("a product misses once in each life of its cache entry (a renewal every TTL + 1/rate)")
        return popularity.reduce(0) { sum, share in
            let views = rate * share
            return sum + share * views * life / (1 + views * life)
        }
    }
}
