import Testing
import Topology

@testable import SimNodes
@testable import SimRunner

/// The sections of the capacity report that need no run, or only look at some.
@Suite("capacity: by hand, and theory") struct AnalyticSectionTests {
    private static let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()

    private static func scenario(_ name: String, _ settings: [String] = []) throws -> Scenario {
        try ScenarioLoader.load(path: "\(root)/configs/scenarios/\(name).json", overrides: settings)
    }

    @Test func theArithmeticOfTheReferenceDesign() throws {
        let lines = HandSection(try Self.scenario("normal")).lines(style: .plain)
        let text = lines.joined(separator: "\n")
        #expect(text.contains("first to saturate: application's cores"))
        #expect(text.contains("1 ÷ 43.0 ms = 23.3/s"))
        let answers = try #require(lines.first { $0.hasPrefix("answer, nobody else there") })
        for latency in ["5.00 ms", "20.0 ms", "50.0 ms"] { #expect(answers.contains(latency)) }
        #expect(lines.contains { $0.hasPrefix("primary's storage") && $0.contains("22.6 ms") && $0.contains(" 64 ") })
    }

    @Test func whatWasMeasuredStandsBesideTheTheory() throws {
        let settings = [#"workload.arrive={"poisson":"8000/s"}"#, "workload.for=1s"]
        var run = InventedRuns.plain(try Self.scenario("normal", settings), seed: 1)
        run.metrics["view.hit.mean"] = 0.0777
        let section = TheorySection(run.scenario, runs: [run.result])
        let lines = section.lines(style: .plain)
        let redis = try #require(lines.first { $0.hasPrefix("redis-master.command") })
        #expect(redis.contains("M/D/1") && redis.hasSuffix("applies"))
        let hit = try #require(lines.first { $0.hasPrefix("view, cached") })
        #expect(hit.contains("5.00 ms") && hit.hasSuffix("77.7 ms"))
        let json = section.json.prettyText
        #expect(json.contains("\"measuredSeconds\": 0.0777") && json.contains("\"model\": \"M/D/1\""))
    }

    @Test func whatDoesNotApplyHasANote() throws {
        let lines = TheorySection(try Self.scenario("normal"), runs: []).lines(style: .plain)
        #expect(lines.contains { $0.hasPrefix("[1] does not hold: there is a steady state") })
        #expect(lines.contains { $0.hasPrefix("app1.cpu") && $0.hasSuffix("applies") })
    }

    @Test(arguments: ["normal", "hot-product", "miniature", "hardened", "unloaded", "primary-down"])
    func everyLineFitsThePage(_ name: String) throws {
        let scenario = try Self.scenario(name)
        let lines =
            HandSection(scenario).lines(style: .plain) + TheorySection(scenario, runs: []).lines(style: .plain)
        for line in lines { #expect(line.displayWidth <= TextReport.width, "\(line.displayWidth): \(line)") }
    }
}
