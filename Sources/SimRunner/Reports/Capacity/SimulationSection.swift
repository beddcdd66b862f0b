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
        var table = Table(
            [("success", .left), ("share", .right)] + Self.percents.map { ($0, .right) } + [("a second", .right)])
        for flow in replications.flows {
            let figures = ["share"] + Self.percents + ["rate"]
            table.add([Format.words(flow)] + figures.map { cell("\(flow).success.\($0)") })
        }
        return effort.wrapped(to: TextReport.width, indent: "  ") + warmUpLines + lawsLines + [""]
            + table.lines(style: style) + failoverLines
    }

    private static let percents = ["p50", "p95", "p99"]

    /// How many runs, and how sure they are.
    private var effort: String {
        let runs = Format.plural(replications.runs.count, "run")
        let precision = "\(Format.number(replications.effort.precision * 100)) %"
        let seeds = SeedsReport.list(replications.runs.map(\.seed))
        let text = "\(runs) (seeds \(seeds)); means of a run ± half of their 95 % intervals"
        let rest = replications.unsettled
        guard !rest.isEmpty else { return "\(text), all within \(precision) or clear of what is expected" }
        return "\(text); not yet within \(precision): \(rest.map(\.metric).joined(separator: ", "))"
    }

    // MARK: - Warm-up

    private var warmUps: [AfterWarmUp] { replications.runs.compactMap(\.afterWarmUp) }

    private var warmUpLines: [String] {
        switch replications.scenario.steadiness {
        case .burst: return ["Nothing is cut off as warm-up: the beginning of a burst is what matters."]
        case .faults: return ["Nothing is cut off as warm-up: what the fault does is the question."]
        case .steady: break
        }
        guard !warmUps.isEmpty else { return ["Nothing is cut off as warm-up: there are too few requests for it."] }
        let cut = ConfidenceInterval(replications: warmUps.map(\.warmUp.seconds)).mean
        let dropped = ConfidenceInterval(replications: warmUps.map { Double($0.dropped) }).mean
        let line =
            "Steady state: MSER-5 leaves out the first \(Format.seconds(cut)) and \(Format.number(dropped.rounded())) requests of a run, on average."
        guard replications.restless > 0 else { return [line] }
        return [
            line,
            "Latencies do not settle in \(replications.restless) of \(Format.plural(replications.runs.count, "run")).",
        ]
    }

    /// Runs that break them are faults of the program, and don't come here.
    private var lawsLines: [String] {
        guard let run = replications.runs.first, !run.resources.isEmpty, run.programFaults.isEmpty else { return [] }
        return ["Conservation and Little's law hold at each of \(run.resources.count) resources in every run."]
    }

    // MARK: - Figures

    /// How long a failover took, over the runs that had one.
    private var failoverLines: [String] {
        ["mysql", "redis"].flatMap { store -> [String] in
            let stages = [("detected", "detected"), ("promoted", "promoted"), ("writesResumed", "writes resumed")]
            let parts = stages.compactMap { stage, words -> String? in
                let values = replications.runs.compactMap { $0.metrics["failover.\(store).\(stage)"] }
                guard !values.isEmpty else { return nil }
                return "\(words) after \(Format.interval(ConfidenceInterval(replications: values), .duration))"
            }
            return parts.isEmpty ? [] : ["failover of \(store): \(parts.joined(separator: ", "))"]
        }
    }

    private func cell(_ metric: String) -> String {
        let values = replications.runs.compactMap { $0.afterWarmUp?.metrics[metric] ?? $0.metrics[metric] }
        guard !values.isEmpty else { return Format.nothing }
        let unit = MetricCatalogue(for: replications.scenario.topology).unit(of: metric)
        return Format.interval(ConfidenceInterval(replications: values), unit == .rate ? .count : unit)
    }

    // MARK: - JSON

    var json: JSONNode {
        JSONReport.object([
            ("seeds", .array(replications.runs.map { JSONNode(JSONReport.seed($0.seed)) })),
            ("precision", .finite(replications.effort.precision)),
            ("warmUp", warmUpJSON),
            ("quantities", .array(replications.quantities.map(quantity))),
        ])
    }

    private var warmUpJSON: JSONValue {
        let reason =
            switch replications.scenario.steadiness {
            case .steady: warmUps.isEmpty ? "too few requests" : "steady state"
            case .burst: "burst"
            case .faults: "faults"
            }
        func mean(_ values: [Double]) -> JSONValue {
            values.isEmpty ? .null : .finite(ConfidenceInterval(replications: values).mean)
        }
        return JSONReport.object([
            ("method", .string(warmUps.isEmpty ? "none" : "MSER-5")), ("reason", .string(reason)),
            ("cutSeconds", mean(warmUps.map(\.warmUp.seconds))),
            ("droppedRequests", mean(warmUps.map { Double($0.dropped) })),
            ("settledRuns", warmUps.isEmpty ? .null : .integer(warmUps.count(where: \.isSettled))),
        ]).value
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
