import SimNodes
import Topology

/// What queueing theory says, with what was measured beside it, and how far it can be believed.
struct TheorySection: CapacitySection {
    static let name = "theory"
    static let title = "Theory, and what was measured"

    let table: TheoryTable
    let demands: ServiceDemands
    let runs: [RunResult]

    init(_ scenario: Scenario, runs: [RunResult]) {
        demands = ServiceDemands(scenario)
        table = TheoryTable(scenario, demands)
        self.runs = runs
    }

    static func measure(_ study: CapacityStudy) throws(Laboratory.Interrupted) -> TheorySection? {
        TheorySection(study.scenario, runs: try study.replications().runs)
    }

    // MARK: - What was measured

    /// The mean over the runs; nil where no run has the resource, or it was never used.
    private func measured(_ resource: String, _ value: (ResourceResult) -> Double?) -> Double? {
        Self.mean(runs.compactMap { run in run.resources.first { $0.name == resource }.flatMap(value) })
    }

    /// How busy; for the lock of the product that most want, that which was busiest.
    private func measuredUtilisation(_ resource: String) -> Double? {
        guard resource == TheoryTable.hottestLock else { return measured(resource) { $0.utilisation } }
        return Self.mean(runs.compactMap { run in run.resources.lazy.compactMap(\.busiest).first?.utilisation })
    }

    private func measured(_ type: RequestClass) -> Double? {
        Self.mean(runs.compactMap { $0.metrics["\(type.metric).mean"] })
    }

    private static func mean(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    // MARK: - Text

    func lines(style: Style) -> [String] {
        var notes: [String] = []
        var rows = Table([
            ("resource", .left), ("model", .left), ("busy", .right), ("seen", .right), ("wait", .right),
            ("seen", .right),
            ("p99", .right), ("seen", .right), ("lost", .right), ("", .left),
        ])
        for row in table.rows where isShown(row) {
            rows.add(cells(row) + [note(row.applicability, &notes)])
        }
        var lines = rows.lines(style: style)
        for (index, text) in notes.enumerated() {
            lines += "[\(index + 1)] \(text)".wrapped(to: TextReport.width, indent: "    ")
        }
        if let network = table.network {
            let (rate, response) = (Format.rate(network.solution.throughput), Format.seconds(network.solution.response))
            let bounds = network.bounds.balancedThroughput(population: network.users)
            let between = "\(Format.rate(bounds.lowerBound)) and \(Format.rate(bounds.upperBound))"
            lines +=
                "closed network of \(Format.count(network.users)) users: \(rate), response \(response); bounds \(between)"
                .wrapped(to: TextReport.width, indent: "  ")
        }
        lines += responses(style)
        for remark in table.remarks { lines += remark.wrapped(to: TextReport.width, indent: "  ") }
        return lines
    }

    /// Resources at which nobody to speak of waits are left to the JSON report.
    private func isShown(_ row: TheoryRow) -> Bool {
        (row.utilisation ?? 1) > 0.05 || (row.meanWait ?? 0) > 1e-5 || (row.loss ?? 0) > 1e-3
    }

    private func cells(_ row: TheoryRow) -> [String] {
        [
            row.resource, row.model, row.utilisation.map(Format.percent) ?? Format.nothing,
            measuredUtilisation(row.resource).map(Format.percent) ?? Format.nothing, span(row.meanWait),
            span(measured(row.resource) { $0.waits.mean?.seconds }), span(row.waitP99),
            span(measured(row.resource) { $0.waits.percentile(99)?.seconds }), row.loss.map(Format.percent) ?? "",
        ]
    }

    /// `applies`, or the number of a note; the same note is written once.
    private func note(_ applicability: Applicability, _ notes: inout [String]) -> String {
        guard case .violated(let assumption, let when) = applicability else { return "applies" }
        let text = "does not hold: \(assumption); \(when)"
        if let index = notes.firstIndex(of: text) { return "[\(index + 1)]" }
        notes.append(text)
        return "[\(notes.count)]"
    }

    private func responses(_ style: Style) -> [String] {
        let responses = table.responses
        guard !responses.isEmpty else {
            return ["no mean response: a resource that requests cannot avoid has no steady state"]
        }
        var rows = Table([
            ("mean response", .left), ("nobody else there", .right), ("theory", .right), ("measured", .right),
        ])
        for path in demands.paths {
            guard let response = responses[path.requestClass] else { continue }
            rows.add([
                path.requestClass.title, Format.seconds(path.latency(idle: false)), Format.seconds(response),
                span(measured(path.requestClass)),
            ])
        }
        return rows.lines(style: style)
    }

    /// What is below a nanosecond, the unit of virtual time, is nothing.
    private func span(_ seconds: Double?) -> String {
        seconds.map { Format.seconds($0 < 5e-10 ? 0 : $0) } ?? Format.nothing
    }

    // MARK: - JSON

    var json: JSONNode {
        let responses = table.responses
        return JSONReport.object([
            ("rows", .array(table.rows.map(row))),
            (
                "responses",
                .array(
                    demands.paths.compactMap { path in
                        responses[path.requestClass].map { response in
                            JSONReport.object([
                                ("class", .string(path.requestClass.rawValue)), ("theorySeconds", .finite(response)),
                                ("measuredSeconds", Self.number(measured(path.requestClass))),
                            ])
                        }
                    })
            ), ("network", network), ("remarks", .array(table.remarks.map { JSONNode(.string($0)) })),
        ])
    }

    private var network: JSONValue {
        guard let network = table.network else { return .null }
        let bounds = network.bounds.balancedThroughput(population: network.users)
        return JSONReport.object([
            ("users", .integer(network.users)), ("throughput", .finite(network.solution.throughput)),
            ("responseSeconds", .finite(network.solution.response)), ("lowerBound", .finite(bounds.lowerBound)),
            ("upperBound", .finite(bounds.upperBound)), ("knee", .finite(network.bounds.knee)),
        ]).value
    }

    private func row(_ row: TheoryRow) -> JSONNode {
        var assumption = JSONValue.null
        var when = JSONValue.null
        if case .violated(let violated, let cause) = row.applicability {
            (assumption, when) = (.string(violated), .string(cause))
        }
        return JSONReport.object([
            ("resource", .string(row.resource)), ("model", .string(row.model)), ("method", .string(row.method)),
            ("applies", .bool(row.applicability.isGiven)), ("violated", assumption), ("when", when),
            ("utilisation", Self.number(row.utilisation)), ("meanWaitSeconds", Self.number(row.meanWait)),
            ("waitProbability", Self.number(row.waitProbability)), ("waitP95Seconds", Self.number(row.waitP95)),
            ("waitP99Seconds", Self.number(row.waitP99)), ("loss", Self.number(row.loss)),
            ("measuredUtilisation", Self.number(measured(row.resource) { $0.utilisation })),
            ("measuredMeanWaitSeconds", Self.number(measured(row.resource) { $0.waits.mean?.seconds })),
            ("measuredWaitP99Seconds", Self.number(measured(row.resource) { $0.waits.percentile(99)?.seconds })),
        ])
    }

    private static func number(_ value: Double?) -> JSONValue { value.map { .finite($0) } ?? .null }
}
