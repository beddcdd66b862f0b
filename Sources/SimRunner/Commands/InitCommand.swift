import SimNodes
import Topology

/// `init`: writes a first scenario to start from.
enum InitCommand: Command {
    static let defaultFile = "scenario.json"

    static let syntax = CommandSyntax(
        name: "init", summary: "Writes a commented first scenario.",
        operands: "[FILE]", operandCount: 0...1,
        options: [CommandOption("--topology", "FILE", "The topology file to use (default: the reference design).")],
        notes: """
            FILE is \(defaultFile) unless given; a file that is there already is never overwritten. The reference design
            is looked for as configs/topologies/reference.json in the folder of FILE and those above it.
            """)

    static func run(_ arguments: Arguments, console: Console) throws(UsageError) -> Int32 {
        let path = arguments.operands.first ?? defaultFile
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        guard let topology = try topology(arguments.text("--topology"), folder: folder) else {
            console.err(
                "\(Program.name) init: there is no configs/topologies/reference.json in this folder or above it; "
                    + "name a topology file with --topology\n")
            return ExitCode.configuration.rawValue
        }
        let text = ScenarioTemplate.text(topology: topology)
        do throws(ConfigurationErrors) {
            // Before anything is written: what init leaves behind must run.
            _ = try ScenarioLoader.load(text: text, file: path)
        } catch {
            console.err(ConfigurationReport.text(error.all, style: .plain))
            return ExitCode.configuration.rawValue
        }
        do throws(AtomicFile.Failure) {
            try AtomicFile(path: path).writeNew(text)
        } catch {
            throw UsageError(error.message)
        }
        console.out("wrote \(path); run it with\n\(ReplayCommand(path: path, settings: []).text)\n")
        return ExitCode.holds.rawValue
    }

    /// The topology's path as the scenario has to name it: relative to the scenario's folder.
    private static func topology(_ given: String?, folder: String) throws(UsageError) -> String? {
        if let given {
            guard TextFile.exists(given) else { throw UsageError("there is no file \(given)") }
            return relative(given, to: folder)
        }
        var steps = ""
        for _ in 0..<16 {
            for name in ["configs/topologies/reference.json", "topologies/reference.json"]
            where TextFile.exists(folder + steps + name) {
                return steps + name
            }
            steps += "../"
        }
        return nil
    }

    /// A path from the current folder as seen from another one below or above it.
    static func relative(_ path: String, to folder: String) -> String {
        if path.hasPrefix("/") || folder.isEmpty { return path }
        var from = folder.split(separator: "/").filter { $0 != "." }[...]
        var to = path.split(separator: "/").filter { $0 != "." }[...]
        // From an absolute folder the current one can't be named without the machine's own paths.
        guard !folder.hasPrefix("/"), !from.contains("..") else { return path }
        while to.count > 1, let step = from.first, step == to.first {
            from.removeFirst()
            to.removeFirst()
        }
        return (from.map { _ in ".." } + to.map(String.init)).joined(separator: "/")
    }
}

extension ReplayCommand {
    /// With the scenario's own seed.
    var text: String {
        let words = ["run", path] + settings.flatMap { ["--set", $0] }
        return "swift run -c release \(Program.name) " + words.map(ShellWord.quoted).joined(separator: " ")
    }
}
