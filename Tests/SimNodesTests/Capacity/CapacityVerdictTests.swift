import Testing
import Topology

@testable import SimNodes

@Suite("Verdict on capacity") struct CapacityVerdictTests {
    private func verdict(_ scenario: Scenario, _ runs: [RunResult]) -> CapacityVerdict {
        CapacityVerdict(Replications(scenario, runs: runs))
    }

    private func verdict(_ text: String, _ values: [Double]) throws -> CapacityVerdict {
        let scenario = try InventedTrials.scenario(text)
        return CapacityVerdict(InventedTrials.replications(scenario, scenario.expect[0].metric, values))
    }

    @Test func everyKindOccurs() throws {
        #expect(try verdict("purchase.success.p95 < 100ms", [0.05, 0.051, 0.049]).kind == .holds)
        #expect(try verdict("purchase.success.p95 < 100ms", [0.15, 0.151, 0.149]).kind == .breaks)
        let open = try verdict("purchase.success.p95 < 100ms", [0.09, 0.1, 0.095, 0.101])
        #expect(open.kind == .inconclusive)
        #expect(
            open.reason.contains("about 11 runs (--replications 11) would settle it, or expect < 105 ms"), "\(open)")
        let scenario = Scenario()
        let idle = InventedTrials.run(scenario, seed: 1, verdict: Verdict(.invalid, "the fault had no effect"))
        #expect(verdict(scenario, [idle]).kind == .invalid)
    }

    @Test func oneBrokenInvariantOutweighsAllThatHolds() throws {
        let scenario = try InventedTrials.scenario("throughput > 1/s")
        let runs = (1...4).map { seed in
            InventedTrials.run(
                scenario, seed: seed, metrics: ["throughput": 9],
                broken: seed == 3 ? ["I4", "I1"] : seed == 2 ? ["I4"] : [])
        }
        let found = verdict(scenario, runs)
        #expect(found.kind == .breaks)
        #expect(found.reason == "I1 invented: broken in 1 of 4 runs, 3 are gone (and I4)")
        #expect(found.seed == 3, "the run that shows the worst")
    }

    @Test func withoutExpectationsEveryRequestHasToBeAnswered() {
        let scenario = Scenario()
        let good = InventedTrials.run(scenario, seed: 1, outcomes: ["success": 90, "insufficientStock": 10])
        #expect(verdict(scenario, [good, good]).kind == .holds)
        let bad = InventedTrials.run(scenario, seed: 2, outcomes: ["success": 90, "timedOut": 10])
        let found = verdict(scenario, [good, bad])
        #expect(found.kind == .breaks)
        #expect(found.reason == "5.0 % of the requests get no answer, or an error, in 1 of 2 runs")
        #expect(found.seed == 2)
        let lost = InventedTrials.run(scenario, seed: 3, metrics: ["workload.requests": 101])
        #expect(verdict(scenario, [lost]).kind == .breaks, "one was never answered")
    }

    @Test func aSteadyStateThatNeverComesDecidesNothing() throws {
        let scenario = try InventedTrials.scenario("throughput > 5/s")
        func found(_ settled: Double, isSettled: Bool) -> CapacityVerdict {
            let part = AfterWarmUp(
                warmUp: .seconds(1), dropped: 5, isSettled: isSettled, metrics: ["throughput": settled])
            let runs = (1...3).map { seed in
                InventedTrials.run(scenario, seed: seed, metrics: ["throughput": 3], afterWarmUp: part)
            }
            return verdict(scenario, runs)
        }
        #expect(found(9, isSettled: true).kind == .holds, "the warm-up's 3/s don't count")
        #expect(found(9, isSettled: false).kind == .inconclusive)
        #expect(found(9, isSettled: false).reason.hasPrefix("latencies do not settle in 3 of 3 runs"))
        #expect(found(4, isSettled: false).kind == .breaks, "what is broken is broken")
    }

    @Test func faultsOfTheProgramCastDoubtOnEverything() throws {
        let scenario = Scenario()
        let run = InventedTrials.run(scenario, seed: 5, broken: ["I1"], programFaults: ["a meter is wrong"])
        let found = verdict(scenario, [run])
        #expect(found.kind == .invalid)
        #expect(found.reason.contains("a meter is wrong"))
        #expect(found.programFaults.count == 1)
    }
}
