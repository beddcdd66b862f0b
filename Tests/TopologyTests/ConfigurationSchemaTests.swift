import Foundation
import Testing

@testable import Topology

struct ConfigurationSchemaTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../configs/schema").standardizedFileURL

    /// After a change of the fields, run the tests with REGENERATE_SCHEMA=1 and commit the files.
    @Test(arguments: ConfigurationSchema.allCases) func theFilesAreWhatTheFieldsSay(schema: ConfigurationSchema) throws
    {
        let file = Self.folder.appending(path: "\(schema.rawValue).json")
        if ProcessInfo.processInfo.environment["REGENERATE_SCHEMA"] != nil {
            try Data(schema.text.utf8).write(to: file)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == schema.text)
    }

    @Test(arguments: ConfigurationSchema.allCases) func aSchemaIsJSONWithoutDanglingReferences(
        schema: ConfigurationSchema
    ) throws {
        let tree = try JSONParser.parse(Array(schema.text.utf8), file: "schema")
        let definitions = Set(tree["$defs"]?.members.map(\.key) ?? [])
        #expect(definitions.isEmpty == (schema == .defect))
        #expect(references(in: tree).isSubset(of: Set(definitions.map { "#/$defs/\($0)" })))
    }

    private func references(in node: JSONNode) -> Set<String> {
        var found = Set(node["$ref"]?.string.map { [$0] } ?? [])
        for member in node.members { found.formUnion(references(in: member.value)) }
        for element in node.elements { found.formUnion(references(in: element)) }
        return found
    }

    @Test func goodFilesAreAllowed() throws {
        let scenario = SchemaValidator(root: SchemaBuilder.document(for: Scenario.self, title: ""))
        let topology = SchemaValidator(root: SchemaBuilder.document(for: SystemTopology.self, title: ""))
        #expect(scenario.allows(try JSONParser.parse(Array(ReferenceText.scenario().utf8), file: "")))
        #expect(
            scenario.allows(try JSONParser.parse(Array(ReferenceText.scenario(topology: "\"t.json\"").utf8), file: "")))
        #expect(topology.allows(try JSONParser.parse(Array(ReferenceText.topology.utf8), file: "")))
    }

    /// Every key has a sentence, and a default that the schema itself allows.
    @Test(arguments: ConfigurationSchema.allCases) func everyKeyIsExplained(schema: ConfigurationSchema) throws {
        let tree = try JSONParser.parse(Array(schema.text.utf8), file: "schema")
        let validator = SchemaValidator(root: tree)
        var count = 0
        func visit(_ node: JSONNode) {
            if case .bool(false)? = node["additionalProperties"]?.value {
                for property in node["properties"]?.members ?? [] where property.key != "comment" {
                    count += 1
                    if let value = property.value["default"] {
                        #expect(validator.allows(value, by: property.value), "\(property.key)")
                    }
                    // The one key of a union's form is explained beside the form.
                    let about = property.value["description"] ?? node["description"]
                    #expect(
                        about?.string?.hasSuffix(".") == true || node["required"]?.elements.count == 1,
                        "\(property.key)")
                }
            }
            for member in node.members { visit(member.value) }
            for element in node.elements { visit(element) }
        }
        visit(tree)
        #expect(count > ([.defect, .claim].contains(schema) ? 20 : 150))
    }

    @Test func defaultsReadBack() throws {
        for settings in [
            LoadBalancerSettings().json, PurchasePolicy().json, ViewPolicy().json, ApplicationSettings().json,
        ] {
            #expect(!settings.members.isEmpty)
        }
        #expect(try readBack(LoadBalancerSettings()) == LoadBalancerSettings())
        #expect(try readBack(PurchasePolicy()) == PurchasePolicy())
        #expect(try readBack(ViewPolicy()) == ViewPolicy())
        #expect(try readBack(ApplicationSettings()) == ApplicationSettings())
        #expect(try readBack(RedisSettings()) == RedisSettings())
        #expect(try readBack(MySQLSettings()) == MySQLSettings())
        #expect(try readBack(FailoverSettings()) == FailoverSettings())
        #expect(try readBack(Workload()) == Workload())
    }

    private func readBack<Value: ConfigurationValue>(_ value: Value) throws -> Value? {
        var decoder = ConfigurationDecoder()
        let again = Value.decode(try JSONParser.parse(Array(value.json.text.utf8), file: ""), in: &decoder)
        #expect(decoder.errors.isEmpty)
        return again
    }
}
