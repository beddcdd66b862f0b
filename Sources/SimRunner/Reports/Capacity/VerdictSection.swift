import SimNodes
import Topology

/// What the first line says, with the expectations that it rests on.
struct VerdictSection: CapacitySection {
    static let name = "verdict"
    static let title = "Verdict"

    let replications: Replications
    let verdict: CapacityVerdict

    static func measure(_ study: CapacityStudy) throws(Laboratory.Interrupted) -> VerdictSection? {
        let replications = try study.replications()
        return VerdictSection(replications: replications, verdict: CapacityVerdict(replications))
    }

    /// The first line, without the word and the remedy.
    var sentence: String { verdict.reason }

    func lines(style: Style) -> [String] { expectations(style) }

    private func expectations(_ style: Style) -> [String] {
        let rows = replications.expectations.map { judged in
            [word(judged.decision, style), judged.expectation.source, value(judged), note(judged)]
        }
        return Table.aligned(rows)
    }

    private func word(_ decision: ReplicatedExpectation.Decision, _ style: Style) -> String {
        switch decision {
        case .holds: style.paint(.good, "ok      ")
        case .breaks: style.paint(.bad, "BROKEN  ")
        case .undecided: style.paint(.doubtful, "OPEN    ")
        }
    }

    private func value(_ judged: ReplicatedExpectation) -> String {
        guard let interval = judged.interval else { return "no samples" }
        let unit = MetricCatalogue(for: replications.scenario.topology).unit(of: judged.expectation.metric)
        switch unit {
        case .duration: return Format.seconds(interval.mean, halfWidth: interval.halfWidth)
        case .ratio: return "\(Format.spread(interval.mean * 100, interval.halfWidth * 100, isCount: false)) %"
        case .rate, .count, nil: return Format.spread(interval.mean, interval.halfWidth)
        }
    }

    private func note(_ judged: ReplicatedExpectation) -> String {
        switch judged.decision {
        case .undecided: judged.remedy
        case .holds where judged.missed > 0: "but not in \(judged.missed) of \(judged.runs) runs"
        case .breaks where judged.missed < judged.runs: "in \(judged.missed) of \(judged.runs) runs"
        case .holds, .breaks: ""
        }
    }

    var json: JSONNode {
        JSONReport.object([
            ("kind", .string(verdict.kind.rawValue)), ("reason", .string(verdict.reason)),
            ("seed", JSONReport.seed(verdict.seed)),
            ("programFaults", .array(verdict.programFaults.map { JSONNode(.string($0)) })),
            ("expectations", .array(replications.expectations.map(expectation))),
        ])
    }

    private func expectation(_ judged: ReplicatedExpectation) -> JSONNode {
        JSONReport.object([
            ("expression", .string(judged.expectation.source)), ("decision", .string(judged.decision.rawValue)),
            ("interval", judged.interval.map(JSONReport.interval) ?? .null), ("missedRuns", .integer(judged.missed)),
            ("runsToSettle", judged.runsToSettle().map { .integer($0) } ?? .null),
            ("sureThreshold", judged.sureThreshold.map { .finite($0) } ?? .null),
        ])
    }
}
