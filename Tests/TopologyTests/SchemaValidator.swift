@testable import Topology

/// A validator for the keywords of JSON Schema that the generator uses, and no others.
struct SchemaValidator {
    let root: JSONNode
    private let expressions: [String: Regex<AnyRegexOutput>]

    init(root: JSONNode) {
        self.root = root
        var expressions: [String: Regex<AnyRegexOutput>] = [:]
        Self.visit(root) { pattern in
            // Swift's engine takes the patterns that the generator writes as they stand.
            expressions[pattern] = try? Regex(pattern)
        }
        self.expressions = expressions
    }

    private static func visit(_ schema: JSONNode, _ body: (String) -> Void) {
        if let pattern = schema["pattern"]?.string { body(pattern) }
        for member in schema.members { visit(member.value, body) }
        for element in schema.elements { visit(element, body) }
    }

    /// Whether the schema allows the value.
    func allows(_ node: JSONNode) -> Bool { allows(node, by: root) }

    /// Whether a part of the schema allows the value.
    func allows(_ node: JSONNode, by schema: JSONNode) -> Bool {
        if case .bool(let flag) = schema.value { return flag }
        return schema.members.allSatisfy { holds($0.key, $0.value, of: node, in: schema) }
    }

    private func holds(_ keyword: String, _ argument: JSONNode, of node: JSONNode, in schema: JSONNode) -> Bool {
        switch keyword {
        case "$schema", "$defs", "title", "description", "default": return true
        case "$ref":
            let name = argument.string?.split(separator: "/").last.map(String.init) ?? ""
            guard let definition = root["$defs"]?[name] else { return false }
            return allows(node, by: definition)
        case "type": return type(of: node, is: argument.string)
        case "const": return node == argument
        case "enum": return argument.elements.contains(node)
        case "anyOf": return argument.elements.contains { allows(node, by: $0) }
        case "oneOf": return argument.elements.filter { allows(node, by: $0) }.count == 1
        case "pattern": return node.string.map { matches($0, argument.string ?? "") } ?? true
        case "minimum": return number(node).map { $0 >= number(argument) ?? 0 } ?? true
        case "maximum": return number(node).map { $0 <= number(argument) ?? 0 } ?? true
        case "items": return node.elements.allSatisfy { allows($0, by: argument) }
        case "minItems": return isArray(node) ? Double(node.elements.count) >= number(argument) ?? 0 : true
        case "maxItems": return isArray(node) ? Double(node.elements.count) <= number(argument) ?? 0 : true
        case "uniqueItems": return Set(node.elements.map(\.text)).count == node.elements.count
        case "required": return isObject(node) ? argument.elements.allSatisfy { node[$0.string ?? ""] != nil } : true
        case "properties":
            return argument.members.allSatisfy { property in
                node[property.key].map { allows($0, by: property.value) } ?? true
            }
        case "additionalProperties":
            return node.members.allSatisfy { schema["properties"]?[$0.key] != nil }
        default: fatalError("the generator uses \(keyword), which this validator does not know")
        }
    }

    private func type(of node: JSONNode, is name: String?) -> Bool {
        switch (name, node.value) {
        case ("null", .null), ("boolean", .bool), ("string", .string), ("array", .array), ("object", .object): true
        case ("integer", .integer), ("number", .integer), ("number", .number): true
        case ("integer", .number(let number)): number == number.rounded()
        default: false
        }
    }

    private func isArray(_ node: JSONNode) -> Bool { type(of: node, is: "array") }
    private func isObject(_ node: JSONNode) -> Bool { type(of: node, is: "object") }

    private func number(_ node: JSONNode) -> Double? {
        switch node.value {
        case .integer(let number): Double(number)
        case .number(let number): number
        default: nil
        }
    }

    private func matches(_ text: String, _ pattern: String) -> Bool {
        guard let expression = expressions[pattern] else { fatalError("\(pattern) is no regular expression") }
        return text.firstMatch(of: expression) != nil
    }
}
