/// Something that a field of a configuration can hold.
package protocol ConfigurationValue: Sendable {
    /// What a person should write, as a noun: "a duration such as \"250ms\"".
    static var expectation: String { get }
    /// One right value, as JSON.
    static var example: String { get }
    /// Reads a value; notes every error in the decoder, and is nil when there was one.
    static func decode(_ node: JSONNode, in decoder: inout ConfigurationDecoder) -> Self?
    /// The value as JSON, which `decode` reads back.
    var json: JSONNode { get }
    /// The JSON Schema of all values that `decode` takes.
    static func schema(in builder: inout SchemaBuilder) -> JSONNode
}

/// An enum without payload, written as its raw value.
package protocol Keyword: ConfigurationValue, CaseIterable, RawRepresentable, Hashable where RawValue == String {}

extension Keyword {
    package static var expectation: String { "one of " + allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ") }
    package static var example: String { "\"\(allCases.first?.rawValue ?? "")\"" }

    package static func decode(_ node: JSONNode, in decoder: inout ConfigurationDecoder) -> Self? {
        guard let word = node.string else {
            decoder.mismatch(node, Self.self)
            return nil
        }
        if let keyword = Self(rawValue: word) { return keyword }
        let remedy = Suggestion.remedy(for: word, among: allCases.map(\.rawValue))
        decoder.fail(at: node.place, "expected \(expectation), found \(node.found)", remedy: remedy)
        return nil
    }

    package var json: JSONNode { JSONNode(.string(rawValue)) }

    package static func schema(in builder: inout SchemaBuilder) -> JSONNode {
        ["enum": JSONNode(.array(allCases.map(\.json)))]
    }
}

/// A value written as one string with a grammar of its own: a duration, a rate, an expectation.
package protocol TextValue: ConfigurationValue, CustomStringConvertible {
    /// The regular expression (ECMA 262, as JSON Schema has it) that every such text matches.
    static var pattern: String { get }
    /// Reads the text.
    ///
    /// - Throws: `TextError` saying whether the text breaks the pattern or means something impossible.
    static func parse(_ text: String) throws(TextError) -> Self
}

/// Why a text value can't be read.
package struct TextError: Error {
    /// What was expected and what was found.
    package var cause: String
    /// What to write instead.
    package var remedy: String
    /// `shape` when the text breaks the pattern, `meaning` when it says something impossible.
    package var kind: ConfigurationError.Kind

    /// An error whose place the decoder knows.
    package init(_ cause: String, remedy: String, kind: ConfigurationError.Kind = .shape) {
        self.cause = cause
        self.remedy = remedy
        self.kind = kind
    }
}

extension TextValue {
    package static func decode(_ node: JSONNode, in decoder: inout ConfigurationDecoder) -> Self? {
        guard let text = node.string else {
            let remedy =
                switch node.value {
                case .integer, .number: "a bare number has no unit: write \(example)"
                default: "write \(example)"
                }
            decoder.fail(at: node.place, "expected \(expectation), found \(node.found)", remedy: remedy)
            return nil
        }
        do throws(TextError) {
            return try parse(text)
        } catch {
            decoder.fail(at: node.place, error.cause, remedy: error.remedy, kind: error.kind)
            return nil
        }
    }

    package var json: JSONNode { JSONNode(.string(description)) }

    package static func schema(in builder: inout SchemaBuilder) -> JSONNode {
        ["type": "string", "pattern": JSONNode(.string(pattern))]
    }
}
