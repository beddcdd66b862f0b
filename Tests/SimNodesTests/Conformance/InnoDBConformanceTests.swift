import Foundation
import Testing
import Topology

@testable import SimNodes

/// What a real MariaDB answered, replayed through connections, links, commits and replication threads.
@Suite("Recordings of InnoDB")
struct InnoDBConformanceTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Fixtures/innodb").standardized

    static let files: [String] =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter { $0.hasSuffix(".json") }
        .sorted()

    private static func text(_ file: String) throws -> String {
        String(decoding: try Data(contentsOf: folder.appending(path: file)), as: UTF8.self)
    }

    private static func recording(_ text: String, _ file: String) throws -> Recording {
        try Recording(Array(text.utf8), file: file)
    }

    @Test("The model does what the server did", arguments: files, ReplayFlavor.allCases)
    func agrees(file: String, flavor: ReplayFlavor) throws {
        let outcome = try Self.recording(try Self.text(file), file).replay(as: flavor)
        if case .agrees = outcome { return }
        Issue.record("\(file) as \(flavor.rawValue): \(outcome)")
    }

    @Test("All recordings are there")
    func fixturesAreComplete() {
        #expect(Self.files.count { !$0.hasPrefix("found_") } == 73)
    }

    /// A recording that says something else is refused, wherever it says it.
    @Test(
        "A damaged recording is noticed",
        arguments: [
            // An answer.
            ("guarded_update_race.json", "\"affected\": 0", "\"affected\": 1"),
            // A lock wait that did not happen.
            ("for_update_blocks_update.json", "{\"blocked\": true}", "{\"affected\": 1}"),
            // The victim of a deadlock.
            ("deadlock_waiter_is_lighter.json", "\"error\": 1213", "\"error\": 1205"),
            // An answer that never came.
            ("queue_order_three_waiters.json", "\"unblocked\": {\"result\": {\"rows\"", "\"unblocked\": {\"result\": {\"row\""),
            // What is left.
            (
                "lost_update_select_then_set.json",
                "\"final\": {\n    \"products\": [\n      {\"id\": 1, \"stock\": 8",
                "\"final\": {\n    \"products\": [\n      {\"id\": 1, \"stock\": 9"
            ),
        ])
    func noticesDamage(file: String, part: String, replacement: String) throws {
        let whole = try Self.text(file)
        let range = try #require(whole.range(of: part), "\(file) no longer contains \(part)")
        let damaged = whole.replacingCharacters(in: range, with: replacement)
        let recording: Recording
        do { recording = try Self.recording(damaged, file) } catch { return }
        guard case .disagrees(let difference) = recording.replay() else {
            Issue.record("\(file) with \(replacement) still agrees")
            return
        }
        #expect(!difference.expected.isEmpty && !difference.actual.isEmpty)
        #expect(difference.expected != difference.actual)
    }

    /// Each step that is left out of a recording makes its rest impossible, or at least some.
    @Test("Left-out steps are noticed")
    func noticesMissingSteps() throws {
        var noticed = 0
        let text = try Self.text("deadlock_three_sessions.json")
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (number, line) in lines.enumerated() where line.contains("\"session\"") && line.hasSuffix(",") {
            var rest = lines
            rest.remove(at: number)
            let recording = try Self.recording(rest.joined(separator: "\n"), "damaged.json")
            if case .disagrees = recording.replay() { noticed += 1 }
        }
        #expect(noticed >= 8)
    }

    @Test("Where MySQL 8 differs, the recording says why")
    func marksHaveReasons() throws {
        for file in Self.files {
            let text = try Self.text(file)
            guard text.contains("\"mysql8\"") else { continue }
            let recording = try Self.recording(text, file)
            guard case .disagrees = try Self.recording(unmarked(text), file).replay(as: .mysql8) else {
                Issue.record("\(file) is marked, and MySQL 8 does the same")
                continue
            }
            #expect(recording.replay(as: .mysql8) == .agrees, "\(file)")
        }
    }

    private func unmarked(_ text: String) -> String {
        text.split(separator: "\n").filter { !$0.contains("\"mysql8\":") }.joined(separator: "\n")
    }
}
