import Testing
import Topology

@testable import SimNodes

@Suite struct CeilingTests {
    private static func find(
        _ load: Load, from start: Int64, scenario: Scenario,
        _ metrics: @escaping @Sendable (Scenario, UInt64) -> [String: Double]
    ) throws -> Ceiling {
        let examiner = Examiner(laboratory: InventedSale.laboratory(metrics))
        return try Ceiling.find(load, of: scenario, from: start, lasting: .seconds(2), by: examiner)
    }

    @Test func theMostUsersAreFoundAndWhatBreaksBeyond() throws {
        let ceiling = try Self.find(.users, from: 1_000, scenario: InventedSale.scenario()) { scenario, seed in
            ["view.success.p95": 0.000_02 * Double(scenario.workload.users) + 0.000_1 * Double(seed)]
        }
        // Up to 5000 less what the seeds add.
        #expect(ceiling.edge.passing.map { (4_850...4_995).contains($0) } == true, "\(ceiling.edge)")
        #expect(ceiling.asked == 1_000)
        #expect(ceiling.headroom.map { $0 > 3.8 && $0 < 4 } == true)
        #expect(ceiling.breaks?.hasPrefix("view.success.p95 < 100ms") == true)
        #expect(ceiling.settings == ["workload.users=\(ceiling.edge.passing ?? 0)"])
    }

    @Test func aRateIsAnOpenStreamOfOtherUsers() throws {
        let scenario = try InventedSale.scenario()
        let settings = Load.rate.settings(500, of: scenario, lasting: .seconds(2))
        let loaded = try ScenarioLoader.load(scenario, overrides: settings)
        #expect(loaded.workload.arrive == .poisson(Rate(perSecond: 500)) && loaded.workload.for == .seconds(2))
        #expect(loaded.workload.users == 1_150)
        let ceiling = try Self.find(.rate, from: 100, scenario: scenario) { scenario, _ in
            guard case .poisson(let rate) = scenario.workload.arrive else { return [:] }
            return ["view.success.p95": rate.perSecond <= 640 ? 0.01 : 0.5]
        }
        #expect(ceiling.edge.passing.map { (620...640).contains($0) } == true, "\(ceiling.edge)")
        #expect(ceiling.asked == nil && ceiling.headroom == nil)
        let back = try ScenarioLoader.load(loaded, overrides: Load.users.settings(7, of: loaded, lasting: .zero))
        #expect(back.workload.arrive == .atOnce && back.workload.for == nil && back.workload.users == 7)
    }

    /// Where there is nothing to measure, nothing is broken and nothing holds.
    @Test func loadsTooSmallToMeasureDecideNothing() throws {
        let ceiling = try Self.find(.users, from: 1_000, scenario: InventedSale.scenario()) { scenario, _ in
            scenario.workload.users < 100 ? [:] : ["view.success.p95": 0.3]
        }
        #expect(ceiling.edge.passing == nil && ceiling.edge.failing == 125)
        #expect(ceiling.edge.unclear == [1, 3, 7, 15, 31, 62])
    }

    /// Only every other run of few users has a view that misses, and none of very few.
    @Test func whatIsRareIsJudgedAsFarAsItHappens() throws {
        let scenario = try InventedSale.scenario(expect: ["view.success.p95 < 100ms", "view.miss.p95 < 200ms"])
        let ceiling = try Self.find(.users, from: 1_000, scenario: scenario) { scenario, seed in
            let users = scenario.workload.users
            var metrics = ["view.success.p95": 0.001 * Double(users)]
            if users >= 90 || users >= 50 && seed.isMultiple(of: 2) { metrics["view.miss.p95"] = 0.1 }
            return metrics
        }
        #expect(ceiling.edge.passing.map { (98...99).contains($0) } == true, "\(ceiling.edge)")
        #expect(ceiling.unjudged.isEmpty && ceiling.edge.unclear.isEmpty)
        let rare = try Self.find(.users, from: 1_000, scenario: scenario) { scenario, _ in
            ["view.success.p95": 0.001 * Double(scenario.workload.users)]
        }
        #expect(rare.edge.passing.map { (98...99).contains($0) } == true && rare.unjudged == ["view.miss.p95 < 200ms"])
    }

    /// A thousand orders can't come from fewer users: below what is asked that is no part of the question.
    @Test func whatFewerUsersCannotBringAboutIsLeftOut() throws {
        let scenario = try InventedSale.scenario(expect: ["view.success.p95 < 100ms", "view.success.count == 1000"])
        let ceiling = try Self.find(.users, from: 1_000, scenario: scenario) { scenario, _ in
            let users = Double(scenario.workload.users)
            return ["view.success.p95": 0.000_2 * users, "view.success.count": users]
        }
        #expect(ceiling.edge.passing.map { (490...499).contains($0) } == true, "\(ceiling.edge)")
        #expect(ceiling.leftOut == ["view.success.count == 1000"])
    }

