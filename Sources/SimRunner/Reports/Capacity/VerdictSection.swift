import SimNodes
import Topology

/// What the first line says, and why: the expectations, what broke first and what followed, and what the latency is
/// made of.
struct VerdictSection: CapacitySection {
    static let name = "verdict"
    static let title = "Verdict"

    let replications: Replications
    let verdict: CapacityVerdict
    /// Of the run that shows best what the verdict says.
    let shown: RunResult?
    let cascade: Cascade
    let anatomy: LatencyAnatomy?

    static func measure(_ study: CapacityStudy) throws(Laboratory.Interrupted) -> VerdictSection? {
        let replications = try study.replications()
        let verdict = CapacityVerdict(replications)
        let trial = Laboratory.Trial(study.scenario, seed: verdict.seed)
        let anatomy = verdict.programFaults.isEmpty ? try study.laboratory.anatomy(of: trial) : nil
        return VerdictSection(replications, verdict, anatomy)
    }

    init(_ replications: Replications, _ verdict: CapacityVerdict, _ anatomy: LatencyAnatomy?) {
        (self.replications, self.verdict, self.anatomy) = (replications, verdict, anatomy)
        shown = replications.runs.first { $0.seed == verdict.seed }
        cascade = shown.map { Cascade($0, limit: replications.decisiveLimit) } ?? Cascade(steps: [])
    }

    // MARK: - Text

    func lines(style: Style) -> [String] {
        [expectations(style), cascadeLines(style), AnatomyTable(anatomy, replications.scenario.topology).lines(style)]
            .filter { !$0.isEmpty }.joined(separator: [""]).map { $0 }
    }

    private func expectations(_ style: Style) -> [String] {
        guard !replications.expectations.isEmpty else { return [verdict.reason] }
        let rows = replications.expectations.map { judged in
            [word(judged.decision, style), judged.expectation.source, value(judged), note(judged)]
        }
        return Table.aligned(rows)
    }

    private func word(_ decision: ReplicatedExpectation.Decision, _ style: Style) -> String {
        switch decision {
        case .holds: style.paint(.good, "ok    ")
        case .breaks: style.paint(.bad, "BROKEN")
        case .undecided: style.paint(.doubtful, "OPEN  ")
        }
    }

    private func value(_ judged: ReplicatedExpectation) -> String {
        guard let interval = judged.interval else { return "no samples" }
        return Format.interval(interval, unit(judged.expectation.metric))
    }

    func unit(_ metric: String) -> MetricCatalogue.Unit? {
        MetricCatalogue(for: replications.scenario.topology).unit(of: metric)
    }

    private func note(_ judged: ReplicatedExpectation) -> String {
        switch judged.decision {
        case .undecided: judged.remedy
        case .holds where judged.missed > 0: "but not in \(judged.missed) of \(judged.runs) runs"
        case .breaks where judged.missed < judged.runs: "in \(judged.missed) of \(judged.runs) runs"
        case .holds, .breaks: ""
        }
    }

    private func cascadeLines(_ style: Style) -> [String] {
        guard !cascade.steps.isEmpty else { return [] }
        let shown = cascade.steps.prefix(Self.shownSteps)
        let rows = Table.aligned(
            shown.map { ["  " + Format.moment($0.at), $0.subjects.joined(separator: ", "), Self.words($0.symptom)] },
            [.right, .left, .left])
        let lines = zip(rows, shown).flatMap { row, step -> [String] in
            guard let reason = step.reason.map(Self.words) else { return [row] }
            let isShort = row.displayWidth + reason.displayWidth + 2 <= TextReport.width
            return isShort ? ["\(row)  \(reason)"] : [row, String(repeating: " ", count: 12) + reason]
        }
        let more = cascade.steps.count - shown.count
        return ["What broke first, and what followed (seed \(verdict.seed)):"] + lines
            + (more > 0 ? ["  and \(more) more (--json)"] : [])
    }

    private static let shownSteps = 9
    private static let longestText = 80

    private static func words(_ symptom: Cascade.Symptom) -> String {
        switch symptom {
        case .fault(let text), .breakage(let text):
            text.count > longestText ? "\(text.prefix(longestText - 1))…" : text
        case .rejection: "turns the first one away"
        case .timeout: "the first wait times out"
        case .queue(let limit): "queue beyond \(Format.duration(limit))"
        }
    }

    static func words(_ reason: Cascade.Reason) -> String {
        let who =
            reason.busiest.map { "that of product \($0.number), held \(Format.percent($0.utilisation)) of the time" }
            ?? "\(Format.count(reason.capacity)) at once"
        let each = "\(who), \(Format.seconds(reason.each)) each"
        // What is waited for a little is not why.
        guard let other = reason.waitsFor, reason.waiting > reason.each / 10 else {
            return "\(each): \(Format.rate(reason.ceiling)) at most"
        }
        return
            "\(each), of it \(Format.seconds(reason.waiting)) waiting for \(other): \(Format.rate(reason.ceiling)) at most"
    }

    // MARK: - JSON

    var json: JSONNode {
        JSONReport.object([
            ("kind", .string(verdict.kind.rawValue)), ("reason", .string(verdict.reason)),
            ("seed", JSONReport.seed(verdict.seed)),
            ("programFaults", .array(verdict.programFaults.map { JSONNode(.string($0)) })),
            ("expectations", .array(replications.expectations.map(expectation))),
            ("cascade", .array(cascade.steps.map(step))),
            ("anatomy", AnatomyTable(anatomy, replications.scenario.topology).json),
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

    private func step(_ step: Cascade.Step) -> JSONNode {
        let symptom: (kind: String, text: JSONValue) =
            switch step.symptom {
            case .fault(let text): ("fault", .string(text))
            case .breakage(let text): ("breakage", .string(text))
            case .rejection: ("rejection", .null)
            case .timeout: ("timeout", .null)
            case .queue(let limit): ("queue", .seconds(limit))
            }
        return JSONReport.object([
            ("atSeconds", .finite(step.at.seconds)),
            ("subjects", .array(step.subjects.map { JSONNode(.string($0)) })), ("symptom", .string(symptom.kind)),
            (symptom.kind == "queue" ? "limitSeconds" : "detail", symptom.text),
            ("capacity", step.reason.map { .integer($0.capacity) } ?? .null),
            ("eachSeconds", step.reason.map { .finite($0.each) } ?? .null),
            ("waitsFor", step.reason?.waitsFor.map { .string($0) } ?? .null),
            ("waitingSeconds", step.reason.map { .finite($0.waiting) } ?? .null),
        ])
    }
}
