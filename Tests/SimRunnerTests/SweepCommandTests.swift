import Foundation
import SimNodes
import Testing
import Topology

@testable import SimRunner

@Suite("sweep") struct SweepCommandTests {
    private static let scenario = """
        {"title": "Small", "seed": 3, "workload": {"users": 10}, "expect": ["oversold == 0"],
         "topology": {"application": {"servers": ["app1"]}, "mysql": {"primary": "db"}, "redis": {"master": "r"}}}
        """

    /// Latency grows with the users and falls with the connections; from a load on it breaks, in the worst seeds first.
    private static let invented = Simulator { scenario, seed in
        guard let result = try? InventedRuns.holding(seed: seed) else { fatalError("the invented scenario is wrong") }
        let load = Double(scenario.workload.users) / Double(scenario.topology.mysql?.maxConnections ?? 1)
        let breaks = load + Double(seed % 3) * 0.5 > 10
        let metrics = ["purchase.success.p99": 0.01 * load + 0.001 * Double(seed), "throughput": 500]
        return result.with(
            verdict: breaks ? Verdict(.breaks, "too much") : Verdict(.holds, "fine"), metrics: metrics)
    }

    private func sweep(
        _ words: [String], simulator: Simulator = invented, interruption: UniversePool.Interrupter = { _ in }
    ) throws -> (code: ExitCode, out: String, err: String, folder: ScratchFolder) {
        let folder = try ScratchFolder()
        try AtomicFile(path: folder.path + "/s.json").write(Self.scenario)
        let recorder = Recorder()
        let files = ["--csv", folder.path + "/s.csv", "--json", folder.path + "/r.json"]
        let code = try SweepCommand.run(
            Arguments([folder.path + "/s.json"] + words + files, by: SweepCommand.syntax), console: recorder.console,
            simulator: simulator, interruption: interruption)
        return (code, recorder.out.replacing(folder.path, with: ""), recorder.err, folder)
    }

