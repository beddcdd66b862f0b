import SimNodes
import Topology

/// `explore`: a scenario in many variants, and what broke in them.
enum ExploreCommand: Command {
    static let syntax = CommandSyntax(
        name: "explore", summary: "Runs a scenario in many hostile variants and looks for one that breaks it.",
        operands: "SCENARIO", operandCount: 1...1,
        options: [
            CommandOption(
                "--seeds", "A..<B", "A variant for each seed from A up to, not including, B (default 0..<1000)."),
            CommandOption("--jobs", "N", "Run so many universes at once (default: one a core)."),
            CommandOption("--budget", "TIME", "Stop after so much real time, such as 60s; whole runs only."),
            CommandOption(
                "--faults", "CHOICE", "\"swarm\" draws faults, workload, timing (default); \"configured\" doesn't."),
            CommandOption("--shard", "I/N", "Run every N-th seed, beginning with the I-th (from 0)."),
            CommandOption("--out", "FILE", "Write a line of JSON a run, for \"merge\"."),
            CommandOption("--variant", "SEED", "Print the variant of this seed as a scenario, and run nothing."),
            CommandOption("--set", "PATH=VALUE", "Change the scenario or its topology.", repeats: true),
        ] + StoryTeller.options,
        notes: """
            In each seed every fault family, workload feature and variation of timing is off with probability one half;
            the section "explore" of a scenario says what must stay as it is. Invariants count, expectations don't: they
            are about the scenario as it is configured.
            Without --shard the part is taken from SLURM_ARRAY_TASK_ID, _MIN, _STEP and _COUNT, or from
            JOB_COMPLETION_INDEX and JOB_COMPLETIONS (Kubernetes), where those are set.
            What broke first for each invariant is made as small as it can be, told, and written as a capsule for
            "replay"; of a shard that is left to "merge".
            The exit code is 0 when every run kept every invariant, 99 when one didn't, 105 when interrupted, 107 for a
            fault of the program, 111 when no run was made.
            """)

    static func run(_ arguments: Arguments, console: Console) throws(UsageError) -> Int32 {
        let environment = Shard.Environment.ofProcess
        let code = try run(arguments, console: console, environment: environment, interruption: Interruption.observe)
        return code.rawValue
    }

    /// The same with another environment and another way of interrupting it.
    static func run(
        _ arguments: Arguments, console: Console, environment: Shard.Environment,
        interruption: UniversePool.Interrupter
    ) throws(UsageError) -> ExitCode {
        let request = try ExploreRequest(arguments, environment: environment)
        guard let explorer = request.load(console: console) else { return .configuration }
        if let seed = request.variant {
            console.out(explorer.variant(seed: seed).json.prettyText)
            return .holds
        }
        return ExploreSession(request: request, explorer: explorer, console: console).run(interruption: interruption)
    }
}

/// What an `explore` command line asks for.
struct ExploreRequest {
    let path: String
    let settings: [String]
    let seeds: ClosedRange<UInt64>
    let threads: Int
    /// Real time.
    let budget: TimeSpan?
    let faults: FaultChoice
    let shard: Shard
    let out: AtomicFile?
    let variant: UInt64?
    let stories: StoryTeller

    init(_ arguments: Arguments, environment: Shard.Environment) throws(UsageError) {
        path = arguments.operands[0]
        settings = arguments.texts("--set")
        seeds = try SeedRange(arguments.text("--seeds") ?? "0..<1000").seeds
        threads = try arguments.integer("--jobs", in: 1...1024) ?? WorkerThread.cores
        budget = try arguments.text("--budget").map(Self.budget)
        let choice = arguments.text("--faults") ?? FaultChoice.swarm.rawValue
        guard let faults = FaultChoice(rawValue: choice) else {
            let known = FaultChoice.allCases.map(\.rawValue)
            throw UsageError(
                "--faults: there is no choice \"\(choice)\"; \(Suggestions.remedy(for: choice, among: known))")
        }
        self.faults = faults
        if let argument = arguments.text("--shard") {
            shard = try Shard(argument: argument)
        } else {
            shard = try environment.shard() ?? .whole
        }
        out = arguments.text("--out").map { AtomicFile(path: $0) }
        if let out {
            do throws(AtomicFile.Failure) { try out.check() } catch { throw UsageError("--out: \(error.message)") }
        }
        stories = try StoryTeller(arguments)
        variant = try arguments.integer("--variant", in: 0...Int.max).map { UInt64($0) }
    }

    private static func budget(_ text: String) throws(UsageError) -> TimeSpan {
        do throws(TextError) {
            return try TimeSpan.parse(text)
        } catch {
            throw UsageError("--budget: \(error.cause); \(error.remedy)")
        }
    }

    /// Reads the scenario; prints all its errors and returns nil if there are any.
    func load(console: Console) -> Explorer? {
        do throws(ConfigurationErrors) {
            let scenario = try ScenarioLoader.load(path: path, overrides: settings)
            return Explorer(scenario, faults: faults, source: ScenarioSource(path: path, settings: settings))
        } catch {
            console.err(ConfigurationReport.text(error.all, style: .plain))
            return nil
        }
    }

    /// What stands in the head of reports and files.
    func header(of explorer: Explorer) -> ExplorationFile.Header {
        ExplorationFile.Header(version: Program.version, explorer: explorer, seeds: seeds, shard: shard)
    }
}

/// The runs of one exploration.
struct ExploreSession {
    let request: ExploreRequest
    let explorer: Explorer
    let console: Console

    func run(interruption: UniversePool.Interrupter) -> ExitCode {
        let seeds = request.shard.seeds(of: request.seeds)
        let header = request.header(of: explorer)
        var progress = ExploreProgress(console: console, count: seeds.count)
        var file: LineFile?
        do throws(AtomicFile.Failure) {
            file = try request.out.map { target throws(AtomicFile.Failure) in try LineFile(target) }
            try file?.add(ExplorationFile.line(header))
        } catch {
            return failed(error)
        }
        let isInterrupted = Monitor(false)
        interruption { isInterrupted.update { $0 = true } }
        var failure: AtomicFile.Failure?
        let found = explorer.explore(seeds, threads: request.threads) {
            isInterrupted.update { $0 } || failure != nil
                || request.budget.map { progress.elapsed >= $0.seconds } ?? false
        } observe: { run, soFar in
            do throws(AtomicFile.Failure) { try file?.add(ExplorationFile.line(run)) } catch { failure = error }
            progress.show(soFar)
        }
        progress.clear()
        do throws(AtomicFile.Failure) {
            if let failure { throw failure }
            try file?.add(ExplorationFile.endLine(runs: found.runs))
            try file?.finish()
        } catch {
            return failed(error)
        }
        console.out(ExploreReport(header: header, found: found, style: console.style).text)
        console.err(progress.summary(found))
        if isInterrupted.update({ $0 }) { return .interrupted }
        do throws(AtomicFile.Failure) {
            if request.shard.count == 1 { try request.stories.tell(found, console: console) }
        } catch {
            return failed(error)
        }
        return ExploreReport.code(found)
    }

    private func failed(_ failure: AtomicFile.Failure) -> ExitCode {
        console.err("\(Program.name): \(failure.message)\n")
        return .programFault
    }
}
