/// Users in a loop, and all at once.
extension TheoryTable {
    // MARK: - A closed loop

    mutating func addLoop(_ users: Int, _ think: Double) {
        guard let network = try? demands.closedNetwork(users: users, think: think),
            let bounds = try? demands.operationalBounds(think: think),
            let solution = (try? NetworkConvolution(network))?.solve()
        else { return }
        let rate = solution.throughput
        remark("all users of a loop begin at the same moment: that burst is in what is measured, and not in the theory")
        let applicability = applicability(ofLoop: rate, solution, network)
        for (index, station) in network.stations.enumerated() where station.kind != .delay {
            let demand = station.demands[0]
            let visits = visits(at: station.name)
            guard demand > 0, visits > 0 else { continue }
            var row = TheoryRow(
                station.name, "closed network", by: "convolution, exact for exponential service",
                utilisation: solution.utilisations[index], applicability: applicability)
            row.meanWait = max(0, solution.residences[index][0] - demand) / visits
            add(row)
        }
        for pool in demands.pools { addPool(pool, inLoop: rate) }
        set(
            ClosedPrediction(
                users: users, think: think, solution: solution, stations: network.stations.map(\.name), bounds: bounds,
                applicability: applicability))
    }

    /// Visits of one round to a machine.
    private func visits(at resource: String) -> Double {
        for tier in demands.tiers {
            for (machine, name) in zip(tier.machines, tier.resources) where name == resource {
                return demands.visits(at: tier.tier) * machine.share
            }
        }
        return 0
    }

    /// A pool whose places are all out keeps requests where the network knows no station.
    private func applicability(ofLoop rate: Double, _ solution: ClosedSolution, _ network: ClosedNetwork)
        -> Applicability
    {
        for pool in demands.pools {
            let lent = LittlesLaw.present(rate: rate * pool.borrowings, time: pool.holdingTime)
            if lent > 0.8 * Double(pool.places) {
                return .violated(
                    assumption: "a request is at one station at a time (product form)",
                    when:
                        "\(Self.percent(lent / Double(pool.places))) of the \(pool.holding.title)s would be out: who has "
                        + "none waits outside of the network")
            }
        }
        let workload = scenario.workload
        let purchases = ExpectedPurchases(
            scenario, workload.popularity.shares(products: workload.products), paths: demands.paths)
        if purchases.comesBack, let lockTime = purchases.lockTime {
            let hottest = workload.popularity.shares(products: workload.products).max() ?? 0
            if rate * ClassMix.flows(workload).purchases * hottest * lockTime > 0.5 {
                return .violated(
                    assumption: "a request is at one station at a time (product form)",
                    when: "purchases of the most wanted product wait for its lock, and hold others up")
            }
        }
        for (index, station) in network.stations.enumerated() where station.kind != .delay {
            guard solution.utilisations[index] > 0.5,
                let tier = demands.tiers.first(where: { $0.resources.contains(station.name) }),
                (demands.variability(at: tier.tier) - 1).magnitude > 0.2
            else { continue }
            let variability = Self.twoDigits(demands.variability(at: tier.tier))
            return .violated(
                assumption: "service first come first served is exponential (product form)",
                when:
                    "\(station.name) is busy, and its service has a squared coefficient of variation of \(variability)")
        }
        return .applies
    }

    private mutating func addPool(_ pool: PoolStations, inLoop rate: Double) {
        let lent = LittlesLaw.present(rate: rate * pool.borrowings * pool.largestShare, time: pool.holdingTime)
        let utilisation = lent / Double(pool.size)
        add(
            TheoryRow(
                pool.resources.first ?? pool.holding.title, "Little's law", by: "places times holding time",
                utilisation: utilisation,
                applicability: utilisation < 0.8
                    ? .applies
                    : .violated(
                        assumption: "a place is held for as long as nobody else is in the way",
                        when: "nearly all places are out")))
    }

    // MARK: - A burst

