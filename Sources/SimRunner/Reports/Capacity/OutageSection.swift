import SimNodes
import Topology

/// What the loss of each node costs at full load.
struct OutageSection: CapacitySection {
    static let name = "outages"
    static let title = "One node less (N − 1)"

    let outages: [Outage]
    /// Nodes that there were no runs for.
    let untried: [String]

    static func measure(_ study: CapacityStudy) throws(Laboratory.Interrupted) -> OutageSection? {
        let allowance = try study.allowance(share: 0.25)
        let (outages, untried) = try Outage.each(
            of: study.scenario, by: study.laboratory, seed: UInt64(study.scenario.seed), allowance: allowance)
        return outages.isEmpty && untried.isEmpty ? nil : OutageSection(outages: outages, untried: untried)
    }

    func lines(style: Style) -> [String] {
        var table = Table([
            ("lost", .left), ("not served", .right), ("", .right), ("failures end", .right), ("breaks as well", .left),
        ])
        for outage in outages {
            table.add([
                outage.node, outage.lostRequests == 0 ? "." : Format.count(outage.lostRequests),
                outage.lostRequests == 0 ? "" : Format.percent(outage.lostShare), Self.recovery(outage),
                Self.shortened(outage, style),
            ])
        }
        guard let first = outages.first else { return gaps }
        return [
            "each machine crashes at \(Format.duration(first.crashedAt)), at full load; the scenario's own faults are left out"
        ] + table.lines(style: style) + [
            "failures \"not seen\" to end: nobody came later who was served",
            "shown by: \(KneeSection.options(first.settings)), and so on",
        ] + gaps
    }

    private var gaps: [String] {
        guard !untried.isEmpty else { return [] }
        return "not lost, as what searches may cost is used up (--budget): \(untried.joined(separator: ", "))"
            .wrapped(to: TextReport.width, indent: "    ")
    }

    private static func recovery(_ outage: Outage) -> String {
        guard let recovery = outage.recovery else { return "not seen" }
        return recovery == .zero ? "." : "after \(Format.duration(recovery))"
    }

    /// What it breaks first, and how much else.
    private static func shortened(_ outage: Outage, _ style: Style) -> String {
        guard let first = outage.breaks.first else { return "." }
        let others = outage.breaks.count > 1 ? " (and \(outage.breaks.count - 1) more)" : ""
        return style.paint(.bad, first) + others
    }

    var json: JSONNode {
        JSONReport.object([
            (
                "outages",
                .array(
                    outages.map { outage in
                        JSONReport.object([
                            ("node", .string(outage.node)), ("crashedAtSeconds", .seconds(outage.crashedAt)),
                            ("verdict", JSONReport.verdict(outage.result.verdict)),
                            ("lostRequests", .integer(outage.lostRequests)),
                            ("lostShare", .finite(outage.lostShare)),
                            ("breaks", .array(outage.breaks.map { JSONNode(.string($0)) })),
                            ("recoverySeconds", .seconds(outage.recovery)),
                            ("settings", .array(outage.settings.map { JSONNode(.string($0)) })),
                        ])
                    })
            ), ("untried", .array(untried.map { JSONNode(.string($0)) })),
        ])
    }
}