    @Test func oneSettingGivesATable() throws {
        let result = try sweep(["--vary", "workload.users=1000..3000", "--set", "mysql.maxConnections=200"])
        #expect(result.code == .holds)
        #expect(
            result.out == """
                workload.users: HOLDS at 1000 … 1500, BREAKS at 2000 … 3000 (3 runs each)
                Small (/s.json)

                workload.users  verdict           purchase.success.p99  throughput
                          1000  HOLDS                     54.0 ±2.5 ms    500 ±0/s
                          1500  HOLDS                     79.0 ±2.5 ms    500 ±0/s
                          2000  BREAKS in 2 of 3           104 ±2.5 ms    500 ±0/s
                          2500  BREAKS                     129 ±2.5 ms    500 ±0/s
                          3000  BREAKS                     154 ±2.5 ms    500 ±0/s

                swift run -c release SimRunner run /s.json --seed 3 --set mysql.maxConnections=200 --set workload.users=2000

                """)
        #expect(
            result.folder.text("s.csv")?.hasPrefix(
                """
                workload.users,verdict,runs,holding,purchase.success.p99,purchase.success.p99.lower,\
                purchase.success.p99.upper,throughput,throughput.lower,throughput.upper
                1000,holds,3,3,0.054
                """) == true, "\(result.folder.text("s.csv") ?? "")")
        #expect(result.folder.text("r.json")?.contains("\"stampede.sweep/1\"") == true)
    }

    @Test func twoSettingsGiveAHeatMapOfEachMetric() throws {
        let words = ["--vary", "mysql.maxConnections=100,200", "--vary", "workload.users=500..1500:3"]
        let result = try sweep(words + ["--metric", "purchase.success.p99"])
        #expect(
            result.out == """
                HOLDS at 4 of 6 points, breaks at 2 (3 runs each)
                Small (/s.json)

                purchase.success.p99, mean of a point's runs; the darker, the more; × breaks, ? undecided
                                      workload.users
                mysql.maxConnections         500        1000        1500
                                 100  ░54.0 ms    ▓ 104 ms ×  █ 154 ms ×
                                 200  ·29.0 ms    ░54.0 ms    ▒79.0 ms

                swift run -c release SimRunner run /s.json --seed 3 --set mysql.maxConnections=100 --set workload.users=1000

                """)
        let csv = try #require(result.folder.text("s.csv"))
        #expect(csv.split(separator: "\n").count == 7)
    }

    @Test func moreSettingsGiveATableOfAllPoints() throws {
        let words = [
            "--vary", "mysql.maxConnections=100,200", "--vary", "workload.users=500,900",
            "--vary", "workload.stock=1,2,3", "--seeds", "1...2",
        ]
        let result = try sweep(words)
        #expect(result.out.hasPrefix("HOLDS at all 12 points (2 runs each)\n"))
        #expect(result.out.contains("\n                 200             900               3  HOLDS "))
    }

    @Test func allThatIsWrongIsToldAtOnce() throws {
        let usage = #expect(throws: UsageError.self) {
            try sweep(["--vary", "workload.users=9..1", "--vary", "workload.stock", "--vary", "a=1", "--vary", "a=2"])
        }
        for part in ["does not grow; write 1..9", "no \"=\"", "a is varied already"] {
            #expect(usage?.message.contains(part) == true, "\(usage?.message ?? "")")
        }
        let metric = #expect(throws: UsageError.self) {
            try sweep(["--vary", "workload.users=1,2", "--metric", "purchase.sucess.p99", "--metric", "speed"])
        }
        #expect(metric?.message.contains("did you mean \"purchase.success.p99\"?") == true)
        #expect(metric?.message.contains("--metric speed: there is no such metric") == true)

        let wrong = try sweep([
            "--vary", "workload.users=0,10,-3", "--vary", "mysql.maxConection=1,2",
            "--vary", "purchase.lock.release=delete,deleet",
        ])
        #expect(wrong.code == .configuration)
        #expect(wrong.out.isEmpty)
        for part in [
            "--set workload.users=0: error", "--set workload.users=-3: error", "did you mean \"maxConnections\"?",
            "did you mean \"delete\"?", "5 errors; nothing was run",
        ] {
            #expect(wrong.err.contains(part), "\(wrong.err)")
        }
        #expect(throws: UsageError.self) { try sweep([]) }
        #expect(throws: UsageError.self) {
            try sweep(["--vary", "workload.users=1..900:900", "--vary", "workload.stock=1..900:900"])
        }
    }

    @Test func theFilesDoNotDependOnTheThreads() throws {
        let words = ["--vary", "mysql.maxConnections=100,200,300", "--vary", "workload.users=500..1500:3"]
        let alone = try sweep(words + ["--jobs", "1"])
        let together = try sweep(words + ["--jobs", "4"])
        #expect(alone.folder.text("s.csv") == together.folder.text("s.csv"))
        #expect(alone.out == together.out)
    }

    @Test func anInterruptionReportsThePointsThatWereFinished() throws {
        let stop = Monitor<(@Sendable () -> Void)?>(nil)
        let simulator = Simulator { scenario, seed in
            if scenario.workload.users >= 200 { stop.update { $0 }?() }
            // The pool asks a few times a second.
            usleep(1_000)
            return Self.invented.run(scenario, seed)
        }
        let result = try sweep(
            ["--vary", "workload.users=100..1000:500", "--jobs", "1"], simulator: simulator
        ) { action in stop.update { $0 = action } }
        #expect(result.code == .interrupted)
        #expect(result.err.contains("interrupted; "))
        #expect(result.folder.text("r.json")?.contains("\"complete\": false") == true)
        let lines = result.folder.text("s.csv")?.split(separator: "\n").count ?? 0
        #expect(lines > 50 && lines < 501, "\(lines)")
    }
}

@Suite struct HeatMapTests {
    private static func map(_ columns: Int) -> HeatMap {
        HeatMap(
            rowTitle: "r", columnTitle: "c", rows: ["1"], columns: (1...columns).map { "\($0 * 1000)" },
            cells: [(1...columns).map { HeatMap.Cell(value: Double($0), text: "\($0)") }])
    }

    @Test func aWideMapIsPartedIntoBlocks() {
        #expect(
            Self.map(5).lines(width: 24, style: .plain) == [
                "   c", "r  1000  2000  3000", "1  ·  1  ░  2  ▒  3", "", "   c", "r  4000  5000", "1  ▓  4  █  5",
            ])
    }

    @Test func colourComesOnTopOfTheShades() {
        let line = Self.map(2).lines(width: 80, style: .coloured)[2]
        #expect(line.contains("48;5;17m·  1") && line.contains("48;5;124m█  2"), "\(line)")
    }

    @Test func equalValuesAndMissingOnesAreNoTrouble() {
        let map = HeatMap(
            rowTitle: "r", columnTitle: "c", rows: ["1"], columns: ["a", "b"],
            cells: [[.init(value: 2, text: "2"), .init(value: nil, text: "-")]])
        #expect(map.lines(width: 80, style: .plain)[2] == "1  ·2   -")
    }
}
