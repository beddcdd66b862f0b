import Topology

/// The words behind a command's name, sorted into operands and options.
struct Arguments: Equatable {
    private(set) var operands: [String] = []
    private var values: [String: [String]] = [:]

    /// - Throws: `UsageError` for unknown or incomplete options and for too few or too many operands.
    init(_ words: [String], by syntax: CommandSyntax) throws(UsageError) {
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" {
                operands += rest
                break
            }
            guard word.hasPrefix("-"), word != "-" else {
                operands.append(word)
                continue
            }
            try take(word, &rest, syntax)
        }
        if operands.count < syntax.operandCount.lowerBound {
            throw UsageError("\(syntax.operands) is missing")
        }
        if operands.count > syntax.operandCount.upperBound {
            throw UsageError("\"\(operands[syntax.operandCount.upperBound])\" is one word too many")
        }
    }

    private mutating func take(
        _ word: String, _ rest: inout ArraySlice<String>, _ syntax: CommandSyntax
    ) throws(UsageError) {
        let equals = word.firstIndex(of: "=")
        let name = String(word[..<(equals ?? word.endIndex)])
        guard let option = syntax.options.first(where: { $0.name == name }) else {
            let remedy = Suggestions.remedy(for: name, among: syntax.options.map(\.name) + ["--help"])
            throw UsageError("there is no option \"\(name)\"; \(remedy)")
        }
        guard values[name] == nil || option.repeats else { throw UsageError("\(name) is given twice") }
        guard let valueName = option.value else {
            guard equals == nil else { throw UsageError("\(name) takes no value") }
            values[name] = []
            return
        }
        let value: String
        if let equals {
            value = String(word[word.index(after: equals)...])
        } else if let next = rest.first, !next.hasPrefix("--") {
            value = next
            rest.removeFirst()
        } else {
            throw UsageError("\(name) needs a value: \(option.name) \(valueName)")
        }
        values[name, default: []].append(value)
    }

    /// Whether the words ask for an explanation, whatever else is wrong with them.
    static func asksForHelp(_ words: [String]) -> Bool {
        words.prefix { $0 != "--" }.contains { $0 == "--help" || $0 == "-h" }
    }

    func has(_ option: String) -> Bool { values[option] != nil }
    func text(_ option: String) -> String? { values[option]?.last }
    func texts(_ option: String) -> [String] { values[option] ?? [] }

    /// A whole number in a range; nil when the option is not given.
    func integer(_ option: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
        guard let text = text(option) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            let limits =
                range.upperBound == .max
                ? "from \(range.lowerBound) up" : "from \(range.lowerBound) to \(range.upperBound)"
            throw UsageError("\(option) expects a whole number \(limits), not \"\(text)\"")
        }
        return number
    }
}

/// What somebody probably meant on the command line.
enum Suggestions {
    static func remedy(for word: String, among known: [String]) -> String {
        // The hyphens are no part of what was misspelt: they would make short words too alike.
        let bare = known.map { String($0.drop { $0 == "-" }) }
        let stem = String(word.drop { $0 == "-" })
        if let nearest = Suggestion.nearest(to: stem, among: bare), let index = bare.firstIndex(of: nearest) {
            return "did you mean \"\(known[index])\"?"
        }
        return "write one of \(known.joined(separator: ", "))"
    }
}
