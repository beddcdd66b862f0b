import Foundation
import Testing
import Topology

@testable import SimNodes

/// Everything recorded from real redis-servers, replayed through the nodes of scenarios.
@Suite struct RedisConformanceTests {
    /// What the model can't replay, and why; it only grows shorter.
    static let notCovered = ["script_replies": "needs Lua: \"return 3.99\""]

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fixtures/redis")

    /// The names of all recordings.
    static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    }()

    static func data(_ name: String) throws -> Data {
        try Data(contentsOf: folder.appendingPathComponent("\(name).json"))
    }

    static func replay(_ data: Data, _ name: String) throws -> ReplayOutcome {
        try Recording(Array(data), file: "\(name).json").replay()
    }

    @Test func thereAreRecordings() {
        #expect(Self.names.filter { !$0.hasPrefix("found_") }.count == 60)
    }

    @Test(arguments: names) func agrees(_ name: String) throws {
        switch try Self.replay(Self.data(name), name) {
        case .agrees: #expect(Self.notCovered[name] == nil, "\(name) agrees: take it off the list")
        case .disagrees(let difference): Issue.record("\(name).json, \(difference)")
        case .notCovered(let reason):
            #expect(Self.notCovered[name].map { reason.hasPrefix($0) } == true, "\(name): \(reason)")
        }
    }

    /// A replay that can't fail would prove nothing: every wrong reply must be seen, at its step.
    @Test(arguments: names.filter { notCovered[$0] == nil && !$0.hasPrefix("found_") })
    func seesWrongReplies(_ name: String) throws {
        let steps = try Self.steps(name)
        for index in steps.indices {
            var damaged = steps
            if steps[index]["reply"] != nil {
                damaged[index]["reply"] = ["damaged"]
            } else if steps[index]["resumes"] != nil {
                damaged[index]["resumes"] = ["damaged"]
            } else if var push = steps[index]["push"] as? [String: Any] {
                push["message"] = ["damaged"]
                damaged[index]["push"] = push
            } else {
                continue
            }
            let outcome = try Self.replay(try Self.recording(name, with: damaged), name)
            guard case .disagrees(let difference) = outcome else {
                Issue.record("\(name).json: a wrong reply in step \(index + 1) goes unnoticed")
                continue
            }
            #expect(difference.step == index + 1 && difference.expected.hasPrefix("[\"damaged\"]"), "\(difference)")
        }
    }

    /// In every recording there is a step on which a later one depends.
    @Test(arguments: names.filter { notCovered[$0] == nil && !$0.hasPrefix("found_") })
    func seesDroppedSteps(_ name: String) throws {
        let steps = try Self.steps(name)
        let isSeen = try steps.indices.contains { index in
            var damaged = steps
            damaged.remove(at: index)
            return try Self.replay(try Self.recording(name, with: damaged), name) != .agrees
        }
        #expect(isSeen)
    }

    @Test func readsErrorsTogether() throws {
        let text = """
            {"name": "n", "server": "redis 7.0.15", "nodes": {"m": {"role": "master", "options": {"port": "1"}}},
             "steps": [{"node": "x", "conn": "a", "command": ["GET", "k"], "reply": null}, {"jump": 1}]}
            """
        let errors = #expect(throws: ConfigurationErrors.self) { try Recording(Array(text.utf8), file: "n.json") }
        #expect(errors?.all.count == 3)
        let places = errors?.all.map { $0.path.joined(separator: ".") }
        #expect(places == ["nodes.m.options.port", "steps.0.node", "steps.1"])
    }

    @Test func anOrderMayBeFree() throws {
        func outcome(_ reply: String) throws -> ReplayOutcome {
            let text = """
                {"name": "n", "server": "redis 7.0.15", "nodes": {"m": {"role": "master", "options": {}}}, "steps": [
                 {"node": "m", "conn": "a", "command": ["SADD", "s", "a", "b", "c"], "reply": 3},
                 {"node": "m", "conn": "a", "command": ["SMEMBERS", "s"], "reply": {"any_order": \(reply)}}]}
                """
            return try Recording(Array(text.utf8), file: "n.json").replay()
        }
        #expect(try outcome(#"["c", "a", "b"]"#) == .agrees)
        for wrong in [#"["c", "a", "a"]"#, #"["a", "b"]"#, #"["a", "b", "c", "d"]"#] {
            #expect(try outcome(wrong) != .agrees)
        }
    }

    // MARK: Damage

    private static func steps(_ name: String) throws -> [[String: Any]] {
        let whole = try JSONSerialization.jsonObject(with: data(name)) as? [String: Any]
        return try #require(whole?["steps"] as? [[String: Any]])
    }

    private static func recording(_ name: String, with steps: [[String: Any]]) throws -> Data {
        var whole = try #require(try JSONSerialization.jsonObject(with: data(name)) as? [String: Any])
        whole["steps"] = steps
        return try JSONSerialization.data(withJSONObject: whole)
    }
}
