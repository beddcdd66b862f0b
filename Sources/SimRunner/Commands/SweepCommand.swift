import SimNodes
import Topology

/// `sweep`: one design at every point of a grid of settings.
enum SweepCommand: Command {
    static let syntax = CommandSyntax(
        name: "sweep", summary: "Runs a scenario at every point of a grid of settings: table, heat map, CSV, JSON.",
        operands: "SCENARIO", operandCount: 1...1,
        options: [
            CommandOption(
                "--vary", "PATH=VALUES", "Give a setting these values in turn: mysql.maxConnections=100,200..600.",
                repeats: true),
            CommandOption(
                "--metric", "NAME", "Show this metric of a run, such as purchase.success.p99.", repeats: true),
            CommandOption(
                "--seeds", "A..<B", "Run each point with each of these seeds (default: three from the scenario's on)."),
            CommandOption("--jobs", "N", "Run so many universes at once (default: one a core)."),
            CommandOption("--csv", "FILE", "Write every point as a line of CSV."),
            CommandOption("--json", "FILE", "Write every point as JSON."),
            CommandOption("--set", "PATH=VALUE", "Change the scenario or its topology at every point.", repeats: true),
        ],
        notes: """
            VALUES are values as --set takes them, and ranges, with commas between: 100..600 (five values, evenly spread),
            5ms..20ms:4 (so many values), 100..600+50 (in steps of), 100..1600x2 (growing by a factor), words
            (purchase.lock.release=delete,compareAndDelete) and JSON. A range's ends have the same kind of unit.
            Every point meets the same seeds, so that points differ by their settings alone. One --vary gives a table, two
            give heat maps, more give a table of all points. Means have 95 % intervals over the seeds.
            The exit code is 0, whatever breaks: nothing is judged here; 105 when interrupted, 107 for a fault of the
            program.
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
        let request = try SweepRequest(arguments)
        let scenarios: [Scenario]
        do throws(ConfigurationErrors) { scenarios = try request.scenarios() } catch {
            console.err(ConfigurationReport.text(error.all, style: .plain))
            return .configuration
        }
        let metrics = try request.metrics(of: scenarios[0])
        let seeds = request.seeds(of: scenarios[0])
        guard scenarios.count <= SweepRequest.mostRuns / seeds.count else {
            throw UsageError(
                "\(Format.plural(scenarios.count, "point")) with \(Format.plural(seeds.count, "seed")) each are more than "
                    + "\(Format.count(SweepRequest.mostRuns)) runs; write fewer values or seeds")
        }
        let isInterrupted = Monitor(false)
        interruption { isInterrupted.update { $0 = true } }
        var progress = ProgressLine(console: console)
        let count = scenarios.count * seeds.count
        let laboratory = Laboratory(
            threads: request.threads, simulate: simulator.run, isInterrupted: { isInterrupted.update { $0 } },
            observe: { progress.show(UniversePool.Progress(finished: $0, count: count)) })
        let sweep = Sweep(
            variations: request.variations, scenarios: scenarios, seeds: seeds, metrics: metrics, by: laboratory)
        progress.clear()
        let report = SweepReport(
            sweep: sweep, path: request.path, settings: request.settings, style: console.style)
        console.out(report.text)
        return request.write(report, console: console)
    }
}

/// What a `sweep` command line asks for.
private struct SweepRequest {
    /// More than anybody waits for.
    static let mostRuns = 100_000

    let path: String
    let settings: [String]
    let variations: [Variation]
    let threads: Int
    private let seeds: ClosedRange<UInt64>?
    private let metrics: [String]
    private let csv: AtomicFile?
    private let json: AtomicFile?

    init(_ arguments: Arguments) throws(UsageError) {
        path = arguments.operands[0]
        settings = arguments.texts("--set")
        variations = try Self.variations(arguments.texts("--vary"))
        threads = try arguments.integer("--jobs", in: 1...1024) ?? WorkerThread.cores
        seeds = try arguments.text("--seeds").map { (text) throws(UsageError) in try SeedRange(text).seeds }
        metrics = arguments.texts("--metric")
        csv = try Self.file("--csv", arguments)
        json = try Self.file("--json", arguments)
    }

    private static func file(_ option: String, _ arguments: Arguments) throws(UsageError) -> AtomicFile? {
        guard let path = arguments.text(option) else { return nil }
        let file = AtomicFile(path: path)
        do throws(AtomicFile.Failure) { try file.check() } catch { throw UsageError("\(option): \(error.message)") }
        return file
    }

    /// All that is wrong with them is told at once.
    private static func variations(_ texts: [String]) throws(UsageError) -> [Variation] {
        guard !texts.isEmpty else {
            throw UsageError("--vary is missing; write for example --vary workload.users=1000..12000")
        }
        var variations: [Variation] = []
        var problems: [String] = []
        for text in texts {
            do throws(TextError) {
                let variation = try Variation(text)
                if variations.contains(where: { $0.path == variation.path }) {
                    problems.append(
                        "--vary \(text): \(variation.path) is varied already; give all values in one --vary")
                }
                variations.append(variation)
            } catch {
                problems.append("--vary \(text): \(error.cause); \(error.remedy)")
            }
        }
        let points = variations.reduce(1) { min($0 * $1.values.count, mostRuns + 1) }
        if problems.isEmpty, points > mostRuns {
            problems.append("the grid has more than \(Format.count(mostRuns)) points; write fewer values")
        }
        guard problems.isEmpty else { throw UsageError(problems.joined(separator: "\n")) }
        return variations
    }

    /// The scenario of each point.
    ///
    /// - Throws: all that is wrong at any point, once.
    func scenarios() throws(ConfigurationErrors) -> [Scenario] {
        var scenarios: [Scenario] = []
        var errors: [ConfigurationError] = []
        var known = Set<ConfigurationError>()
        for point in Variation.grid(variations) {
            do throws(ConfigurationErrors) {
                scenarios.append(try ScenarioLoader.load(path: path, overrides: settings + point))
            } catch {
                errors += error.all.filter { known.insert($0).inserted }
            }
        }
        guard errors.isEmpty else { throw ConfigurationErrors(errors) }
        return scenarios
    }

    func seeds(of scenario: Scenario) -> ClosedRange<UInt64> {
        let own = UInt64(scenario.seed)
        return seeds ?? own...(own + 2)
    }

    /// Those asked for, or how fast and how slowly what the sale is about is done.
    func metrics(of scenario: Scenario) throws(UsageError) -> [String] {
        guard !metrics.isEmpty else {
            return ["\(scenario.workload.mainFlow.rawValue).success.p99", "throughput"]
        }
        let catalogue = MetricCatalogue(for: scenario.topology)
        let problems = metrics.filter { catalogue.unit(of: $0) == nil }.map { name in
            let remedy =
                Suggestion.nearest(to: name, among: catalogue.names).map { "did you mean \"\($0)\"?" }
                ?? "write for example purchase.success.p99"
            return "--metric \(name): there is no such metric; \(remedy)"
        }
        guard problems.isEmpty else { throw UsageError(problems.joined(separator: "\n")) }
        return metrics
    }

    /// Writes the files that were asked for; the exit code of the whole command.
    func write(_ report: SweepReport, console: Console) -> ExitCode {
        let code = report.code
        if code == .interrupted {
            console.err(
                "\(Program.name): interrupted; \(report.sweep.points.count) of "
                    + "\(Format.plural(report.sweep.size, "point")) were finished\n")
        }
        for (option, file, text) in [("--csv", csv, report.csv), ("--json", json, report.json.prettyText)] {
            do throws(AtomicFile.Failure) { try file?.write(text) } catch {
                console.err("\(Program.name): \(option): \(error.message)\n")
                return ExitCode.worst([code == .interrupted ? .holds : code, .programFault])
            }
        }
        return code
    }
}
