import Foundation
import SimNodes
import Testing
import Topology

@testable import SimRunner

/// A console that remembers.
final class Recorder {
    var out = ""
    var err = ""
    var console: Console { Console(out: { self.out += $0 }, err: { self.err += $0 }) }
}

@Suite("Commands")
struct RunCommandTests {
    private static let topology = """
        {"application": {"servers": ["app1"]}, "mysql": {"primary": "db"}, "redis": {"master": "r"}}
        """
    private static let scenario = """
        {"title": "Small", "seed": 3, "topology": "topology.json", "workload": {"users": 10}}
        """

    private static func folder() throws -> ScratchFolder {
        let folder = try ScratchFolder()
        try AtomicFile(path: folder.path + "/topology.json").write(topology)
        try AtomicFile(path: folder.path + "/a.json").write(scenario)
        try AtomicFile(path: folder.path + "/b.json").write(scenario)
        return folder
    }

    /// Every fifth seed breaks; the time a run takes differs from seed to seed.
    private static let invented = Simulator { scenario, seed in
        usleep(UInt32((seed * 7919) % 5) * 1000)
        guard let result = try? InventedRuns.holding(seed: seed) else { fatalError("the invented scenario is wrong") }
        return seed % 5 == 0 ? result.with(verdict: Verdict(.breaks, "seed \(seed) breaks")) : result
    }

    private static func run(
        _ words: [String], _ recorder: Recorder, simulator: Simulator = invented,
        interruption: UniversePool.Interrupter = { _ in }
    ) throws -> ExitCode {
        try RunCommand.run(
            Arguments(words, by: RunCommand.syntax), console: recorder.console, simulator: simulator,
            interruption: interruption)
    }

    @Test func interruptedRunsReportWhatWasFinished() throws {
        let folder = try Self.folder()
        let recorder = Recorder()
        let stop = Monitor<(@Sendable () -> Void)?>(nil)
        let simulator = Simulator { scenario, seed in
            if seed == 6 { stop.update { $0 }?() }
            return Self.invented.run(scenario, seed)
        }
        let words = [folder.path + "/a.json", "--seeds", "1...500", "--jobs", "1", "--json", folder.path + "/r.json"]
        let code = try Self.run(words, recorder, simulator: simulator) { action in stop.update { $0 = action } }
        #expect(code == .interrupted)
        #expect(recorder.out.hasPrefix("BREAKS: it breaks in 1 of "))
        #expect(recorder.err == "SimRunner: interrupted; not all of 500 runs were finished\n")
        #expect(folder.text("r.json")?.contains("\"complete\": false") == true)
        #expect(folder.text("r.json")?.contains("\"exitCode\": 105") == true)
    }

    @Test func takesTheSeedOfTheScenario() throws {
        let folder = try Self.folder()
        let recorder = Recorder()
        #expect(try Self.run([folder.path + "/a.json"], recorder) == .holds)
        #expect(recorder.out.hasPrefix("HOLDS: 4 expectations"))
        #expect(recorder.out.contains("\nseed 3, digest "))
        #expect(recorder.err.isEmpty)
    }

