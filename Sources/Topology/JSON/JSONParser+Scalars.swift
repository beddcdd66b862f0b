extension JSONParser {
    /// Reads a string that begins at the current quote.
    mutating func string() throws(ConfigurationError) -> String {
        let start = place
        take()
        var content: [UInt8] = []
        while let byte = bytes.first {
            switch byte {
            case UInt8(ascii: "\""):
                take()
                guard let text = String(validating: content, as: UTF8.self) else {
                    throw error("the string is not valid UTF-8", "save the file as UTF-8", at: start)
                }
                return text
            case UInt8(ascii: "\\"):
                content.append(contentsOf: try escape())
            case 0..<0x20:
                throw error(
                    "a string may not hold a bare control character (\(byte))", "close the string, or write \\n or \\t")
            default:
                content.append(byte)
                take()
            }
        }
        throw error("the string that begins at \(start) has no end", "close it with a double quote")
    }

    private mutating func escape() throws(ConfigurationError) -> [UInt8] {
        let start = place
        take()
        switch take() {
        case UInt8(ascii: "\""): return [0x22]
        case UInt8(ascii: "\\"): return [0x5C]
        case UInt8(ascii: "/"): return [0x2F]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"):
            let first = try codeUnit(since: start)
            var units = [first]
            if UTF16.isLeadSurrogate(first), bytes.starts(with: [0x5C, 0x75]) {
                take()
                take()
                units.append(try codeUnit(since: start))
            }
            guard let text = String(validating: units, as: UTF16.self) else {
                throw error(
                    "half of a surrogate pair is no character", "write both halves, or the character itself", at: start)
            }
            return Array(text.utf8)
        case let byte:
            let remedy = "allowed are \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u with four hexadecimal digits"
            throw error("unknown escape \\ followed by \(Self.name(byte))", remedy, at: start)
        }
    }

    private mutating func codeUnit(since start: SourcePlace) throws(ConfigurationError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = bytes.first, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw error("\\u needs four hexadecimal digits", "write them, for example \\u20AC", at: start)
            }
            unit = unit << 4 | UInt16(digit)
            take()
        }
        return unit
    }

    /// Reads a number: an `Int` where it is written without fraction and exponent and fits, else a `Double`.
    mutating func number() throws(ConfigurationError) -> JSONValue {
        let start = place
        var text = ""
        while let byte = bytes.first, isNumberByte(byte) {
            text.unicodeScalars.append(Unicode.Scalar(byte))
            take()
        }
        guard isNumber(text) else {
            let remedy = "write digits without leading zeros, or a string in quotes such as \"250ms\""
            throw error("\"\(text.prefix(40))\" is not a number", remedy, at: start)
        }
        if let integer = Int(text) { return .integer(integer) }
        guard let number = Double(text), number.isFinite else {
            throw error("the number \(text.prefix(40)) is too large", "write a smaller number", at: start)
        }
        return .number(number)
    }

    private func isNumberByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    /// RFC 8259: `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`.
    private func isNumber(_ text: String) -> Bool {
        var rest = Substring(text)
        func digits() -> Int {
            let count = rest.prefix { $0.isASCII && $0.isNumber }.count
            rest = rest.dropFirst(count)
            return count
        }
        if rest.first == "-" { rest = rest.dropFirst() }
        let isZero = rest.first == "0"
        let whole = digits()
        guard whole > 0, !isZero || whole == 1 else { return false }
        if rest.first == "." {
            rest = rest.dropFirst()
            guard digits() > 0 else { return false }
        }
        if rest.first == "e" || rest.first == "E" {
            rest = rest.dropFirst()
            if rest.first == "+" || rest.first == "-" { rest = rest.dropFirst() }
            guard digits() > 0 else { return false }
        }
        return rest.isEmpty
    }
}
