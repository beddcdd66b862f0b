import Foundation
import SimNodes
import Testing
import Topology

@testable import SimRunner

@Suite("claims") struct ClaimsCommandTests {
    private static let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
    private static let small = root + "/configs/scenarios/small-sale.json"

    private func claims(_ words: [String]) throws -> (code: Int32, out: String, err: String) {
        let recorder = Recorder()
        let code = try ClaimsCommand.run(Arguments(words, by: ClaimsCommand.syntax), console: recorder.console)
        return (code, recorder.out, recorder.err)
    }

    private static func claim(_ id: String, _ expect: String, _ situations: String) -> String {
        """
        {"id": "\(id)", "design": "small", "claim": "what \(id) says", "scenario": "\(small)",
         "stated": [{"source": "page 1", "words": "so it is", "figure": "so", "expect": ["\(expect)"]},
                    {"source": "page 2", "words": "never", "figure": "never", "expect": ["unanswered > 3"]}],
         "situations": [\(situations)]}
        """
    }

    /// One claim of each kind that needs few runs.
    private func folder() throws -> ScratchFolder {
        let folder = try ScratchFolder()
        let files = [
            "1.json": Self.claim(
                "A1", "purchase.success.mean < 1ms",
                "{\"name\": \"sixty come\", \"show\": [\"throughput\"], \"runsAtMost\": 5}"),
            "2.json": """
            {"id": "A2", "design": "small", "claim": "nothing is oversold", "scenario": "\(Self.small)",
             "stated": [{"source": "page 3", "words": "impossible", "figure": "0", "expect": ["oversold == 0"]}],
             "situations": [{"name": "sixty come", "runsAtMost": 2},
               {"name": "nothing holds them back", "role": "variant", "judge": "everyRun", "runsAtMost": 3,
                "change": {"override": {"purchase": {"lock": {"kind": "none"}, "stockCheck": "none",
                  "cache": {"update": "none"}, "transaction": {"read": "none", "version": "ignored",
                  "decrement": "unguarded"}}}}}]}
            """,
            "3.json": """
            {"id": "B1", "design": "other", "claim": "it is safe", "outOfScope": "no request changes",
             "stated": [{"source": "page 4", "words": "TLS", "figure": "TLS"}]}
            """,
            "4.json": """
            {"id": "B2", "design": "other", "claim": "everybody is answered", "scenario": "\(Self.small)",
             "stated": [{"source": "page 5", "words": "all", "figure": "all", "expect": ["unanswered == 0"]}],
             "situations": [{"name": "sixty come", "runsAtMost": 2}]}
            """,
        ]
        for (name, text) in files { try AtomicFile(path: "\(folder.path)/\(name)").write(text) }
        return folder
    }

    @Test func theLedgerSaysWhatHoldsAndHowToSeeIt() throws {
        let folder = try folder()
        let json = folder.path + "/ledger.out"
        let all = try claims(["--from", folder.path, "--json", json, "--jobs", "2"])
        #expect(all.code == 99, "\(all.err)")
        #expect(
            all.out.hasPrefix(
                "BREAKS: of 4 claims 1 holds, 1 holds on a condition, 1 is refuted, 0 are undecided, 1 out of scope\n"),
            "\(all.out)")
        #expect(all.out.contains("A1  REFUTED       what A1 says           so; never"))
        #expect(!all.out.contains("   clash"))
        #expect(all.out.contains("when sixty come, purchase.success.mean is "))
        #expect(all.out.contains(", not < 1ms, "))
        #expect(all.out.contains("holds when sixty come; but when nothing holds them back, oversold == 0 is broken in"))
        #expect(all.out.contains("B1 out of scope: it is safe\n   why     no request changes\n"))
        #expect(
            all.out.contains(
                "run \(Self.small) --seed 1 --set 'expect=[\"purchase.success.mean < 1ms\",\"unanswered > 3\"]'"))
        let text = try #require(folder.text("ledger.out"))
        #expect(text.contains("\"stampede.claims/1\"") && text.contains("\"verdict\": \"conditional\""))
        // However many run at once.
        #expect(try claims(["--from", folder.path, "--jobs", "1"]).out == all.out)
    }

    @Test func oneClaimOrOneDesignCanBeAskedFor() throws {
        let folder = try folder()
        let holding = try claims(["other", "--from", folder.path, "--brief"])
        #expect(holding.code == 0)
        #expect(
            holding.out.hasPrefix(
                "HOLDS: of 2 claims 1 holds, 0 hold on a condition, 0 are refuted, 0 are undecided, 1 out of scope\n"))
        #expect(holding.out.split(separator: "\n").count == 4, "\(holding.out)")
        #expect(throws: UsageError("there is no claim \"A3\"; did you mean \"A1\"?")) {
            try claims(["A3", "--from", folder.path])
        }
        // Nothing that could be measured was: there is no answer.
        #expect(try claims(["B1", "--from", folder.path]).code == 111)
    }

    @Test func theCommandThatIsPrintedShowsIt() throws {
        let folder = try folder()
        let out = try claims(["A2", "--from", folder.path]).out
        let line = try #require(out.split(separator: "\n").last { $0.contains("swift run -c release SimRunner run") })
        let words = line.split(separator: " ").map { $0.replacing("'", with: "") }
        let start = try #require(words.firstIndex(of: "run").flatMap { words[($0 + 1)...].firstIndex(of: "run") })
        // The settings of this claim hold no spaces but that of its expectation.
        let joined = words[start...].joined(separator: " ").replacing("oversold == 0", with: "oversold==0")
        let recorder = Recorder()
        let code = Program.run(joined.split(separator: " ").map(String.init) + ["--quiet"], console: recorder.console)
        #expect(code == 99 && recorder.out.hasPrefix("BREAKS: I1"), "\(recorder.out)\(recorder.err)")
    }

    @Test func wrongFilesAreRefusedBeforeAnythingRuns() throws {
        let folder = try folder()
        try AtomicFile(path: folder.path + "/5.json").write("{\"id\": \"A9\"}")
        let wrong = try claims(["--from", folder.path])
        #expect(wrong.code == 104 && wrong.out.isEmpty)
        #expect(
            wrong.err.contains("5.json") && wrong.err.contains("claim: missing")
                && wrong.err.contains("stated: missing"))
        try AtomicFile(path: folder.path + "/5.json").write(
            try #require(folder.text("4.json")).replacing("\"other\"", with: "\"third\""))
        #expect(try claims(["--from", folder.path]).err.contains("\"B2\" is the name of the claim in"))
        #expect(try claims(["--from", "/no/such/folder"]).err.contains("there is no claim"))
        #expect(throws: UsageError.self) { try claims(["--jobs", "0"]) }
        let recorder = Recorder()
        #expect(Program.run(["validate", folder.path + "/4.json"], console: recorder.console) == 0)
        #expect(recorder.out.hasSuffix("4.json (claim)\n"))
    }
}
