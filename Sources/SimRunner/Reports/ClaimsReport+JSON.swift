import SimNodes
import Topology

extension ClaimsReport {
    /// The ledger for other programs; docs/report-format.md explains it.
    var json: JSONNode {
        JSONReport.object([
            ("format", .string(Self.format)), ("program", .string("\(Program.name) \(Program.version)")),
            ("exitCode", .integer(Int(code.rawValue))), ("complete", .bool(ledger.isComplete)),
            (
                "counts",
                .object(
                    ClaimVerdict.allCases.map {
                        JSONMember(key: $0.rawValue, value: JSONNode(.integer(ledger.count($0))))
                    })
            ), ("claims", .array(ledger.entries.map(Self.entry))),
        ])
    }

    private static func entry(_ entry: ClaimEntry) -> JSONNode {
        let claim = entry.claim.claim
        return JSONReport.object([
            ("id", .string(claim.id)), ("design", .string(claim.design)), ("path", .string(entry.claim.path)),
            ("claim", .string(claim.claim)), ("verdict", .string(entry.verdict.rawValue)),
            ("reason", .string(ClaimWords.reason(entry))),
            (
                "stated",
                .array(
                    claim.stated.map {
                        JSONReport.object([
                            ("source", .string($0.source)), ("words", .string($0.words)),
                            ("figure", .string($0.figure)),
                        ])
                    })
            ),
            (
                "contradictions",
                .array(
                    entry.claim.contradictions.flatMap { contradiction in
                        contradiction.pairs.map { pair in
                            JSONReport.object([
                                ("metric", .string(pair.first.metric)),
                                ("first", .string(pair.first.source)), ("second", .string(pair.second.source)),
                                ("firstSource", .string(contradiction.first.source)),
                                ("secondSource", .string(contradiction.second.source)),
                            ])
                        }
                    })
            ), ("situations", .array(entry.measurements.map(situation))),
        ])
    }

    private static func situation(_ measurement: ClaimMeasurement) -> JSONNode {
        let plan = measurement.situation.plan
        return JSONReport.object([
            ("name", .string(plan.name)), ("role", .string(plan.role.rawValue)),
            ("judge", .string(plan.judge.rawValue)),
            ("outcome", plan.role == .shown ? .null : .string(measurement.outcome.rawValue)),
            ("finding", .string(ClaimWords.finding(of: measurement))), ("runs", .integer(measurement.runs.count)),
            ("command", .string(ClaimCommandLine(measurement).text)),
            ("expectations", .array(measurement.figures.map { figure($0, measurement) })),
            (
                "shown",
                .object(
                    plan.show.map { metric in
                        let samples = measurement.samples(of: metric)
                        return JSONMember(
                            key: metric,
                            value: JSONNode(
                                samples.isEmpty
                                    ? .null : JSONReport.interval(ConfidenceInterval(replications: samples))))
                    })
            ),
        ])
    }

    private static func figure(_ figure: ClaimFigure, _ measurement: ClaimMeasurement) -> JSONNode {
        let expectation = figure.check.expectation
        return JSONReport.object([
            ("expression", .string(expectation.source)), ("metric", .string(expectation.metric)),
            ("unit", measurement.situation.unit(of: expectation.metric).map { .string($0.rawValue) } ?? .null),
            ("within", figure.check.within.map { .number($0) } ?? .null), ("outcome", .string(figure.outcome.rawValue)),
            ("rightRuns", .integer(figure.right)), ("runsWithoutSample", .integer(figure.missing)),
            ("interval", figure.interval.map { JSONReport.interval($0) } ?? .null),
        ])
    }
}
