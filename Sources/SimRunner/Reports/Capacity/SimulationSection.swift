import SimNodes
import Topology

/// What the scenario's runs came to: shares and percentiles with their intervals.
struct SimulationSection: CapacitySection {
    static let name = "simulation"
    static let title = "Simulation"

    let replications: Replications

    static func measure(_ study: CapacityStudy) throws(Laboratory.Interrupted) -> SimulationSection? {
        SimulationSection(replications: try study.replications())
    }

    func lines(style: Style) -> [String] {
        var table = Table([
            ("success", .left), ("share", .right), ("p50", .right), ("p95", .right), ("p99", .right),
        ])
        for flow in replications.flows {
            table.add([Format.words(flow)] + ["share", "p50", "p95", "p99"].map { cell("\(flow).success.\($0)") })
        }
        return [effort] + table.lines(style: style)
            + ["throughput \(cell("throughput")) successful requests a second"]
    }

    /// How many runs, and how sure they are.
    private var effort: String {
        let runs = Format.plural(replications.runs.count, "run")
        let precision = Format.percent(replications.effort.precision)
        let seeds = SeedsReport.list(replications.runs.map(\.seed))
        let text = "\(runs) (seeds \(seeds)); mean of a run ± half of its 95 % interval"
        let rest = replications.unsettled
        guard !rest.isEmpty else { return "\(text), all within \(precision) or clear of what is expected" }
        return "\(text); not within \(precision): \(rest.map(\.metric).joined(separator: ", "))"
    }

    private func cell(_ metric: String) -> String {
        guard let interval = replications.quantity(metric)?.interval else { return Format.nothing }
        switch MetricCatalogue(for: replications.scenario.topology).unit(of: metric) {
        case .duration: return Format.seconds(interval.mean, halfWidth: interval.halfWidth)
        case .ratio:
            return "\(Format.spread(interval.mean * 100, interval.halfWidth * 100, isCount: false)) %"
        case .rate, .count, nil: return Format.spread(interval.mean, interval.halfWidth, isCount: false)
        }
    }

    var json: JSONNode {
        JSONReport.object([
            ("seeds", .array(replications.runs.map { JSONNode(JSONReport.seed($0.seed)) })),
            ("precision", .finite(replications.effort.precision)),
            ("quantities", .array(replications.quantities.map(quantity))),
        ])
    }

    private func quantity(_ quantity: MeasuredQuantity) -> JSONNode {
        let unit = MetricCatalogue(for: replications.scenario.topology).unit(of: quantity.metric)
        return JSONReport.object([
            ("metric", .string(quantity.metric)), ("unit", unit.map { .string($0.rawValue) } ?? .null),
            ("interval", quantity.interval.map(JSONReport.interval) ?? .null),
            ("settled", .bool(quantity.isSettled(replications.effort.precision))),
        ])
    }
}
