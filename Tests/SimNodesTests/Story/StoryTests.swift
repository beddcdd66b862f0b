import Testing
import Topology

@testable import SimNodes

@Suite struct StoryTests {
    /// Listening must not change what is said.
    @Test(arguments: [1, 14, 99] as [UInt64]) func aRunIsTheSameWhetherItsStoryIsToldOrNot(seed: UInt64) throws {
        let scenario = try TestFiles.scenario(ShrinkerTests.smallSale)
        let story = Story()
        let told = Simulation.run(scenario, seed: seed, story: story)
        let untold = Simulation.run(scenario, seed: seed)
        #expect(told.digest == untold.digest && told.events == untold.events)
        #expect(story.lines.count > 500)
        let again = Story()
        _ = Simulation.run(scenario, seed: seed, story: again)
        #expect(again.lines == story.lines && Divergence(story.lines, again.lines) == nil)
    }

    /// Pools, clients and tasks of their own know for whom they work.
    @Test func everyStatementBelongsToItsRequest() throws {
        let scenario = try TestFiles.scenario(ShrinkerTests.smallSale, ["faults=[]"])
        let story = Story()
        _ = Simulation.run(scenario, seed: 3, story: story)
        let statements = story.lines.filter { $0.from.hasPrefix("app") && $0.to != nil && $0.answers == nil }
        #expect(statements.count > 300 && statements.allSatisfy { $0.request != nil })
        let inserts = statements.filter { $0.text.hasPrefix("INSERT INTO orders") }
        #expect(!inserts.isEmpty)
        for insert in inserts {
            let request = story.lines.first { $0.request == insert.request && $0.from == "users" }
            let user = try #require(request).text.split(separator: " ").last
            #expect(insert.text.contains("user \(user ?? ""),"), "\(insert)")
        }
    }

    private func line(
        _ at: Int64, _ from: String, _ to: String?, _ text: String, answers: Int? = nil,
        weight: Story.Line.Weight = .essential, request: Int? = nil
    ) -> Story.Line {
        Story.Line(
            at: .milliseconds(at), from: from, to: to, text: text, weight: weight, request: request, answers: answers)
    }

    @Test func anExcerptLeavesOutWhatOnlyLooks() {
        let excerpt = StoryExcerpt([
            line(0, "app", "redis", "GET stock", weight: .detail),
            line(1, "redis", "app", "3", answers: 0, weight: .detail),
            line(2, "app", "redis", "DECR stock"),
            line(3, "redis", "app", "2", answers: 2),
            line(4, "app", "redis", "GET stock", weight: .detail),
            line(5, "app", nil, "timedOut", answers: 4),
            line(-1, "app", "redis", "SET before the sale"),
        ])
        #expect(
            excerpt.text == """
                   0.002000  app → redis  DECR stock  ⇒ 2
                   0.005000  app          timedOut
                """, "\(excerpt.text)")
    }

    @Test func anAnswerStaysApartWhenSomethingHappenedBefore() {
        let excerpt = StoryExcerpt([
            line(0, "app", "mysql", "COMMIT", request: 1), line(1, "mysql", nil, "process crashed"),
            line(2, "mysql", "app", "OK", answers: 0, request: 1), line(3, "app", "redis", "DEL lock", request: 2),
        ])
        #expect(
            excerpt.text == """
                   0.000000  [1]   app → mysql  COMMIT
                   0.001000        mysql        process crashed
                   0.002000  [1]   app ⇠ mysql  OK
                   0.003000  [2]   app → redis  DEL lock  ⇒ no answer
                """, "\(excerpt.text)")
        #expect(
            excerpt.mermaid == """
                sequenceDiagram
                    participant app as app
                    participant mysql as mysql
                    participant redis as redis
                    app->>mysql: COMMIT
                    Note over mysql: process crashed
                    mysql-->>app: OK
                    app-xredis: DEL lock
                """, "\(excerpt.mermaid)")
    }

    @Test func whatASilentServerDidIsTold() {
        let lines = [
            line(0, "app", "mysql", "COMMIT", request: 1), line(1, "app", "mysql", "COMMIT", request: 2),
            line(2, "mysql", nil, "commits", weight: .detail, request: 2),
            line(3, "mysql", "app", "OK", answers: 1, request: 2),
            line(4, "mysql", nil, "commits", weight: .detail, request: 1),
        ]
        let text = StoryExcerpt(lines).text
        #expect(text.split(separator: "\n").count == 3, "\(text)")
        #expect(text.contains("0.004000  [1]   mysql        commits"), "\(text)")
        #expect(!StoryExcerpt(lines, requests: [2]).text.contains("[1]"))
    }

    @Test func repetitionsAreToldOnce() {
        var lines: [Story.Line] = []
        for turn in 0..<20 {
            lines.append(line(Int64(turn) * 3, "user", "app", "buy"))
            lines.append(line(Int64(turn) * 3 + 1, "app", nil, "is busy"))
        }
        let excerpt = StoryExcerpt(lines)
        #expect(excerpt.steps.count == 2)
        #expect(excerpt.text.hasSuffix("… these 2 lines 19 times more …"), "\(excerpt.text)")
        #expect(excerpt.mermaid.contains("Note over app: these 2 lines 19 times more"))
    }

    @Test func aLongStoryKeepsItsBeginningAndItsEnd() {
        let lines = (0..<100).map { line(Int64($0), "app", nil, "step \($0)") }
        let text = StoryExcerpt(lines, limit: 20).text.split(separator: "\n")
        #expect(text.count == 21 && text[4].hasSuffix("step 4") && text[5].contains("… 80 more …"))
        #expect(text[6].hasSuffix("step 85") && text[20].hasSuffix("step 99"))
    }

    @Test func twoRunsPartWhereTheyFirstDiffer() throws {
        let a = (0..<10).map { line(Int64($0), "app", nil, "step \($0)") }
        var b = a
        b[7] = line(7, "app", nil, "another step")
        let parting = try #require(Divergence(a, b, context: 2))
        #expect(parting.sharedCount == 7 && parting.common.map(\.text) == ["step 5", "step 6"])
        #expect(parting.first.map(\.text) == ["step 7", "step 8"])
        #expect(parting.second.map(\.text) == ["another step", "step 8"])
        let shorter = try #require(Divergence(a, Array(a.prefix(4))))
        #expect(shorter.sharedCount == 4 && shorter.second.isEmpty && shorter.first.count == 5)
    }
}
