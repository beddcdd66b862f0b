import SimNodes
import Topology

extension TextReport {
    /// One broken invariant is shown with so much evidence; several share the room.
    private static let evidenceLines = 3

    /// Invariants, expectations and faults: what was checked, and what came out.
    var checksSection: [String] { invariantLines + expectationLines + faultLines }

    private var invariantLines: [String] {
        var lines: [String] = []
        let broken = result.invariants.count { !$0.holds }
        let room = max(1, (Self.evidenceLines + 1) / max(1, broken))
        for invariant in result.invariants where invariant.status != .notApplicable {
            let word =
                switch invariant.status {
                case .holds, .notApplicable: style.paint(.good, "ok    ")
                case .broken: style.paint(.bad, "BROKEN")
                case .undecided: style.paint(.doubtful, "open  ")
                }
            let detail = invariant.detail.isEmpty ? "" : ": \(invariant.detail)"
            let text = "\(invariant.id) \(invariant.title)\(detail)"
            let wrapped = text.wrapped(to: Self.width - 8, indent: "   ")
            lines += wrapped.enumerated().map { $0 == 0 ? "\(word)  \($1)" : "        \($1)" }
            guard !invariant.holds else { continue }
            var evidence = Array(invariant.evidence.prefix(min(room, Self.evidenceLines)))
            let more = invariant.evidence.count - evidence.count
            if more > 0, let last = evidence.popLast() {
                evidence.append("\(last) (\(Format.count(more)) more in --json)")
            }
            for line in evidence {
                lines += line.wrapped(to: Self.width - 11, indent: "  ").map { "           " + $0 }
            }
        }
        return lines + unpromisedLines
    }

    /// What the design does not promise shares a line.
    private var unpromisedLines: [String] {
        let unpromised = result.invariants.filter { $0.status == .notApplicable }
        guard !unpromised.isEmpty else { return [] }
        let text = unpromised.map { "\($0.id) \($0.title): \($0.detail)" }.joined(separator: "; ")
        let wrapped = text.wrapped(to: Self.width - 8, indent: "")
        return wrapped.enumerated().map { ($0 == 0 ? "n/a     " : "        ") + $1 }
    }

    private var expectationLines: [String] {
        let catalogue = MetricCatalogue(for: result.scenario.topology)
        let rows = result.expectations.map { expectation -> [String] in
            let word = expectation.passed ? style.paint(.good, "ok") : style.paint(.bad, "BROKEN")
            let value = Format.metric(expectation.value, catalogue.unit(of: expectation.expectation.metric))
            return [
                word.padded(to: 6), expectation.expectation.source, expectation.value == nil ? value : "is \(value)",
                Self.margin(expectation),
            ]
        }
        return Table.aligned(rows)
    }

    /// Of an exact value there is no margin.
    static func margin(_ result: ExpectationResult) -> String {
        guard let margin = result.margin, ![.equal, .notEqual].contains(result.expectation.comparison) else {
            return ""
        }
        return "margin \(margin < 0 ? "-" : "")\(Format.percent(margin.magnitude))"
    }

    private var faultLines: [String] {
        guard !result.faults.isEmpty else { return [] }
        let applied = result.faults.filter { $0.appliedAt != nil }.count
        var rows: [[String]] = []
        for fault in result.faults {
            let when = fault.appliedAt.map { "struck at \(Format.moment($0))" } ?? style.paint(.bad, "NEVER STRUCK")
            let effect =
                fault.hadEffect
                ? "\(Format.plural(fault.requestsAffected, "request")) affected" : style.paint(.bad, "NO EFFECT")
            rows.append(["  " + fault.description, when, effect])
        }
        let title = "\(Format.plural(result.faults.count, "fault")) planned, \(Format.count(applied)) applied"
        return rows.count == 1
            ? ["\(title): \(rows[0][0].drop { $0 == " " }), \(rows[0][1]), \(rows[0][2])"]
            : ["\(title):"] + Table.aligned(rows)
    }
}
