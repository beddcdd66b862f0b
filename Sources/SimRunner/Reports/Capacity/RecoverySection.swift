import SimNodes
import Topology

/// Whether the system comes back after what disturbs it is over.
struct RecoverySection: CapacitySection {
    static let name = "recovery"
    static let title = "Metastability"

    /// In the order of the seeds.
    let runs: [RunResult]

    static func measure(_ study: CapacityStudy) throws(Laboratory.Interrupted) -> RecoverySection? {
        let runs = try study.replications().runs.filter { $0.recovery != nil }
        return runs.isEmpty ? nil : RecoverySection(runs: runs)
    }

    func lines(style: Style) -> [String] {
        var lines: [String] = []
        let outcomes: [RecoveryResult.Outcome] = [.metastable, .overloaded, .recovering, .recovered]
        let counts = outcomes.compactMap { outcome -> String? in
            let count = runs.count { $0.recovery?.outcome == outcome }
            let name = outcome == .metastable ? "METASTABLE" : outcome.rawValue
            return count > 0 ? "\(name) in \(count) of \(Format.plural(runs.count, "run"))" : nil
        }
        lines.append(counts.joined(separator: ", "))
        if let run = runs.first { lines += TextReport.overTime(run, style: style) }
        return lines
    }

    var json: JSONNode {
        JSONReport.object([
            (
                "runs",
                .array(
                    runs.map { run in
                        JSONReport.object([
                            ("seed", JSONReport.seed(run.seed)),
                            ("recovery", run.recovery.map(JSONReport.recovery) ?? .null),
                        ])
                    })
            )
        ])
    }
}
