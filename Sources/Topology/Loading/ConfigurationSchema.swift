/// The JSON Schemas (draft 2020-12), made from the same fields that the reader uses.
public enum ConfigurationSchema: String, CaseIterable, Sendable {
    case scenario, topology, defect, claim

    /// The schema as text, the same on every machine.
    public var text: String {
        switch self {
        case .scenario: SchemaBuilder.document(for: Scenario.self, title: "Scenario").prettyText
        case .topology: SchemaBuilder.document(for: SystemTopology.self, title: "Topology").prettyText
        case .defect: SchemaBuilder.document(for: Defect.self, title: "Defect").prettyText
        case .claim: SchemaBuilder.document(for: Claim.self, title: "Claim").prettyText
        }
    }
}
