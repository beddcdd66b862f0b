/// `help`: explains the program or one of its commands.
enum HelpCommand: Command {
    static let syntax = CommandSyntax(
        name: "help", summary: "Explains a command.", operands: "[COMMAND]", operandCount: 0...1)

    static func run(_ arguments: Arguments, console: Console) throws(UsageError) -> Int32 {
        guard let name = arguments.operands.first else {
            console.out(Program.overview)
            return ExitCode.holds.rawValue
        }
        guard let command = Program.command(named: name) else {
            let remedy = Suggestions.remedy(for: name, among: Program.names)
            throw UsageError("there is no command \"\(name)\"; \(remedy)")
        }
        console.out(command.syntax.help(program: Program.name))
        return ExitCode.holds.rawValue
    }
}
