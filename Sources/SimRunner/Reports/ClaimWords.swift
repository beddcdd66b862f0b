import SimNodes
import Topology

/// What was measured of claims, in words; nothing here knows a design.
enum ClaimWords {
    static func name(of verdict: ClaimVerdict) -> String {
        switch verdict {
        case .holds: "holds"
        case .conditional: "conditional"
        case .refuted: "REFUTED"
        case .inconclusive: "inconclusive"
        case .outOfScope: "out of scope"
        }
    }

    static func tone(of verdict: ClaimVerdict) -> Style.Tone {
        switch verdict {
        case .holds: .good
        case .refuted: .bad
        case .conditional, .inconclusive: .doubtful
        case .outOfScope: .faint
        }
    }

    /// What was measured, as short as a cell of a table.
    static func measured(_ figure: ClaimFigure, in situation: ClaimCase.Situation) -> String {
        guard let interval = figure.interval else { return "never" }
        let runs = Format.plural(figure.values.count, "run")
        switch figure.judge {
        case .someRun: return "in \(Format.count(figure.right)) of \(runs)"
        case .everyRun where Set(figure.samples).count > 1 || figure.missing > 0:
            return "broken in \(Format.count(figure.values.count - figure.right)) of \(runs)"
        case .everyRun, .mean: return value(interval, situation.unit(of: figure.check.expectation.metric))
        }
    }

    /// A mean with its half width in its unit.
    static func value(_ interval: ConfidenceInterval, _ unit: MetricCatalogue.Unit?) -> String {
        let (mean, half) = (interval.mean, interval.halfWidth)
        if half == 0 || !half.isFinite { return Format.metric(mean, unit) }
        switch unit {
        case .duration: return Format.seconds(mean, halfWidth: half)
        case .ratio: return "\(Format.spread(mean * 100, half * 100, isCount: false)) %"
        case .rate: return "\(Format.spread(mean, half, isCount: false))/s"
        case .count, nil: return Format.spread(mean, half)
        }
    }

    /// An expectation with its tolerance.
    static func expectation(_ check: ClaimCase.Check) -> String {
        guard let within = check.within, within > 0 else { return check.expectation.source }
        return "\(check.expectation.source) within \(share(within))"
    }

    /// A share that a file gives, as it was most likely meant.
    private static func share(_ ratio: Double) -> String { "\(Format.number((ratio * 1e6).rounded() / 1e4)) %" }

    // MARK: - Why

    /// One sentence: what decided it.
    static func reason(_ entry: ClaimEntry) -> String {
        if let why = entry.claim.claim.outOfScope { return why }
        guard let decisive = entry.decisive else { return "it was not measured" }
        let sentence = "when \(decisive.situation.plan.name), \(finding(of: decisive))"
        let others = entry.judged.filter { $0.situation.plan.name != decisive.situation.plan.name }
        func names(_ outcome: ClaimMeasurement.Outcome, _ role: ClaimRole? = nil) -> String? {
            let found = others.filter { $0.outcome == outcome && (role == nil || $0.situation.plan.role == role) }
                .map(\.situation.plan.name)
            return found.isEmpty ? nil : "when \(found.joined(separator: "; when "))"
        }
        switch entry.verdict {
        case .holds:
            return others.isEmpty ? sentence : "in all \(others.count + 1) situations; the tightest: \(sentence)"
        case .refuted:
            let also = names(.fails).map { "; nor does it hold \($0)" } ?? ""
            let stated = names(.holds, .stated).map { "; it holds \($0)" } ?? ""
            let variants = names(.holds, .variant).map { "; it would hold \($0)" } ?? ""
            return sentence + also + stated + variants
        case .conditional:
            let also = names(.fails).map { "; nor \($0)" } ?? ""
            return "holds \(names(.holds) ?? ""); but \(sentence)\(also)"
        case .inconclusive, .outOfScope: return sentence
        }
    }

