/// A value with several forms: `"at once"`, `{"poisson": "2000/s"}`, or a bare `"5ms"`.
package protocol Union: ConfigurationValue {
    /// All forms; at most one of them is bare.
    static var choices: [Choice<Self>] { get }
}

/// One form of a union.
package struct Choice<Whole> {
    enum Form {
        /// A fixed string.
        case word(String)
        /// An object with this one key.
        case tag(String)
        /// A value that needs no key; `text` when it is written as a string.
        case bare(text: Bool)
    }

    let form: Form
    let about: String
    let example: () -> String
    let decode: (JSONNode, inout ConfigurationDecoder) -> Whole?
    /// Nil when the value has another form.
    let encode: (Whole) -> JSONNode?
    let schema: (inout SchemaBuilder) -> JSONNode

    /// A fixed word that stands for one value.
    static func word(_ word: String, _ whole: Whole, _ about: String) -> Choice where Whole: Equatable {
        Choice(
            form: .word(word), about: about, example: { "\"\(word)\"" }, decode: { _, _ in whole },
            encode: { $0 == whole ? JSONNode(.string(word)) : nil }, schema: { _ in ["const": "\(word)"] })
    }

    /// An object with one key.
    static func tag<Payload: ConfigurationValue>(
        _ tag: String, _ about: String, _ make: @escaping (Payload) -> Whole, _ take: @escaping (Whole) -> Payload?
    ) -> Choice {
        Choice(
            form: .tag(tag), about: about, example: { "{\"\(tag)\": \(Payload.example)}" },
            decode: { node, decoder in Payload.decode(node, in: &decoder).map(make) },
            encode: { whole in
                take(whole).map { JSONNode(.object([JSONMember(key: tag, value: $0.json)])) }
            },
            schema: { builder in
                let payload = Payload.schema(in: &builder)
                return [
                    "type": "object", "additionalProperties": false, "required": ["\(tag)"],
                    "properties": JSONNode(
                        .object([
                            JSONMember(key: "comment", value: ["type": "string"]), JSONMember(key: tag, value: payload),
                        ])),
                ]
            })
    }

    /// A value without a key.
    static func bare<Payload: ConfigurationValue>(
        _ about: String, _ make: @escaping (Payload) -> Whole, _ take: @escaping (Whole) -> Payload?
    ) -> Choice {
        Choice(
            form: .bare(text: Payload.self is any TextValue.Type || Payload.self == String.self), about: about,
            example: { Payload.example },
            decode: { node, decoder in Payload.decode(node, in: &decoder).map(make) },
            encode: { take($0)?.json }, schema: { Payload.schema(in: &$0) })
    }

    /// This form, in whose place a file may name something that the loader replaces by it.
    func loading(_ loader: any ConfigurationValue.Type) -> Choice {
        Choice(
            form: form, about: about, example: example, decode: decode, encode: encode,
            schema: { builder in
                guard case .tag(let tag) = form else { return schema(&builder) }
                let named: JSONNode = [
                    "type": "object", "additionalProperties": false, "required": ["\(tag)"],
                    "properties": JSONNode(
                        .object([
                            JSONMember(key: "comment", value: ["type": "string"]),
                            JSONMember(key: tag, value: loader.schema(in: &builder)),
                        ])),
                ]
                return ["anyOf": [named, schema(&builder)]]
            })
    }

    /// This form for a payload that must lie in a range.
    func checked(_ isRight: @escaping (Whole) -> Bool, _ expected: String) -> Choice {
        Choice(
            form: form, about: about, example: example,
            decode: { node, decoder in
                guard let whole = decode(node, &decoder) else { return nil }
                if isRight(whole) { return whole }
                decoder.fail(
                    at: node.place, "expected \(expected), found \(node.found)", remedy: "write \(expected)",
                    kind: .meaning)
                return nil
            },
            encode: encode, schema: schema)
    }
}

extension Union {
    package static var expectation: String { choices.map { $0.example() }.joined(separator: " or ") }
    package static var example: String { choices.first?.example() ?? "" }

    package static func decode(_ node: JSONNode, in decoder: inout ConfigurationDecoder) -> Self? {
        let choices = choices
        switch node.value {
        case .object:
            let members = node.members.filter { $0.key != "comment" }
            guard members.count == 1, let member = members.first else {
                decoder.fail(
                    at: node.place, "expected one key, found \(members.count)", remedy: "write \(expectation)")
                return nil
            }
            if let comment = node["comment"], comment.string == nil {
                decoder.within("comment") { $0.mismatch(comment, String.self) }
                return nil
            }
            for choice in choices {
                if case .tag(member.key) = choice.form {
                    return decoder.within(member.key) { choice.decode(member.value, &$0) }
                }
            }
            let known = choices.compactMap { if case .tag(let tag) = $0.form { tag } else { nil } }
            decoder.within(member.key) {
                let remedy = Suggestion.remedy(for: member.key, among: known)
                $0.fail(at: member.place, "unknown key \"\(member.key)\"", remedy: remedy)
            }
            return nil
        case .string(let text):
            for choice in choices {
                if case .word(text) = choice.form { return choice.decode(node, &decoder) }
            }
            if let bare = choices.first(where: { if case .bare(text: true) = $0.form { true } else { false } }) {
                return bare.decode(node, &decoder)
            }
            let words = choices.compactMap { if case .word(let word) = $0.form { word } else { nil } }
            let nearest = Suggestion.nearest(to: text, among: words).map { "did you mean \"\($0)\"?" }
            decoder.fail(
                at: node.place, "expected \(expectation), found \(node.found)",
                remedy: nearest ?? "write \(expectation)")
            return nil
        default:
            if let bare = choices.first(where: { if case .bare = $0.form { true } else { false } }) {
                return bare.decode(node, &decoder)
            }
            decoder.mismatch(node, Self.self)
            return nil
        }
    }

    package var json: JSONNode {
        for choice in Self.choices {
            if let json = choice.encode(self) { return json }
        }
        return JSONNode(.null)
    }

    package static func schema(in builder: inout SchemaBuilder) -> JSONNode {
        builder.reference("\(Self.self)") { builder in
            [
                "anyOf": JSONNode(
                    .array(
                        choices.map { choice in
                            let schema = choice.schema(&builder)
                            return JSONNode(
                                .object(schema.members + [JSONMember(key: "description", value: "\(choice.about)")]))
                        }))
            ]
        }
    }
}
