import Foundation
import SimNodes
import Testing
import Topology

@testable import SimRunner

@Suite("The report on one screen")
struct TextReportTests {
    private static let replay = ReplayCommand(path: "configs/scenarios/primary-down.json", settings: ["faults.0.at=3s"])

    private static func lines(_ result: RunResult, style: Style = .plain) -> [String] {
        TextReport(result, replay: replay, wallSeconds: 0.5, style: style).text
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// Compared line by line, so that a difference shows where it is.
    private static func expectSame(
        _ found: String, _ golden: String, _ place: Testing.SourceLocation = #_sourceLocation
    ) {
        let found = found.split(separator: "\n", omittingEmptySubsequences: false)
        let golden = golden.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(found.count == golden.count, sourceLocation: place)
        for (found, golden) in zip(found, golden) { #expect(found == golden, sourceLocation: place) }
    }

    @Test func showsAllThatBroke() throws {
        Self.expectSame(Self.lines(try InventedRuns.breaking()).joined(separator: "\n"), GoldenReports.breaking)
    }

    @Test func showsThatNothingBroke() throws {
        Self.expectSame(Self.lines(try InventedRuns.holding()).joined(separator: "\n"), GoldenReports.holding)
    }

    @Test func showsManyRunsTogether() throws {
        let report = SeedsReport(summary: try SeedsSummaryTests.summary(), replay: Self.replay, style: .plain)
        Self.expectSame(report.text, GoldenReports.seeds)
    }

    @Test func allFlowsTogetherAreSums() {
        let flow = FlowResult(
            name: "all",
            outcomes: [InventedRuns.outcome("success", 1...9), InventedRuns.outcome("timedOut", 1...2)],
            cached: [InventedRuns.outcome("hit", 1...9)])
        #expect(TextReport.rows(of: flow).map(\.label) == ["success", "all but success"])
        #expect(TextReport.rows(of: flow).map(\.outcome.count) == [9, 2])
    }

    @Test(
        arguments: [
            ([], nil), ([0, 0], nil), ([1, 0, 1], 1..<2), ([1, 0, 0, 0, 1, 0, 1], 1..<4), ([0, 0, 1, 1, 0, 0], nil),
            ([0, 1, 0, 1, 0, 0, 2], 4..<6),
        ] as [([Int], Range<Int>?)])
    func stallsLieBetweenServedRequests(_ counts: [Int], _ stall: Range<Int>?) {
        #expect(TextReport.longestStall(counts) == stall)
    }

    @Test func exactExpectationsHaveNoMargin() {
        func margin(_ comparison: Topology.Expectation.Comparison, _ margin: Double?) -> String {
            let expectation = Topology.Expectation("oversold", comparison, .number(3))
            return TextReport.margin(
                ExpectationResult(expectation: expectation, value: 3, passed: true, margin: margin))
        }
        #expect(margin(.equal, 0).isEmpty)
        #expect(margin(.less, nil).isEmpty)
        #expect(margin(.less, 0.25) == "margin 25.0 %")
        #expect(margin(.greater, -1.5) == "margin -150 %")
    }

    @Test func fitsOneScreen() throws {
        let lines = Self.lines(try InventedRuns.breaking())
        #expect(lines.count - 1 <= 60)
        for line in lines { #expect(line.displayWidth <= 120, "\(line)") }
    }

    @Test func colourAddsNothing() throws {
        let coloured = Self.lines(try InventedRuns.breaking(), style: .coloured).joined(separator: "\n")
        let plain = Self.lines(try InventedRuns.breaking()).joined(separator: "\n")
        #expect(coloured.contains("\u{1B}[31mBREAKS\u{1B}[0m"))
        var stripped = ""
        var isEscape = false
        for scalar in coloured.unicodeScalars {
            if scalar == "\u{1B}" { isEscape = true }
            if !isEscape { stripped.unicodeScalars.append(scalar) }
            if scalar == "m" { isEscape = false }
        }
        #expect(stripped == plain)
    }

    @Test(arguments: [
        (Verdict.Kind.holds, "HOLDS: why"), (.breaks, "BREAKS: why"), (.inconclusive, "INCONCLUSIVE: why"),
        (.invalid, "INVALID: why"),
    ])
    func beginsWithTheVerdict(_ kind: Verdict.Kind, _ line: String) throws {
        let result = try InventedRuns.holding().with(verdict: Verdict(kind, "why"))
        #expect(Self.lines(result)[0] == line)
        #expect(
            TextReport.headline(result, path: "a.json", style: .plain)
                == line.replacingOccurrences(of: ": ", with: ": a.json: "))
    }

    @Test func aFaultOfTheProgramOverridesTheVerdict() throws {
        let result = try InventedRuns.holding().with(
            verdict: Verdict(.holds, "fine"), programFaults: ["app1: unexpected error", "app2: another"])
        let lines = Self.lines(result)
        #expect(
            lines[0] == "INVALID: the program itself failed, so nothing here can be trusted: app1: unexpected error")
        #expect(lines.contains("  also failed: app2: another"))
        #expect(ExitCode(result) == .programFault)
    }

    @Test func saysWhenARepetitionDiffers() throws {
        let result = try InventedRuns.holding()
        func end(_ digest: UInt64, _ isSame: Bool) -> String {
            let repetition = UniverseOutcome.Repetition(digest: InventedRuns.digest(digest), isSame: isSame)
            return TextReport(result, replay: Self.replay, repetition: repetition).text
        }
        #expect(end(1, true).contains("deterministic: a second run gave the same digest and the same report\n"))
        #expect(end(2, false).contains("NOT DETERMINISTIC: a second run gave digest \(InventedRuns.digest(2))\n"))
        #expect(end(1, false).contains("and another report\n"))
    }

    // MARK: The story

    @Test func foldsWhatDiffersInFiguresAlone() {
        let milestones = (1...50).map {
            InventedRuns.milestone(Int64($0), .breakage, "app\($0 % 3)", "waited \($0 * 100).5 ms for 1 connection")
        }
        let episodes = TextReport.episodes(milestones)
        #expect(episodes.count == 1)
        #expect(episodes[0].count == 50)
        #expect(episodes[0].nodes == ["app1", "app2", "app0"])
        #expect(episodes[0].last == .zero + .milliseconds(50))
    }

    @Test func keepsFaultsAndBreakagesOfOneTextApart() {
        let milestones = [
            InventedRuns.milestone(1, .fault, "a", "stopped"), InventedRuns.milestone(2, .breakage, "a", "stopped"),
        ]
        #expect(TextReport.episodes(milestones).count == 2)
    }

    @Test func longStoriesKeepFaultsAndTheFirstBreakage() throws {
        var milestones = (0..<20).map {
            InventedRuns.milestone(Int64($0), .reaction, "n", "reaction " + String(repeating: "x", count: $0))
        }
        milestones.append(InventedRuns.milestone(30, .breakage, "db", "refused a connection"))
        milestones.append(InventedRuns.milestone(31, .breakage, "db", "refused everything"))
        milestones.append(InventedRuns.milestone(40, .fault, "app1", "crashed"))
        let chosen = TextReport.chosen(TextReport.episodes(milestones))
        #expect(chosen.count == TextReport.storyLines)
        #expect(chosen.suffix(2).map(\.first.text) == ["refused a connection", "crashed"])
        #expect(chosen.map(\.first.at) == chosen.map(\.first.at).sorted())
        let result = try InventedRuns.holding().with(milestones: milestones)
        let lines = TextReport(result, replay: Self.replay).storySection
        #expect(lines[0] == "What broke first: db at 30.0 ms: refused a connection")
        #expect(lines.last == "  … and 13 kinds of event more; --json has all")
    }

    @Test func thousandsOfFaultsDoNotCrowdOutWhatTheyBroke() {
        var milestones = (0..<100).map {
            InventedRuns.milestone(Int64($0), .fault, "n", "fault " + String(repeating: "x", count: $0))
        }
        milestones.append(InventedRuns.milestone(200, .breakage, "db", "refused"))
        let chosen = TextReport.chosen(TextReport.episodes(milestones))
        #expect(chosen.count == TextReport.storyLines)
        #expect(chosen.contains { $0.first.kind == .breakage })
    }

    // MARK: Resources

    @Test func whatTurnsAwayComesFirstThenWhatMakesWait() {
        let resources = [
            InventedRuns.resource("busy", capacity: 1, utilisation: 0.99),
            InventedRuns.resource("queueing", capacity: 1, utilisation: 0.5, queue: 3, maximumQueue: 9),
            InventedRuns.resource("refusing", capacity: 1, utilisation: 0.1, rejections: 1),
            InventedRuns.resource("idle", capacity: 1, utilisation: 0.009),
            InventedRuns.resource("quiet", capacity: 1, utilisation: 0.009, maximumQueue: 1),
        ]
        let ranked = TextReport.ranked(resources)
        #expect(ranked.busy.map(\.name) == ["refusing", "queueing", "busy"])
        #expect(ranked.calm.map(\.name) == ["quiet"])
        #expect(ranked.idle.map(\.name) == ["idle"])
    }

    @Test func manyResourcesStayOnOneScreen() throws {
        let resources = (0..<40).map {
            InventedRuns.resource("node\($0).cpu", capacity: 1, utilisation: 0.5 - Double($0) / 100)
        }
        let lines = TextReport(try InventedRuns.holding().with(resources: resources), replay: Self.replay)
            .resourcesSection
        #expect(lines.count == 2 + TextReport.resourceLines)
        #expect(lines.contains { $0.hasPrefix("used without much waiting: node8.cpu, node9.cpu") })
    }

    @Test func aRunWithoutRequestsSaysSo() throws {
        let report = TextReport(
            try InventedRuns.holding().with(flows: [FlowResult(name: "view", outcomes: [], cached: [])]),
            replay: Self.replay)
        #expect(report.outcomesSection == ["No request was made."])
    }

    @Test func theFaultIsMarkedWhereItStruck() throws {
        let result = try InventedRuns.breaking()
        let fault = FaultResult(
            description: "crash", appliedAt: .zero + .milliseconds(1700), requestsAffected: 1, hadEffect: true)
        let late = FaultResult(
            description: "crash", appliedAt: .zero + .seconds(900), requestsAffected: 0, hadEffect: false)
        let lines = TextReport(result.with(faults: [fault, late]), replay: Self.replay).timeSection
        #expect(lines[0].hasPrefix("successes  █"))
        #expect(lines[2] == "faults        ^")
        #expect(
            TextReport(result.with(faults: [late]), replay: Self.replay).timeSection.contains { $0.contains("^") }
                == false)
    }
}

extension RunResult {
    func with(
        verdict: Verdict? = nil, milestones: [Milestone]? = nil, flows: [FlowResult]? = nil,
        resources: [ResourceResult]? = nil, faults: [FaultResult]? = nil, programFaults: [String]? = nil,
        digest: TraceDigest? = nil, metrics: [String: Double]? = nil
    ) -> RunResult {
        RunResult(
            scenario: scenario, seed: seed, digest: digest ?? self.digest, events: events, simulated: simulated,
            duration: duration, verdict: verdict ?? self.verdict, milestones: milestones ?? self.milestones,
            flows: flows ?? self.flows, resources: resources ?? self.resources, cache: cache, failovers: failovers,
            faults: faults ?? self.faults, series: series, invariants: invariants, expectations: expectations,
            metrics: metrics ?? self.metrics, programFaults: programFaults ?? self.programFaults)
    }
}
