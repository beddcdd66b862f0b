import Testing

@testable import Topology

@Suite struct TheoryTableTests {
    private static func table(_ name: String, _ settings: [String] = []) throws -> TheoryTable {
        let scenario = try ServiceDemandTests.scenario(name, settings)
        return TheoryTable(scenario, ServiceDemands(scenario))
    }

    private static func rows(_ table: TheoryTable, _ resource: String) -> [TheoryRow] {
        table.rows.filter { $0.resource == resource }
    }

    @Test func aStreamHasASteadyStateEverywhere() throws {
        let settings = [#"workload.arrive={"poisson":"8000/s"}"#, "workload.for=10s"]
        let table = try Self.table("normal", settings)
        let demands = table.demands
        let redis = try #require(Self.rows(table, "redis-master.command").first)
        #expect(redis.model.hasPrefix("M/D/1") && redis.applicability == .applies)
        let load = 8_000 * demands.demand(at: .redisCommand)
        #expect(try agree(#require(redis.utilisation), load) && agree(#require(redis.waitProbability), load))
        #expect(try agree(#require(redis.meanWait), load * 20e-6 / (2 * (1 - load)), 1e-9))
        let cores = try #require(Self.rows(table, "app1.cpu").first)
        #expect(
            try cores.model == "G/G/8"
                && agree(#require(cores.utilisation), 8_000 * demands.demand(at: .applicationCPU) / 16))
        #expect(try #require(cores.waitP99) > #require(cores.waitP95))
        let lock = try #require(Self.rows(table, TheoryTable.hottestLock).first)
        let asked = 8_000 * 0.2 * table.scenario.workload.popularity.shares(products: 500)[0] * 43e-3
        #expect(try agree(#require(lock.loss), asked / (1 + asked), 1e-9))
        #expect(Self.rows(table, "mysql-primary.flush").first?.model.hasPrefix("group commit") == true)
    }

    @Test func tooMuchIsNoSteadyState() throws {
        let settings = [#"workload.arrive={"poisson":"20000/s"}"#, "workload.for=10s"]
        let row = try #require(Self.rows(try Self.table("normal", settings), "app1.cpu").first)
        guard case .violated(let assumption, _) = row.applicability else {
            Issue.record("an overloaded queue must not apply")
            return
        }
        #expect(assumption == "there is a steady state" && row.meanWait == nil && row.waitP99 == nil)
        #expect(try #require(row.utilisation) > 1)
    }

    @Test func aPoolThatGivesUp() throws {
        let settings = [#"workload.arrive={"poisson":"800/s"}"#]
        let rows = Self.rows(try Self.table("miniature", settings), "app1.primaryPool")
        #expect(rows.count == 3)
        #expect(rows[0].applicability != .applies && rows[0].meanWait == nil)
        #expect(rows[1].model.contains("+ D") && rows[2].method.contains("Erlang A"))
        // 800 asked for, 648 lent: a fifth goes away, whatever the patience.
        for row in rows.dropFirst() { #expect(try abs(#require(row.loss) - (1 - 648.0 / 800)) < 0.02) }
    }

    @Test func aBurstHasNone() throws {
        let table = try Self.table("normal")
        let cores = Self.rows(table, "app1.cpu")
        #expect(cores.count == 2 && cores[0].model.hasPrefix("fluid") && cores[0].applicability == .applies)
        #expect(cores[1].meanWait == nil && cores[1].applicability != .applies)
        // What comes first has the whole burst before it, what is slowest holds it up; no other row applies.
        #expect(table.rows.filter { $0.applicability == .applies }.map(\.resource) == ["nginx.worker", "app1.cpu"])
        let (worker, core) = (try #require(table.rows[0].meanWait), try #require(cores[0].meanWait))
        #expect(
            agree(worker, 6_000 * 50e-6 / 4 / 2, 1e-9)
                && core < table.demands.demand(at: .applicationCPU) * 6_000 / 16 / 2)
        #expect(table.remarks.contains { $0.contains("one burst") } && table.network == nil)
    }

    @Test func aLoopIsANetwork() throws {
        let settings = ["workload.think=1s", "workload.for=10s"]
        let table = try Self.table("normal", settings)
        let network = try #require(table.network)
        let population = network.solution.queues.reduce(0, +) + network.solution.throughput
        #expect(agree(population, 6_000, 1e-6))
        #expect(network.bounds.throughput(population: 6_000).contains(network.solution.throughput))
        #expect(network.stations.last == "network" && network.stations.contains("app2.cpu"))
        // Constant service is not what the product form wants: that is said where the station is busy enough to matter.
        let constant =
            settings + [
                "topology.application.cpu.accept=0.7ms", "topology.application.cores=1", "workload.mix.purchase=0",
            ]
        let (idle, crowded) = (
            try Self.table("normal", constant + ["workload.users=100"]),
            try Self.table("normal", constant + ["workload.users=2000"])
        )
        #expect(try #require(idle.network).applicability == .applies)
        #expect(try #require(crowded.network).applicability != .applies)
        let cores = try #require(Self.rows(crowded, "app1.cpu").first)
        #expect(try #require(cores.utilisation) > 0.99 && #require(cores.meanWait) > 0.1)
    }

    @Test func whatSpoilsTheNumbersIsSaid() throws {
        #expect(try Self.table("primary-down").remarks.contains { $0.contains("faults") })
        #expect(try Self.table("hardened").remarks.contains { $0.contains("repetitions") })
        let ramp = #"workload.arrive={"ramp":{"from":"0/s","to":"900/s","over":"5s"}}"#
        #expect(try Self.table("normal", [ramp]).remarks.contains { $0.contains("rate changes") })
        let clock = try Self.table("normal", [#"workload.arrive={"constant":"900/s"}"#, "workload.for=5s"])
        #expect(Self.rows(clock, "nginx.worker").first?.model.hasPrefix("D/D/4") == true)
        #expect(Self.rows(clock, "app1.cpu").first?.applicability != .applies)
    }

    // MARK: - Responses

    @Test func waitsAddUpToTheResponse() throws {
        let settings = [#"workload.arrive={"poisson":"10000/s"}"#, "workload.for=10s"]
        let table = try Self.table("normal", settings)
        let hit = try #require(table.responses[.viewHit])
        let (cores, redis, worker) = (
            try #require(Self.rows(table, "app1.cpu").first?.meanWait),
            try #require(Self.rows(table, "redis-master.command").first?.meanWait),
            try #require(Self.rows(table, "nginx.worker").first?.meanWait)
        )
        // Two visits to the cores, one to Redis's thread and one to a worker.
        #expect(agree(hit, 5e-3 + 2 * cores + redis + worker, 1e-9))
        #expect(try #require(table.meanResponse) > table.demands.latency)
        let overloaded = try Self.table("normal", [#"workload.arrive={"poisson":"20000/s"}"#, "workload.for=10s"])
        #expect(overloaded.responses.isEmpty && overloaded.meanResponse == nil)
    }

    @Test func aLoopsResponseIsWhatLittleLeaves() throws {
        let table = try Self.table("normal", ["workload.think=500ms", "workload.for=10s", "workload.users=2000"])
        let network = try #require(table.network)
        let response = 2_000 / network.solution.throughput - 0.5
        #expect(agree(network.solution.response, response, 1e-6))
        #expect(try agree(#require(table.meanResponse), response, 1e-6))
    }

    @Test(arguments: [
        ("normal", [#"workload.arrive={"poisson":"100/s"}"#, "workload.for=10s"], [10.0, 2_000, 8_000, 11_000]),
        ("normal", ["workload.think=500ms", "workload.for=10s"], [10, 1_000, 3_000]),
        ("normal", [], [100, 1_000, 6_000]),
        ("miniature", [], [100, 400, 600]),
    ])
    func theCurveRises(_ name: String, _ settings: [String], _ loads: [Double]) throws {
        let scenario = try ServiceDemandTests.scenario(name, settings)
        let points = loads.map { TheoryPoint(scenario, load: $0) }
        #expect(zip(points, points.dropFirst()).allSatisfy { $0.throughput <= $1.throughput * 1.0001 })
        // The mean of all may fall: the more come, the more purchases the lock turns away at once.
        let type = name == "normal" ? RequestClass.viewHit : .purchaseSold
        let responses = try points.map { try #require($0.responses[type]) }
        #expect(zip(responses, responses.dropFirst()).allSatisfy { $0 < $1 })
        for point in points {
            let response = try #require(point.response)
            #expect(point.throughput <= point.mostThroughput * 1.0001 && response >= point.leastResponse * 0.9999)
        }
    }

    /// A hundred at once, one lock: the last is sold after a hundred lock times, the mean after half of them.
    @Test func whoComesBackWaitsForTheOthers() throws {
        let table = try Self.table("hot-product", ["workload.users=100"])
        let response = try #require(table.responses[.purchaseSold])
        #expect(agree(response, 99.0 / 2 * 43e-3 + 50e-3, 1e-3))
        let lock = try #require(Self.rows(table, TheoryTable.hottestLock).first)
        #expect(try lock.applicability == .applies && agree(#require(lock.waitP99), 0.99 * 100 * 43e-3, 1e-6))
        #expect(Self.rows(table, "mysql-primary.storage").allSatisfy { $0.applicability != .applies })
        #expect(try Self.table("hardened").responses[.purchaseSold] == nil)
    }

    /// Two servers in turn: each gets every second request, which comes more evenly.
    @Test func requestsInTurnComeMoreEvenly() throws {
        let settings = [#"workload.arrive={"poisson":"560/s"}"#]
        let turn = try #require(Self.rows(try Self.table("miniature", settings), "app1.primaryPool").first)
        let least = try #require(
            Self.rows(
                try Self.table("miniature", settings + ["topology.loadBalancer.policy=leastConnections"]),
                "app1.primaryPool"
            ).first)
        #expect(turn.model.hasPrefix("G/") && least.model.hasPrefix("M/"))
        #expect(try #require(turn.meanWait) < #require(least.meanWait))
    }
}
