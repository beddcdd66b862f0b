import SimNodes
import Topology

/// `capacity`: will the design carry its load, what breaks first, and what is the smallest change that mends it?
enum CapacityCommand: Command {
    static let syntax = CommandSyntax(
        name: "capacity", summary: "Says whether a design carries its load, what breaks first, and what would mend it.",
        operands: "SCENARIO", operandCount: 1...1,
        options: [
            CommandOption("--only", "LIST", "Only these sections: \(sectionNames.joined(separator: ","))."),
            CommandOption("--replications", "N", "At most so many runs of the scenario as it is (default: 20)."),
            CommandOption("--precision", "PERCENT", "Repeat until intervals are within so many percent (default: 3)."),
            CommandOption("--budget", "EVENTS", "Let all searches together cost so many events (default: 120000000)."),
            CommandOption("--jobs", "N", "Run so many universes at once (default: one a core)."),
            CommandOption("--json", "FILE", "Write everything as JSON too."),
            CommandOption("--quiet", nil, "Print the first line only."),
            CommandOption("--set", "PATH=VALUE", "Change the scenario or its topology.", repeats: true),
        ],
        notes: """
            The scenario is run with its own seed and the following ones until the 95 % intervals of what decides are
            short enough or clear of what is expected; expensive scenarios get fewer runs. Variants meet the same users.
            The exit code is 0 when the design holds, 99 when it breaks, 111 when an interval straddles a threshold, 112
            when a fault had no effect, 104 for a wrong configuration, 105 when interrupted, 107 for a fault of the
            program.
            """)

    private static var sectionNames: [String] { CapacityReport.sections.map { $0.name } }

    static func run(_ arguments: Arguments, console: Console) throws(UsageError) -> Int32 {
        let code = try run(
            arguments, console: console, simulate: { Simulation.run($0, seed: $1) },
            dissect: { Simulation.anatomy($0, seed: $1) }, interruption: Interruption.observe)
        if code == .interrupted { Interruption.leave(code) }
        return code.rawValue
    }

    /// The same with another simulator and another way of interrupting it.
    static func run(
        _ arguments: Arguments, console: Console, simulate: @escaping @Sendable (Scenario, UInt64) -> RunResult,
        dissect: @escaping (Scenario, UInt64) -> LatencyAnatomy? = { _, _ in nil },
        interruption: UniversePool.Interrupter
    ) throws(UsageError) -> ExitCode {
        let request = try CapacityRequest(arguments)
        let scenario: Scenario
        do throws(ConfigurationErrors) {
            scenario = try ScenarioLoader.load(path: request.path, overrides: request.settings)
        } catch {
            console.err(ConfigurationReport.text(error.all, style: .plain))
            return .configuration
        }
        let isInterrupted = Monitor(false)
        interruption { isInterrupted.update { $0 = true } }
        var progress = ProgressLine(console: console)
        var section = ""
        // Two closures change the line, so it stands outside of both.
        let laboratory = Laboratory(
            threads: request.threads, simulate: simulate, dissect: dissect,
            isInterrupted: { isInterrupted.update { $0 } },
            observe: { made in progress.show { "\(section): \(made) runs, \(Int($0)) s" } })
        let study = CapacityStudy(scenario, laboratory: laboratory, effort: request.effort)
        if let events = request.searchEvents { study.searchEvents = events }
        let report = CapacityReport(
            path: request.path, settings: request.settings, study: study, sections: request.sections
        ) { section = $0 }
        progress.clear()
        if request.isQuiet {
            console.out(report.headline(style: console.style).joined(separator: "\n") + "\n")
        } else {
            console.out(report.text(style: console.style))
        }
        var code = report.isComplete ? report.code : .interrupted
        if code == .interrupted { console.err("\(Program.name): interrupted; the report ends where it was\n") }
        if let json = request.json {
            do throws(AtomicFile.Failure) { try json.write(report.json(code).prettyText) } catch {
                console.err("\(Program.name): --json: \(error.message)\n")
                code = .programFault
            }
        }
        return code
    }
}

/// What a `capacity` command line asks for.
private struct CapacityRequest {
    let path: String
    let settings: [String]
    let sections: [any CapacitySection.Type]
    let effort: ReplicationEffort
    /// Nil: as many as usual.
    let searchEvents: UInt64?
    let threads: Int
    let json: AtomicFile?
    let isQuiet: Bool

    init(_ arguments: Arguments) throws(UsageError) {
        path = arguments.operands[0]
        settings = arguments.texts("--set")
        var effort = ReplicationEffort()
        if let most = try arguments.integer("--replications", in: 1...100_000) {
            // Who says how many wants them, whatever they cost.
            (effort.most, effort.mostEvents) = (most, .max)
        }
        if let percent = try arguments.integer("--precision", in: 1...100) {
            effort.precision = Double(percent) / 100
        }
        self.effort = effort
        searchEvents = try arguments.integer("--budget", in: 0...Int.max).map { UInt64($0) }
        threads = try arguments.integer("--jobs", in: 1...1024) ?? WorkerThread.cores
        json = arguments.text("--json").map { AtomicFile(path: $0) }
        do throws(AtomicFile.Failure) { try json?.check() } catch { throw UsageError("--json: \(error.message)") }
        isQuiet = arguments.has("--quiet")
        sections = try Self.sections(arguments.text("--only"))
    }

    private static func sections(_ list: String?) throws(UsageError) -> [any CapacitySection.Type] {
        guard let list else { return CapacityReport.sections }
        let known = CapacityReport.sections.map { $0.name }
        let words = list.split(separator: ",").map(String.init)
        guard !words.isEmpty else {
            throw UsageError("--only: the list is empty; write for example simulation,verdict")
        }
        for word in words where !known.contains(word) {
            throw UsageError("--only: there is no section \"\(word)\"; \(Suggestions.remedy(for: word, among: known))")
        }
        return CapacityReport.sections.filter { words.contains($0.name) }
    }
}
