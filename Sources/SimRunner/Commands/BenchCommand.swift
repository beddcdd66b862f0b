import SimNodes
import Topology

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `bench`: how fast the kernel is, on the workload that other engines run too, and what checking costs.
enum BenchCommand: Command {
    static let syntax = CommandSyntax(
        name: "bench", summary: "Measures the speed and the memory of the simulation kernel, and what checking costs.",
        operands: "closed-loop | checks SCENARIO | explore [SCENARIO] | reference", operandCount: 1...2,
        options: [
            CommandOption("--clients", "N", "Clients at once (default 6000)."),
            CommandOption("--iterations", "I", "Iterations of each client (default 50)."),
            CommandOption("--runs", "N", "With checks: run the scenario so often each way (default 5); explore: 2000."),
            CommandOption("--requests", "N", "With reference: about so many requests (default 200000)."),
            CommandOption("--jobs", "N", "With explore: universes at once (default: one a core)."),
        ],
        notes: """
            closed-loop prints one line with the events (delays that ended) a second of real time, and the peak of
            resident memory. checks prints the least processor time of a scenario with and without its history and its
            invariants, taken in turns, and what share of the time they are. explore prints runs a second of real time
            and processor time a run, first of a scenario as configured, then of its variants. reference prints requests and
            events a second of real time of one run of the reference design, checks on.
            """)

    static func run(_ arguments: Arguments, console: Console) throws(UsageError) -> Int32 {
        let name = arguments.operands[0]
        switch (name, arguments.operands.count) {
        case ("closed-loop", 1): return try runClosedLoop(arguments, console: console)
        case ("checks", 2): return try runChecks(arguments, console: console)
        case ("explore", _): return try runExplore(arguments, console: console)
        case ("reference", 1): return try runReference(arguments, console: console)
        case ("checks", _): throw UsageError("bench checks needs a scenario")
        case ("closed-loop", _), ("reference", _): throw UsageError("bench \(name) takes no scenario")
        default:
            let remedy = Suggestions.remedy(for: name, among: ["closed-loop", "checks", "explore", "reference"])
            throw UsageError("there is no benchmark \"\(name)\"; \(remedy)")
        }
    }

    /// Runs a scenario with and without its checks, in turns, so that a busy machine slows both.
    private static func runChecks(_ arguments: Arguments, console: Console) throws(UsageError) -> Int32 {
        let runs = try arguments.integer("--runs", in: 1...1_000) ?? 5
        let path = arguments.operands[1]
        let scenario: Scenario
        do throws(ConfigurationErrors) {
            scenario = try ScenarioLoader.load(path: path)
        } catch {
            console.err(ConfigurationReport.text(error.all, style: .plain))
            return ExitCode.configuration.rawValue
        }
        let seed = UInt64(scenario.seed)
        var best = [Double.infinity, Double.infinity]
        var digests: [TraceDigest] = []
        var events: UInt64 = 0
        for run in 0..<2 * runs {
            let start = processorSeconds
            let isChecking = run % 2 == 0
            let result =
                isChecking ? Simulation.run(scenario, seed: seed) : Simulation.runUnchecked(scenario, seed: seed)
            best[run % 2] = min(best[run % 2], processorSeconds - start)
            digests.append(result.digest)
            events = result.events
        }
        let share = max(0, 1 - best[1] / best[0])
        console.out(
            "checks \(path) seed \(seed) events \(events) digest \(digests[0]) runs \(runs) "
                + "with_s \(Format.fixed(best[0], decimals: 4)) without_s \(Format.fixed(best[1], decimals: 4)) "
                + "share \(Format.percent(share))\n")
        // Watching must not change what is watched.
        return (Set(digests).count == 1 ? ExitCode.holds : .notDeterministic).rawValue
    }

    private static func runClosedLoop(_ arguments: Arguments, console: Console) throws(UsageError) -> Int32 {
        let clients = try arguments.integer("--clients", in: 1...10_000_000) ?? 6000
        let iterations = try arguments.integer("--iterations", in: 1...1_000_000) ?? 50
        let before = peakBytes
        let clock = ContinuousClock()
        let start = clock.now
        let outcome = ClosedLoop.run(clients: clients, iterations: iterations)
        let wall = start.duration(to: clock.now).inSeconds
        let perClient = (peakBytes - before) / clients
        console.out(
            "closed_loop clients \(clients) iterations \(iterations) "
                + "virtual_s \(Format.fixed(outcome.virtualTime.seconds, decimals: 3)) events \(outcome.events) "
                + "wall_s \(Format.fixed(wall, decimals: 3)) digest \(outcome.digest) "
                + "peak_rss_mib \(peakBytes >> 20) bytes/client \(perClient) "
                + "events/s \(Int(Double(outcome.events) / max(wall, 1e-9)))\n")
        return ExitCode.holds.rawValue
    }

    /// What this process has used of the processors so far: other processes don't count.
    static var processorSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// The most memory that the process has had resident so far.
    static var peakBytes: Int {
        var usage = rusage()
        #if canImport(Glibc)
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        #else
            getrusage(RUSAGE_SELF, &usage)
        #endif
        #if canImport(Darwin)
            return Int(usage.ru_maxrss)
        #else
            return Int(usage.ru_maxrss) << 10
        #endif
    }
}
