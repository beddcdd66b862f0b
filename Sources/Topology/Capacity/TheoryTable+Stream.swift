/// An open stream: a steady state at each resource, if less is asked for than there is.
extension TheoryTable {
    mutating func addStream(_ rate: Double) {
        guard rate > 0 else { return }
        for tier in demands.tiers {
            let (demand, visits) = (demands.demand(at: tier.tier), demands.visits(at: tier.tier))
            guard demand > 0, visits > 0 else { continue }
            addTier(tier, rate: rate * visits * tier.largestShare, service: demand / visits)
        }
        for pool in demands.pools { addPool(pool, rate: rate) }
        addLock(rate)
        if let servers = demands.tiers.first(where: { $0.tier == .applicationCPU }), servers.machines.count > 1 {
            remark(
                "servers that get the requests in turn are taken to see less variable gaps, by 1/n for n servers; waits behind "
                    + "them are those of Poisson streams")
        }
    }

    /// Whether requests come by a clock rather than at random; behind the first resource they are taken for random.
    private var isClockwork: Bool { if case .clockwork = demands.arrivals { true } else { false } }

    private mutating func addTier(_ tier: TierStations, rate: Double, service: Double) {
        let busiest = zip(tier.machines, tier.resources).max { $0.0.share < $1.0.share }?.1 ?? tier.tier.resource
        let variability = demands.variability(at: tier.tier)
        if tier.servesInGroups {
            guard let queue = try? GroupCommitQueue(arrivalRate: rate, flushTime: service, variability: variability)
            else { return }
            remark(
                "the log flush: the measured wait of a commit that another one leads counts until that flush is done, the "
                    + "theory's only until it begins")
            return add(
                TheoryRow(
                    busiest, "group commit", by: "bulk service without limit, exact for Poisson commits",
                    utilisation: queue.utilisation
                ).with(queue.steadyState))
        }
        let isFirst = tier.tier == (scenario.topology.loadBalancer == nil ? Tier.applicationCPU : .balancerWorker)
        let gaps = isClockwork && isFirst ? 0.0 : tier.tier == .applicationCPU ? variabilityBehindBalancer(1) : 1
        let (model, method) = Self.name(gaps, variability, tier.serversEach)
        do {
            let queue = try GGcQueue(
                arrivalRate: rate, serviceTime: service, servers: tier.serversEach, arrivalVariability: gaps,
                serviceVariability: variability)
            var row = TheoryRow(
                busiest, model, by: method, utilisation: queue.steadyState.utilisation,
                applicability: applicability(of: tier, queue.steadyState.utilisation)
            ).with(queue.steadyState)
            if gaps == 1, tier.serversEach == 1, variability == 0,
                let constant = try? MD1Queue(arrivalRate: rate, serviceTime: service)
            {
                (row.waitP95, row.waitP99) = (constant.waitPercentile(0.95), constant.waitPercentile(0.99))
            } else {
                (row.waitP95, row.waitP99) = (queue.waitPercentile(0.95), queue.waitPercentile(0.99))
            }
            add(row)
        } catch { add(overloaded(busiest, model, method, rate: rate, service: service, servers: tier.serversEach)) }
    }

    /// The squared coefficient of variation between arrivals at one of n servers that get the requests in turn: of the
    /// share that comes to a resource, as renewals thinned at random (Whitt, "The queueing network analyzer", 1983).
    private func variabilityBehindBalancer(_ share: Double) -> Double {
        let servers = demands.routing.servers
        let isInTurn = (scenario.topology.loadBalancer?.policy ?? .roundRobin) == .roundRobin
        guard isInTurn, servers.allSatisfy({ $0.share == servers[0].share }) else { return 1 }
        return 1 - min(1, share) * (1 - 1 / Double(servers.count))
    }

    /// The name of a queue in Kendall's notation, and the formula used.
    private static func name(_ gaps: Double, _ service: Double, _ servers: Int) -> (model: String, method: String) {
        let arrival = gaps == 1 ? "M" : gaps == 0 ? "D" : "G"
        let law = service == 0 ? "D" : agrees(service, 1) ? "M" : "G"
        let method: String =
            switch (gaps, servers, law) {
            case (1, _, "M"): "Erlang C"
            case (1, 1, "D"): "Erlang 1909"
            case (1, 1, _): "Pollaczek and Khinchine"
            case (1, _, _): "Lee and Longton, with Cosmetatos' correction"
            default: "Allen and Cunneen, with a squared coefficient of variation of \(twoDigits(gaps)) between arrivals"
            }
        return ("\(arrival)/\(law)/\(servers)", method)
    }

    private static func agrees(_ value: Double, _ other: Double) -> Bool { (value - other).magnitude < 1e-9 }

    private func overloaded(
        _ resource: String, _ model: String, _ method: String, rate: Double, service: Double, servers: Int
    ) -> TheoryRow {
        let utilisation = rate * service / Double(servers)
        return TheoryRow(
            resource, model, by: method, utilisation: utilisation,
            applicability: .violated(
                assumption: "there is a steady state",
                when:
                    "\(Self.percent(utilisation)) of the capacity is asked for: the queue grows as long as the load lasts"
            ))
    }

