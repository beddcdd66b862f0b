import Testing
import Topology

@testable import SimNodes

@Suite("A whole system, from its opening to its rest")
struct SystemTests {
    private static func full(_ arrivals: [TraceArrival], _ change: (inout Scenario) -> Void = { _ in }) throws
        -> Scenario
    {
        var scenario = try TestFiles.scenario("configs/scenarios/normal.json")
        scenario.workload.arrive = .trace(arrivals)
        scenario.workload.products = 6
        change(&scenario)
        return scenario
    }

    @Test("At the opening everything stands as after a long time: pools full, replicas in step, stocks cached")
    func opening() throws {
        let rig = ShopRig(try Self.full([look(0)]) { $0.workload.warmCache = 1 })
        rig.world.universe.run(until: .zero + .seconds(2))
        let topology = rig.world.topology
        #expect(rig.system.databases.map(\.process.name) == ["mysql-primary", "mysql-replica"])
        #expect(rig.system.applications.map(\.process.name) == topology.application.servers)
        #expect(rig.system.sentinels.count == 3)
        // Two pools of 150, and what replicates and watches.
        #expect(rig.system.databases.allSatisfy { $0.openConnections >= 300 })
        #expect(rig.system.redisNodes.map(\.isMaster) == [true, false])
        #expect(rig.system.redisNodes.allSatisfy { $0.isUpToDate })
        #expect(rig.system.databases[1].isReceivingFromSource)
        #expect(rig.system.leftovers.isEmpty)
        for node in rig.system.redisNodes {
            #expect((0..<6).allSatisfy { node.integer(forKey: ProductKey.stock($0)) == 40 })
            #expect((0..<6).allSatisfy { node.value(forKey: ProductKey.details($0)) == "40:0" })
        }
        #expect(rig.primary.products.count == 6)
        #expect(rig.world.timeline.milestones.isEmpty)
    }

