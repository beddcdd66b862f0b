extension JSONNode {
    /// Canonical JSON on one line: keys sorted by their code units, shortest numbers that read back alike.
    package var text: String {
        var writer = JSONWriter(indents: false)
        writer.write(self, depth: 0)
        return writer.text
    }

    /// Canonical JSON over several lines, for people and for files under version control.
    package var prettyText: String {
        var writer = JSONWriter(indents: true)
        writer.write(self, depth: 0)
        return writer.text + "\n"
    }
}

private struct JSONWriter {
    var text = ""
    let indents: Bool

    init(indents: Bool) { self.indents = indents }

    mutating func write(_ node: JSONNode, depth: Int) {
        switch node.value {
        case .null: text += "null"
        case .bool(let flag): text += flag ? "true" : "false"
        case .integer(let number): text += String(number)
        case .number(let number): write(number)
        case .string(let string): write(string)
        case .array(let elements):
            write(elements, between: "[", and: "]", depth: depth) { $0.write($1, depth: depth + 1) }
        case .object(let members):
            // Compared as UTF-8: the order of `String` depends on the Unicode tables of the machine.
            let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            write(sorted, between: "{", and: "}", depth: depth) {
                $0.write($1.key)
                $0.text += $0.indents ? ": " : ":"
                $0.write($1.value, depth: depth + 1)
            }
        }
    }

    private mutating func write<Item>(
        _ items: [Item], between open: String, and close: String, depth: Int, each: (inout Self, Item) -> Void
    ) {
        text += open
        for (index, item) in items.enumerated() {
            if index > 0 { text += "," }
            breakLine(depth + 1)
            each(&self, item)
        }
        if !items.isEmpty { breakLine(depth) }
        text += close
    }

    private mutating func breakLine(_ depth: Int) {
        if indents { text += "\n" + String(repeating: "  ", count: depth) }
    }

    private mutating func write(_ number: Double) {
        // JSON has no infinity.
        guard number.isFinite else {
            text += "null"
            return
        }
        // Whole numbers without ".0", as they were most likely written.
        text += number == number.rounded() && abs(number) < 1e15 ? String(Int(number)) : "\(number)"
    }

    private mutating func write(_ string: String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
