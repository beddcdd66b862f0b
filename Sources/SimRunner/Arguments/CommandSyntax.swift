/// One command of the program.
protocol Command {
    static var syntax: CommandSyntax { get }

    /// Does it, and returns the exit code.
    ///
    /// - Throws: `UsageError` when the arguments make no sense together.
    static func run(_ arguments: Arguments, console: Console) throws(UsageError) -> Int32
}

/// What can follow a command's name.
struct CommandSyntax {
    let name: String
    let summary: String
    /// How the operands are called in the usage line, as in `SCENARIO…`.
    var operands = ""
    var operandCount: ClosedRange<Int> = 0...0
    var options: [CommandOption] = []
    /// Paragraphs behind the options.
    var notes = ""

    func usage(program: String) -> String {
        var line = "usage: \(program) \(name)"
        if !operands.isEmpty { line += " \(operands)" }
        var lines = [line]
        for option in options {
            let text = " [\(option.spelling)]\(option.repeats ? "…" : "")"
            if lines[lines.count - 1].count + text.count > 110 { lines.append("      ") }
            lines[lines.count - 1] += text
        }
        return lines.joined(separator: "\n") + "\n\(program) help \(name) explains them.\n"
    }

    func help(program: String) -> String {
        var line = "usage: \(program) \(name)"
        if !operands.isEmpty { line += " \(operands)" }
        if !options.isEmpty { line += " [OPTIONS]" }
        var text = "\(summary)\n\n\(line)\n"
        if !options.isEmpty {
            text += "\n" + Table.aligned(options.map { ["  " + $0.spelling, $0.about] }).joined(separator: "\n") + "\n"
        }
        if !notes.isEmpty { text += "\n\(notes)\n" }
        return text
    }
}

/// One option of a command.
struct CommandOption {
    /// With its hyphens.
    let name: String
    /// How its value is called; nil for a flag.
    var value: String?
    let about: String
    var repeats = false

    init(_ name: String, _ value: String? = nil, _ about: String, repeats: Bool = false) {
        (self.name, self.value, self.about, self.repeats) = (name, value, about, repeats)
    }

    var spelling: String { value.map { "\(name) \($0)" } ?? name }
}

/// A command line that can't be followed.
struct UsageError: Error, Equatable {
    let message: String

    init(_ message: String) { self.message = message }
}
