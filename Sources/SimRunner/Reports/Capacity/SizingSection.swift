import SimNodes
import Topology

/// What the design needs to carry what is asked of it: within its own limits, then past them.
struct SizingSection: CapacitySection {
    static let name = "sizing"
    static let title = "Sizing"

    let limits: WithinLimits?
    let sizing: Sizing

    static func measure(_ study: CapacityStudy) throws(Laboratory.Interrupted) -> SizingSection? {
        let scenario = study.scenario
        let replications = try study.replications()
        let binding = replications.runs.first?.bindingResource
        let asked = Load.users.asked(of: scenario) ?? Int64(replications.runs[0].requests)
        // What the first answer needs comes first: there may not be runs enough for everything.
        let sizing = try Sizing.find(
            scenario, knobs: Knob.all(of: scenario, relieving: binding),
            by: study.examiner(share: 0.12))
        let limits = try WithinLimits.find(
            scenario, from: asked, by: study.examiner(share: 0.15))
        return SizingSection(limits: limits, sizing: sizing)
    }

    var smallestChanges: [String] {
        guard sizing.standing != .passes else { return [] }
        let single = sizing.answers.filter { $0.needed != nil }.sorted { $0.factor < $1.factor }
        if !single.isEmpty { return single.prefix(2).map(Self.change) }
        return sizing.together.map { [Self.change($0)] } ?? []
    }

    var nearestMiss: String? {
        guard sizing.standing != .passes, smallestChanges.isEmpty else { return nil }
        guard let nearest = sizing.nearest else {
            return sizing.isCutShort ? "no change that was tried mends it (--budget allows more)" : nil
        }
        let binding = nearest.binding.map { ", as requests wait for \($0)" } ?? ""
        return "no change of sizes mends it: with everything ×\(Knob.mostTimes) still \(nearest.reason)\(binding)"
    }

    private static func change(_ answer: Sizing.Answer) -> String {
        let (needed, asked) = (text(answer.needed ?? 0, of: answer.knob), text(answer.knob.asked, of: answer.knob))
        return "\(answer.knob.name) \(needed) instead of \(asked)\(reservation(answer.open))"
    }

    /// What is met in the mean of the runs, but might not be.
    private static func reservation(_ open: String?) -> String { open.map { " (not sure: \($0))" } ?? "" }

    private static func text(_ amount: Int64, of knob: Knob) -> String {
        switch knob.unit {
        case .count: Format.count(Int(amount))
        case .duration: Format.duration(Knob.threeDigits(amount))
        case .percent: "\(amount) %"
        }
    }

    private static func change(_ combination: Sizing.Combination) -> String {
        zip(combination.knobs, combination.amounts).map { "\($0.name) \(text($1, of: $0))" }.joined(separator: " with ")
            + reservation(combination.open)
    }

    // MARK: - Text

    func lines(style: Style) -> [String] { limitLines + [""] + knobLines(style) + combinationLines }

    private var limitLines: [String] {
        guard let limits else { return ["the design states no limits of its own"] }
        let intro = "within C = \(Format.count(limits.connections)): "
        let best =
            limits.settings.isEmpty
            ? "none of \(limits.tried) other numbers of servers, splits of the pools, waits and lifetimes does better than the design"
            : "the best of \(limits.tried) numbers of servers, splits of the pools, waits and lifetimes is "
                + KneeSection.options(limits.settings)
        // Without a change the ceiling is that of the knee.
        let ceiling = limits.settings.isEmpty ? "" : "; so: \(KneeSection.text(limits.ceiling))"
        let text = "\(intro)\(best)\(ceiling)"
        return text.wrapped(to: TextReport.width, indent: "    ")
    }

    private func knobLines(_ style: Style) -> [String] {
        let isSpare = sizing.standing == .passes
        var table = Table([
            (isSpare ? "could be as little as" : "past the limits, one alone", .left), ("asked", .right),
            (isSpare ? "enough" : "needed", .right), ("", .right),
            (isSpare ? "shown by" : "shown by, or why not", .left),
        ])
        for answer in sizing.answers {
            let knob = answer.knob
            table.add([
                knob.name, Self.text(knob.asked, of: knob),
                answer.needed.map { Self.text($0, of: knob) } ?? Format.nothing,
                answer.needed == nil ? "" : "×\(Format.significant(Self.ratio(answer)))", note(answer),
            ])
        }
        let cut = sizing.isCutShort ? ["cut short: what searches may cost is used up (--budget allows more)"] : []
        return table.lines(style: style).flatMap { Self.hanging($0) } + cut
    }

