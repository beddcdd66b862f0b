import SimNodes
import Topology

/// `run`: scenarios in, verdicts out.
enum RunCommand: Command {
    static let syntax = CommandSyntax(
        name: "run", summary: "Runs scenarios and reports what held and what broke.",
        operands: "SCENARIO…", operandCount: 1...Int.max,
        options: [
            CommandOption("--seed", "N", "Run with this seed, not the scenario's own."),
            CommandOption(
                "--seeds", "A..<B", "Run once with each seed from A up to, not including, B (A...B: including B)."),
            CommandOption("--jobs", "N", "Run so many universes at once (default: one a core)."),
            CommandOption("--json", "FILE", "Write everything as JSON too."),
            CommandOption("--quiet", nil, "Print the verdicts only."),
            CommandOption("--set", "PATH=VALUE", "Change the scenario or its topology: faults.0.at=3s.", repeats: true),
            CommandOption("--check-determinism", nil, "Run everything twice and compare."),
        ],
        notes: """
            A bare run takes the seed of the scenario file. In most shells --seeds needs quotes: --seeds '1..<101'.
            The exit code is the worst of all runs: 0 holds, 99 breaks, 111 inconclusive, 112 invalid, 104 wrong
            configuration, 107 fault of the program, 113 not deterministic; 105 when interrupted.
            """)

    static func run(_ arguments: Arguments, console: Console) throws(UsageError) -> Int32 {
        let code = try run(arguments, console: console, simulator: .actors, interruption: Interruption.observe)
        if code == .interrupted { Interruption.leave(code) }
        return code.rawValue
    }

    /// The same with another simulator and another way of interrupting it.
    static func run(
        _ arguments: Arguments, console: Console, simulator: Simulator, interruption: UniversePool.Interrupter
    ) throws(UsageError) -> ExitCode {
        var request = try RunRequest(arguments)
        if let json = request.json {
            do throws(AtomicFile.Failure) { try json.check() } catch {
                throw UsageError("--json: \(error.message)")
            }
        }
        guard request.load(console: console) else { return .configuration }
        var simulator = simulator
        simulator.repeats = request.checksDeterminism
        var session = RunSession(request: request, console: console)
        let isComplete = session.run(simulator, interruption: interruption)
        return session.finish(isComplete: isComplete)
    }
}

/// What a `run` command line asks for.
struct RunRequest {
    let paths: [String]
    /// Nil: the seed of each scenario.
    let seeds: ClosedRange<UInt64>?
    /// Whether the report is about several seeds, even if the range has only one.
    let isSeries: Bool
    let threads: Int
    let json: AtomicFile?
    let isQuiet: Bool
    let settings: [String]
    let checksDeterminism: Bool
    private(set) var scenarios: [Scenario] = []

    init(_ arguments: Arguments) throws(UsageError) {
        paths = arguments.operands
        let seed = try arguments.integer("--seed", in: 0...Int.max)
        if let text = arguments.text("--seeds") {
            guard seed == nil else { throw UsageError("--seed and --seeds exclude each other") }
            seeds = try SeedRange(text).seeds
            isSeries = true
        } else {
            seeds = seed.map { UInt64($0)...UInt64($0) }
            isSeries = false
        }
        threads = try arguments.integer("--jobs", in: 1...1024) ?? WorkerThread.cores
        json = arguments.text("--json").map { AtomicFile(path: $0) }
        isQuiet = arguments.has("--quiet")
        settings = arguments.texts("--set")
        checksDeterminism = arguments.has("--check-determinism")
    }

    /// Reads all scenarios; prints every error of each and returns false if there is one.
    mutating func load(console: Console) -> Bool {
        var errors: [ConfigurationError] = []
        for path in paths {
            do throws(ConfigurationErrors) {
                scenarios.append(try ScenarioLoader.load(path: path, overrides: settings))
            } catch {
                // The same wrong setting is told once, however many scenarios it was for.
                errors += error.all.filter { !errors.contains($0) }
            }
        }
        guard !errors.isEmpty else { return true }
        console.err(ConfigurationReport.text(errors, style: .plain))
        return false
    }

    func replay(_ index: Int) -> ReplayCommand { ReplayCommand(path: paths[index], settings: settings) }

    var jobs: [UniverseJob] {
        scenarios.enumerated().flatMap { index, scenario in
            let own = UInt64(scenario.seed)
            return (seeds ?? own...own).map { UniverseJob(scenarioIndex: index, scenario: scenario, seed: $0) }
        }
    }
}
