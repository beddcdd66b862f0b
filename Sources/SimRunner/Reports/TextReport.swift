import SimNodes
import Topology

/// What one run showed, on one screen.
struct TextReport {
    static let width = 116

    let result: RunResult
    let replay: ReplayCommand
    /// Real time of the run; absent where it would make two equal runs look different.
    let wallSeconds: Double?
    let repetition: UniverseOutcome.Repetition?
    let style: Style

    init(
        _ result: RunResult, replay: ReplayCommand, wallSeconds: Double? = nil,
        repetition: UniverseOutcome.Repetition? = nil, style: Style = .plain
    ) {
        self.result = result
        self.replay = replay
        self.wallSeconds = wallSeconds
        self.repetition = repetition
        self.style = style
    }

    init(_ outcome: UniverseOutcome, replay: ReplayCommand, style: Style) {
        self.init(
            outcome.result, replay: replay, wallSeconds: outcome.wallSeconds, repetition: outcome.repetition,
            style: style)
    }

    /// The whole report; it ends with a line break.
    var text: String {
        let sections = [
            heading, storySection, outcomesSection, resourcesSection, storesSection, timeSection, checksSection,
            footer,
        ]
        return sections.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    // MARK: Verdict

    /// The first line: the verdict, and why in one sentence.
    static func headline(_ result: RunResult, path: String? = nil, style: Style) -> String {
        let name = path.map { "\($0): " } ?? ""
        if let fault = result.programFaults.first {
            let word = style.paint(.bad, "INVALID")
            return "\(word): \(name)the program itself failed, so nothing here can be trusted: \(fault)"
        }
        return "\(verdictWord(result.verdict.kind, style)): \(name)\(result.verdict.reason)"
    }

    static func verdictWord(_ kind: Verdict.Kind, _ style: Style) -> String {
        let tone: Style.Tone =
            switch kind {
            case .holds: .good
            case .breaks: .bad
            case .inconclusive, .invalid: .doubtful
            }
        return style.paint(tone, kind.rawValue.uppercased())
    }

    private var heading: [String] {
        var lines = Self.headline(result, style: style).wrapped(to: Self.width, indent: "  ")
        let title = result.scenario.title
        lines.append(title.isEmpty ? replay.path : "\(title) (\(replay.path))")
        for fault in result.programFaults.dropFirst().prefix(4) {
            lines += "  also failed: \(fault)".wrapped(to: Self.width, indent: "    ")
        }
        return lines
    }

    // MARK: Requests

    private static let percents: [(title: String, value: Double)] = [
        ("p50", 50), ("p90", 90), ("p95", 95), ("p99", 99), ("p99.9", 99.9),
    ]

    /// Outcomes by flow, successes and failures apart.
    var outcomesSection: [String] { Self.outcomes(result.flows, style: style) }

    static func outcomes(_ flows: [FlowResult], style: Style) -> [String] {
        guard flows.contains(where: { $0.count > 0 }) else { return ["No request was made."] }
        var table = Table(
            [("requests", .left), ("outcome", .left), ("count", .right), ("share", .right)]
                + percents.map { ($0.title, .right) } + [("max", .right)])
        for flow in flows where flow.count > 0 {
            var name = Format.words(flow.name)
            for (label, outcome) in rows(of: flow) {
                table.add([name, label] + cells(outcome, of: flow.count))
                name = ""
            }
        }
        return table.lines(style: style)
    }

    /// The lines of a flow: successes, where they were answered from, the others, and those together where there are
    /// several. Of all flows together only the sums, as the lines of each stand above.
    static func rows(of flow: FlowResult) -> [(label: String, outcome: OutcomeResult)] {
        var rows: [(String, OutcomeResult)] = []
        let present = flow.outcomes.filter { $0.count > 0 }
        for outcome in present where outcome.isSuccess { rows.append((Format.words(outcome.name), outcome)) }
        let others = present.filter { !$0.isSuccess }
        if flow.name != "all" {
            for outcome in flow.cached where outcome.count > 0 {
                rows.append(("  cache \(Format.words(outcome.name))", outcome))
            }
            for outcome in others { rows.append((Format.words(outcome.name), outcome)) }
        }
        if others.count > 1 || (flow.name == "all" && !others.isEmpty) {
            var latency = LatencyHistogram()
            for other in others { latency.merge(other.latency) }
            let count = others.reduce(0) { $0 + $1.count }
            rows.append(
                ("all but success", OutcomeResult(name: "others", isSuccess: false, count: count, latency: latency)))
        }
        return rows
    }

    private static func cells(_ outcome: OutcomeResult, of total: Int) -> [String] {
        [Format.count(outcome.count), Format.percent(Double(outcome.count) / Double(total))]
            + percents.map { Format.duration(outcome.latency.percentile($0.value)) }
            + [Format.duration(outcome.latency.maximum)]
    }

    // MARK: End

    /// What identifies the run, and how to repeat it.
    private var footer: [String] {
        var line =
            "seed \(result.seed), digest \(result.digest), \(Format.count(Int(clamping: result.events))) events, "
            + "\(Format.duration(result.simulated)) simulated"
        if let wallSeconds {
            line += " in \(Format.seconds(wallSeconds))"
            if wallSeconds > 0 {
                line += " (\(Format.significant(result.simulated.seconds / wallSeconds)) × real time)"
            }
        }
        var lines = [line]
        if let repetition {
            lines.append(
                repetition.isSame
                    ? "deterministic: a second run gave the same digest and the same report"
                    : style.paint(.bad, "NOT DETERMINISTIC") + ": a second run gave digest \(repetition.digest)"
                        + (repetition.digest == result.digest ? " and another report" : ""))
        }
        return lines + [replay.text(seed: result.seed)]
    }
}
