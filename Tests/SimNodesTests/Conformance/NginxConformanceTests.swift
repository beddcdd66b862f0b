import Foundation
import Testing
import Topology

@testable import SimNodes

/// Everything recorded from a real nginx, replayed through the nodes of scenarios.
@Suite struct NginxConformanceTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fixtures/nginx")

    /// The names of all recordings.
    static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    }()

    static let given = names.filter { !$0.hasPrefix("found_") }

    private static func data(_ name: String) throws -> Data {
        try Data(contentsOf: folder.appendingPathComponent("\(name).json"))
    }

    private static func recording(_ data: Data, _ name: String) throws -> NginxRecording {
        try NginxRecording(reading: RecordedNode(try JSONParser.parse(Array(data), file: "\(name).json")))
    }

    @Test func thereAreRecordings() { #expect(Self.given.count == 36) }

    /// The recordings look at no moment where the phase of the clock's second matters, so every phase must agree; and
    /// where they don't say how many connections are kept, that must not matter either.
    @Test(arguments: names) func agrees(_ name: String) throws {
        let outcome = try Recording(Array(try Self.data(name)), file: "\(name).json").replay()
        #expect(outcome == .agrees, "\(name).json, \(outcome)")
    }

    @Test(arguments: [0, 350, 999] as [Int64], [0, 16]) func agreesInEveryPhase(_ phase: Int64, _ kept: Int) throws {
        for name in Self.given {
            let difference = try Self.recording(Self.data(name), name)
                .replay(from: .milliseconds(phase), keepalive: kept)
            #expect(difference == nil, "\(name).json")
        }
    }

    /// A replay that can't fail would prove nothing: every wrong outcome must be seen, at its step.
    @Test(arguments: given) func seesWrongOutcomes(_ name: String) throws {
        let steps = try Self.steps(name)
        for index in steps.indices {
            guard let status = steps[index]["status"] as? Int, let tried = steps[index]["tried"] as? [String] else {
                continue
            }
            for damage in ["status", "tried", "body", "elapsed_ms"] {
                var damaged = steps
                switch damage {
                case "status": damaged[index]["status"] = status + 1
                case "tried": damaged[index]["tried"] = tried + ["app1"]
                case "body": damaged[index]["body"] = steps[index]["body"] == nil ? "truncated" : nil
                default:
                    guard steps[index]["request"] != nil else { continue }
                    damaged[index]["elapsed_ms"] = ["min": 100_000, "max": 100_001]
                }
                guard case .disagrees(let difference) = try Self.replay(name, damaged) else {
                    Issue.record("\(name).json: a wrong \(damage) in step \(index + 1) goes unnoticed")
                    continue
                }
                #expect(difference.step == index + 1)
            }
        }
    }

    /// Whatever happens to a server matters to a later step of nearly every recording.
    @Test func seesMissingSteps() throws {
        var unnoticed: [String] = []
        for name in Self.given {
            let steps = try Self.steps(name)
            for index in steps.indices where steps[index]["becomes"] != nil || steps[index]["release"] != nil {
                var damaged = steps
                damaged.remove(at: index)
                if try Self.replay(name, damaged) == .agrees { unnoticed.append("\(name) \(index + 1)") }
            }
        }
        // A server that comes back while it is skipped, or before a last request that goes elsewhere.
        #expect(unnoticed.count <= 5, "\(unnoticed)")
    }

    @Test func aHeldRequestThatNeverEndsIsSeen() throws {
        let steps = try Self.steps("least_conn_held").filter { $0["release"] == nil && $0["finish"] == nil }
        guard case .disagrees(let difference) = try Self.replay("least_conn_held", steps) else {
            Issue.record("requests that stay open go unnoticed")
            return
        }
        #expect(difference.expected == "no request open" || difference.step != nil)
    }

    @Test func readsErrorsTogether() throws {
        let text = """
            {"name": "n", "server": "nginx 1.22.1", "upstream": {"policy": "round_robin", "servers": [
              {"name": "a", "weight": 1, "max_fails": 1, "fail_timeout_ms": 1000, "backup": false, "max_conns": 0,
               "down": false}], "next_upstream": ["error"], "non_idempotent": false, "next_upstream_tries": 0,
               "next_upstream_timeout_ms": 0, "connect_timeout_ms": 500, "read_timeout_ms": 500},
             "steps": [{"server": "b", "becomes": "up"}, {"server": "a", "becomes": "sleepy"}, {"jump": 1},
               {"request": {"id": "q", "method": "HEAD", "path": "/"}, "tried": ["a"], "status": 200}]}
            """
        let errors = #expect(throws: ConfigurationErrors.self) { try Recording(Array(text.utf8), file: "n.json") }
        #expect(
            errors?.all.map { $0.path.joined(separator: ".") } == [
                "steps.0.server", "steps.1.becomes", "steps.2", "steps.3.request.method",
            ])
    }

    // MARK: Damage

    private static func steps(_ name: String) throws -> [[String: Any]] {
        let whole = try JSONSerialization.jsonObject(with: data(name)) as? [String: Any]
        return try #require(whole?["steps"] as? [[String: Any]])
    }

    private static func replay(_ name: String, _ steps: [[String: Any]]) throws -> ReplayOutcome {
        var whole = try #require(try JSONSerialization.jsonObject(with: data(name)) as? [String: Any])
        whole["steps"] = steps
        return try Recording(Array(JSONSerialization.data(withJSONObject: whole)), file: name).replay()
    }
}
