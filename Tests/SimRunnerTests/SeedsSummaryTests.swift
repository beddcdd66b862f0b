import SimNodes
import Testing
import Topology

@testable import SimRunner

@Suite("Runs under several seeds")
struct SeedsSummaryTests {
    static func outcome(_ result: RunResult, isSame: Bool? = nil) -> UniverseOutcome {
        UniverseOutcome(
            job: UniverseJob(scenarioIndex: 0, scenario: result.scenario, seed: result.seed), result: result,
            wallSeconds: 0.25, repetition: isSame.map { .init(digest: result.digest, isSame: $0) })
    }

    /// Seeds 4, 5 and 6 hold, 7 breaks.
    static func summary() throws -> SeedsSummary {
        var summary = SeedsSummary()
        for seed in 4...6 { summary.add(outcome(try InventedRuns.holding(seed: UInt64(seed)))) }
        summary.add(outcome(try InventedRuns.breaking()))
        return summary
    }

    /// Student's t for 95 % with two degrees of freedom.
    private static let t2 = 4.302_652_729_911_275

    @Test func intervalsAreThoseOfTheBook() throws {
        var summary = SeedsSummary()
        for (seed, count) in [(1, 1), (2, 2), (3, 3)] {
            let success = InventedRuns.outcome("success", Int64(count)...Int64(count), times: count)
            summary.add(
                Self.outcome(
                    try InventedRuns.holding(seed: UInt64(seed)).with(
                        flows: [FlowResult(name: "view", outcomes: [success], cached: [])])))
        }
        let line = try #require(summary.lines.first)
        // 1, 2, 3: mean 2, standard deviation 1.
        let counts = try #require(SeedsSummary.interval(line.counts))
        #expect(counts.mean == 2)
        #expect(abs(counts.halfWidth - Self.t2 / 3.0.squareRoot()) < 1e-9)
        #expect(counts.samples == 3)
        let maxima = try #require(SeedsSummary.interval(line.maxima))
        #expect(abs(maxima.mean - 0.002) < 1e-15)
        #expect(abs(maxima.halfWidth - 0.001 * Self.t2 / 3.0.squareRoot()) < 1e-12)
        #expect(line.latency.merged.count == 6)
        #expect(line.latency.merged.mean == .nanoseconds(2_333_333))
        let p50 = try #require(line.latency.interval(50))
        #expect(abs(p50.mean - 0.002) < 1e-12)
    }

    @Test func whatDidNotHappenInARunCountsAsZero() throws {
        let summary = try Self.summary()
        let timedOut = try #require(summary.lines.first { $0.label == "timed out" })
        #expect(timedOut.counts == [0, 0, 0, 97])
        #expect(timedOut.shares == [0, 0, 0, 97.0 / 1200])
        #expect(timedOut.maxima.count == 1)
        var reversed = SeedsSummary()
        reversed.add(Self.outcome(try InventedRuns.breaking()))
        reversed.add(Self.outcome(try InventedRuns.holding(seed: 8)))
        let line = try #require(reversed.lines.first { $0.label == "timed out" })
        #expect(line.counts == [97, 0])
    }

    @Test func oneBreakingSeedBreaksTheDesign() throws {
        let summary = try Self.summary()
        #expect(summary.code == .broken)
        #expect(summary.verdict.kind == .breaks)
        #expect(
            summary.verdict.reason
                == "it breaks in 1 of 4 runs, first with seed 7: 2 acknowledged orders were lost")
        #expect(summary.seeds(.holds) == [4, 5, 6])
        #expect(summary.decisive?.seed == 7)
        let lost = try #require(summary.expectations.first { $0.name == "lostOrders == 0" })
        #expect((lost.passed, lost.runs) == (3, 4))
        #expect(lost.firstBroken?.seed == 7)
        #expect(lost.firstBroken?.detail == "it is 2")
    }

    @Test func allHoldingRunsHold() throws {
        var summary = SeedsSummary()
        for seed in 1...3 { summary.add(Self.outcome(try InventedRuns.holding(seed: UInt64(seed)))) }
        #expect(summary.verdict == Verdict(.holds, "it holds in all 3 runs"))
        #expect(summary.code == .holds)
    }

    @Test func aDifferenceBetweenRepetitionsIsWorstOfAll() throws {
        var summary = try Self.summary()
        summary.add(Self.outcome(try InventedRuns.holding(seed: 9), isSame: false))
        #expect(summary.code == .notDeterministic)
        #expect(
            summary.verdict
                == Verdict(.invalid, "1 of 5 runs came out differently when repeated, first with seed 9"))
    }

    @Test func nothingFinishedIsInvalid() {
        #expect(SeedsSummary().verdict.kind == .invalid)
    }

    @Test(
        arguments: [
            ([1], "1"), ([1, 2], "1, 2"), ([1, 2, 3], "1–3"), ([1, 3, 4, 5, 9], "1, 3–5, 9"), ([], ""),
            (Array(stride(from: 0, to: 60, by: 2)), "0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22 and 18 more"),
        ] as [([UInt64], String)])
    func seedsAreListedAsRanges(_ seeds: [UInt64], _ text: String) { #expect(SeedsReport.list(seeds) == text) }

    @Test func onlyTheMostDoubtfulCodeCounts() {
        let order: [ExitCode] = [
            .holds, .inconclusive, .broken, .invalid, .configuration, .programFault, .notDeterministic,
        ]
        for (index, code) in order.enumerated() {
            for other in order[...index] {
                #expect(ExitCode.worst([code, other]) == code)
                #expect(ExitCode.worst([other, code]) == code)
            }
        }
        #expect(ExitCode.worst([]) == .holds)
        #expect(ExitCode.allCases.map(\.rawValue) == [0, 64, 99, 104, 105, 107, 111, 112, 113])
    }
}