    @Test func quietPrintsTheVerdictsOnly() throws {
        let folder = try Self.folder()
        let recorder = Recorder()
        let code = try Self.run([folder.path + "/a.json", folder.path + "/b.json", "--seed", "5", "--quiet"], recorder)
        #expect(code == .broken)
        #expect(
            recorder.out
                == "BREAKS: \(folder.path)/a.json: seed 5 breaks\nBREAKS: \(folder.path)/b.json: seed 5 breaks\n")
    }

    @Test func severalScenariosEndWithASummary() throws {
        let folder = try Self.folder()
        let recorder = Recorder()
        #expect(try Self.run([folder.path + "/a.json", folder.path + "/b.json"], recorder) == .holds)
        let last = recorder.out.split(separator: "\n").suffix(2)
        #expect(last.allSatisfy { $0.hasPrefix("HOLDS  \(folder.path)/") })
    }

    @Test func theNumberOfThreadsChangesNothing() throws {
        let folder = try Self.folder()
        var texts: Set<String> = []
        for jobs in ["1", "2", "7"] {
            let recorder = Recorder()
            let json = folder.path + "/report.json"
            let code = try Self.run(
                [
                    folder.path + "/a.json", folder.path + "/b.json", "--seeds", "1...23", "--jobs", jobs, "--json",
                    json,
                ],
                recorder)
            #expect(code == .broken)
            #expect(recorder.out.contains("BREAKS: it breaks in 4 of 23 runs, first with seed 5: seed 5 breaks\n"))
            #expect(recorder.out.contains("breaks with seeds 5, 10, 15, 20\n"))
            texts.insert(folder.text("report.json") ?? "")
        }
        #expect(texts.count == 1)
        let object = try JSONSerialization.jsonObject(with: Data((texts.first ?? "").utf8)) as? [String: Any]
        #expect((object?["scenarios"] as? [Any])?.count == 2)
        #expect(folder.names == ["a.json", "b.json", "report.json", "topology.json"])
    }

    @Test func wrongConfigurationsRunNothingAndAreAllTold() throws {
        let folder = try Self.folder()
        try AtomicFile(path: folder.path + "/bad.json").write(
            "{\n  \"titel\": 1,\n  \"topology\": \"topology.json\"\n}")
        let recorder = Recorder()
        let never = Simulator { _, _ in fatalError("nothing may run") }
        let code = try Self.run(
            [folder.path + "/a.json", folder.path + "/bad.json", folder.path + "/none.json"], recorder, simulator: never
        )
        #expect(code == .configuration)
        #expect(recorder.out.isEmpty)
        #expect(
            recorder.err.contains("/bad.json:2:3: error: titel: unknown key \"titel\"\n    did you mean \"title\"?\n"))
        #expect(recorder.err.contains("/none.json:1:1: error: $: there is no file"))
        #expect(recorder.err.hasSuffix("3 errors; nothing was run\n"))
    }

    @Test func aWrongSettingIsToldOnce() throws {
        let folder = try Self.folder()
        let recorder = Recorder()
        let words = [folder.path + "/a.json", folder.path + "/b.json", "--set", "worload.users=3"]
        #expect(try Self.run(words, recorder) == .configuration)
        #expect(
            recorder.err == """
                --set worload.users=3: error: worload.users: unknown key "worload"
                    did you mean "workload"?
                1 error; nothing was run

                """)
    }

    @Test func anImpossibleReportFileStopsTheRunBeforehand() throws {
        let folder = try Self.folder()
        let never = Simulator { _, _ in fatalError("nothing may run") }
        #expect(throws: UsageError("--json: there is no folder \(folder.path)/x")) {
            _ = try Self.run(
                [folder.path + "/a.json", "--json", folder.path + "/x/y.json"], Recorder(), simulator: never)
        }
    }

    @Test func unequalRepetitionsAreFound() throws {
        let folder = try Self.folder()
        let counter = Monitor(UInt64(0))
        let unstable = Simulator { _, seed in
            let count = counter.update { state -> UInt64 in
                state += 1
                return state
            }
            guard let result = try? InventedRuns.holding(seed: seed) else { fatalError("the scenario is wrong") }
            return result.with(digest: InventedRuns.digest(count))
        }
        let recorder = Recorder()
        let words = [folder.path + "/a.json", "--check-determinism"]
        #expect(try Self.run(words, recorder, simulator: unstable) == .notDeterministic)
        #expect(recorder.out.contains("NOT DETERMINISTIC: a second run gave digest \(InventedRuns.digest(2))"))
        let stable = Recorder()
        #expect(try Self.run(words, stable) == .holds)
        #expect(stable.out.contains("deterministic: a second run"))
        let quiet = Recorder()
        #expect(try Self.run(words + ["--quiet"], quiet, simulator: unstable) == .notDeterministic)
        #expect(quiet.out.contains("NOT DETERMINISTIC"))
    }

    @Test func progressSaysWhatIsLeft() {
        #expect(ProgressLine.text(.init(finished: 0, count: 1), elapsed: 3.2) == "running, 3 s")
        #expect(ProgressLine.text(.init(finished: 0, count: 20), elapsed: 3.2) == "0 of 20 runs, 0 %, 3 s")
        #expect(
            ProgressLine.text(.init(finished: 5, count: 20), elapsed: 10)
                == "5 of 20 runs, 25 %, 10 s, about 30 s left")
    }

    // MARK: The others

    @Test func initWritesWhatRunsAndNeverOverwrites() throws {
        let folder = try Self.folder()
        let path = folder.path + "/first.json"
        let recorder = Recorder()
        let words = ["init", path, "--topology", folder.path + "/topology.json"]
        #expect(Program.run(words, console: recorder.console) == 0)
        #expect(throws: Never.self) { _ = try ScenarioLoader.load(path: path) }
        let written = folder.text("first.json")
        #expect(Program.run(words, console: recorder.console) == 64)
        #expect(recorder.err.contains("first.json is there already"))
        #expect(folder.text("first.json") == written)
    }

    @Test func initFindsTheReferenceAboveItsFolder() throws {
        let folder = try ScratchFolder()
        for name in ["configs/topologies", "mine/deep"] {
            try FileManager.default.createDirectory(
                atPath: "\(folder.path)/\(name)", withIntermediateDirectories: true)
        }
        let recorder = Recorder()
        #expect(Program.run(["init", folder.path + "/mine/deep/s.json"], console: recorder.console) == 104)
        #expect(recorder.err.contains("name a topology file with --topology"))
        try AtomicFile(path: folder.path + "/configs/topologies/reference.json").write(Self.topology)
        #expect(Program.run(["init", folder.path + "/mine/deep/s.json"], console: recorder.console) == 0)
        #expect(folder.text("mine/deep/s.json")?.contains("\"../../configs/topologies/reference.json\"") == true)
        #expect(Program.run(["init", folder.path + "/configs/s.json"], console: recorder.console) == 0)
        #expect(folder.text("configs/s.json")?.contains("\"topologies/reference.json\"") == true)
    }

    @Test(arguments: [
        ("configs/topologies/r.json", "configs/scenarios/", "../topologies/r.json"), ("t.json", "", "t.json"),
        ("t.json", "a/b/", "../../t.json"), ("a/t.json", "a/", "t.json"), ("/abs/t.json", "a/", "/abs/t.json"),
        ("./a/t.json", "./a/", "t.json"),
    ])
    func topologiesAreNamedFromTheScenariosFolder(_ path: String, _ folder: String, _ name: String) {
        #expect(InitCommand.relative(path, to: folder) == name)
    }

    @Test func validateTellsScenariosFromTopologies() throws {
        let folder = try Self.folder()
        let recorder = Recorder()
        let files = ["a.json", "topology.json"].map { "\(folder.path)/\($0)" }
        #expect(Program.run(["validate"] + files, console: recorder.console) == 0)
        #expect(recorder.out == "ok  \(files[0]) (scenario)\nok  \(files[1]) (topology)\n")
        #expect(Program.run(["validate", folder.path], console: recorder.console) == 104)
    }

    @Test func schemasArePrinted() throws {
        for schema in ConfigurationSchema.allCases {
            let recorder = Recorder()
            #expect(Program.run(["schema", schema.rawValue], console: recorder.console) == 0)
            #expect(recorder.out == schema.text)
        }
        let recorder = Recorder()
        #expect(Program.run(["schema", "scenari"], console: recorder.console) == 64)
        #expect(recorder.err.contains("did you mean \"scenario\"?"))
    }

    @Test(
        arguments: [
            ([], 64, "usage: SimRunner COMMAND"), (["rn"], 64, "did you mean \"run\"?"), (["--help"], 0, "bench"),
            (["--version"], 0, "SimRunner 0."), (["help"], 0, "usage: SimRunner COMMAND"),
            (["help", "run"], 0, "--check-determinism"), (["run", "--help"], 0, "--check-determinism"),
            (["help", "rum"], 64, "did you mean \"run\"?"), (["bench", "x"], 64, "closed-loop"),
            (["run"], 64, "SCENARIO… is missing"), (["run", "a", "--quit"], 64, "did you mean \"--quiet\"?"),
        ] as [([String], Int32, String)])
    func saysWhatItCanDo(_ words: [String], _ code: Int32, _ text: String) {
        let recorder = Recorder()
        #expect(Program.run(words, console: recorder.console) == code)
        #expect((code == 0 ? recorder.out : recorder.err).contains(text))
        #expect((code == 0 ? recorder.err : recorder.out).isEmpty)
    }

    @Test func benchPrintsOneLine() {
        let recorder = Recorder()
        #expect(
            Program.run(["bench", "closed-loop", "--clients", "50", "--iterations", "2"], console: recorder.console)
                == 0)
        #expect(recorder.out.split(separator: "\n").count == 1)
        #expect(recorder.out.hasPrefix("closed_loop clients 50 iterations 2 virtual_s 0.0"))
        #expect(recorder.out.contains(" events/s "))
    }

    @Test func benchRunsTheReferenceDesign() {
        let recorder = Recorder()
        #expect(Program.run(["bench", "reference", "--requests", "400"], console: recorder.console) == 0)
        #expect(recorder.out.split(separator: "\n").count == 1)
        let words = recorder.out.split(separator: " ")
        // Arrivals are random: about as many as were asked for.
        #expect(words.starts(with: ["reference", "requests"]) && (350...450).contains(Int(words[2]) ?? 0))
        #expect(recorder.out.contains(" broken 0 ") && recorder.out.contains(" requests/s "))
    }
}
