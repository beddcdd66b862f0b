/// Collects the named parts of a JSON Schema (draft 2020-12), so that each type is described once.
package struct SchemaBuilder {
    private var definitions: [JSONMember] = []

    /// The schema of a whole file.
    package static func document<Root: Configurable>(for root: Root.Type, title: String) -> JSONNode {
        var builder = SchemaBuilder()
        let object = builder.object(Root.fields)
        return JSONNode(
            .object(
                object.members + [
                    JSONMember(key: "$schema", value: "https://json-schema.org/draft/2020-12/schema"),
                    JSONMember(key: "title", value: "\(title)"),
                    JSONMember(key: "$defs", value: JSONNode(.object(builder.definitions))),
                ]))
    }

    /// A reference to the definition with this name, which is made when it is needed first.
    mutating func reference(_ name: String, _ make: (inout SchemaBuilder) -> JSONNode) -> JSONNode {
        if !definitions.contains(where: { $0.key == name }) {
            let index = definitions.count
            // The name is taken before the parts are made: they may refer back to it.
            definitions.append(JSONMember(key: name, value: true))
            definitions[index].value = make(&self)
        }
        return ["$ref": "#/$defs/\(name)"]
    }

    /// An object that takes these fields, a comment, and nothing else.
    mutating func object<Root>(_ fields: [Field<Root>]) -> JSONNode {
        var properties = [JSONMember(key: "comment", value: ["type": "string"])]
        for field in fields { properties.append(JSONMember(key: field.key, value: field.schema(&self))) }
        var schema: [JSONMember] = [
            JSONMember(key: "type", value: "object"),
            JSONMember(key: "properties", value: JSONNode(.object(properties))),
            JSONMember(key: "additionalProperties", value: false),
        ]
        let required = fields.filter(\.isRequired).map(\.key.json)
        if !required.isEmpty { schema.append(JSONMember(key: "required", value: JSONNode(.array(required)))) }
        return JSONNode(.object(schema))
    }
}
