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

    /// What was made already and is far off, or must never happen, decides without another run; even without an allowance.
    @Test func oneKnownRunMayDecide() throws {
        let laboratory = InventedSale.laboratory { scenario, _ in
            [
                "oversold": scenario.workload.users == 3 ? 1 : 0,
                "view.success.p95": 0.1 * Double(scenario.workload.users),
            ]
        }
        var examiner = Examiner(laboratory: laboratory)
        var scenarios: [Scenario] = []
        for users in [2, 3, 4, 6] {
            var scenario = try InventedSale.scenario(expect: ["oversold == 0", "view.success.p95 < 100ms"])
            scenario.workload.users = users
            scenarios.append(scenario)
        }
        try examiner.prepare(scenarios)
        #expect(laboratory.runs == 4)
        examiner.allowance = 0
        let standings = try scenarios.map { try examiner.examine($0)?.standing }
        #expect(standings == [nil, .fails, nil, .fails], "200 and 400 ms are asked for a second time, 600 ms are not")
        #expect(laboratory.runs == 4)
    }

    @Test func preparationsEndWithTheAllowance() throws {
        let laboratory = InventedSale.laboratory { _, _ in ["oversold": 0] }
        var examiner = Examiner(laboratory: laboratory)
        examiner.allowance = 5_000
        let scenarios = try (1...20).map { try InventedSale.scenario(users: $0, expect: ["oversold == 0"]) }
        try examiner.prepare(scenarios)
        #expect(laboratory.runs == 8, "four at a time")
        #expect(examiner.isSpent && examiner.left == 0)
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
