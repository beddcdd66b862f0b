import Foundation
import SimNodes
import Testing
import Topology

@testable import SimRunner

@Suite("shrink, replay and diff") struct CounterexampleCommandTests {
    private static let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
    private static let sale = root + "/Tests/Fixtures/scenarios/small-sale.json"
    /// All guards of the stock are off, so that what is sold twice is seen at once.
    private static let unguarded = [
        "--set", "purchase.lock.kind=none", "--set", "purchase.transaction.decrement=unguarded", "--set",
        "purchase.transaction.read=none", "--set", "purchase.stockCheck=none", "--set", "faults=[]",
    ]

    private func run(_ words: [String]) -> (code: Int32, out: String, err: String) {
        let recorder = Recorder()
        let code = Program.run(words, console: recorder.console)
        return (code, recorder.out, recorder.err)
    }

    @Test func aViolationIsShrunkWrittenAndReplayed() throws {
        let folder = try ScratchFolder()
        let file = folder.path + "/capsule.json"
        let shrunk = run(["shrink", Self.sale, "--seed", "2", "--invariant", "I1", "--out", file] + Self.unguarded)
        #expect(shrunk.code == 99, "\(shrunk)")
        #expect(shrunk.out.hasPrefix("I1 nothing oversold: "), "\(shrunk.out)")
        #expect(shrunk.out.contains("replay \(file)"), "\(shrunk.out)")

        let replayed = run(["replay", file])
        #expect(replayed.code == 99 && replayed.out.hasPrefix("BREAKS: I1 nothing oversold: "), "\(replayed)")
        #expect(replayed.out.contains("the same run as recorded, digest "), "\(replayed.out)")
        #expect(run(["replay", file, "--mermaid"]).out.hasPrefix("sequenceDiagram\n"))
        let whole = run(["replay", file, "--whole"]).out
        #expect(whole.contains("  BEGIN  [request 0]"), "details are told as well")

        // Another run that is broken in the same way, and one that isn't any more.
        let text = try #require(folder.text("capsule.json"))
        let digest = try #require(text.firstMatch(of: /"digest": "([0-9a-f]{16})"/)).1
        try AtomicFile(path: file).write(text.replacing(digest, with: "0000000000000000"))
        #expect(run(["replay", file]).out.contains("broken again, but by another run: digest \(digest)"))
        try AtomicFile(path: file).write(text.replacing("\"invariant\": \"I1\"", with: "\"invariant\": \"I7\""))
        let mended = run(["replay", file])
        #expect(mended.code == 0 && mended.out.hasPrefix("HOLDS: I7 is not broken any more"), "\(mended)")
    }

    @Test func whatHoldsIsNotShrunk() {
        let held = run(["shrink", Self.sale, "--set", "faults=[]"])
        #expect(held.code == 0 && held.out == "\(Self.sale) breaks no invariant with this seed\n", "\(held)")
        let other = run(["shrink", Self.sale, "--invariant", "I2"] + Self.unguarded)
        #expect(other.code == 0 && other.out.contains("breaks no invariant I2"), "\(other)")
    }

    @Test func twoRunsPartAtTheirFirstDifference() {
        let same = run(["diff", Self.sale, Self.sale])
        #expect(same.code == 0 && same.out.hasPrefix("both runs tell the same "), "\(same)")
        let later = run(["diff", Self.sale, Self.sale, "--set-b", "faults.0.at=1500ms", "--lines", "3"])
        #expect(later.code == 99, "\(later)")
        let lines = later.out.split(separator: "\n").map(String.init)
        #expect(lines[0].hasPrefix("the runs part after ") && lines.count == 1 + 3 + 1 + 3 + 1 + 3, "\(later.out)")
        #expect(lines[5] == "- 1.000000  app1  process crashed", "\(later.out)")
        #expect(run(["diff", Self.sale, Self.sale, "--seed-a", "5", "--seed-b", "6"]).code == 99)
    }

    @Test func wrongFilesAreTold() {
        for command in [["replay", "nowhere.json"], ["diff", "nowhere.json", Self.sale], ["shrink", "nowhere.json"]] {
            let result = run(command)
            #expect(result.code == 104 && result.err.contains("nowhere.json"), "\(command): \(result)")
        }
        #expect(run(["shrink", Self.sale, "--out", "/nowhere/at/all.json"]).code == 64)
        #expect(run(["replay", Self.sale]).code == 104, "a scenario is no capsule")
    }
}
