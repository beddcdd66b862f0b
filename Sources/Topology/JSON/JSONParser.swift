/// A strict JSON reader (RFC 8259) that remembers where everything was written.
///
/// Foundation's reader keeps no places, takes the last of two equal keys and rounds large integers.
package struct JSONParser {
    /// Deeper nesting is refused, so that no input can exhaust the stack.
    package static let deepest = 64

    var bytes: ArraySlice<UInt8>
    let file: String
    var line = 1
    var column = 1
    private var path: [String] = []

    private init(_ bytes: [UInt8], file: String) {
        self.bytes = bytes[...]
        self.file = file
    }

    /// Reads one JSON value that takes up the whole text.
    ///
    /// - Throws: `ConfigurationError` at the first byte that JSON does not allow there.
    package static func parse(_ bytes: [UInt8], file: String) throws(ConfigurationError) -> JSONNode {
        var parser = JSONParser(bytes, file: file)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            throw parser.error("the text begins with a byte order mark", "save the file as UTF-8 without one")
        }
        let node = try parser.value(depth: 0)
        parser.skipSpace()
        if let byte = parser.bytes.first {
            throw parser.error("expected the end of the text, found \(name(byte))", "remove what follows the value")
        }
        return node
    }

    var place: SourcePlace { SourcePlace(file: file, line: line, column: column) }

    func error(_ cause: String, _ remedy: String, at place: SourcePlace? = nil) -> ConfigurationError {
        ConfigurationError(place: place ?? self.place, path: path, cause: cause, remedy: remedy, kind: .syntax)
    }

    static func name(_ byte: UInt8?) -> String {
        guard let byte else { return "the end of the text" }
        return byte > 0x20 && byte < 0x7F ? "\"\(Character(Unicode.Scalar(byte)))\"" : "byte \(byte)"
    }

    /// Takes one byte; a byte that only continues a character does not count as a column.
    @discardableResult
    mutating func take() -> UInt8? {
        guard let byte = bytes.popFirst() else { return nil }
        if byte == UInt8(ascii: "\n") {
            line += 1
            column = 1
        } else if byte & 0xC0 != 0x80 {
            column += 1
        }
        return byte
    }

    mutating func skipSpace() {
        while let byte = bytes.first, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { take() }
    }

    private mutating func value(depth: Int) throws(ConfigurationError) -> JSONNode {
        skipSpace()
        let start = place
        guard depth < Self.deepest else {
            throw error("nested more than \(Self.deepest) levels deep", "flatten the value")
        }
        switch bytes.first {
        case UInt8(ascii: "{"): return JSONNode(.object(try object(depth: depth)), at: start)
        case UInt8(ascii: "["): return JSONNode(.array(try array(depth: depth)), at: start)
        case UInt8(ascii: "\""): return JSONNode(.string(try string()), at: start)
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case let byte? where Self.startsNumber(byte): return JSONNode(try number(), at: start)
        case UInt8(ascii: "/"), UInt8(ascii: "#"):
            throw error("expected a value, found a comment sign", "JSON has no comments: write a \"comment\" key")
        case UInt8(ascii: "'"):
            throw error("expected a value, found a single quote", "write strings in double quotes")
        case UInt8(ascii: "]"), UInt8(ascii: "}"):
            throw error("expected a value, found \(Self.name(bytes.first))", "remove the comma before it")
        case let byte:
            throw error("expected a value, found \(Self.name(byte))", "write a string in quotes, a number, { or [")
        }
    }

    private static func startsNumber(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private mutating func literal(_ word: StaticString, _ value: JSONValue) throws(ConfigurationError) -> JSONNode {
        let start = place
        let text = "\(word)"
        guard bytes.starts(with: text.utf8) else {
            throw error("expected \(text)", "write \(text), or put the word in double quotes")
        }
        for _ in text.utf8 { take() }
        return JSONNode(value, at: start)
    }

    private mutating func array(depth: Int) throws(ConfigurationError) -> [JSONNode] {
        let start = place
        take()
        skipSpace()
        var elements: [JSONNode] = []
        if bytes.first == UInt8(ascii: "]") {
            take()
            return elements
        }
        while true {
            path.append(String(elements.count))
            elements.append(try value(depth: depth + 1))
            path.removeLast()
            if try closes(with: UInt8(ascii: "]"), opened: start) { return elements }
        }
    }

    private mutating func object(depth: Int) throws(ConfigurationError) -> [JSONMember] {
        let start = place
        take()
        skipSpace()
        var members: [JSONMember] = []
        var keys: [String: SourcePlace] = [:]
        if bytes.first == UInt8(ascii: "}") {
            take()
            return members
        }
        while true {
            skipSpace()
            guard bytes.first == UInt8(ascii: "\"") else {
                let remedy =
                    bytes.isEmpty ? "close the object that begins at \(start)" : "write the key in double quotes"
                throw error("expected a key, found \(Self.name(bytes.first))", remedy)
            }
            let keyPlace = place
            let key = try string()
            path.append(key)
            if let first = keys.updateValue(keyPlace, forKey: key) {
                throw error("the key \"\(key)\" is already at \(first)", "keep one of the two", at: keyPlace)
            }
            skipSpace()
            guard bytes.first == UInt8(ascii: ":") else {
                throw error(
                    "expected \":\" after the key, found \(Self.name(bytes.first))", "write a colon and a value")
            }
            take()
            members.append(JSONMember(key: key, place: keyPlace, value: try value(depth: depth + 1)))
            path.removeLast()
            if try closes(with: UInt8(ascii: "}"), opened: start) { return members }
        }
    }

    /// Takes the comma or the bracket after an element; true at the bracket.
    private mutating func closes(with bracket: UInt8, opened start: SourcePlace) throws(ConfigurationError) -> Bool {
        skipSpace()
        if bytes.first == bracket || bytes.first == UInt8(ascii: ",") { return take() == bracket }
        let remedy =
            bytes.isEmpty
            ? "close what begins at \(start)" : "put a comma between two elements, or close with \(Self.name(bracket))"
        throw error("expected \",\" or \(Self.name(bracket)), found \(Self.name(bytes.first))", remedy)
    }
}
