import Testing
import Topology

@testable import SimNodes

@Suite("One node less") struct OutageTests {
    private static let expectations = ["oversold == 0", "view.success.p95 < 100ms"]

    /// A sale of one second in ten slots, in which 100 views and 20 purchases are answered well.
    private static func sale(
        _ scenario: Scenario, _ seed: UInt64, views: Int = 100, purchases: [String: Int] = ["success": 20],
        successes: [Int] = [Int](repeating: 12, count: 10), failures: [Int] = [Int](repeating: 0, count: 10),
        metrics: [String: Double] = ["oversold": 0, "view.success.p95": 0.01], broken: [String] = []
    ) -> RunResult {
        func flow(_ name: String, _ outcomes: [String: Int]) -> FlowResult {
            FlowResult(
                name: name,
                outcomes: outcomes.sorted { $0.key < $1.key }.map {
                    OutcomeResult(
                        name: $0.key, isSuccess: $0.key == "success", count: $0.value, latency: LatencyHistogram())
                }, cached: [])
        }
        let flows = [flow("view", ["success": views]), flow("purchase", purchases)]
        return RunResult(
            scenario: scenario, seed: seed, digest: TraceDigest(), events: 1_000, simulated: .seconds(1),
            duration: .seconds(1), verdict: Verdict(.holds, "invented"), milestones: [],
            flows: flows + [flow("all", ["success": views + 20])], resources: [],
            cache: CacheResult(hits: 0, misses: 0), failovers: [], faults: [],
            series: OutcomeSeries(width: .milliseconds(100), successes: successes, failures: failures),
            invariants: broken.map {
                InvariantResult(id: $0, title: "invented", holds: false, detail: "gone", evidence: [])
            },
            expectations: Judgement.evaluate(scenario.expect, metrics), metrics: metrics, programFaults: [])
    }

    /// The outages of a sale whose runs depend on what crashes.
    private static func outages(
        faults: Int = 0, allowance: UInt64 = .max,
        _ run: @escaping @Sendable (_ scenario: Scenario, _ crashed: String?) -> RunResult
    ) throws -> (found: (outages: [Outage], untried: [String]), laboratory: Laboratory) {
        var scenario = try InventedSale.scenario(expect: expectations)
        scenario.faults = (0..<faults).map { _ in Fault(.crash(CrashFault(.named("db2"))), .at(.seconds(9))) }
        let laboratory = Laboratory(threads: 2) { scenario, _ in
            guard case .crash(let crash)? = scenario.faults.first?.action, case .named(let node) = crash.crash else {
                return run(scenario, nil)
            }
            return run(scenario, node)
        }
        return (try Outage.each(of: scenario, by: laboratory, seed: 1, allowance: allowance), laboratory)
    }

    @Test func eachMachineIsLostOnceAndThoseThatStandByLast() throws {
        let (found, laboratory) = try Self.outages(faults: 1) { scenario, _ in Self.sale(scenario, 1) }
        #expect(found.outages.map(\.node) == ["app1", "app2", "cache1", "db", "db2"] && found.untried.isEmpty)
        // The scenario's own fault is in none of the runs, nor in the one that they are held against.
        #expect(laboratory.runs == 6)
        #expect(found.outages.allSatisfy { $0.result.scenario.faults.count == 1 })
        #expect(found.outages.allSatisfy { $0.crashedAt == .milliseconds(100) }, "a tenth into the sale")
        #expect(found.outages[2].settings == ["faults=[{\"crash\":\"cache1\",\"how\":\"host\",\"at\":\"100ms\"}]"])
        #expect(found.outages.allSatisfy { $0.lostRequests == 0 && $0.lostShare == 0 && $0.recovery == .zero })
    }

    @Test func lostIsWhoeverWouldHaveBeenServed() throws {
        let (found, _) = try Self.outages { scenario, crashed in
            switch crashed {
            // What is refused for the sale's own reasons is served.
            case "db":
                Self.sale(
                    scenario, 1, views: 70, purchases: ["insufficientStock": 8, "alreadyOrdered": 2, "failed": 10])
            case "app1": Self.sale(scenario, 1, views: 130)
            default: Self.sale(scenario, 1)
            }
        }
        let database = try #require(found.outages.first { $0.node == "db" })
        #expect(database.lostRequests == 40 && abs(database.lostShare - 40.0 / 120) < 1e-12)
        #expect(found.outages[0].lostRequests == 0, "more than without the outage is no loss")
    }

    @Test func onlyWhatHoldsWithoutItBreaksByIt() throws {
        let (found, _) = try Self.outages { scenario, crashed in
            // Views are too slow without any outage.
            let slow = ["oversold": crashed == "cache1" ? 1.0 : 0, "view.success.p95": 0.3]
            return Self.sale(scenario, 1, metrics: slow, broken: crashed == "cache1" ? ["I1"] : [])
        }
        #expect(found.outages.map(\.breaks) == [[], [], ["I1 invented", "oversold == 0"], [], []])
    }

    @Test func itIsOverWithTheLastFailureThatASuccessFollows() throws {
        let (found, _) = try Self.outages { scenario, crashed in
            switch crashed {
            // Failures up to the fifth slot, then successes.
            case "app1": Self.sale(scenario, 1, failures: [0, 3, 2, 0, 1, 0, 0, 0, 0, 0])
            case "db":
                Self.sale(
                    scenario, 1, successes: [12, 12, 1, 0, 0, 0, 0, 0, 0, 0], failures: [0, 0, 2, 9, 9, 9, 9, 9, 9, 9])
            default: Self.sale(scenario, 1)
            }
        }
        #expect(found.outages[0].recovery == .milliseconds(400), "from 100 ms to the end of the slot at 500 ms")
        #expect(
            found.outages.first { $0.node == "db" }.map { $0.recovery == nil } == true, "nobody was served after it")
        #expect(found.outages[1].recovery == .zero)
    }

    @Test func whatThereWereNoRunsForIsTold() throws {
        let (some, laboratory) = try Self.outages(allowance: 3_000) { scenario, _ in Self.sale(scenario, 1) }
        #expect(some.outages.map(\.node) == ["app1", "app2", "cache1", "db"] && some.untried == ["db2"])
        #expect(laboratory.runs == 5, "one without an outage, and four at once")
        let (none, idle) = try Self.outages(allowance: 0) { scenario, _ in Self.sale(scenario, 1) }
        #expect(none.outages.isEmpty && none.untried.count == 5 && idle.runs == 0)
    }
}