    @Test("At rest the replicas have what the primary has")
    func rest() throws {
        let rig = ShopRig(try Self.full((0..<12).map { buy($0 % 6, at: Int64($0) * 60) })).run()
        #expect(rig.requests.allSatisfy { $0.outcome == .success })
        #expect(rig.system.isReplicated)
        #expect(rig.system.databases[1].products == rig.system.databases[0].products)
        #expect(rig.system.databases[1].orders == rig.system.databases[0].orders)
        #expect((0..<6).allSatisfy { rig.system.redisNodes[1].integer(forKey: ProductKey.stock($0)) == 38 })
        for checker in Evidence.checkers { #expect(checker.check(rig.evidence).violations == 0) }
    }

    @Test("The balancer shares the requests out evenly")
    func shares() throws {
        let result = Simulation.run(try Self.full((0..<40).map { look(0, at: Int64($0) * 20) }), seed: 1)
        #expect(result.metrics["load.app1.requests"] == 20)
        #expect(result.metrics["load.app2.share"] == 0.5)
    }

    @Test("What the resources did before the opening does not count, and use is a share of the sale")
    func meters() {
        let result = Simulation.run(
            .shop((0..<10).map { look(0, at: Int64($0) * 100) }) { $0.workload.warmCache = 1 }, seed: 1)
        // Ten views of 950 us on four cores, in 900 ms and the last view's own time.
        let span = 0.9 + (ShopTimes.visit + ShopTimes.view + ShopTimes.command).seconds
        let expected = 10 * (ShopTimes.accept + ShopTimes.view).seconds / (4 * span)
        #expect(abs(result.metrics["resource.app1.cpu.utilisation"]! / expected - 1) < 1e-6)
        #expect(result.metrics["resource.app1.cpu.maxInUse"] == 1)
        #expect(result.metrics["resource.app1.cpu.maxQueue"] == 0)
        let commands = 10 * ShopTimes.redis.seconds / span
        #expect(abs(result.metrics["resource.redis-master.command.utilisation"]! / commands - 1) < 1e-6)
        #expect(result.metrics["duration"]! == span)
    }

    @Test("The figures of a run agree with each other")
    func figures() throws {
        let result = Simulation.run(
            try TestFiles.scenario("configs/scenarios/normal.json", ["workload.users=300"]), seed: 3)
        let metrics = result.metrics
        func metric(_ name: String) -> Double { metrics[name] ?? .nan }
        #expect(metric("workload.requests") == 300)
        #expect(metric("workload.views") + metric("workload.purchases") == 300)
        #expect(metric("view.any.count") + metric("purchase.any.count") == metric("all.any.count"))
        let outcomes = Outcome.allCases.map { metric("all.\($0.name).count") }
        #expect(outcomes.reduce(0, +) == 300)
        #expect(abs(Outcome.allCases.map { metric("purchase.\($0.name).share") }.reduce(0, +) - 1) < 1e-12)
        #expect(metric("view.hit.count") + metric("view.miss.count") == metric("view.success.count"))
        #expect(metric("cache.hitRate") == metric("view.hit.count") / metric("view.success.count"))
        #expect(metric("soldUnits") == metric("purchase.success.count"))
        #expect(metric("throughput") == metric("all.success.rate"))
        #expect(metric("view.success.p50") <= metric("view.success.p95"))
        #expect(metric("view.success.p99.9") <= metric("view.success.max"))
        #expect(result.series.successes.reduce(0, +) + result.series.failures.reduce(0, +) == 300)
        #expect(metric("load.app1.requests") + metric("load.app2.requests") == 300)
    }

    @Test("What a master that is gone held is not talked about")
    func noMaster() {
        let rig = ShopRig(
            .shop([buy(0)]) { $0.faults = [Fault(.crash(CrashFault(.named("redis-master"))), .at(.seconds(1)))] }
        ).run()
        #expect(rig.evidence.cachedStocks == [nil, nil, nil])
        #expect(StockDriftCheck.check(rig.evidence).status == .notApplicable)
    }

    @Test("A run that doesn't end is stopped at its limit, and what is open is unanswered")
    func limit() {
        let result = Simulation.run(
            .shop([buy(0)]) {
                ($0.until, $0.workload.giveUp) = (.seconds(5), .seconds(400))
                $0.faults = [Fault(.pause(PauseFault(.named("app1"), for: .seconds(500))), .at(.milliseconds(10)))]
            }, seed: 1)
        #expect(result.metrics["unanswered"] == 1)
        #expect(result.verdict.kind == .breaks)
        #expect(result.verdict.reason.hasPrefix("I7"))
    }

    @Test("The digest depends on scenario and seed alone")
    func digests() {
        let scenario = Scenario.shop {
            $0.workload.users = 40
            $0.topology.network.latency = .exponential(mean: .microseconds(300))
        }
        let results = [UInt64(1), 1, 2].map { Simulation.run(scenario, seed: $0) }
        #expect(results[0].digest == results[1].digest)
        #expect(results[0].digest != results[2].digest)
        var other = scenario
        other.workload.users += 1
        #expect(Simulation.run(other, seed: 1).digest != results[0].digest)
    }

    @Test("The verdict: holds, breaks by an invariant before an expectation, breaks by an expectation, unmeasured")
    func verdicts() {
        func verdict(_ expectations: [Topology.Expectation], lost: Bool = false) -> Verdict {
            Simulation.run(
                .shop([buy(0)]) {
                    $0.expect = expectations
                    guard lost else { return }
                    $0.topology.purchase.acknowledge = .beforeCommit
                    $0.faults = [Fault(.crash(CrashFault(.itself)), .on(EventTrigger(.purchaseBegun)))]
                }, seed: 1
            ).verdict
        }
        let fast = Topology.Expectation("purchase.success.max", .less, .duration(.milliseconds(1)))
        let fine = Topology.Expectation("oversold", .equal, .number(0))
        let unmeasured = Topology.Expectation("view.success.p99", .less, .duration(.seconds(9)))
        #expect(verdict([fine]).kind == .holds)
        #expect(verdict([fine]).exitCode == 0)
        #expect(verdict([fine, fast]).kind == .breaks)
        #expect(verdict([fine, fast]).exitCode == 99)
        #expect(verdict([fine, fast]).reason.hasPrefix("purchase.success.max < 1ms"))
        #expect(verdict([unmeasured]).kind == .breaks)
        #expect(verdict([unmeasured]).reason.contains("nothing was measured"))
        #expect(verdict([fast], lost: true).reason.hasPrefix("I3"))
    }
}
