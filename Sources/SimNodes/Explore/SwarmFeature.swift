import Topology

/// Something that exploration varies beside faults. Each is left as configured in half of the seeds.
struct SwarmFeature: Sendable {
    let name: String
    /// What of a scenario it belongs to, so that its author can keep that as it is.
    let aspect: ExploreAspect
    let vary: @Sendable (inout Scenario, inout SwarmDraw) -> Void

    private init(
        _ name: String, _ aspect: ExploreAspect, _ vary: @escaping @Sendable (inout Scenario, inout SwarmDraw) -> Void
    ) {
        (self.name, self.aspect, self.vary) = (name, aspect, vary)
    }

    static let all: [SwarmFeature] = workload + timing + sizes + schedule

    // MARK: - Workload

    private static let workload: [SwarmFeature] = [
        SwarmFeature("arrivals", .workload) { scenario, draw in
            if case .trace = scenario.workload.arrive { return }
            if scenario.workload.think != nil { return }
            let length = scenario.workload.for ?? .seconds(1)
            if draw.random.bernoulli(0.5) {
                scenario.workload.arrive = .atOnce
            } else {
                // As many as there are users, in a time that is shorter or longer.
                let span = draw.span(length * 0.1, length * 2)
                let rate = (Double(scenario.workload.users) / span.seconds * 10).rounded() / 10
                scenario.workload.arrive = .poisson(Rate(perSecond: max(0.1, rate)))
                scenario.workload.for = span
            }
        },
        SwarmFeature("users", .workload) { scenario, draw in
            if case .trace = scenario.workload.arrive { return }
            let users = draw.count(max(1, scenario.workload.users / 4), scenario.workload.users)
            // Where they come at a rate, it is the rate that says how many.
            scenario.workload.arrive.thin(to: Double(users) / Double(scenario.workload.users))
            scenario.workload.users = users
        },
        SwarmFeature("products", .workload) { scenario, draw in
            if case .trace = scenario.workload.arrive { return }
            guard scenario.workload.stocks == nil else { return }
            scenario.workload.products = draw.count(1, scenario.workload.products)
        },
        SwarmFeature("popularity", .workload) { scenario, draw in
            switch draw.random.integer(below: 3) {
            case 0: scenario.workload.popularity = .uniform
            case 1: scenario.workload.popularity = .zipf((draw.factor(0.5, 2) * 100).rounded() / 100)
            default: scenario.workload.popularity = .hot((50 + 50 * draw.random.uniform()).rounded() / 100)
            }
        },
        SwarmFeature("stock", .workload) { scenario, draw in
            guard scenario.workload.stocks == nil else { return }
            scenario.workload.stock = draw.count(1, max(1, scenario.workload.stock * 2))
        },
        SwarmFeature("quantity", .workload) { scenario, draw in
            let most = draw.count(1, 4)
            scenario.workload.quantity = most == 1 ? .fixed(1) : .uniform(1...most)
        },
        SwarmFeature("views", .workload) { scenario, draw in
            let purchases = scenario.workload.mix.purchase
            guard purchases > 0, scenario.topology.redis != nil else { return }
            scenario.workload.mix.view = (purchases * draw.factor(0.1, 1) * 1000).rounded() / 1000
        },
        SwarmFeature("cold cache", .workload) { scenario, draw in
            scenario.workload.warmCache = draw.random.bernoulli(0.5) ? 0 : 0.5
            scenario.workload.warmStock = draw.random.bernoulli(0.5)
        },
        SwarmFeature("patience", .workload) { scenario, draw in
            let patience = scenario.workload.giveUp
            scenario.workload.giveUp = draw.span(max(.milliseconds(1), patience * 0.02), patience)
        },
        SwarmFeature("retries", .workload) { scenario, draw in
            var retry = scenario.workload.retry
            // The key of a repetition is a guard: it stays as it is.
            retry.policy = draw.random.choose(from: RetrySchedule.allCases) ?? retry.policy
            retry.jitter = draw.random.choose(from: RetryJitter.allCases) ?? retry.jitter
            retry.delay = draw.span(.milliseconds(10), .seconds(1))
            retry.maximum = max(retry.maximum, retry.delay)
            retry.attempts = draw.count(1, 20)
            scenario.workload.retry = retry
        },
    ]

    // MARK: - Timing

