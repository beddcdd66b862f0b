import SimNodes
import Topology

/// What the latencies about each percentile are made of: a row a percentile.
struct AnatomyTable {
    /// What stands in the table: waiting places, then the rest.
    private struct Row {
        let cut: LatencyAnatomy.Cut
        /// By place, the longest first: twins such as two servers' cores together.
        let waits: [(place: String, total: TimeSpan)]
        let services: [(place: String, total: TimeSpan)]
        let pauses: TimeSpan
        let replication: TimeSpan
    }

    private let seed: UInt64
    private let resources: [String]
    private let topology: SystemTopology
    private let rows: [Row]

    init(_ anatomy: LatencyAnatomy?, _ topology: SystemTopology) {
        seed = anatomy?.seed ?? 0
        resources = anatomy?.resources ?? []
        self.topology = topology
        rows = (anatomy?.cuts ?? []).map { cut in
            var waits: [(place: String, total: TimeSpan)] = []
            var services = waits
            var (pauses, replication) = (TimeSpan.zero, TimeSpan.zero)
            for (part, total) in cut.parts {
                func place(_ index: Int) -> String { topology.family(of: anatomy?.resources[index] ?? "") }
                switch part {
                case .waiting(let index): Self.add(total, place(index), to: &waits)
                case .service(let index): Self.add(total, place(index), to: &services)
                case .userPause, .applicationPause: pauses += total
                case .acknowledgement: replication += total
                }
            }
            waits.sort { ($1.total, $0.place) < ($0.total, $1.place) }
            services.sort { ($1.total, $0.place) < ($0.total, $1.place) }
            return Row(cut: cut, waits: waits, services: services, pauses: pauses, replication: replication)
        }
    }

    private static func add(_ total: TimeSpan, _ place: String, to list: inout [(place: String, total: TimeSpan)]) {
        if let index = list.firstIndex(where: { $0.place == place }) {
            list[index].total += total
        } else {
            list.append((place, total))
        }
    }

    // MARK: - Text

    func lines(_ style: Style) -> [String] {
        guard !rows.isEmpty else { return [] }
        var table = Table([
            ("success", .left), ("", .left), ("latency", .right), ("waiting", .right), ("service", .right),
            ("pauses", .right), ("network", .right), ("where it waits", .left),
        ])
        var previous = ""
        for row in rows {
            let name = row.cut.flow == previous ? "" : Format.words(row.cut.flow)
            previous = row.cut.flow
            table.add(
                [name, Self.percentile(row.cut.percent), Format.duration(row.cut.latency)]
                    + [row.cut.waiting, Self.sum(row.services) + row.replication, row.pauses, row.cut.rest].map {
                        Self.share(row.cut.share($0))
                    } + [Self.list(row)])
        }
        return ["What the latency of those about each percentile is made of (seed \(seed)):"]
            + table.lines(style: style)
    }

    private static func sum(_ list: [(place: String, total: TimeSpan)]) -> TimeSpan {
        list.reduce(.zero) { $0 + $1.total }
    }

    private static func share(_ ratio: Double) -> String {
        ratio == 0 ? "." : ratio < 0.01 ? "<1 %" : "\(Int((ratio * 100).rounded())) %"
    }

    /// The places that make up at least a twentieth, each with the mean wait of a request.
    private static func list(_ row: Row) -> String {
        row.waits.filter { row.cut.share($0.total) >= 0.05 }.prefix(3).map {
            "\($0.place) \(Format.duration(TimeSpan(nanoseconds: $0.total.nanoseconds / Int64(row.cut.count))))"
        }.joined(separator: ", ")
    }

    static func percentile(_ percent: Double) -> String {
        percent == percent.rounded() ? "p\(Int(percent))" : "p\(percent)"
    }

    /// Where the slow successes of a flow, at p95, spend most of their time, beside the network and service; nil where
    /// that is next to nothing.
    func slowest(of flow: String?) -> (name: String, resources: [String], mean: TimeSpan, latency: TimeSpan)? {
        let slow = rows.filter { $0.cut.percent == 95 }
        guard let row = slow.first(where: { $0.cut.flow == flow }) ?? slow.first else { return nil }
        let longest = row.waits.first
        let isOutside = row.pauses > longest?.total ?? .zero
        let total = isOutside ? row.pauses : longest?.total ?? .zero
        guard row.cut.share(total) >= 0.2 else { return nil }
        let mean = TimeSpan(nanoseconds: total.nanoseconds / Int64(row.cut.count))
        guard let longest, !isOutside else { return ("in pauses between attempts", [], mean, row.cut.latency) }
        let twins = resources.filter { topology.family(of: $0) == longest.place }
        return ("at \(longest.place)", twins, mean, row.cut.latency)
    }

    // MARK: - JSON

    var json: JSONValue {
        .array(
            rows.map { row in
                func mean(_ span: TimeSpan) -> JSONValue { .finite(span.seconds / Double(row.cut.count)) }
                func list(_ list: [(place: String, total: TimeSpan)]) -> JSONValue {
                    .array(
                        list.map {
                            JSONReport.object([("place", .string($0.place)), ("meanSeconds", mean($0.total))])
                        })
                }
                return JSONReport.object([
                    ("flow", .string(row.cut.flow)), ("percentile", .finite(row.cut.percent)),
                    ("requests", .integer(row.cut.count)), ("latencySeconds", mean(row.cut.total)),
                    ("waiting", list(row.waits)), ("service", list(row.services)), ("pauseSeconds", mean(row.pauses)),
                    ("acknowledgementSeconds", mean(row.replication)), ("restSeconds", mean(row.cut.rest)),
                ])
            })
    }
}

extension SystemTopology {
    /// What one calls a resource together with its twins: `application.cpu` for those of all application servers.
    fileprivate func family(of resource: String) -> String {
        guard let dot = resource.lastIndex(of: ".") else { return resource }
        let isTwin = application.servers.count > 1 && application.servers.contains(String(resource[..<dot]))
        return isTwin ? "application\(resource[dot...])" : resource
    }
}
