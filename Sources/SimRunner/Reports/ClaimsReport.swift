import SimNodes
import Topology

/// The ledger of a design's claims: stated, measured, and whether they hold.
struct ClaimsReport {
    static let format = "stampede.claims/1"

    let ledger: ClaimLedger
    /// Made by this command.
    let runs: Int
    let events: UInt64
    let style: Style

    var code: ExitCode {
        if !ledger.isComplete { return .interrupted }
        if ledger.entries.contains(where: { $0.programFault != nil }) { return .programFault }
        if ledger.count(.refuted) + ledger.count(.conditional) > 0 { return .broken }
        let isDecided = ledger.count(.inconclusive) == 0 && ledger.count(.holds) > 0
        return isDecided ? .holds : .inconclusive
    }

    /// The answer and the table.
    var brief: String { ([headline, ""] + table.lines(style: style)).joined(separator: "\n") + "\n" }

    /// The answer, the table, and each claim by itself.
    var text: String {
        let sections = [brief] + ledger.entries.map { section($0).joined(separator: "\n") + "\n" }
        let footer = "\(Format.plural(runs, "run")), \(Format.count(Int(clamping: events))) events"
        return (sections + [footer + "\n"]).joined(separator: "\n")
    }

    var headline: String {
        let word = style.paint(tone, code == .holds ? "HOLDS" : code == .broken ? "BREAKS" : "INCONCLUSIVE")
        let counts = ClaimVerdict.allCases.map {
            "\(Format.count(ledger.count($0))) \(Self.plural($0, ledger.count($0)))"
        }
        let all = Format.plural(ledger.entries.count, "claim")
        let end = ledger.isComplete ? "" : " (interrupted)"
        return "\(word): of \(all) \(counts.joined(separator: ", "))\(end)"
    }

    private var tone: Style.Tone { code == .holds ? .good : code == .broken ? .bad : .doubtful }

    private static func plural(_ verdict: ClaimVerdict, _ count: Int) -> String {
        switch verdict {
        case .holds: count == 1 ? "holds" : "hold"
        case .conditional: count == 1 ? "holds on a condition" : "hold on a condition"
        case .refuted: count == 1 ? "is refuted" : "are refuted"
        case .inconclusive: count == 1 ? "is undecided" : "are undecided"
        case .outOfScope: "out of scope"
        }
    }

    // MARK: - Table

    private var table: Table {
        var table = Table([
            ("id", .left), ("verdict", .left), ("claim", .left), ("stated", .left), ("measured", .left),
        ])
        for entry in ledger.entries {
            let claim = entry.claim.claim
            let figures = claim.stated.map(\.figure).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
            table.add([
                claim.id, word(entry.verdict), claim.claim, figures.joined(separator: "; "), measured(entry),
            ])
        }
        return table
    }

    private func word(_ verdict: ClaimVerdict) -> String {
        style.paint(ClaimWords.tone(of: verdict), ClaimWords.name(of: verdict))
    }

    /// The figure that decides; where it depends, first that of where the claim is made.
    private func measured(_ entry: ClaimEntry) -> String {
        func cell(_ measurement: ClaimMeasurement?) -> String? {
            guard let measurement, !measurement.runs.isEmpty, let figure = measurement.decisive else { return nil }
            return ClaimWords.measured(figure, in: measurement.situation)
        }
        guard let decisive = cell(entry.decisive) else { return Format.nothing }
        guard entry.verdict == .conditional,
            let stated = cell(entry.judged.first { $0.situation.plan.role == .stated })
        else { return decisive }
        return "\(stated); else \(decisive)"
    }

    // MARK: - One claim

    /// More situations than these are told in a line each.
    private static let fewSituations = 6
    private static let width = TextReport.width - 11

    private func section(_ entry: ClaimEntry) -> [String] {
        let claim = entry.claim.claim
        var lines = ["\(claim.id) \(word(entry.verdict)): \(claim.claim)"]
        lines += block("why", ClaimWords.reason(entry))
        if let fault = entry.programFault { lines += block("FAULT", "of the program in \(fault)") }
        for statement in claim.stated {
            lines += block("stated", "\"\(statement.words)\" (\(statement.source))")
        }
        for contradiction in entry.claim.contradictions { lines += block("clash", Self.text(contradiction)) }
        if let reading = claim.reading { lines += block("read as", reading) }
        let hasMany = entry.measurements.count > Self.fewSituations
        for measurement in entry.measurements {
            lines += text(measurement, isAlone: entry.measurements.count == 1)
            let isTelling = measurement.outcome != .holds || measurement.situation == entry.decisive?.situation
            if !hasMany || isTelling { lines.append("   \(ClaimCommandLine(measurement).text)") }
        }
        return lines
    }

    /// A word, and what it says beside it.
    private func block(_ word: String, _ text: String, _ tone: Style.Tone = .faint) -> [String] {
        text.wrapped(to: Self.width, indent: "").enumerated().map {
            let head = $0 == 0 ? style.paint(tone, word.padded(to: 8)) : word.isEmpty ? "" : "".padded(to: 8)
            return "   \(head)\($1)"
        }
    }

    private static func text(_ contradiction: Contradiction) -> String {
        let pairs = contradiction.pairs.map { pair in
            "\(pair.first.metric) \(bound(pair.first)) against \(bound(pair.second))"
        }
        let (first, second) = (contradiction.first.source, contradiction.second.source)
        let places = first == second ? "\(first) contradicts itself" : "\(first) and \(second) contradict each other"
        return "\(places): \(pairs.joined(separator: ", "))"
    }

    private static func bound(_ expectation: Expectation) -> String {
        "\(expectation.comparison.rawValue) \(expectation.threshold)"
    }

    private func text(_ measurement: ClaimMeasurement, isAlone: Bool) -> [String] {
        let plan = measurement.situation.plan
        var lines: [String] = []
        if plan.role == .shown {
            lines += block("beside", "when \(plan.name)")
        } else if !isAlone {
            let (word, tone) = Self.word(measurement.outcome)
            let name = "\(plan.role == .variant ? "beyond what is stated, " : "")when \(plan.name)"
            lines += block(word, "\(name): \(ClaimWords.finding(of: measurement))", tone)
        }
        let others = measurement.figures.filter { $0.check != measurement.decisive?.check }
            .map { "\(ClaimWords.expectation($0.check)): \(ClaimWords.measured($0, in: measurement.situation))" }
        if !others.isEmpty { lines += block("also", others.joined(separator: "; ")) }
        let shown = plan.show.compactMap { look(at: $0, measurement) }
        if !shown.isEmpty { lines += block("seen", shown.joined(separator: ", ")) }
        return lines
    }

    private static func word(_ outcome: ClaimMeasurement.Outcome) -> (String, Style.Tone) {
        switch outcome {
        case .holds: ("ok", .good)
        case .fails: ("BROKEN", .bad)
        case .open: ("open", .doubtful)
        case .untested: ("idle", .doubtful)
        }
    }

    /// A metric that is not judged. Means over unlike variants say nothing; how many of them had any does.
    private func look(at metric: String, _ measurement: ClaimMeasurement) -> String? {
        let samples = measurement.samples(of: metric)
        if samples.isEmpty { return nil }
        let unit = MetricCatalogue(for: measurement.situation.scenario.topology).unit(of: metric)
        if measurement.situation.plan.explore != nil, unit == .count {
            let runs = Format.plural(samples.count, "run")
            return "\(metric) > 0 in \(Format.count(samples.count { $0 > 0 })) of \(runs)"
        }
        return "\(metric) \(ClaimWords.value(ConfidenceInterval(replications: samples), unit))"
    }
}