    /// A heap that is worked off: the mean wait is half of the time that takes, the wait of 95 % is 95 % of it.
    mutating func addBurst(_ requests: Int) {
        remark("arrivals are one burst: there is no steady state, and no formula for one applies")
        let steady = Applicability.violated(
            assumption: "there is a steady state", when: "all requests come at one moment")
        var slowest = demands.ceiling
        if let row = lockRow(requests, slowest) {
            slowest = (rate: .infinity, name: TheoryTable.hottestLock)
            add(row)
        }
        let tiers = demands.tiers.filter { demands.capacity(of: $0) < .infinity }
        // Behind the first resource the burst comes spread over the time in which that lets it through.
        let spread = tiers.first.map { Double(requests) / demands.capacity(of: $0) } ?? 0
        for (index, tier) in tiers.enumerated() {
            let time = Double(requests) / demands.capacity(of: tier)
            let isSlowest = slowest?.name == tier.tier.title
            let resource = tier.resources.first ?? tier.tier.resource
            var row = TheoryRow(
                resource, "fluid", by: "a heap, worked off in \(Self.seconds(time))",
                utilisation: slowest.flatMap {
                    $0.rate < .infinity ? min(1, $0.rate / demands.capacity(of: tier)) : nil
                },
                applicability: isSlowest || index == 0
                    ? .applies
                    : .violated(
                        assumption: "the whole burst comes to it at once",
                        when: "shorter waits, since this lets fewer through: \(slowest?.name ?? "another resource")"))
            // A request's service is spread over its visits; the heap is met at each of them.
            let visits = max(1, demands.visits(at: tier.tier))
            let longest = (index == 0 ? time : max(0, time - spread)) / visits
            (row.meanWait, row.waitProbability) = (longest / 2, requests > tier.servers ? 1 : 0)
            (row.waitP95, row.waitP99) = (0.95 * longest, 0.99 * longest)
            add(row)
            if isSlowest {
                add(TheoryRow(resource, "M/G/\(tier.serversEach)", by: "none", utilisation: nil, applicability: steady))
            }
        }
        for pool in demands.pools { addPool(pool, inBurst: Double(requests)) }
    }

    /// The product that most want, where its buyers come back and it takes longer than everything else.
    private func lockRow(_ requests: Int, _ slowest: (rate: Double, name: String)?) -> TheoryRow? {
        let workload = scenario.workload
        let popularity = workload.popularity.shares(products: workload.products)
        let purchases = ExpectedPurchases(scenario, popularity, paths: demands.paths)
        let count = Double(requests) * ClassMix.flows(workload).purchases
        let longest = purchases.longestSale(count)
        guard purchases.comesBack, longest > Double(requests) / (slowest?.rate ?? .infinity) else { return nil }
        var row = TheoryRow(
            TheoryTable.hottestLock, "fluid", by: "one sale after the other, all in \(Self.seconds(longest))",
            utilisation: 1)
        row.meanWait = purchases.meanLockWait(count)
        (row.waitP95, row.waitP99) = (0.95 * longest, 0.99 * longest)
        return row
    }

    private mutating func addPool(_ pool: PoolStations, inBurst requests: Double) {
        let borrowers = requests * pool.borrowings
        let rate = pool.throughput(demands.tiers)
        let longest = max(0, (borrowers - Double(pool.places)) / rate)
        let timeout = pool.timeout ?? .infinity
        var row = TheoryRow(
            pool.resources.first ?? pool.holding.title, "fluid", by: "waves of \(pool.places)", utilisation: nil,
            applicability: .violated(
                assumption: "the whole burst comes to it at once", when: "it has passed the cores first: shorter waits")
        )
        let waiting = max(0, borrowers - Double(pool.places)) / borrowers
        row.waitProbability = waiting
        row.meanWait = waiting * longest / 2
        row.waitP95 = max(0, longest * (1 - 0.05 / max(waiting, 0.05)))
        row.waitP99 = max(0, longest * (1 - 0.01 / max(waiting, 0.01)))
        if longest > timeout { row.loss = (longest - timeout) * rate / borrowers }
        add(row)
    }
}
