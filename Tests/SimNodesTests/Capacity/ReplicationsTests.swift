import Testing
import Topology

@testable import SimNodes

@Suite("Replications") struct ReplicationsTests {
    /// A laboratory in which every run has the figure that its seed decides.
    private func measure(
        _ scenario: Scenario, effort: ReplicationEffort = ReplicationEffort(), events: UInt64 = 1000,
        _ value: @escaping @Sendable (UInt64) -> Double
    ) throws -> Replications {
        let laboratory = Laboratory(threads: 2) { scenario, seed in
            InventedTrials.run(scenario, seed: seed, events: events, metrics: ["throughput": value(seed)])
        }
        return try Replications.measure(scenario, in: laboratory, effort)
    }

    @Test func figuresThatDoNotScatterNeedTheFewestRuns() throws {
        let found = try measure(Scenario()) { _ in 50 }
        #expect(found.runs.map(\.seed) == [1, 2, 3, 4])
        #expect(found.unsettled.isEmpty)
        #expect(found.quantity("throughput")?.interval?.mean == 50)
    }

    @Test func runsAreMadeUntilTheIntervalIsShortEnough() throws {
        // 100 ± 6, alternating: t·s/√n falls below 3 % between 13 and 20 runs.
        let found = try measure(Scenario()) { $0.isMultiple(of: 2) ? 106 : 94 }
        let interval = try #require(found.quantity("throughput")?.interval)
        #expect(found.runs.count == 19)
        #expect(interval.relativeHalfWidth <= 0.03)
        let shorter = Replications(found.scenario, runs: Array(found.runs.prefix(13)))
        #expect(!shorter.unsettled.isEmpty, "13 runs were not enough")
    }

    @Test func theCapEndsIt() throws {
        let found = try measure(Scenario()) { $0.isMultiple(of: 2) ? 10 : 90 }
        #expect(found.runs.count == 20)
        #expect(found.unsettled.map(\.metric) == ["throughput"])
    }

    @Test func expensiveScenariosGetFewerRuns() throws {
        var effort = ReplicationEffort()
        effort.mostEvents = 6_000_000
        let found = try measure(Scenario(), effort: effort, events: 1_000_000) { $0.isMultiple(of: 2) ? 10 : 90 }
        #expect(found.runs.count == 6)
        #expect(try measure(Scenario(), effort: effort, events: 5_000_000) { Double($0) }.runs.count == 4)
    }

    @Test func anIntervalClearOfItsThresholdNeedsNoPrecision() throws {
        let scenario = try InventedTrials.scenario("throughput > 5/s")
        #expect(try measure(scenario) { $0.isMultiple(of: 2) ? 80 : 90 }.runs.count == 4)
        // 50 ± 74 after four runs, 50 ± 46 after six, 46 ± 32 after nine.
        #expect(try measure(scenario) { $0.isMultiple(of: 2) ? 10 : 90 }.runs.count == 9)
    }

    @Test func thresholdsAreJudgedByTheWholeInterval() throws {
        func decision(_ text: String, _ values: [Double]) throws -> ReplicatedExpectation {
            let scenario = try InventedTrials.scenario(text)
            return try #require(
                InventedTrials.replications(scenario, scenario.expect[0].metric, values).expectations.first)
        }
        #expect(try decision("throughput > 5/s", [8, 9, 10]).decision == .holds)
        #expect(try decision("throughput > 5/s", [2, 3, 3]).decision == .breaks)
        #expect(try decision("throughput > 5/s", [2, 9, 4]).decision == .undecided)
        #expect(try decision("throughput > 5/s", [9]).decision == .undecided, "one run has no interval")
        #expect(try decision("lostOrders == 0", [0, 0, 0]).decision == .holds)
        #expect(try decision("lostOrders == 0", [0, 1, 0]).decision == .breaks, "once is a proof")
        #expect(try decision("lostOrders == 0", [0, 1, 0]).missed == 1)
        #expect(try decision("throughput <= 5/s", [5, 5, 5]).decision == .holds, "no scatter, no doubt")
    }

    @Test func whatWouldSettleItFollowsFromTheScatter() throws {
        let scenario = try InventedTrials.scenario("purchase.success.p95 < 100ms")
        func judged(_ values: [Double]) throws -> ReplicatedExpectation {
            try #require(InventedTrials.replications(scenario, "purchase.success.p95", values).expectations.first)
        }
        let near = try judged([0.09, 0.1, 0.095, 0.101])
        #expect(near.decision == .undecided)
        let count = try #require(near.runsToSettle())
        // Mean 96.5 ms, deviation 5.07 ms: 11 runs have a half width of 3.41 ms, 10 one of 3.63.
        #expect(count == 11)
        #expect(try #require(near.sureThreshold) > 0.1)
        let onIt = try judged([0.09, 0.11, 0.09, 0.11])
        #expect(onIt.runsToSettle() == nil)
        #expect(onIt.remedy.contains("no number of runs"))
        #expect(try judged([0.05, 0.05]).runsToSettle() == nil, "there is nothing to settle")
    }

    @Test func aMetricWithoutSamplesNeverPasses() throws {
        let scenario = try InventedTrials.scenario("failover.mysql.writesResumed < 60s")
        let none = try #require(InventedTrials.replications(scenario, "throughput", [1, 2]).expectations.first)
        #expect(none.decision == .breaks)
        #expect(none.sentence.contains("nothing was measured"))
    }
}
