import SimNodes
import Topology

extension JSONReport {
    /// Runs of one scenario under several seeds.
    static func seeds(_ summary: SeedsSummary) -> JSONNode {
        object([
            ("verdict", verdict(summary.verdict)), ("exitCode", .integer(Int(summary.code.rawValue))),
            ("count", .integer(summary.runs.count)), ("holding", .integer(summary.seeds(.holds).count)),
            ("runs", .array(summary.runs.map(run))),
            ("outcomes", .array(summary.lines.map(line))),
            ("resources", .array(summary.resourceNames.map { resource($0, summary.resources[$0] ?? [:]) })),
            ("cacheHitRate", interval(summary.hitRates)),
            ("failovers", .array(summary.stores.map { failover($0, summary) })),
            ("invariants", .array(summary.invariants.map(check))),
            ("expectations", .array(summary.expectations.map(check))),
            ("faults", .array(summary.faults.map(check))),
            (
                "metrics",
                .object(summary.metrics.map { JSONMember(key: $0.key, value: JSONNode(interval($0.value))) })
            ),
        ])
    }

    private static func run(_ run: SeedsSummary.Run) -> JSONNode {
        object([
            ("seed", seed(run.seed)), ("digest", .string(run.digest.description)), ("verdict", verdict(run.verdict)),
            ("exitCode", .integer(Int(run.code.rawValue))), ("events", .integer(Int(clamping: run.events))),
            ("simulatedSeconds", .seconds(run.simulated)),
        ])
    }

    private static func line(_ line: SeedsSummary.Line) -> JSONNode {
        let percents = line.latency.percents.map { percent in
            JSONMember(
                key: "p\(Format.number(percent))Seconds",
                value: JSONNode(line.latency.interval(percent).map(interval) ?? .null))
        }
        return object([
            ("flow", .string(line.flow)), ("outcome", .string(line.label.trimmingSpaces)),
            ("isSuccess", .bool(line.isSuccess)), ("count", interval(line.counts)), ("share", interval(line.shares)),
            ("meanSeconds", interval(line.means)), ("maximumSeconds", interval(line.maxima)),
            ("percentiles", .object(percents)), ("allRuns", latency(line.latency.merged)),
        ])
    }

    private static func resource(_ name: String, _ figures: [ResourceResult.Figure: [Double]]) -> JSONNode {
        object(
            [("name", .string(name))]
                + ResourceResult.Figure.allCases.map { figure in
                    (figure == .waitP99 ? "waitP99Seconds" : figure.rawValue, interval(figures[figure] ?? []))
                })
    }

    private static func failover(_ store: String, _ summary: SeedsSummary) -> JSONNode {
        let figures = FailoverResult.Figure.allCases.map { figure -> (String, JSONValue) in
            let isCount = figure == .requestsAffected || figure == .lostOrders
            return (
                isCount ? figure.rawValue : "\(figure.rawValue)Seconds",
                interval(summary.failovers[store]?[figure] ?? [])
            )
        }
        return object([("store", .string(store)), ("runs", .integer(summary.failoverRuns[store] ?? 0))] + figures)
    }

    private static func check(_ check: SeedsSummary.Check) -> JSONNode {
        object([
            ("name", .string(check.name)), ("runs", .integer(check.runs)), ("passed", .integer(check.passed)),
            ("firstBrokenSeed", check.firstBroken.map { seed($0.seed) } ?? .null),
            ("firstBrokenDetail", check.firstBroken.map { .string($0.detail) } ?? .null),
        ])
    }

    private static func interval(_ values: [Double]) -> JSONValue {
        guard let interval = SeedsSummary.interval(values) else { return .null }
        return self.interval(interval)
    }

    static func interval(_ interval: ConfidenceInterval) -> JSONValue {
        object([
            ("mean", .finite(interval.mean)), ("halfWidth", .finite(interval.halfWidth)),
            ("level", .finite(interval.level)), ("samples", .integer(interval.samples)),
        ]).value
    }
}

extension String {
    fileprivate var trimmingSpaces: String { String(drop { $0 == " " }) }
}
