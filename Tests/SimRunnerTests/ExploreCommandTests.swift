import Foundation
import SimNodes
import Testing
import Topology

@testable import SimRunner

@Suite("explore and merge") struct ExploreCommandTests {
    private static let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
    private static let small = root + "/configs/scenarios/property-small.json"

    private func run(
        _ words: [String], _ environment: [String: String] = [:],
        interruption: UniversePool.Interrupter = { _ in }
    ) throws -> (code: ExitCode, out: String, err: String) {
        let recorder = Recorder()
        // Stories have a test of their own: shrinking takes its time.
        let words = words.contains("--shrink") ? words : words + ["--shrink", "0"]
        let code = try ExploreCommand.run(
            Arguments(words, by: ExploreCommand.syntax), console: recorder.console,
            environment: Shard.Environment { environment[$0] }, interruption: interruption)
        return (code, recorder.out, recorder.err)
    }

    private func merge(_ words: [String]) throws -> (code: Int32, out: String, err: String) {
        let recorder = Recorder()
        let words = words.contains("--shrink") ? words : words + ["--shrink", "0"]
        let code = try MergeCommand.run(Arguments(words, by: MergeCommand.syntax), console: recorder.console)
        return (code, recorder.out, recorder.err)
    }

    /// The shards of an exploration of 30 seeds, in a folder.
    private func shards(_ count: Int, _ more: [String] = []) throws -> ScratchFolder {
        let folder = try ScratchFolder()
        for index in 0..<count {
            let shard = ["--shard", "\(index)/\(count)", "--out", folder.path + "/\(index).jsonl"]
            _ = try run([Self.small, "--seeds", "0..<30", "--jobs", "2"] + shard + more)
        }
        return folder
    }

    @Test func mergedShardsReportWhatOneRunReports() throws {
        let whole = try run([Self.small, "--seeds", "0..<30", "--jobs", "1"])
        let folder = try shards(4)
        let merged = try merge([2, 0, 3, 1].map { folder.path + "/\($0).jsonl" })
        #expect(merged.out == whole.out)
        #expect(merged.code == whole.code.rawValue)
        #expect(whole.out.contains("30 runs, "))
        #expect(whole.err.contains("30 runs in "), "real time is no part of the report")
    }

    @Test func whatBreaksIsShrunkToldAndWritten() throws {
        let folder = try ScratchFolder()
        let capsules = folder.path + "/found"
        let story = ["--shrink", "40", "--capsules", capsules]
        // Locks that outlive a process, and users who order twice.
        let bug = [Self.small, "--set", "purchase.lock.acquire=setnxThenExpire", "--seeds", "0..<12"]
        let whole = try run(bug + story)
        #expect(whole.code == .broken)
        let breakage = try #require(whole.out.split(separator: "\n").first { $0.contains("replay \(capsules)/I") })
        let path = try #require(breakage.split(separator: " ").last.map(String.init))
        let recorder = Recorder()
        let syntax = ReplayCapsuleCommand.syntax
        let code = try ReplayCapsuleCommand.run(Arguments([path], by: syntax), console: recorder.console)
        #expect(code == ExitCode.broken.rawValue, "\(recorder.err)")
        for index in 0..<2 {
            let shard = ["--shard", "\(index)/2", "--out", folder.path + "/\(index).jsonl"]
            #expect(!(try run(bug + shard + story).out.contains("replay \(capsules)")), "a shard is not the whole")
        }
        let merged = try merge([0, 1].map { folder.path + "/\($0).jsonl" } + story)
        #expect(merged.out == whole.out)
    }

    @Test func missingDoubleAndForeignShardsAreErrors() throws {
        let folder = try shards(3)
        func path(_ name: String) -> String { folder.path + "/" + name }
        let missing = try merge([path("0.jsonl"), path("2.jsonl")])
        #expect(missing.code == 104 && missing.err.contains("of 3 shards these are missing: 1"), "\(missing.err)")
        let double = try merge(["0.jsonl", "1.jsonl", "2.jsonl", "1.jsonl"].map(path))
        #expect(double.code == 104 && double.err.contains("shard 1/3 is in \(path("1.jsonl")) too"), "\(double.err)")

        let other = try shards(3, ["--set", "workload.users=5"])
        let foreign = try merge([path("0.jsonl"), path("1.jsonl"), other.path + "/2.jsonl"])
        #expect(foreign.code == 104, "\(foreign.err)")
        #expect(foreign.err.contains("scenario: this is another exploration than \(path("0.jsonl"))"), "\(foreign.err)")

        let text = try #require(folder.text("1.jsonl"))
        try AtomicFile(path: path("cut.jsonl")).write(String(text.dropLast(40)))
        let cut = try merge(["0.jsonl", "cut.jsonl", "2.jsonl"].map(path))
        #expect(cut.code == 104 && cut.err.contains("cut.jsonl:"), "\(cut.err)")
        let absent = try merge([path("none.jsonl")])
        #expect(absent.code == 104 && absent.err.contains("the file can't be read"))
        let noShard = try merge([Self.small])
        #expect(noShard.code == 104, "\(noShard.err)")
    }

