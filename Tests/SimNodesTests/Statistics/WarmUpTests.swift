import Testing
import Topology

@testable import SimNodes

@Suite("Warm-up (MSER-5)") struct WarmUpTests {
    /// 1, -1, 1, … about a level: the same scatter everywhere.
    private func level(_ height: Double, _ count: Int) -> [Double] {
        (0..<count).map { height + ($0.isMultiple(of: 2) ? 1 : -1) }
    }

    @Test func aSeriesThatStartsSettledLosesNothing() throws {
        let found = try #require(WarmUp(level(20, 200)))
        #expect(found.dropped == 0 && found.isSettled)
        #expect(try #require(WarmUp([Double](repeating: 7, count: 100))).dropped == 0)
    }

    @Test func aStepIsCutOffWhereItEnds() throws {
        let found = try #require(WarmUp(level(90, 60) + level(20, 400)))
        #expect(found.dropped == 60 && found.isSettled)
    }

    /// Against the definition, worked out in the plain way.
    @Test func theCutIsTheLeastSquaredError() throws {
        let batches: [Double] = [9, 5, 2] + (0..<17).map { Double($0 % 2) }
        let series = batches.flatMap { [Double](repeating: $0, count: 5) }
        func error(_ start: Int) -> Double {
            let rest = batches[start...]
            let mean = rest.reduce(0, +) / Double(rest.count)
            return rest.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rest.count * rest.count)
        }
        let best = try #require((0...15).min { error($0) < error($1) })
        let found = try #require(WarmUp(series))
        #expect(found.dropped == 5 * best)
        #expect(best == 3)
    }

    @Test func whatGrowsToTheEndNeverSettles() throws {
        let found = try #require(WarmUp((0..<500).map { Double($0) }))
        #expect(!found.isSettled)
    }

    @Test func aFewObservationsSayNothing() {
        #expect(WarmUp(level(1, 25)) == nil)
        #expect(WarmUp(level(1, 30)) != nil)
        #expect(WarmUp([]) == nil)
    }

    // MARK: - Runs

    private func run(_ settings: String...) throws -> RunResult {
        let steady = [#"workload.arrive={"poisson": "200/s"}"#, "workload.for=6s", "workload.users=1"]
        return Simulation.run(try TestFiles.scenario("configs/scenarios/normal.json", steady + settings), seed: 1)
    }

    @Test func openArrivalsAreMeasuredWithoutTheirWarmUp() throws {
        let run = try run()
        let settled = try #require(run.afterWarmUp)
        #expect(settled.isSettled && settled.warmUp < .seconds(3))
        let counted = try #require(settled.metrics["all.any.count"])
        #expect(Int(counted) + settled.dropped == run.requests)
        let rate = try #require(settled.metrics["all.any.rate"])
        #expect((170...230).contains(rate), "\(rate)")
    }

    @Test func overloadDoesNotSettle() throws {
        let run = try run("application.cpu.accept=90ms")
        #expect(run.afterWarmUp?.isSettled == false)
    }

    @Test func burstsAndFaultsKeepTheirBeginning() throws {
        #expect(try TestFiles.scenario("configs/scenarios/normal.json").steadiness == .burst)
        #expect(try TestFiles.scenario("configs/scenarios/primary-down.json").steadiness == .faults)
        var steady = Scenario()
        steady.workload.arrive = .constant(Rate(perSecond: 5))
        #expect(steady.steadiness == .steady)
        steady.workload.arrive = .atOnce
        #expect(steady.steadiness == .burst)
        (steady.workload.for, steady.workload.think) = (.seconds(9), .constant(.seconds(1)))
        #expect(steady.steadiness == .steady)
    }
}