    @Test func aCurveDoublesUpToWhatIsWanted() throws {
        let laboratory = InventedSale.laboratory { scenario, _ in
            ["throughput": 100, "view.success.mean": 0.01 * Double(scenario.workload.users)]
        }
        let curve = try LoadCurve.measure(InventedSale.scenario(), upTo: 40, by: laboratory, seed: 1)
        #expect(curve.points.map(\.users) == [1, 2, 5, 10, 20, 40])
        #expect(curve.points.last?.mean == 0.4 && curve.points.last?.throughput == 100)
        #expect(curve.points.last?.p95 == nil && curve.flow == .view)
    }

    @Test func aCurveLeavesOutWhatItCannotAfford() throws {
        let laboratory = InventedSale.laboratory { _, _ in [:] }
        let curve = try LoadCurve.measure(
            InventedSale.scenario(), upTo: 40, by: laboratory, seed: 1, eventsEach: 100, left: 2_000)
        // 1 + 2 + 5 + 10 users cost 1800 events, 20 more would be 3800.
        #expect(curve.points.map(\.users) == [1, 2, 5, 10] && curve.untried == [20, 40])
        #expect(laboratory.runs == 4)
    }

    /// From 1000 users on loads double; 8000 would be the first that costs more than is left.
    @Test func aLoadThatCostsMoreThanIsLeftIsNotTried() throws {
        let laboratory = Laboratory(threads: 1) { scenario, seed in
            InventedSale.result(
                scenario, seed, ["view.success.p95": 0.01], events: UInt64(scenario.workload.users))
        }
        var examiner = Examiner(laboratory: laboratory)
        examiner.allowance = 25_000
        let ceiling = try Ceiling.find(
            .users, of: InventedSale.scenario(), from: 1_000, lasting: .zero, by: examiner)
        #expect(ceiling.edge.passing == 4_000 && ceiling.edge.failing == nil && ceiling.edge.isCutShort)
        #expect(laboratory.events == 3 * 7_000)
    }

    @Test func withinTheLimitsTheBestSplitIsKept() throws {
        let examiner = Examiner(
            laboratory: InventedSale.laboratory { scenario, _ in
                // Only the replica's pool matters, and who waits longer is served.
                let application = scenario.topology.application
                let power = Double(application.replicaPool.size) * application.replicaPool.connectionTimeout.seconds
                return ["view.success.p95": 0.1 * Double(scenario.workload.users) / power, "all.success.share": 1]
            })
        var scenario = try InventedSale.scenario(users: 6_000)
        scenario.topology.application.primaryPool.size = 75
        scenario.topology.application.replicaPool.size = 75
        let limits = try #require(try WithinLimits.find(scenario, from: 6_000, by: examiner))
        #expect(limits.connections == 300)
        #expect(
            limits.settings == [
                "application.primaryPool.size=15", "application.replicaPool.size=135",
                "application.primaryPool.connectionTimeout=2min", "application.replicaPool.connectionTimeout=2min",
            ])
        // 135 connections for 120 s instead of 75 for 30 s.
        #expect(limits.ceiling.edge.passing.map { (15_800...16_200).contains($0) } == true, "\(limits.ceiling.edge)")
    }

    /// Of five machines two are databases. More servers help, and share the same connections.
    @Test func withinTheLimitsTheNumberOfServersIsFree() throws {
        let examiner = Examiner(
            laboratory: InventedSale.laboratory { scenario, _ in
                let application = scenario.topology.application
                let power = Double(application.servers.count * application.cores)
                return ["view.success.p95": 0.001 * Double(scenario.workload.users) / power, "all.success.share": 1]
            })
        var scenario = try InventedSale.scenario(users: 6_000)
        scenario.topology.limits?.servers = 5
        let limits = try #require(try WithinLimits.find(scenario, from: 6_000, by: examiner))
        #expect(
            limits.settings == [
                "application.servers=[\"app1\",\"app2\",\"app3\"]", "application.primaryPool.size=100",
                "application.replicaPool.size=100",
            ])
        // One server or three, then splits of 100 connections each, waits and lifetimes.
        #expect(limits.tried == 2 + 5 + 2 + 2 + 2)
        #expect(limits.ceiling.edge.passing.map { (2_350...2_399).contains($0) } == true, "\(limits.ceiling.edge)")
    }

    @Test func aDesignWithoutLimitsHasNothingToStayWithin() throws {
        var scenario = try InventedSale.scenario()
        scenario.topology.limits = nil
        let examiner = Examiner(laboratory: InventedSale.laboratory { _, _ in [:] })
        #expect(try WithinLimits.find(scenario, from: 10, by: examiner) == nil)
    }
}
