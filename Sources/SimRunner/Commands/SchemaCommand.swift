import Topology

/// `schema`: prints a JSON Schema.
enum SchemaCommand: Command {
    static let syntax = CommandSyntax(
        name: "schema", summary: "Prints the JSON Schema of scenario, topology, defect or claim files.",
        operands: "scenario|topology|defect|claim", operandCount: 1...1)

    static func run(_ arguments: Arguments, console: Console) throws(UsageError) -> Int32 {
        let name = arguments.operands[0]
        guard let schema = ConfigurationSchema(rawValue: name) else {
            let names = ConfigurationSchema.allCases.map(\.rawValue)
            throw UsageError("there is no schema \"\(name)\"; \(Suggestions.remedy(for: name, among: names))")
        }
        console.out(schema.text)
        return ExitCode.holds.rawValue
    }
}
