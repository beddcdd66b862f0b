import Testing
import Topology

@testable import SimNodes
@testable import SimRunner

@Suite("capacity") struct CapacityCommandTests {
    private static let scenario = """
        {"title": "A sale",
         "topology": {"application": {"servers": ["app1"]}, "mysql": {"primary": "db"}, "redis": {"master": "r"}},
         "workload": {"users": 10}, "expect": ["throughput > 100/s"]}
        """

    /// Runs the command on runs that have the throughput that their seed decides.
    private func capacity(
        _ words: [String] = [], interrupted: Bool = false, _ throughput: @escaping @Sendable (UInt64) -> Double
    ) throws -> (code: ExitCode, out: String, err: String, folder: ScratchFolder) {
        let folder = try ScratchFolder()
        try AtomicFile(path: folder.path + "/sale.json").write(Self.scenario)
        let recorder = Recorder()
        let arguments = try Arguments([folder.path + "/sale.json"] + words, by: CapacityCommand.syntax)
        let code = try CapacityCommand.run(arguments, console: recorder.console) { scenario, seed in
            var run = InventedRuns.plain(scenario, seed: seed)
            run.metrics["throughput"] = throughput(seed)
            return run.result
        } interruption: {
            if interrupted { $0() }
        }
        return (code, recorder.out, recorder.err, folder)
    }

    @Test func theFirstLineIsTheAnswer() throws {
        let good = try capacity { _ in 200 }
        #expect(good.code == .holds)
        #expect(good.out.hasPrefix("HOLDS: all 1 expectations hold in 4 runs"), "\(good.out)")
        let bad = try capacity { _ in 50 }
        #expect(bad.code == .broken)
        #expect(bad.out.hasPrefix("BREAKS: throughput > 100/s: it is 50/s ± 0/s"), "\(bad.out)")
        let open = try capacity { $0.isMultiple(of: 2) ? 50 : 160 }
        #expect(open.code == .inconclusive)
        #expect(open.out.hasPrefix("INCONCLUSIVE: throughput > 100/s"))
        #expect(open.out.contains("OPEN    throughput > 100/s"))
    }

    @Test func theJSONHasWhatTheTextHas() throws {
        let found = try capacity(["--json", "/dev/null"]) { _ in 50 }
        #expect(found.code == .broken)
        let folder = try ScratchFolder()
        let file = folder.path + "/capacity.json"
        _ = try capacity(["--json", file, "--quiet"]) { _ in 50 }
        let text = try #require(folder.text("capacity.json"))
        #expect(text.contains("\"stampede.capacity/1\"") && text.contains("\"decision\": \"breaks\""))
        #expect(text.contains("\"kind\": \"breaks\"") && text.contains("\"exitCode\": 99"))
    }

    @Test func anInterruptionReportsWhatWasFinished() throws {
        let found = try capacity(interrupted: true) { _ in 50 }
        #expect(found.code == .interrupted)
        #expect(found.out.hasPrefix("INTERRUPTED: "), "\(found.out)")
        #expect(found.err.contains("interrupted"))
    }

    @Test func sectionsCanBeChosen() throws {
        let found = try capacity(["--only", "simulation"]) { _ in 50 }
        #expect(found.out.contains("1. Simulation") && !found.out.contains("Verdict"))
        #expect(throws: UsageError.self) { try capacity(["--only", "simulatoin"]) { _ in 50 } }
        #expect(throws: UsageError.self) { try capacity(["--only", ","]) { _ in 50 } }
    }

    @Test func wrongScenariosAreRefused() throws {
        let found = try capacity(["--set", "workload.users=many"]) { _ in 50 }
        #expect(found.code == .configuration)
        #expect(found.out.isEmpty && found.err.contains("workload.users"))
    }
}