    /// Means hold whatever is held meanwhile; what may spoil them is a pool in front that lets few in at a time.
    private func applicability(of tier: TierStations, _ utilisation: Double) -> Applicability {
        if case .clockwork = demands.arrivals, tier.tier != .balancerWorker {
            return .violated(
                assumption: "arrivals are random",
                when: "requests come by a clock, and keep much of its regularity on their way: waits are shorter")
        }
        for pool in demands.pools {
            guard let behind = pool.demands[tier.tier], behind > 0 else { continue }
            if pool.places < tier.servers {
                return .violated(
                    assumption: "everybody who comes queues here",
                    when:
                        "the \(pool.places) \(pool.holding.title)s let in fewer than there are servers: nobody waits here"
                )
            }
        }
        return .applies
    }

    // MARK: - Pools

    private mutating func addPool(_ pool: PoolStations, rate: Double) {
        let arrivals = rate * pool.borrowings * pool.largestShare
        let resource = pool.resources.first ?? pool.holding.title
        let behind = pool.throughput(demands.tiers)
        // Requests a second that come back at most, from the places of one machine.
        let isSlowedBehind = behind < pool.ceiling * 0.999 && rate * pool.borrowings > 0.9 * behind
        let applicability: Applicability =
            isSlowedBehind
            ? .violated(
                assumption: "a place is held for as long as nobody else is in the way",
                when: "what is behind the pool saturates at this rate, and places are held for longer") : .applies
        let gaps = variabilityBehindBalancer(pool.borrowings)
        let (model, solved) = Self.name(gaps, pool.variability, pool.size)
        let method = "a server is held for \(Self.seconds(pool.holdingTime)); \(solved)"
        do {
            let queue = try GGcQueue(
                arrivalRate: arrivals, serviceTime: pool.holdingTime, servers: pool.size, arrivalVariability: gaps,
                serviceVariability: pool.variability)
            var row = TheoryRow(
                resource, model, by: method, utilisation: queue.steadyState.utilisation, applicability: applicability
            ).with(queue.steadyState)
            (row.waitP95, row.waitP99) = (queue.waitPercentile(0.95), queue.waitPercentile(0.99))
            add(row)
        } catch {
            add(
                overloaded(
                    resource, model, method, rate: arrivals, service: pool.holdingTime, servers: pool.size))
        }
        addImpatience(pool, resource: resource, arrivals: arrivals)
    }

    /// Who does not wait for ever: the pool's time-out, or the user's patience, whichever ends first.
    private mutating func addImpatience(_ pool: PoolStations, resource: String, arrivals: Double) {
        let patience = min(pool.timeout ?? .infinity, scenario.workload.giveUp.seconds)
        guard
            let fixed = try? MMcDQueue(
                arrivalRate: arrivals, serviceTime: pool.holdingTime, servers: pool.size, patience: patience),
            let random = try? ErlangA(
                arrivalRate: arrivals, serviceTime: pool.holdingTime, servers: pool.size, patience: patience),
            fixed.abandonment > 1e-6
        else { return }
        let exponential = Applicability.violated(
            assumption: "a place is held for exponential times",
            when:
                "they vary less, with a squared coefficient of variation of \(Self.twoDigits(pool.variability)): fewer give up"
        )
        add(
            TheoryRow(
                resource, "M/M/\(pool.size) + D", by: "Barrer: all give up after \(Self.seconds(patience))",
                utilisation: fixed.steadyState.utilisation,
                applicability: (pool.variability - 1).magnitude < 0.2 ? .applies : exponential
            ).with(fixed.steadyState))
        add(
            TheoryRow(
                resource, "M/M/\(pool.size) + M", by: "Erlang A", utilisation: random.steadyState.utilisation,
                applicability: .violated(
                    assumption: "patience is exponential",
                    when: "everybody waits for the same \(Self.seconds(patience))")
            ).with(random.steadyState))
    }

    // MARK: - The lock

    /// The product that most want: its lock is a server without a waiting room, where nobody comes back.
    private mutating func addLock(_ rate: Double) {
        let workload = scenario.workload
        let popularity = workload.popularity.shares(products: workload.products)
        let purchases = ExpectedPurchases(scenario, popularity, paths: demands.paths)
        let share = popularity.max() ?? 0
        let hottest = rate * ClassMix.flows(workload).purchases * share
        guard let lockTime = purchases.lockTime, lockTime > 0, hottest > 0 else { return }
        let resource = Self.hottestLock
        let load = hottest * lockTime
        if purchases.comesBack {
            let utilisation = min(load, 1)
            return add(
                TheoryRow(
                    resource, "retrials", by: "utilisation alone: one server, to which customers come back",
                    utilisation: utilisation,
                    applicability: .violated(
                        assumption: "the lock is taken as soon as it is free",
                        when: "whoever finds it taken looks again after a pause, in no order")))
        }
        let blocked = ErlangB.blocking(load: load, servers: 1)
        var row = TheoryRow(resource, "M/G/1/1", by: "Erlang B", utilisation: load / (1 + load))
        row.loss = blocked
        add(row)
    }

    /// What the lock of the product that most want is called among the resources.
    package static let hottestLock = "hottest product lock"

    // MARK: - Numbers in sentences

    static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }

    static func twoDigits(_ number: Double) -> String { "\((number * 100).rounded() / 100)" }

    static func seconds(_ time: Double) -> String {
        time < 1 ? "\((time * 1e4).rounded() / 10) ms" : "\((time * 100).rounded() / 100) s"
    }
}