    private static let timing: [SwarmFeature] = [
        SwarmFeature("latency", .timing) { scenario, draw in
            let factor = draw.factor(0.2, 5)
            let sigma = draw.random.bernoulli(0.5) ? (draw.factor(0.1, 1) * 100).rounded() / 100 : nil
            scenario.topology.network.latency.vary(by: factor, sigma)
            for index in scenario.topology.network.links.indices {
                scenario.topology.network.links[index].latency.vary(by: factor, sigma)
            }
        },
        SwarmFeature("slow link", .timing) { scenario, draw in
            guard !scenario.topology.network.links.isEmpty else { return }
            let index = draw.random.integer(below: scenario.topology.network.links.count)
            scenario.topology.network.links[index].latency.vary(by: draw.factor(2, 50), nil)
        },
        SwarmFeature("storage", .timing) { scenario, draw in
            let factor = draw.factor(0.2, 5)
            let sigma = draw.random.bernoulli(0.5) ? (draw.factor(0.1, 1) * 100).rounded() / 100 : nil
            scenario.topology.mysql?.flush.vary(by: factor, sigma)
        },
        SwarmFeature("apply time", .timing) { scenario, draw in
            let factor = draw.factor(0.2, 20)
            let sigma = draw.random.bernoulli(0.5) ? (draw.factor(0.1, 1) * 100).rounded() / 100 : nil
            scenario.topology.mysql?.replication.applyTime.vary(by: factor, sigma)
        },
        SwarmFeature("redis time", .timing) { scenario, draw in
            scenario.topology.redis?.serviceTime.vary(by: draw.factor(0.5, 20), nil)
        },
        SwarmFeature("redirection", .timing) { scenario, draw in
            scenario.topology.mysql?.failover?.redirect.delay = draw.span(.milliseconds(1), .seconds(5))
        },
    ]

    // MARK: - Sizes

    private static let sizes: [SwarmFeature] = [
        SwarmFeature("primary pool", .sizes) { scenario, draw in
            let size = scenario.topology.application.primaryPool.size
            scenario.topology.application.primaryPool.size = draw.count(1, size)
        },
        SwarmFeature("replica pool", .sizes) { scenario, draw in
            let size = scenario.topology.application.replicaPool.size
            scenario.topology.application.replicaPool.size = draw.count(1, size)
        },
        SwarmFeature("cores", .sizes) { scenario, draw in
            scenario.topology.application.cores = draw.count(1, scenario.topology.application.cores)
        },
        SwarmFeature("threads", .sizes) { scenario, draw in
            scenario.topology.application.threads = .limited(draw.count(1, 200))
        },
        SwarmFeature("cached life", .sizes) { scenario, draw in
            guard scenario.topology.view.cacheTTL > .zero else { return }
            scenario.topology.view.cacheTTL = draw.span(.milliseconds(50), scenario.topology.view.cacheTTL)
        },
    ]

    // MARK: - Schedule

    private static let schedule: [SwarmFeature] = [
        SwarmFeature("schedule", .schedule) { scenario, draw in
            if draw.random.bernoulli(0.5) {
                scenario.schedule = .randomTies
            } else {
                scenario.schedule = .priorities(draw.priorities())
            }
        }
    ]
}

extension SwarmDraw {
    /// Up to three nodes of low priority, and up to three moments at which another becomes the lowest.
    fileprivate mutating func priorities() -> PrioritySchedule {
        var names = ground.nodes.filter { $0.group != .users }.map(\.name)
        random.shuffle(&names)
        var schedule = PrioritySchedule()
        schedule.lowest = Array(names.prefix(1 + random.integer(below: 3)))
        schedule.delay = span(.microseconds(100), .seconds(1))
        for _ in 0..<random.integer(below: 4) {
            guard let name = random.choose(from: names) else { break }
            schedule.changes.append(PriorityChange(at: moment(), node: name))
        }
        schedule.changes.sort { ($0.at, $0.node) < ($1.at, $1.node) }
        return schedule
    }
}

extension Arrival {
    /// Lets a share come of those who would.
    fileprivate mutating func thin(to share: Double) {
        func thinned(_ rate: Rate) -> Rate { Rate(perSecond: max(0.1, (rate.perSecond * share * 10).rounded() / 10)) }
        switch self {
        case .poisson(let rate): self = .poisson(thinned(rate))
        case .constant(let rate): self = .constant(thinned(rate))
        case .ramp(var ramp):
            (ramp.from, ramp.to) = (thinned(ramp.from), thinned(ramp.to))
            self = .ramp(ramp)
        case .spike(var spike):
            (spike.base, spike.peak) = (thinned(spike.base), thinned(spike.peak))
            self = .spike(spike)
        case .stages(let stages):
            self = .stages(
                stages.map { stage in
                    var stage = stage
                    stage.rate = thinned(stage.rate)
                    return stage
                })
        case .atOnce, .trace: break
        }
    }
}

extension Distribution {
    /// Multiplies a constant by a factor, and spreads it; others keep their shape, since somebody has thought of it.
    fileprivate mutating func vary(by factor: Double, _ sigma: Double?) {
        guard case .constant(let span) = self, span > .zero else { return }
        let changed = TimeSpan(nanoseconds: max(1, (span * factor).nanoseconds))
        self = sigma.map { .logNormal(median: changed, sigma: $0) } ?? .constant(changed)
    }
}
