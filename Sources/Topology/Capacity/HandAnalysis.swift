/// The arithmetic that anyone can follow, before anything is simulated: what the settings alone say about the load.
package struct HandAnalysis: Sendable {
    /// What a result is about.
    package enum Topic: String, CaseIterable, Sendable {
        /// Time of service that a request takes.
        case demands
        /// The most that can pass in a second.
        case ceilings
        /// The least that an answer takes, and how many are inside.
        case responses
        /// Users in a closed loop.
        case bounds
        /// All at the same moment.
        case burst
        /// Everybody wants the same product.
        case hotProduct
    }

    /// One line of it.
    package struct Result: Hashable, Sendable {
        /// Which part it belongs to.
        package let topic: Topic
        /// What is computed.
        package let name: String
        /// How, with the numbers put in.
        package let formula: Formula
        /// What comes out; infinite where nothing limits.
        package let value: Double
        /// What the value is.
        package let unit: MetricCatalogue.Unit
        /// What it means for the design.
        package let meaning: String
    }

    /// All lines, topic by topic.
    package private(set) var results: [Result] = []
    let scenario: Scenario
    let demands: ServiceDemands

    /// Works everything out that applies to the scenario.
    package init(_ scenario: Scenario, _ demands: ServiceDemands) {
        (self.scenario, self.demands) = (scenario, demands)
        addDemands()
        addCeilings()
        addResponses()
        addBounds()
        addBurst()
        addHotProduct()
    }

    /// The lines of a topic.
    package func results(_ topic: Topic) -> [Result] { results.filter { $0.topic == topic } }

    /// One line by its name.
    package func result(_ name: String) -> Result? { results.first { $0.name == name } }

    mutating func add(
        _ topic: Topic, _ name: String, _ formula: Formula, _ value: Double, _ unit: MetricCatalogue.Unit,
        _ meaning: String
    ) { results.append(Result(topic: topic, name: name, formula: formula, value: value, unit: unit, meaning: meaning)) }

    // MARK: - Demands

    private mutating func addDemands() {
        for tier in demands.tiers {
            for path in demands.paths where demands.mix[path.requestClass] > 0 {
                let demand = path.demand(at: tier.tier)
                guard demand > 0 else { continue }
                let visits = path.visits(at: tier.tier)
                add(
                    .demands, "\(tier.tier.title), \(path.requestClass.title)",
                    "\(count: visits) × \(duration: demand / visits)", demand, .duration,
                    tier.servesInGroups ? "shared with all that commit at the same time" : "of one of \(tier.servers)")
            }
        }
        for pool in demands.pools {
            add(
                .demands, "\(pool.holding.title) held", "sum of what is done with it", pool.holdingTime, .duration,
                "nobody else has it meanwhile")
        }
    }

    // MARK: - Ceilings

    private mutating func addCeilings() {
        for tier in demands.tiers where demands.capacity(of: tier) < .infinity {
            let demand = demands.demand(at: tier.tier)
            add(
                .ceilings, "requests through \(tier.tier.title)", "\(count: tier.servers) ÷ \(duration: demand)",
                demands.capacity(of: tier), .rate, "more requests a second of this mix must wait here without end")
        }
        for pool in demands.pools {
            let (behind, places) = (pool.throughput(demands.tiers), Double(pool.places))
            add(
                .ceilings, "\(pool.holding.title)s borrowed", "\(count: places) ÷ \(duration: pool.holdingTime)",
                pool.ceiling, .rate,
                behind < pool.ceiling
                    ? "the places are enough: what is behind them gives back fewer" : "no more can be lent a second")
            add(
                .ceilings, "requests through \(pool.holding.title)s",
                "min(\(rate: pool.ceiling), \(rate: behind)) ÷ \(count: pool.borrowings) a request",
                behind / pool.borrowings, .rate, "more requests a second of this mix must wait here without end")
        }
        if let ceiling = demands.ceiling {
            add(
                .ceilings, "requests through the system", "the least of them", ceiling.rate, .rate,
                "\(ceiling.name) saturates first")
        }
    }

    // MARK: - Responses

    private mutating func addResponses() {
        for path in demands.paths where demands.mix[path.requestClass] > 0 {
            let (latency, pauses) = (path.latency(idle: false), path.pauses)
            add(
                .responses, "\(path.requestClass.title), alone",
                "\(duration: latency - pauses) of service + \(duration: pauses) on the network", latency, .duration,
                "no answer comes sooner, whatever is bought")
        }
        guard let rate = demands.arrivals.peakRate else { return }
        let latency = demands.latency
        add(
            .responses, "requests inside", "\(rate: rate) × \(duration: latency)",
            LittlesLaw.present(rate: rate, time: latency), .count, "Little's law, as long as nobody waits")
        for pool in demands.pools {
            let lent = rate * pool.borrowings
            add(
                .responses, "\(pool.holding.title)s in use", "\(rate: lent) × \(duration: pool.holdingTime)",
                LittlesLaw.present(rate: lent, time: pool.holdingTime), .count,
                "of \(pool.places), as long as nobody waits behind them")
        }
    }
}
