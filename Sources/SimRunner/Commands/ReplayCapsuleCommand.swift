import SimNodes
import Topology

/// `replay`: runs a capsule again.
enum ReplayCapsuleCommand: Command {
    static let syntax = CommandSyntax(
        name: "replay", summary: "Runs a capsule again and tells its story.",
        operands: "CAPSULE", operandCount: 1...1,
        options: [
            CommandOption("--mermaid", nil, "Print the story as a Mermaid diagram."),
            CommandOption("--whole", nil, "Tell everything that was said, not only what matters."),
        ],
        notes: "Exit code 99 when the invariant is broken again, 0 when it holds now.")

    static func run(_ arguments: Arguments, console: Console) throws(UsageError) -> Int32 {
        let capsule: Capsule
        do throws(ConfigurationErrors) {
            capsule = try CapsuleFile.load(arguments.operands[0])
        } catch {
            console.err(ConfigurationReport.text(error.all, style: .plain))
            return ExitCode.configuration.rawValue
        }
        guard let again = capsule.replay() else {
            console.out("HOLDS: \(capsule.invariant) is not broken any more; it was: \(capsule.finding)\n")
            return ExitCode.holds.rawValue
        }
        if arguments.has("--mermaid") {
            console.out(again.excerpt.mermaid + "\n")
        } else if arguments.has("--whole") {
            console.out(again.story.map(\.description).joined(separator: "\n") + "\n")
        } else {
            console.out("BREAKS: \(again)\n\n")
            let isSame = "\(again.digest)" == capsule.digest
            console.out(
                isSame
                    ? "the same run as recorded, digest \(capsule.digest)\n"
                    : "broken again, but by another run: digest \(again.digest), recorded was \(capsule.digest) by version "
                        + "\(capsule.version)\n")
        }
        return ExitCode.broken.rawValue
    }
}

/// Capsules on disk.
enum CapsuleFile {
    static func load(_ path: String) throws(ConfigurationErrors) -> Capsule {
        guard let bytes = TextFile.bytes(path) else {
            let place = SourcePlace(file: path, line: 0, column: 0)
            throw ConfigurationErrors([
                ConfigurationError(
                    place: place, path: [], cause: "there is no such file", remedy: "name a capsule", kind: .syntax)
            ])
        }
        return try Capsule(bytes, file: path)
    }

    /// Whether a file is a capsule rather than a scenario.
    static func isCapsule(_ path: String) -> Bool {
        guard let bytes = TextFile.bytes(path), let tree = try? JSONParser.parse(bytes, file: path) else {
            return false
        }
        return Capsule.isCapsule(tree)
    }
}
