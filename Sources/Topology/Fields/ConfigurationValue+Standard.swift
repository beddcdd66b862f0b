extension Int: ConfigurationValue {
    package static var expectation: String { "a whole number" }
    package static var example: String { "1" }

    package static func decode(_ node: JSONNode, in decoder: inout ConfigurationDecoder) -> Int? {
        switch node.value {
        case .integer(let number): return number
        // 1.0 and 1e3 are whole, and JSON Schema says so too; above 2^53 a `Double` no longer tells.
        case .number(let number) where number == number.rounded() && abs(number) <= 9_007_199_254_740_992:
            return Int(number)
        case .string(let text) where Int(text) != nil:
            decoder.fail(at: node.place, "expected a whole number, found \(node.found)", remedy: "remove the quotes")
            return nil
        default:
            decoder.mismatch(node, Int.self)
            return nil
        }
    }

    package var json: JSONNode { JSONNode(.integer(self)) }
    package static func schema(in builder: inout SchemaBuilder) -> JSONNode { ["type": "integer"] }
}

extension Double: ConfigurationValue {
    package static var expectation: String { "a number" }
    package static var example: String { "0.5" }

    package static func decode(_ node: JSONNode, in decoder: inout ConfigurationDecoder) -> Double? {
        switch node.value {
        case .integer(let number): return Double(number)
        case .number(let number): return number
        default:
            decoder.mismatch(node, Double.self)
            return nil
        }
    }

    package var json: JSONNode { JSONNode(.number(self)) }
    package static func schema(in builder: inout SchemaBuilder) -> JSONNode { ["type": "number"] }
}

extension Bool: ConfigurationValue {
    package static var expectation: String { "true or false" }
    package static var example: String { "true" }

    package static func decode(_ node: JSONNode, in decoder: inout ConfigurationDecoder) -> Bool? {
        if case .bool(let flag) = node.value { return flag }
        decoder.mismatch(node, Bool.self)
        return nil
    }

    package var json: JSONNode { JSONNode(.bool(self)) }
    package static func schema(in builder: inout SchemaBuilder) -> JSONNode { ["type": "boolean"] }
}

extension String: ConfigurationValue {
    package static var expectation: String { "a string" }
    package static var example: String { "\"name\"" }

    package static func decode(_ node: JSONNode, in decoder: inout ConfigurationDecoder) -> String? {
        if let text = node.string { return text }
        decoder.mismatch(node, String.self)
        return nil
    }

    package var json: JSONNode { JSONNode(.string(self)) }
    package static func schema(in builder: inout SchemaBuilder) -> JSONNode { ["type": "string"] }
}

/// `null` says "absent", so that an overlay can take a section away.
extension Optional: ConfigurationValue where Wrapped: ConfigurationValue {
    package static var expectation: String { Wrapped.expectation }
    package static var example: String { Wrapped.example }

    package static func decode(_ node: JSONNode, in decoder: inout ConfigurationDecoder) -> Self? {
        if case .null = node.value { return .some(nil) }
        return Wrapped.decode(node, in: &decoder).map { .some($0) }
    }

    package var json: JSONNode { self?.json ?? JSONNode(.null) }

    package static func schema(in builder: inout SchemaBuilder) -> JSONNode {
        ["anyOf": [Wrapped.schema(in: &builder), ["type": "null"]]]
    }
}

extension Array: ConfigurationValue where Element: ConfigurationValue {
    package static var expectation: String { "an array" }
    package static var example: String { "[\(Element.example)]" }

    package static func decode(_ node: JSONNode, in decoder: inout ConfigurationDecoder) -> [Element]? {
        guard case .array(let nodes) = node.value else {
            decoder.mismatch(node, Self.self)
            return nil
        }
        var elements: [Element] = []
        elements.reserveCapacity(nodes.count)
        for (index, node) in nodes.enumerated() {
            let element = decoder.within(String(index)) { Element.decode(node, in: &$0) }
            if let element { elements.append(element) }
        }
        return elements.count == nodes.count ? elements : nil
    }

    package var json: JSONNode { JSONNode(.array(map(\.json))) }

    package static func schema(in builder: inout SchemaBuilder) -> JSONNode {
        ["type": "array", "items": Element.schema(in: &builder)]
    }
}

/// Written as an array without repetition; put out in the order of the cases.
extension Set: ConfigurationValue where Element: Keyword {
    package static var expectation: String { "an array" }
    package static var example: String { "[\(Element.example)]" }

    package static func decode(_ node: JSONNode, in decoder: inout ConfigurationDecoder) -> Set<Element>? {
        guard let elements = [Element].decode(node, in: &decoder) else { return nil }
        let unique = Set(elements)
        if unique.count == elements.count { return unique }
        decoder.fail(at: node.place, "expected each word once", remedy: "remove the repetition")
        return nil
    }

    package var json: JSONNode { JSONNode(.array(Element.allCases.filter(contains).map(\.json))) }

    package static func schema(in builder: inout SchemaBuilder) -> JSONNode {
        ["type": "array", "items": Element.schema(in: &builder), "uniqueItems": true]
    }
}

/// Written as `[lowest, highest]`.
extension ClosedRange: ConfigurationValue where Bound: ConfigurationValue {
    package static var expectation: String { "an array [lowest, highest]" }
    package static var example: String { "[\(Bound.example), \(Bound.example)]" }

    package static func decode(_ node: JSONNode, in decoder: inout ConfigurationDecoder) -> Self? {
        guard case .array(let nodes) = node.value, nodes.count == 2 else {
            decoder.mismatch(node, Self.self)
            return nil
        }
        guard let bounds = [Bound].decode(node, in: &decoder) else { return nil }
        if bounds[0] <= bounds[1] { return bounds[0]...bounds[1] }
        decoder.fail(
            at: node.place, "the lowest value is above the highest", remedy: "swap the two values", kind: .meaning)
        return nil
    }

    package var json: JSONNode { [lowerBound.json, upperBound.json] }

    package static func schema(in builder: inout SchemaBuilder) -> JSONNode {
        ["type": "array", "items": Bound.schema(in: &builder), "minItems": 2, "maxItems": 2]
    }
}
