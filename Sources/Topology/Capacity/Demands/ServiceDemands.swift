/// What a scenario's requests ask of each resource, read off its flows and settings without running anything.
package struct ServiceDemands: Sendable {
    /// The classes that the policies allow, with their ways.
    package let paths: [RequestPath]
    /// Their shares of the requests.
    package let mix: ClassMix
    /// The tiers that the topology has.
    package let tiers: [TierStations]
    /// How requests come.
    package let arrivals: ArrivalPattern
    /// What the sums leave out, one sentence each.
    package let omissions: [String]
    /// Which nodes serve which share.
    let routing: RequestRouting
    /// Pools as the topology sets them.
    let poolSettings: [PoolSetting]

    /// The demands of a scenario.
    ///
    /// - Parameter mix: shares of the classes, for instance measured ones; nil: those that the workload leads to.
    package init(_ scenario: Scenario, mix: ClassMix? = nil) {
        paths = Self.classes(scenario.topology).map { Self.path(of: $0, in: scenario.topology) }
        tiers = Self.tiers(scenario.topology)
        arrivals = ArrivalPattern(scenario.workload)
        omissions = Self.omissions(scenario.topology)
        routing = RequestRouting(scenario.topology)
        poolSettings = PoolSetting.all(scenario.topology)
        if let mix {
            self.mix = mix
            return
        }
        let first = ClassMix(scenario, rate: arrivals.peakRate, paths: paths)
        guard case .closed(let users, let think) = arrivals else {
            self.mix = first
            return
        }
        // The loop turns no faster than its users and its bottleneck allow; the mix at that rate is the last word.
        let bounds = Bounds(paths: paths, mix: first, tiers: tiers)
        let rate = min(bounds.ceiling, Double(users) / (think + bounds.latency))
        self.mix = ClassMix(scenario, rate: rate, paths: paths)
    }

    /// The way of a class; nil where the policies don't allow it.
    package func path(_ type: RequestClass) -> RequestPath? { paths.first { $0.requestClass == type } }

    /// Seconds of service that an average request takes of a tier, of all its machines together.
    package func demand(at tier: Tier) -> Double { Self.demand(at: tier, paths, mix) }

    /// How often an average request comes to a tier.
    package func visits(at tier: Tier) -> Double { paths.reduce(0) { $0 + mix[$1.requestClass] * $1.visits(at: tier) } }

    /// The variance of one visit's service at a tier, over all kinds of visits, divided by the square of their mean.
    package func variability(at tier: Tier) -> Double {
        var (visits, first, second) = (0.0, 0.0, 0.0)
        for path in paths {
            for step in path.steps where step.tier == tier {
                let count = mix[path.requestClass] * step.visits
                visits += count
                first += count * step.mean
                second += count * step.mean * step.mean * (1 + step.variability)
            }
        }
        guard visits > 0, first > 0 else { return 0 }
        // What a rounding leaves of equal constants is no variability.
        let result = second * visits / (first * first) - 1
        return result < 1e-12 ? 0 : result
    }

    /// Unloaded latency of an average request, in seconds.
    package var latency: Double { paths.reduce(0) { $0 + mix[$1.requestClass] * $1.latency(idle: false) } }

    /// Requests of this mix that a tier serves in a second at most; infinite where one stroke serves all, or nobody comes.
    package func capacity(of tier: TierStations) -> Double { Self.capacity(of: tier, paths, mix) }

    /// The tier that saturates first; nil where nothing ever does.
    package var bottleneck: TierStations? {
        tiers.filter { capacity(of: $0) < .infinity }.min { capacity(of: $0) < capacity(of: $1) }
    }

    private static func demand(at tier: Tier, _ paths: [RequestPath], _ mix: ClassMix) -> Double {
        paths.reduce(0) { $0 + mix[$1.requestClass] * $1.demand(at: tier) }
    }

    private static func capacity(of tier: TierStations, _ paths: [RequestPath], _ mix: ClassMix) -> Double {
        let demand = demand(at: tier.tier, paths, mix)
        guard demand > 0, !tier.servesInGroups else { return .infinity }
        return Double(tier.serversEach) / (demand * tier.largestShare)
    }

    /// Ceiling and latency for a first guess.
    private struct Bounds {
        let ceiling: Double
        let latency: Double

        init(paths: [RequestPath], mix: ClassMix, tiers: [TierStations]) {
            ceiling = tiers.map { ServiceDemands.capacity(of: $0, paths, mix) }.min() ?? .infinity
            latency = paths.reduce(0) { $0 + mix[$1.requestClass] * $1.latency(idle: false) }
        }
    }
}
