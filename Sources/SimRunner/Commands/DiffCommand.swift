import SimNodes
import Topology

/// `diff`: finds where two runs part.
enum DiffCommand: Command {
    static let syntax = CommandSyntax(
        name: "diff", summary: "Finds the first event at which two runs part.",
        operands: "A B", operandCount: 2...2,
        options: [
            CommandOption("--seed-a", "N", "The first run's seed (default: the file's)."),
            CommandOption("--seed-b", "N", "The second run's seed (default: the file's)."),
            CommandOption("--set-a", "PATH=VALUE", "Change the first scenario.", repeats: true),
            CommandOption("--set-b", "PATH=VALUE", "Change the second scenario.", repeats: true),
            CommandOption("--lines", "N", "Lines before and after the parting (default: 5)."),
        ],
        notes: "A and B are scenarios or capsules. Exit code 0 when both tell the same, 99 when they part.")

    static func run(_ arguments: Arguments, console: Console) throws(UsageError) -> Int32 {
        let lines = try arguments.integer("--lines", in: 1...10_000) ?? 5
        var stories: [[Story.Line]] = []
        var errors: [ConfigurationError] = []
        for (path, side) in zip(arguments.operands, ["a", "b"]) {
            let seed = try arguments.integer("--seed-\(side)", in: 0...Int.max).map { UInt64($0) }
            do throws(ConfigurationErrors) {
                stories.append(try story(of: path, seed, arguments.texts("--set-\(side)")))
            } catch {
                errors += error.all
            }
        }
        guard errors.isEmpty else {
            console.err(ConfigurationReport.text(errors, style: .plain))
            return ExitCode.configuration.rawValue
        }
        guard let parting = Divergence(stories[0], stories[1], context: lines) else {
            console.out("both runs tell the same \(stories[0].count) lines\n")
            return ExitCode.holds.rawValue
        }
        console.out(text(parting, arguments.operands))
        return ExitCode.broken.rawValue
    }

    private static func story(
        of path: String, _ seed: UInt64?, _ settings: [String]
    ) throws(ConfigurationErrors) -> [Story.Line] {
        let story = Story()
        if CapsuleFile.isCapsule(path) {
            let capsule = try CapsuleFile.load(path)
            _ = Simulation.run(capsule.scenario, seed: seed ?? capsule.seed, story: story)
        } else {
            let scenario = try ScenarioLoader.load(path: path, overrides: settings)
            _ = Simulation.run(scenario, seed: seed ?? UInt64(scenario.seed), story: story)
        }
        return story.lines
    }

    private static func text(_ parting: Divergence, _ paths: [String]) -> String {
        func block(_ mark: String, _ lines: [Story.Line]) -> String {
            lines.isEmpty ? "\(mark) (it has ended)\n" : lines.map { "\(mark) \($0)\n" }.joined()
        }
        return "the runs part after \(Format.plural(parting.sharedCount, "line")) that both tell\n"
            + parting.common.map { "  \($0)\n" }.joined()
            + "A: \(paths[0])\n" + block("-", parting.first) + "B: \(paths[1])\n" + block("+", parting.second)
    }
}