    /// What was found in a situation, with what brought it about where it is not as expected.
    static func finding(of measurement: ClaimMeasurement) -> String {
        if let fault = measurement.idleFault { return "the fault \"\(fault)\" had no effect, so nothing was tried" }
        guard !measurement.runs.isEmpty, let figure = measurement.decisive else { return "nothing was run" }
        let text = self.text(of: figure, in: measurement.situation)
        guard measurement.outcome == .fails, let trouble = trouble(in: measurement, figure) else { return text }
        return "\(text) (\(trouble))"
    }

    /// What went wrong in the first run that shows it; a queue explains times, and no numbers.
    private static func trouble(in measurement: ClaimMeasurement, _ figure: ClaimFigure) -> String? {
        guard figure.judge != .someRun else { return nil }
        let run = measurement.runs[figure.firstWrong ?? 0]
        let unit = MetricCatalogue(for: measurement.situation.scenario.topology).unit(
            of: figure.check.expectation.metric)
        return run.trouble ?? (unit == .duration || unit == .rate ? run.queue : nil)
    }

    private static func text(of figure: ClaimFigure, in situation: ClaimCase.Situation) -> String {
        let expectation = expectation(figure.check)
        let metric = figure.check.expectation.metric
        let runs = Format.plural(figure.values.count, "run")
        guard figure.missing < figure.values.count else { return "there is no \(metric) in any of \(runs)" }
        switch figure.judge {
        case .someRun:
            return figure.outcome == .holds
                ? "\(expectation) in \(Format.count(figure.right)) of \(runs)" : "\(expectation) in none of \(runs)"
        case .everyRun:
            let wrong = figure.values.count - figure.right
            if wrong == 0 { return "\(expectation) in all \(runs)\(rarity(figure))" }
            return "\(expectation) is broken in \(Format.count(wrong)) of \(runs)\(worst(figure, situation))"
        case .mean:
            guard figure.missing == 0 else {
                return "there is no \(metric) in \(Format.count(figure.missing)) of \(runs)"
            }
            let measured = figure.interval.map { value($0, situation.unit(of: metric)) } ?? Format.nothing
            let of = situation.plan.relativeTo.map { " of that when \($0)" } ?? ""
            return "\(metric) is \(measured)\(of), \(relation(figure))"
        }
    }

    /// How a mean stands to its threshold.
    private static func relation(_ figure: ClaimFigure) -> String {
        let check = figure.check
        let threshold = check.expectation.threshold
        if let within = check.within, within > 0 {
            let range = "within \(share(within)) of \(threshold)"
            switch figure.outcome {
            case .holds: return range
            case .fails: return "not \(range)"
            case .open: return "on the edge of what is \(range)\(need(figure))"
            }
        }
        let bound = "\(check.expectation.comparison.rawValue) \(threshold)"
        switch figure.outcome {
        case .holds:
            guard let margin = figure.margin, margin > 0, let mean = figure.interval?.mean else { return bound }
            return "\(Format.percent(margin)) \(mean < threshold.value ? "below" : "above") \(threshold)"
        case .fails:
            let times = (figure.interval?.mean ?? 0) / threshold.value
            return "not \(bound)" + (times.isFinite && times >= 2 ? ", \(Format.significant(times)) times as much" : "")
        case .open: return "on both sides of \(bound)\(need(figure))"
        }
    }

    private static func need(_ figure: ClaimFigure) -> String {
        figure.runsToSettle.map { "; about \(Format.plural($0, "run")) would settle it" } ?? ""
    }

    /// What all runs were is not what all are: how often the other could be without having been seen.
    private static func rarity(_ figure: ClaimFigure) -> String {
        guard figure.values.count >= 30, let most = figure.mostWrong else { return "" }
        return ", so it is broken in fewer than \(Format.percent(most)) of such runs"
    }

    /// The value that is furthest from right, where there is one.
    private static func worst(_ figure: ClaimFigure, _ situation: ClaimCase.Situation) -> String {
        let threshold = figure.check.expectation.threshold.value
        let wrong = figure.samples.filter { !figure.check.accepts($0) }
        guard let worst = wrong.max(by: { ($0 - threshold).magnitude < ($1 - threshold).magnitude }) else { return "" }
        return ", up to \(Format.metric(worst, situation.unit(of: figure.check.expectation.metric)))"
    }
}
