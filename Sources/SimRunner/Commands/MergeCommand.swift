import SimNodes
import Topology

/// `merge`: the shards of an exploration as one.
enum MergeCommand: Command {
    static let syntax = CommandSyntax(
        name: "merge", summary: "Puts the shards of an exploration together and reports them as one.",
        operands: "FILE…", operandCount: 1...Int.max, options: StoryTeller.options,
        notes: """
            The files are those that "explore --shard I/N --out FILE" has written, all of them, each once; their order
            doesn't matter. The report is, byte for byte, the one of a single exploration of all the seeds; for the
            stories of what broke the scenario's file must still be there, and say the same.
            """)

    static func run(_ arguments: Arguments, console: Console) throws(UsageError) -> Int32 {
        let stories = try StoryTeller(arguments)
        var files: [ExplorationFile.Contents] = []
        var errors: [ConfigurationError] = []
        for path in arguments.operands {
            do throws(ConfigurationErrors) { files.append(try read(path)) } catch { errors += error.all }
        }
        do throws(ConfigurationErrors) {
            guard errors.isEmpty else { throw ConfigurationErrors(errors) }
            let (header, runs) = try ExplorationFile.merge(files)
            let found = Exploration(runs, of: header.origin)
            console.out(ExploreReport(header: header, found: found, style: console.style).text)
            do throws(AtomicFile.Failure) { try stories.tell(found, console: console) } catch {
                console.err("\(Program.name): \(error.message)\n")
                return ExitCode.programFault.rawValue
            }
            return ExploreReport.code(found).rawValue
        } catch {
            console.err(ConfigurationReport.text(error.all, style: .plain))
            return ExitCode.configuration.rawValue
        }
    }

    private static func read(_ path: String) throws(ConfigurationErrors) -> ExplorationFile.Contents {
        guard let bytes = FileSystem.bytes(of: path) else {
            throw ConfigurationErrors([
                ConfigurationError(
                    place: SourcePlace(file: path, line: 1, column: 1), path: [], cause: "the file can't be read",
                    remedy: "name a file that \"explore --out\" has written", kind: .syntax)
            ])
        }
        return try ExplorationFile.read(String(decoding: bytes, as: UTF8.self), path: path)
    }
}
