import Testing
import Topology

@testable import SimNodes

@Suite struct ExaminerTests {
    /// Noise that a seed brings: -1 to 1, its mean over many seeds nearly zero.
    private static func noise(_ seed: UInt64) -> Double { Double((seed &* 7919) % 101) / 50 - 1 }

    private static func examine(
        _ expectations: [String], _ metrics: @escaping @Sendable (UInt64) -> [String: Double]
    ) throws -> Examiner.Examination {
        let laboratory = InventedSale.laboratory { metrics($1) }
        let scenario = try InventedSale.scenario(expect: expectations)
        return try #require(try Examiner(laboratory: laboratory).examine(scenario))
    }

    /// Of a percentile that has to stay below 100 ms.
    private static func examine(mean: Double, noise: Double) throws -> Examiner.Examination {
        try examine(["view.success.p95 < 100ms"]) { ["view.success.p95": mean + noise * Self.noise($0)] }
    }

    @Test func clearAnswersNeedFewRuns() throws {
        let passes = try Self.examine(mean: 0.05, noise: 0.001)
        #expect(passes.standing == .passes && passes.runs.count == 3 && passes.gap == 0)
        let narrowly = try Self.examine(mean: 0.12, noise: 0.001)
        #expect(narrowly.standing == .fails && narrowly.runs.count == 3)
        let widely = try Self.examine(mean: 0.3, noise: 0.001)
        #expect(widely.standing == .fails && widely.runs.count == 2)
        #expect(widely.reason.hasPrefix("view.success.p95 < 100ms"), "\(widely.reason)")
        #expect(abs(widely.gap - 2) < 0.1)
    }

    @Test func anIntervalAcrossTheThresholdAsksForMoreRuns() throws {
        let close = try Self.examine(mean: 0.095, noise: 0.008)
        #expect(close.standing == .passes && close.runs.count > 3, "\(close.runs.count)")
        let closer = try Self.examine(mean: 0.1, noise: 0.05)
        #expect(closer.standing == .unclear && closer.runs.count == 24)
    }

    @Test func whatMustNeverHappenMayNotHappenOnce() throws {
        let once = try Self.examine(["oversold == 0"]) { ["oversold": $0 == 3 ? 1 : 0] }
        #expect(once.standing == .fails && once.reason.hasPrefix("oversold == 0"))
        let missing = try Self.examine(["view.success.p95 < 100ms"]) { _ in [:] }
        #expect(missing.standing == .unclear, "without samples nothing passes, and nothing is broken")
    }

    @Test func brokenInvariantsFailAndIdleFaultsDecideNothing() throws {
        func examine(
            _ verdict: Verdict, _ invariants: [InvariantResult]
        ) throws -> Examiner.Examination? {
            let laboratory = Laboratory(threads: 2) { scenario, seed in
                InventedSale.result(scenario, seed, ["oversold": 0], verdict: verdict, invariants: invariants)
            }
            return try Examiner(laboratory: laboratory).examine(InventedSale.scenario(expect: ["oversold == 0"]))
        }
        let lost = InvariantResult(id: "I3", title: "orders survive", holds: false, detail: "1 is gone", evidence: [])
        let broken = try examine(Verdict(.breaks, "lost"), [lost])
        #expect(broken?.standing == .fails && broken?.reason.hasPrefix("I3 orders survive") == true)
        let idle = try examine(Verdict(.invalid, "the crash had no effect"), [])
        #expect(idle?.standing == .unclear && idle?.reason == "the crash had no effect")
    }

    @Test func theAllowanceCountsEvents() throws {
        let laboratory = InventedSale.laboratory { _, _ in ["oversold": 0] }
        var examiner = Examiner(laboratory: laboratory)
        examiner.allowance = 5_000
        var scenario = try InventedSale.scenario(expect: ["oversold == 0"])
        var finished = 0
        for users in 1...9 {
            scenario.workload.users = users
            if try examiner.examine(scenario) != nil { finished += 1 }
        }
        #expect(finished == 2, "3 runs of 1000 events each: the third examination would begin beyond 5000")
        #expect(laboratory.runs == 6)
    }
}
