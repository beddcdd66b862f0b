import Foundation
import SimNodes
import Testing
import Topology

@testable import SimRunner

@Suite("score and ablate") struct ScoreCommandTests {
    private static let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
    private static let small = root + "/configs/scenarios/property-small.json"

    private func score(_ words: [String]) throws -> (code: Int32, out: String, err: String) {
        let recorder = Recorder()
        let code = try ScoreCommand.run(Arguments(words, by: ScoreCommand.syntax), console: recorder.console)
        return (code, recorder.out, recorder.err)
    }

    private func ablate(_ words: [String]) throws -> (code: Int32, out: String, err: String) {
        let recorder = Recorder()
        let code = try AblateCommand.run(Arguments(words, by: AblateCommand.syntax), console: recorder.console)
        return (code, recorder.out, recorder.err)
    }

    /// A folder with a bug that oversells, and one that can't be caught.
    private func bugs() throws -> ScratchFolder {
        let folder = try ScratchFolder()
        func text(_ number: Int, _ name: String, _ caughtBy: String) -> String {
            """
            {"number": \(number), "name": "\(name)", "story": "Below zero.", "scenario": "\(Self.small)",
             "common": {"faults": [], "override": {"purchase": {"lock": {"kind": "none"}, "stockCheck": "none",
               "cache": {"update": "none"}, "transaction": {"read": "none", "version": "ignored"}}}},
             "defect": {"override": {"purchase": {"transaction": {"decrement": "unguarded"}}}}, "sound": {},
             "needs": "nothing", "caughtBy": ["\(caughtBy)"]}
            """
        }
        try AtomicFile(path: folder.path + "/8.json").write(text(8, "no-stock-guard", "I1"))
        try AtomicFile(path: folder.path + "/9.json").write(text(9, "never-seen", "I2"))
        return folder
    }

    @Test func aNetWithoutHolesIsPraisedAndOneWithHolesIsNot() throws {
        let folder = try bugs()
        let few = ["--seeds", "40", "--catches", "2", "--controls", "6", "--jobs", "2"]
        let one = try score([folder.path + "/8.json"] + few)
        #expect(one.code == 0, "\(one.out)")
        #expect(one.out.hasPrefix("HOLDS: all 1 bugs caught, no false alarm\n"))
        #expect(one.out.contains("8 no-stock-guard  nothing  I1 ×2"))
        #expect(one.out.contains("I1 nothing oversold: "), "the story of a single bug is told")

        let json = folder.path + "/score.json"
        let both = try score([folder.path] + few + ["--json", json])
        #expect(both.code == 99)
        #expect(both.out.hasPrefix("BREAKS: 1 of 2 bugs not caught: 9\n"), "\(both.out)")
        #expect(both.out.contains("9 never-seen      nothing  NOT CAUGHT"))
        let text = try #require(folder.text("score.json"))
        #expect(text.contains("\"stampede.score/1\"") && text.contains("\"caught\": false"))
    }

    @Test func eitherSideCanBePrintedAndRun() throws {
        let folder = try bugs()
        let defect = try score([folder.path + "/8.json", "--print", "defect"])
        let sound = try score([folder.path + "/8.json", "--print", "sound"])
        #expect(defect.out != sound.out)
        #expect(try ScenarioLoader.load(text: defect.out).topology.purchase.transaction.decrement == .unguarded)
        #expect(try ScenarioLoader.load(text: sound.out).topology.purchase.transaction.decrement == .guarded)
        #expect(throws: UsageError.self) { try score([folder.path, "--print", "defect"]) }
        #expect(throws: UsageError.self) { try score([folder.path + "/8.json", "--print", "both"]) }
    }

    @Test func wrongFilesAreRefusedBeforeAnythingRuns() throws {
        let folder = try bugs()
        try AtomicFile(path: folder.path + "/10.json").write("{\"number\": 10}")
        let wrong = try score([folder.path, "/no/such/folder"])
        #expect(wrong.code == 104)
        #expect(wrong.out.isEmpty)
        #expect(
            wrong.err.contains("10.json") && wrong.err.contains("name: missing")
                && wrong.err.contains("there is no defect"))
    }

    @Test func ablationSaysWhichLayerCarriesWhat() throws {
        let folder = try ScratchFolder()
        let settings = ["lock.kind", "cache.update", "stockCheck"].flatMap { ["--set", "purchase.\($0)=none"] }
        let words = [
            Self.small, "--runs", "6", "--faults", "none", "--out", folder.path + "/cells", "--story-runs", "30",
        ]
        let found = try ablate(words + settings + ["--json", folder.path + "/ablation.json"])
        #expect(found.code == 0, "\(found.err)")
        #expect(found.out.contains("layers: T transaction, V version"))
        #expect(found.out.contains("4 combinations under 1 family of faults, 24 runs"))
        #expect(found.out.contains("I1 nothing oversold: kept in every run by "))
        #expect(found.out.contains("I1 broken  -TV-  -T--  --V-  ----\nnone          .     .     "))
        #expect(found.out.contains("replay \(folder.path)/cells/"))
        #expect(folder.text("ablation.json")?.contains("\"stampede.ablation/1\"") == true)
        #expect(
            Capsule.isCapsule(try JSONParser.parse(Array((folder.text("cells/-----none.json") ?? "").utf8), file: "")))
        #expect(throws: UsageError.self) { try ablate([Self.small, "--faults", "crush"]) }
        #expect(throws: UsageError.self) { try ablate([Self.small, "--faults", ""]) }
    }
}
