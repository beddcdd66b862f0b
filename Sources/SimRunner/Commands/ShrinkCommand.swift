import SimNodes
import Topology

/// `shrink`: finds the shortest story of how a scenario breaks.
enum ShrinkCommand: Command {
    static let syntax = CommandSyntax(
        name: "shrink", summary: "Makes a run that breaks an invariant as small as it can be, and tells its story.",
        operands: "SCENARIO", operandCount: 1...1,
        options: [
            CommandOption("--seed", "N", "The run with this seed, not the scenario's own."),
            CommandOption("--set", "PATH=VALUE", "Change the scenario or its topology.", repeats: true),
            CommandOption("--invariant", "ID", "Which invariant has to stay broken (default: the worst that is)."),
            CommandOption("--runs", "N", "End with what there is after so many runs (default: 2000)."),
            CommandOption("--out", "FILE", "Write the capsule to this file."),
            CommandOption("--mermaid", nil, "Print the story as a Mermaid diagram."),
        ],
        notes: """
            A capsule holds the system, the requests and the faults of the smallest run that was found; "replay" runs it
            again. Exit code 99 when the run breaks an invariant, 0 when it breaks none.
            """)

    static func run(_ arguments: Arguments, console: Console) throws(UsageError) -> Int32 {
        let seed = try arguments.integer("--seed", in: 0...Int.max)
        let mostRuns = try arguments.integer("--runs", in: 1...10_000_000) ?? 2_000
        let file = arguments.text("--out").map { AtomicFile(path: $0) }
        do throws(AtomicFile.Failure) { try file?.check() } catch { throw UsageError("--out: \(error.message)") }
        let path = arguments.operands[0]
        let scenario: Scenario
        do throws(ConfigurationErrors) {
            scenario = try ScenarioLoader.load(path: path, overrides: arguments.texts("--set"))
        } catch {
            console.err(ConfigurationReport.text(error.all, style: .plain))
            return ExitCode.configuration.rawValue
        }
        var progress = ProgressLine(console: console)
        let found = Counterexample.shrunk(
            scenario, seed: UInt64(seed ?? scenario.seed), invariant: arguments.text("--invariant"),
            mostRuns: mostRuns
        ) { step in
            progress.show { _ in "\(step.runs) runs: \(step.requests) requests, \(step.faults) faults left" }
        }
        progress.clear()
        guard let found else {
            let which = arguments.text("--invariant").map { " \($0)" } ?? ""
            console.out("\(path) breaks no invariant\(which) with this seed\n")
            return ExitCode.holds.rawValue
        }
        console.out(arguments.has("--mermaid") ? found.excerpt.mermaid + "\n" : "\(found)\n")
        guard let file else { return ExitCode.broken.rawValue }
        do throws(AtomicFile.Failure) {
            try file.write(Capsule(found, version: Program.version).text)
        } catch {
            throw UsageError(error.message)
        }
        console.out("\nswift run -c release \(Program.name) replay \(ReplayCommand.quoted(file.path))\n")
        return ExitCode.broken.rawValue
    }
}