    @Test func aShardThatRanOutOfTimeIsNotAll() throws {
        let folder = try ScratchFolder()
        let file = folder.path + "/0.jsonl"
        let run = try run([Self.small, "--seeds", "0..<9000", "--budget", "300ms", "--out", file, "--jobs", "2"])
        #expect(run.code == .broken || run.code == .holds)
        let lines = try #require(folder.text("0.jsonl")).split(separator: "\n")
        let runs = lines.count - 2
        #expect((1..<9000).contains(runs))
        #expect(run.out.contains("\n\(Format.plural(runs, "run")), "))
        for (index, line) in lines[1...runs].enumerated() { #expect(line.contains("\"seed\":\"\(index)\"")) }
        let merged = try merge([file])
        #expect(merged.code == 104 && merged.err.contains("only \(runs) of its 9000 runs"), "\(merged.err)")
        // What was run is what a run of those seeds alone would have shown.
        let prefix = try self.run([Self.small, "--seeds", "0..<\(runs)"])
        #expect(prefix.out.split(separator: "\n")[3...].dropLast() == run.out.split(separator: "\n")[3...].dropLast())
    }

    @Test func anInterruptionReportsWhatWasRun() throws {
        let stopped = try run([Self.small, "--seeds", "0..<9000", "--jobs", "2"]) { $0() }
        #expect(stopped.code == .interrupted)
        #expect(stopped.out.contains("property") || stopped.out.contains("A small sale"))
    }

    @Test func batchSystemsSayWhichShard() throws {
        func shard(_ values: [String: String]) throws -> String? {
            try Shard.Environment { values[$0] }.shard().map { "\($0)" }
        }
        #expect(try shard([:]) == nil)
        #expect(
            try shard(["SLURM_ARRAY_TASK_ID": "3", "SLURM_ARRAY_TASK_COUNT": "8", "SLURM_ARRAY_TASK_MIN": "1"]) == "2/8"
        )
        let steps = [
            "SLURM_ARRAY_TASK_ID": "7", "SLURM_ARRAY_TASK_COUNT": "4", "SLURM_ARRAY_TASK_MIN": "1",
            "SLURM_ARRAY_TASK_STEP": "2",
        ]
        #expect(try shard(steps) == "3/4")
        #expect(try shard(["JOB_COMPLETION_INDEX": "0", "JOB_COMPLETIONS": "5"]) == "0/5")
        #expect(throws: UsageError.self) { try shard(["JOB_COMPLETION_INDEX": "0"]) }
        #expect(throws: UsageError.self) { try shard(["JOB_COMPLETION_INDEX": "5", "JOB_COMPLETIONS": "5"]) }
        #expect(throws: UsageError.self) { try shard(["SLURM_ARRAY_TASK_ID": "9", "SLURM_ARRAY_TASK_COUNT": "4"]) }
        #expect(throws: UsageError.self) { try shard(["SLURM_ARRAY_TASK_ID": "x", "SLURM_ARRAY_TASK_COUNT": "4"]) }
        for wrong in ["3/3", "-1/3", "a/b", "1", "1/0", "1/2/3"] {
            #expect(throws: UsageError.self) { try Shard(argument: wrong) }
        }
        let taken = try run(
            [Self.small, "--seeds", "0..<8"], ["JOB_COMPLETION_INDEX": "1", "JOB_COMPLETIONS": "4"])
        #expect(taken.out.contains("seeds 0 to 7, shard 1/4, faults swarm") && taken.out.contains("\n2 runs, "))
        let told = try run(
            [Self.small, "--seeds", "0..<8", "--shard", "0/1"], ["JOB_COMPLETION_INDEX": "1", "JOB_COMPLETIONS": "4"])
        #expect(told.out.contains("\n8 runs, "))
    }

    @Test func aVariantIsAScenarioThatRunsAlone() throws {
        let folder = try ScratchFolder()
        let printed = try run([Self.small, "--variant", "7"])
        #expect(printed.code == .holds)
        try AtomicFile(path: folder.path + "/seed-7.json").write(printed.out)
        let variant = try ScenarioLoader.load(path: folder.path + "/seed-7.json")
        let original = try ScenarioLoader.load(path: Self.small)
        #expect(variant.seed == 7)
        #expect(Simulation.run(variant, seed: 7).digest == Explorer(original).run(seed: 7).digest)
    }

    @Test func wrongWordsAreUsageErrors() throws {
        for words in [["--faults", "swrm"], ["--budget", "60"], ["--shard", "4/4"], ["--seeds", "5..<5"]] {
            #expect(throws: UsageError.self) { try run([Self.small] + words) }
        }
        let wrong = try run([Self.root + "/configs/scenarios/none.json"])
        #expect(wrong.code == .configuration)
    }
}
