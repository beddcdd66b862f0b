import Topology

/// `validate`: reads configuration files and tells everything that is wrong with them.
enum ValidateCommand: Command {
    static let syntax = CommandSyntax(
        name: "validate", summary: "Checks scenario, topology and claim files without running anything.",
        operands: "FILE…", operandCount: 1...Int.max,
        options: [
            CommandOption("--set", "PATH=VALUE", "Check the scenarios with this change.", repeats: true),
            CommandOption("--quiet", nil, "Print nothing for files that are right."),
        ],
        notes: """
            A file with a "workload" or a "topology" key is a scenario, one with "stated" is a claim, any other is a
            topology.
            """)

    static func run(_ arguments: Arguments, console: Console) throws(UsageError) -> Int32 {
        let settings = arguments.texts("--set")
        var errors: [ConfigurationError] = []
        for path in arguments.operands {
            do throws(ConfigurationErrors) {
                let kind = try check(path, settings)
                if !arguments.has("--quiet") { console.out("ok  \(path) (\(kind))\n") }
            } catch {
                errors += error.all.filter { !errors.contains($0) }
            }
        }
        guard !errors.isEmpty else { return ExitCode.holds.rawValue }
        console.err(ConfigurationReport.text(errors, style: .plain))
        return ExitCode.configuration.rawValue
    }

    /// A topology is told by its keys; anything unreadable counts as a scenario, whose reader says what is wrong.
    private static func check(_ path: String, _ settings: [String]) throws(ConfigurationErrors) -> String {
        if isTopology(path) {
            _ = try ScenarioLoader.loadTopology(path: path)
            return "topology"
        }
        if isClaim(path) {
            _ = try ClaimCase.load(path: path)
            return "claim"
        }
        _ = try ScenarioLoader.load(path: path, overrides: settings)
        return "scenario"
    }

    static func isTopology(_ path: String) -> Bool {
        guard let tree = tree(path) else { return false }
        return tree["application"] != nil && tree["workload"] == nil && tree["topology"] == nil
    }

    private static func isClaim(_ path: String) -> Bool {
        guard let tree = tree(path) else { return false }
        return tree["stated"] != nil && tree["workload"] == nil && tree["topology"] == nil
    }

    private static func tree(_ path: String) -> JSONNode? {
        TextFile.bytes(path).flatMap { try? JSONParser.parse($0, file: path) }
    }
}