    private static func ratio(_ answer: Sizing.Answer) -> Double {
        Double(answer.needed ?? 0) / Double(answer.knob.asked)
    }

    /// A line of a table whose last cell may be long.
    private static func hanging(_ line: String) -> [String] {
        line.displayWidth <= TextReport.width ? [line] : line.wrapped(to: TextReport.width, indent: "        ")
    }

    private func note(_ answer: Sizing.Answer) -> String {
        if let needed = answer.needed {
            return answer.edge.isCutShort
                ? "at most; looked no closer" : KneeSection.options(answer.knob.settings(needed))
        }
        let extreme = Self.text(answer.knob.extreme, of: answer.knob)
        let binding = answer.binding.map { "; requests wait for \($0)" } ?? ""
        return "still broken at \(extreme)\(binding)"
    }

    private var combinationLines: [String] {
        if let together = sizing.together {
            let text =
                "none is enough alone; together: \(Self.change(together)); " + KneeSection.options(together.settings)
            return text.wrapped(to: TextReport.width, indent: "    ")
        }
        guard let nearest = sizing.nearest else { return [] }
        let binding = nearest.binding.map { "; requests wait for \($0)" } ?? ""
        return
            ("not even everything together, ×\(Knob.mostTimes), is enough: \(nearest.reason)\(binding); "
            + KneeSection.options(nearest.settings)).wrapped(to: TextReport.width, indent: "    ")
    }

    // MARK: - JSON

    var json: JSONNode {
        JSONReport.object([
            ("withinLimits", limits.map(Self.json) ?? .null), ("holds", .bool(sizing.standing == .passes)),
            ("knobs", .array(sizing.answers.map(Self.json))),
            ("together", sizing.together.map { Self.json($0).value } ?? .null),
            ("nearestMiss", sizing.nearest.map(Self.json) ?? .null), ("cutShort", .bool(sizing.isCutShort)),
        ])
    }

    private static func json(_ limits: WithinLimits) -> JSONValue {
        JSONReport.object([
            ("connections", .integer(limits.connections)), ("tried", .integer(limits.tried)),
            ("settings", .array(limits.settings.map { JSONNode(.string($0)) })),
            ("users", KneeSection.json(limits.ceiling)),
        ]).value
    }

    private static func json(_ answer: Sizing.Answer) -> JSONNode {
        let settings = answer.needed.map(answer.knob.settings) ?? []
        return JSONReport.object([
            ("name", .string(answer.knob.name)), ("asked", .string(text(answer.knob.asked, of: answer.knob))),
            ("needed", answer.needed.map { .string(text($0, of: answer.knob)) } ?? .null),
            ("factor", .finite(answer.factor)),
            ("settings", .array(settings.map { JSONNode(.string($0)) })),
            ("stillBreaks", answer.stillBreaks.map { .string($0) } ?? .null),
            ("binding", answer.binding.map { .string($0) } ?? .null),
            ("open", answer.open.map { .string($0) } ?? .null),
        ])
    }

    private static func json(_ nearest: Sizing.NearestMiss) -> JSONValue {
        JSONReport.object([
            ("reason", .string(nearest.reason)), ("binding", nearest.binding.map { .string($0) } ?? .null),
            ("settings", .array(nearest.settings.map { JSONNode(.string($0)) })),
        ]).value
    }

    private static func json(_ combination: Sizing.Combination) -> JSONNode {
        JSONReport.object([
            ("factor", .finite(Double(combination.factor) / 100)),
            ("names", .array(combination.knobs.map { JSONNode(.string($0.name)) })),
            ("needed", .array(zip(combination.knobs, combination.amounts).map { JSONNode(.string(text($1, of: $0))) })),
            ("settings", .array(combination.settings.map { JSONNode(.string($0)) })),
            ("open", combination.open.map { .string($0) } ?? .null),
        ])
    }
}
