/// An object of a configuration, described by the list of its fields.
package protocol Configurable: ConfigurationValue {
    /// All defaults.
    init()
    static var fields: [Field<Self>] { get }
    /// Notes contradictions between the fields; called when each field alone is right.
    func review(_ node: JSONNode, in decoder: inout ConfigurationDecoder)
}

extension Configurable {
    package static var expectation: String { "an object" }

    package static var example: String {
        "{" + fields.filter(\.isRequired).map { "\"\($0.key)\": \($0.example())" }.joined(separator: ", ") + "}"
    }

    package static func decode(_ node: JSONNode, in decoder: inout ConfigurationDecoder) -> Self? {
        guard case .object = node.value else {
            decoder.mismatch(node, Self.self)
            return nil
        }
        let before = decoder.errors.count
        var result = Self()
        decoder.read(node, by: fields, into: &result)
        if decoder.errors.count == before { result.review(node, in: &decoder) }
        return decoder.errors.count == before ? result : nil
    }

    package func review(_ node: JSONNode, in decoder: inout ConfigurationDecoder) {}

    package var json: JSONNode {
        JSONNode(
            .object(
                Self.fields.compactMap { field in field.encode(self).map { JSONMember(key: field.key, value: $0) } }))
    }

    package static func schema(in builder: inout SchemaBuilder) -> JSONNode {
        builder.reference("\(Self.self)") { builder in builder.object(fields) }
    }
}
