/// One `--vary path=values`: a setting, and the values that it takes one after the other.
///
/// `values` is a list with commas between its items. An item is a value as `--set` takes it, or a range of numbers with
/// one unit or none: `FROM..TO` (five values), `FROM..TO:COUNT`, `FROM..TO+STEP` or `FROM..TOxFACTOR`.
package struct Variation: Hashable, Sendable {
    /// The path, as `--set` takes it.
    package let path: String
    /// The values in the order in which they were written, none twice.
    package let values: [String]

    /// More values than anybody looks at.
    package static let mostValues = 1_000

    /// Reads `path=values`.
    ///
    /// - Throws: what is wrong with the first item that can't be understood.
    package init(_ argument: String) throws(TextError) {
        let example = "write for example mysql.maxConnections=100,200..600"
        guard let equals = argument.firstIndex(of: "=") else {
            throw TextError("\(argument.json.text) has no \"=\"", remedy: example)
        }
        path = String(argument[..<equals])
        guard !path.isEmpty else { throw TextError("\(argument.json.text) has no path", remedy: example) }
        guard !path.contains(where: \.isWhitespace) else {
            throw TextError("the path \(path.json.text) has a space in it", remedy: "remove it")
        }
        var values: [String] = []
        for item in try Self.items(argument[argument.index(after: equals)...]) {
            for value in try VariedRange(item)?.values ?? [item] where !values.contains(value) { values.append(value) }
        }
        guard values.count <= Self.mostValues else {
            throw TextError(
                "these are \(values.count) values", remedy: "write at most \(Self.mostValues) for one path")
        }
        self.values = values
    }

    /// The settings of all combinations; the last path changes fastest.
    package static func grid(_ variations: [Variation]) -> [[String]] {
        variations.reduce([[]]) { rows, variation in
            rows.flatMap { row in variation.values.map { row + ["\(variation.path)=\($0)"] } }
        }
    }

    /// The text parted at the commas that stand in no JSON value.
    private static func items(_ text: Substring) throws(TextError) -> [String] {
        var items = [""]
        var depth = 0
        var (isQuoted, isEscaped) = (false, false)
        for character in text {
            if isQuoted {
                if !isEscaped, character == "\"" { isQuoted = false }
                isEscaped = !isEscaped && character == "\\"
            } else {
                switch character {
                case "\"": isQuoted = true
                case "[", "{": depth += 1
                case "]", "}": depth -= 1
                case "," where depth == 0:
                    items.append("")
                    continue
                default: break
                }
            }
            items[items.count - 1].append(character)
        }
        guard depth == 0, !isQuoted else {
            throw TextError(
                "\(String(text).json.text) ends within a JSON value", remedy: "close its quotes and brackets")
        }
        items = items.map { String($0.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
        guard !items.contains("") else {
            let cause = items.count == 1 ? "there is no value" : "a value is missing beside a comma"
            throw TextError(cause, remedy: "write for example 100,200,400 or 100..400")
        }
        return items
    }
}
