/// What requests hold while they are served elsewhere: the pools of connections, and the threads where they are limited.
package struct PoolStations: Hashable, Sendable {
    /// What is held.
    package let holding: Holding
    /// The names of the resources, as reports have them.
    package let resources: [String]
    /// Places of each.
    package let size: Int
    /// The share of the requests that goes to the machine that gets most.
    package let largestShare: Double
    /// How long somebody waits for a place before giving up, in seconds; nil: for ever.
    package let timeout: Double?
    /// How often an average request takes a place.
    package let borrowings: Double
    /// For how long one is held under load with nobody in the way, on average, in seconds.
    package let holdingTime: Double
    /// Variance of the holding time divided by the square of its mean: of the classes, and of the steps within them.
    package let variability: Double
    /// Seconds of each tier's service while one place is held, on average.
    package let demands: [Tier: Double]

    /// Places of all machines.
    package var places: Int { size * resources.count }

    /// Places taken in a second at most, by the places alone: C / holding time.
    package var ceiling: Double { holdingTime > 0 ? Double(size) / (holdingTime * largestShare) : .infinity }

    /// The same in requests of the mix.
    package var requestCeiling: Double { borrowings > 0 ? ceiling / borrowings : .infinity }

    /// Places given back in a second at most while all are taken: by the places, or by the slowest tier behind them.
    package func throughput(_ tiers: [TierStations]) -> Double {
        tiers.reduce(ceiling) { least, tier in
            guard let demand = demands[tier.tier], demand > 0, !tier.servesInGroups else { return least }
            return min(least, Double(tier.serversEach) / (demand * tier.largestShare))
        }
    }
}

extension ServiceDemands {
    /// The pools that requests of the mix borrow from.
    package var pools: [PoolStations] { poolSettings.compactMap(pool) }

    /// The most requests of the mix that pass in a second, and the tier or pool that says so; nil where nothing does.
    package var ceiling: (rate: Double, name: String)? {
        let tiers = tiers.map { (rate: capacity(of: $0), name: $0.tier.title) }
        let pools = pools.map { (rate: $0.throughput(self.tiers) / $0.borrowings, name: "\($0.holding.title)s") }
        return (tiers + pools).filter { $0.rate < .infinity }.min { $0.rate < $1.rate }
    }

    /// One pool; nil where nobody borrows.
    private func pool(_ setting: PoolSetting) -> PoolStations? {
        let holding = setting.holding
        var (borrowings, first, second) = (0.0, 0.0, 0.0)
        var demands: [Tier: Double] = [:]
        for path in paths {
            let share = mix[path.requestClass]
            let time = path.holdingTime(holding)
            guard share > 0, time > 0 else { continue }
            let stays = Double(path.stays(holding))
            borrowings += share * stays
            first += share * time
            // The steps of one stay vary independently; several stays of one request are taken for equal.
            let mean = time / stays
            second += share * stays * (mean * mean + path.holdingVariance(holding) / stays)
            for step in path.steps where step.held.contains(holding) {
                if let tier = step.tier { demands[tier, default: 0] += share * step.time }
            }
        }
        guard borrowings > 0 else { return nil }
        let mean = first / borrowings
        let variability = max(0, second / borrowings / (mean * mean) - 1)
        return PoolStations(
            holding: holding, resources: routing.servers.map { "\($0.name).\(holding.pool ?? "")" }, size: setting.size,
            largestShare: routing.servers.map(\.share).max() ?? 1, timeout: setting.timeout, borrowings: borrowings,
            holdingTime: mean, variability: variability < 1e-12 ? 0 : variability,
            demands: demands.mapValues { $0 / borrowings })
    }
}

/// A pool as the topology sets it.
struct PoolSetting: Sendable {
    let holding: Holding
    let size: Int
    let timeout: Double?

    static func all(_ topology: SystemTopology) -> [PoolSetting] {
        let application = topology.application
        var pools: [PoolSetting] = []
        if case .limited(let threads) = application.threads {
            pools.append(PoolSetting(holding: .applicationThread, size: threads, timeout: nil))
        }
        guard topology.mysql != nil else { return pools }
        for (holding, settings) in [
            (Holding.primaryConnection, application.primaryPool), (.replicaConnection, application.replicaPool),
        ] {
            let timeout = settings.connectionTimeout.seconds
            pools.append(PoolSetting(holding: holding, size: settings.size, timeout: timeout))
        }
        return pools
    }
}

extension RequestPath {
    /// How often it takes something into its hands.
    func stays(_ holding: Holding) -> Int {
        var (stays, level) = (0, 0)
        for step in steps {
            let count = step.held.count { $0 == holding }
            stays += max(0, count - level)
            level = count
        }
        return stays
    }

    /// The variance of the time for which it holds something, in seconds squared.
    func holdingVariance(_ holding: Holding) -> Double {
        steps.reduce(0) { sum, step in
            guard !step.isOnlyWhenIdle, step.held.contains(holding) else { return sum }
            return sum + step.visits * step.mean * step.mean * step.variability
        }
    }
}
