import Foundation
import SimNodes
import Testing
import Topology

@testable import SimRunner

@Suite("The report as JSON")
struct JSONReportTests {
    private static let replay = ReplayCommand(path: "a.json", settings: ["workload.users=3"])

    private static func document() throws -> JSONNode {
        JSONReport.document(
            [
                .init(replay: replay, content: .run(SeedsSummaryTests.outcome(try InventedRuns.breaking()))),
                .init(replay: replay, content: .seeds(try SeedsSummaryTests.summary())),
            ], code: .broken)
    }

    private static func parsed(_ document: JSONNode) throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: Data(document.prettyText.utf8))
        return try #require(object as? [String: Any])
    }

    @Test func isReadBackByOthers() throws {
        let object = try Self.parsed(try Self.document())
        #expect(object["format"] as? String == "stampede.run/1")
        #expect(object["exitCode"] as? Int == 99)
        #expect(object["complete"] as? Bool == true)
        let scenarios = try #require(object["scenarios"] as? [[String: Any]])
        #expect(scenarios.count == 2)
        #expect(scenarios[0]["settings"] as? [String] == ["workload.users=3"])
        let run = try #require(scenarios[0]["run"] as? [String: Any])
        #expect(run["seed"] as? Int == 7)
        #expect(run["digest"] as? String == InventedRuns.digest(7).description)
        #expect(run["simulatedSeconds"] as? Double == 62.345)
        #expect((run["verdict"] as? [String: Any])?["kind"] as? String == "breaks")
        #expect((run["milestones"] as? [Any])?.count == 9)
        let flows = try #require(run["flows"] as? [[String: Any]])
        let outcomes = try #require(flows[1]["outcomes"] as? [[String: Any]])
        let latency = try #require(outcomes[3]["latency"] as? [String: Any])
        #expect(outcomes[3]["name"] as? String == "timedOut")
        #expect(latency["maximumSeconds"] as? Double == 60.096)
        #expect((latency["p99.9Seconds"] as? Double ?? 0) >= 60.09)
        let failovers = try #require(run["failovers"] as? [[String: Any]])
        #expect(failovers[1]["detectedSeconds"] is NSNull)
        #expect((run["metrics"] as? [String: Double])?["lostOrders"] == 2)
        let expectations = try #require(run["expectations"] as? [[String: Any]])
        #expect(expectations[2]["unit"] as? String == "duration")
        #expect(expectations[2]["threshold"] as? Double == 0.1)
        #expect(expectations[3]["value"] is NSNull)
    }

    @Test func seriesHaveIntervals() throws {
        let scenarios = try #require(try Self.parsed(try Self.document())["scenarios"] as? [[String: Any]])
        let seeds = try #require(scenarios[1]["seeds"] as? [String: Any])
        #expect(seeds["count"] as? Int == 4)
        #expect(seeds["holding"] as? Int == 3)
        #expect((seeds["runs"] as? [[String: Any]])?.map { $0["seed"] as? Int } == [4, 5, 6, 7])
        let outcomes = try #require(seeds["outcomes"] as? [[String: Any]])
        let percentiles = try #require(outcomes[0]["percentiles"] as? [String: [String: Any]])
        #expect(percentiles.keys.sorted() == ["p50Seconds", "p90Seconds", "p95Seconds", "p99.9Seconds", "p99Seconds"])
        #expect(percentiles["p99Seconds"]?["samples"] as? Int == 4)
        let timedOut = try #require(outcomes.first { $0["outcome"] as? String == "timed out" })
        #expect((timedOut["meanSeconds"] as? [String: Any])?["halfWidth"] is NSNull)
        #expect(
            scenarios[1]["replay"] as? String
                == "swift run -c release SimRunner run a.json --seed 7 --set workload.users=3")
    }

    @Test func isTheSameEveryTimeAndSorted() throws {
        let text = try Self.document().prettyText
        #expect(try Self.document().prettyText == text)
        let top = text.split(separator: "\n").filter { $0.hasPrefix("  \"") }.map { String($0) }
        #expect(top == top.sorted())
        #expect(top.count == 5)
    }

    @Test func realTimeIsLeftOut() throws {
        var summary = SeedsSummary()
        let result = try InventedRuns.holding()
        func text(_ wall: Double) -> String {
            let outcome = UniverseOutcome(
                job: UniverseJob(scenarioIndex: 0, scenario: result.scenario, seed: 1), result: result,
                wallSeconds: wall, repetition: nil)
            summary = SeedsSummary()
            summary.add(outcome)
            return JSONReport.document(
                [
                    .init(replay: Self.replay, content: .run(outcome)),
                    .init(replay: Self.replay, content: .seeds(summary)),
                ],
                code: .holds
            ).text
        }
        #expect(text(1) == text(2))
    }

    @Test func whatJSONLacksIsNull() {
        #expect(JSONNode(.finite(.infinity)).text == "null")
        #expect(JSONNode(.finite(.nan)).text == "null")
        #expect(JSONNode(.finite(0.5)).text == "0.5")
        #expect(JSONNode(JSONReport.seed(.max)).text == "9223372036854775807")
    }

    @Test func textsAreEscaped() throws {
        let result = try InventedRuns.holding().with(verdict: Verdict(.holds, "a \"quote\",\na line\u{1} and a \\"))
        let object = try Self.parsed(JSONReport.run(result))
        #expect((object["verdict"] as? [String: Any])?["reason"] as? String == "a \"quote\",\na line\u{1} and a \\")
    }
}
