import SimNodes
import Topology

extension SweepReport {
    static let format = "stampede.sweep/1"

    // MARK: - CSV

    /// A line of names, then a line a point; durations in seconds, rates a second, what was not measured left empty.
    var csv: String {
        let names =
            sweep.variations.map(\.path) + ["verdict", "runs", "holding"]
            + sweep.metrics.flatMap { ["\($0.name)", "\($0.name).lower", "\($0.name).upper"] }
        let rows = sweep.points.map { point in
            point.values + [Self.word(point.code), "\(point.runs)", "\(point.holding)"]
                + point.metrics.flatMap { interval in
                    [interval?.mean, interval?.lower, interval?.upper].map { Self.cell($0) }
                }
        }
        return ([names] + rows).map { $0.map(Self.quoted).joined(separator: ",") + "\n" }.joined()
    }

    private static func cell(_ number: Double?) -> String {
        guard let number, number.isFinite else { return "" }
        return "\(number)"
    }

    /// RFC 4180.
    private static func quoted(_ cell: String) -> String {
        guard cell.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return cell }
        return "\"\(cell.replacing("\"", with: "\"\""))\""
    }

    private static func word(_ code: ExitCode) -> String {
        switch code {
        case .holds: "holds"
        case .broken: "breaks"
        case .inconclusive: "inconclusive"
        default: "invalid"
        }
    }

    // MARK: - JSON

    var json: JSONNode {
        JSONReport.object([
            ("format", .string(Self.format)), ("program", .string("\(Program.name) \(Program.version)")),
            ("exitCode", .integer(Int(code.rawValue))), ("complete", .bool(sweep.points.count == sweep.size)),
            ("scenario", .string(path)), ("title", .string(sweep.title)), ("settings", .texts(settings)),
            (
                "variations",
                .array(
                    sweep.variations.map {
                        JSONReport.object([("path", .string($0.path)), ("values", .texts($0.values))])
                    })
            ),
            ("seeds", .array(sweep.seeds.map { JSONNode(JSONReport.seed($0)) })),
            (
                "metrics",
                .array(
                    sweep.metrics.map {
                        JSONReport.object([
                            ("name", .string($0.name)), ("unit", $0.unit.map { .string($0.rawValue) } ?? .null),
                        ])
                    })
            ),
            ("points", .array(sweep.points.map(point))),
        ])
    }

    private func point(_ point: Sweep.Point) -> JSONNode {
        JSONReport.object([
            ("values", .texts(point.values)), ("verdict", JSONReport.verdict(point.verdict)),
            ("runs", .integer(point.runs)), ("holding", .integer(point.holding)), ("broken", .texts(point.broken)),
            ("metrics", .array(point.metrics.map { JSONNode($0.map(JSONReport.interval) ?? .null) })),
        ])
    }
}

extension JSONValue {
    fileprivate static func texts(_ texts: [String]) -> JSONValue { .array(texts.map { JSONNode(.string($0)) }) }
}
