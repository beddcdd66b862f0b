#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The entry: finds the command and turns what it says into an exit code.
@main
enum Program {
    static let name = "SimRunner"
    static let version = "0.1.0"

    static var commands: [any Command.Type] {
        [
            RunCommand.self, ExploreCommand.self, MergeCommand.self, ShrinkCommand.self, ReplayCapsuleCommand.self,
            DiffCommand.self, CapacityCommand.self, SweepCommand.self, ClaimsCommand.self, ScoreCommand.self,
            AblateCommand.self, ValidateCommand.self, SchemaCommand.self, InitCommand.self, ConformCommand.self,
            BenchCommand.self, HelpCommand.self,
        ]
    }

    static func main() {
        BlockCache.enlarge()
        FaultSignals.install()
        exit(run(Array(CommandLine.arguments.dropFirst()), console: .standard))
    }

    /// Runs one command line.
    static func run(_ words: [String], console: Console) -> Int32 {
        guard let first = words.first else {
            console.err(overview)
            return ExitCode.usage.rawValue
        }
        switch first {
        case "--version", "-V":
            console.out("\(name) \(version)\n")
            return ExitCode.holds.rawValue
        case "--help", "-h":
            console.out(overview)
            return ExitCode.holds.rawValue
        default: break
        }
        guard let command = command(named: first) else {
            let remedy = Suggestions.remedy(for: first, among: names)
            console.err("\(name): there is no command \"\(first)\"; \(remedy)\n\n\(overview)")
            return ExitCode.usage.rawValue
        }
        do throws(UsageError) {
            let rest = Array(words.dropFirst())
            if Arguments.asksForHelp(rest) {
                console.out(command.syntax.help(program: name))
                return ExitCode.holds.rawValue
            }
            return try command.run(try Arguments(rest, by: command.syntax), console: console)
        } catch {
            console.err("\(name) \(first): \(error.message)\n\n\(command.syntax.usage(program: name))")
            return ExitCode.usage.rawValue
        }
    }

    static var names: [String] { commands.map { $0.syntax.name } }

    static func command(named name: String) -> (any Command.Type)? { commands.first { $0.syntax.name == name } }

    static var overview: String {
        let rows = commands.map { ["  " + $0.syntax.name, $0.syntax.summary] }
        return """
            Runs designs of flash-sale systems in virtual time, under faults, and says whether they hold.

            usage: \(name) COMMAND [ARGUMENTS]

            \(Table.aligned(rows).joined(separator: "\n"))

            \(name) help COMMAND explains a command; \(name) --version prints the version.
            Exit codes: 0 holds, 64 wrong command line, 99 broken, 104 wrong configuration, 105 interrupted,
            107 fault of the program, 111 inconclusive, 112 invalid run, 113 not deterministic.

            """
    }
}
