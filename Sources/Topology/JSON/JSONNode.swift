/// A JSON value that knows where it was written.
package struct JSONNode: Sendable {
    /// What was written.
    package var value: JSONValue
    /// Where it begins.
    package var place: SourcePlace

    /// A value read at a place, or made by code.
    package init(_ value: JSONValue, at place: SourcePlace = .code) {
        self.value = value
        self.place = place
    }
}

/// What a JSON text can say; integers are kept apart because a seed must not pass through a `Double`.
package enum JSONValue: Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONNode])
    case object([JSONMember])
}

/// A key of an object, with its own place: an unknown key is reported where the key stands.
package struct JSONMember: Sendable {
    /// Without its quotes and escapes.
    package var key: String
    /// Where the key begins.
    package var place: SourcePlace
    /// What stands under the key.
    package var value: JSONNode

    /// A key and its value.
    package init(key: String, place: SourcePlace = .code, value: JSONNode) {
        self.key = key
        self.place = place
        self.value = value
    }
}

extension JSONNode {
    /// The members when this is an object, else none.
    package var members: [JSONMember] {
        if case .object(let members) = value { members } else { [] }
    }

    /// The elements when this is an array, else none.
    package var elements: [JSONNode] {
        if case .array(let elements) = value { elements } else { [] }
    }

    /// The text when this is a string.
    package var string: String? {
        if case .string(let text) = value { text } else { nil }
    }

    /// The member with this key, when this is an object that has it.
    package func member(_ key: String) -> JSONMember? { members.first { $0.key == key } }

    /// The value under this key, when this is an object that has it.
    package subscript(key: String) -> JSONNode? { member(key)?.value }

    /// What stands here, in the words of an error message.
    package var found: String {
        switch value {
        case .null: "null"
        case .bool(let flag): "\(flag)"
        case .integer(let number): "the number \(number)"
        case .number(let number): "the number \(number)"
        case .string(let text): "the string \(JSONNode(.string(text.count > 60 ? "\(text.prefix(57))…" : text)).text)"
        case .array(let elements): elements.isEmpty ? "an empty array" : "an array of \(elements.count)"
        case .object(let members): members.isEmpty ? "an empty object" : "an object"
        }
    }

    /// The place of what a path leads to, or of the deepest part of it that exists.
    package func place(of path: [String]) -> SourcePlace {
        guard let step = path.first else { return place }
        let rest = Array(path.dropFirst())
        if let member = member(step) { return rest.isEmpty ? member.value.place : member.value.place(of: rest) }
        if let index = Int(step), elements.indices.contains(index) { return elements[index].place(of: rest) }
        return place
    }
}

extension JSONNode: ExpressibleByStringLiteral, ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral text: String) { self.init(.string(text)) }
    package init(integerLiteral number: Int) { self.init(.integer(number)) }
    package init(booleanLiteral flag: Bool) { self.init(.bool(flag)) }
    package init(arrayLiteral elements: JSONNode...) { self.init(.array(elements)) }
    package init(dictionaryLiteral members: (String, JSONNode)...) {
        self.init(.object(members.map { JSONMember(key: $0.0, value: $0.1) }))
    }
}

extension JSONNode: Equatable {
    /// Equal values; where they were written and the order of keys do not matter.
    package static func == (left: JSONNode, right: JSONNode) -> Bool { left.text == right.text }
}
