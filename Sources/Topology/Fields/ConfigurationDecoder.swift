/// Collects the errors of one reading, each with the path at which the reader stood.
package struct ConfigurationDecoder {
    /// What was wrong so far, in the order of reading.
    package private(set) var errors: [ConfigurationError] = []
    private var path: [String] = []

    /// A decoder at the root, without errors.
    package init() {}

    /// Runs a part of the reading one step deeper.
    package mutating func within<Result>(_ step: String, _ body: (inout Self) -> Result) -> Result {
        path.append(step)
        defer { path.removeLast() }
        return body(&self)
    }

    /// Notes that something is wrong at a place.
    package mutating func fail(
        at place: SourcePlace, _ cause: String, remedy: String, kind: ConfigurationError.Kind = .shape
    ) {
        errors.append(ConfigurationError(place: place, path: path, cause: cause, remedy: remedy, kind: kind))
    }

    /// Notes that a value is none of its type.
    package mutating func mismatch<Value: ConfigurationValue>(_ node: JSONNode, _ type: Value.Type) {
        fail(at: node.place, "expected \(Value.expectation), found \(node.found)", remedy: "write \(Value.example)")
    }

    /// Notes a contradiction between the fields of an object, at one of them.
    package mutating func reject(_ key: String, of node: JSONNode, _ cause: String, remedy: String) {
        within(key) { $0.fail(at: node[key]?.place ?? node.place, cause, remedy: remedy, kind: .meaning) }
    }

    /// Reads the members of an object into `root` by its fields; unknown and missing keys are errors.
    package mutating func read<Root>(_ node: JSONNode, by fields: [Field<Root>], into root: inout Root) {
        for member in node.members {
            within(member.key) { decoder in
                if let field = fields.first(where: { $0.key == member.key }) {
                    field.decode(member.value, &decoder, &root)
                } else if member.key != "comment" {
                    let remedy = Suggestion.remedy(for: member.key, among: fields.map(\.key))
                    decoder.fail(at: member.place, "unknown key \"\(member.key)\"", remedy: remedy)
                } else if member.value.string == nil {
                    decoder.fail(
                        at: member.value.place, "expected a string, found \(member.value.found)",
                        remedy: "write the comment in double quotes")
                }
            }
        }
        for field in fields where field.isRequired && node[field.key] == nil {
            within(field.key) {
                $0.fail(
                    at: node.place, "missing (\(field.about.dropLast()))",
                    remedy: "add \"\(field.key)\": \(field.example())")
            }
        }
    }
}
