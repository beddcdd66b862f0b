import SimNodes
import Topology

/// A sweep for people.
struct SweepReport {
    let sweep: Sweep
    let path: String
    let settings: [String]
    let style: Style

    var code: ExitCode {
        if sweep.points.contains(where: { $0.code == .programFault }) { return .programFault }
        return sweep.points.count < sweep.size ? .interrupted : .holds
    }

    var text: String {
        let sections = sweep.variations.count == 2 ? [heading] + maps + [breakages] : [heading, table, breakages]
        return (sections + [[command]]).filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }
            .joined(separator: "\n\n") + "\n"
    }

    // MARK: - The answer

    private var heading: [String] {
        let title = sweep.title.isEmpty ? path : "\(sweep.title) (\(path))"
        return "\(answer) (\(Format.plural(sweep.seeds.count, "run")) each)"
            .wrapped(to: TextReport.width, indent: "  ") + [title]
    }

    private var answer: String {
        let points = sweep.points
        guard !points.isEmpty else { return "no point was finished" }
        let holding = points.filter { $0.code == .holds }
        if holding.count == points.count {
            return "\(word(.holds)) at \(points.count == 1 ? "the one point" : "all \(points.count) points")"
        }
        let breaking = points.filter { $0.code == .broken }
        if breaking.count == points.count { return "\(word(.broken)) at all \(points.count) points" }
        guard sweep.variations.count == 1 else {
            var text = holding.isEmpty ? "" : "\(word(.holds)) at \(holding.count) of \(points.count) points, "
            text += "\(holding.isEmpty ? word(.broken) : "breaks") at \(breaking.count)"
            let others = points.count - holding.count - breaking.count
            return others > 0 ? "\(text), undecided at \(others)" : text
        }
        return "\(sweep.variations[0].path): \(stretches.joined(separator: ", "))"
    }

    /// Neighbouring points with the same verdict, of a sweep along one setting.
    private var stretches: [String] {
        var stretches: [(code: ExitCode, first: String, last: String)] = []
        for point in sweep.points {
            if let last = stretches.last, last.code == point.code {
                stretches[stretches.count - 1].last = point.values[0]
            } else {
                stretches.append((point.code, point.values[0], point.values[0]))
            }
        }
        return stretches.map { stretch in
            "\(word(stretch.code)) at \(stretch.first)\(stretch.first == stretch.last ? "" : " … \(stretch.last)")"
        }
    }

    private func word(_ code: ExitCode) -> String {
        switch code {
        case .holds: style.paint(.good, "HOLDS")
        case .broken: style.paint(.bad, "BREAKS")
        case .inconclusive: style.paint(.doubtful, "INCONCLUSIVE")
        default: style.paint(.doubtful, "INVALID")
        }
    }

    // MARK: - Points

    private var table: [String] {
        guard !sweep.points.isEmpty else { return [] }
        var table = Table(
            sweep.variations.map { ($0.path, .right) } + [("verdict", .left)]
                + sweep.metrics.map { ($0.name, .right) })
        for point in sweep.points {
            let metrics = zip(sweep.metrics, point.metrics).map { Self.spread($1, $0.unit) }
            table.add(point.values + [verdict(of: point)] + metrics)
        }
        return table.lines(style: style)
    }

    private func verdict(of point: Sweep.Point) -> String {
        let broken = point.runs - point.holding
        let share = broken < point.runs && broken > 0 ? " in \(broken) of \(point.runs)" : ""
        return word(point.code) + share
    }

    private static func spread(_ interval: ConfidenceInterval?, _ unit: MetricCatalogue.Unit?) -> String {
        guard let interval else { return Format.nothing }
        return switch unit {
        case .duration: Format.seconds(interval.mean, halfWidth: interval.halfWidth)
        case .ratio:
            "\(Format.spread(interval.mean * 100, interval.halfWidth * 100, isCount: false)) %"
        case .rate: "\(Format.spread(interval.mean, interval.halfWidth, isCount: false))/s"
        case .count, nil: Format.spread(interval.mean, interval.halfWidth)
        }
    }

    /// One map a metric, for two settings.
    private var maps: [[String]] {
        let (rows, columns) = (sweep.variations[0], sweep.variations[1])
        guard !sweep.points.isEmpty else { return [] }
        return sweep.metrics.indices.map { metric in
            let unit = sweep.metrics[metric].unit
            let cells = rows.values.indices.map { row in
                columns.values.indices.map { column -> HeatMap.Cell in
                    let index = row * columns.values.count + column
                    guard sweep.points.indices.contains(index) else { return HeatMap.Cell(value: nil, text: "") }
                    let point = sweep.points[index]
                    let mean = point.metrics[metric]?.mean
                    let text = mean.map { Format.metric($0, unit) } ?? Format.nothing
                    return HeatMap.Cell(value: mean, text: "\(text) \(Self.mark(point.code))")
                }
            }
            let map = HeatMap(
                rowTitle: rows.path, columnTitle: columns.path, rows: rows.values, columns: columns.values,
                cells: cells)
            let name = style.paint(.heading, sweep.metrics[metric].name)
            return ["\(name), mean of a point's runs; the darker, the more; × breaks, ? undecided"]
                + map.lines(width: TextReport.width, style: style)
        }
    }

    private static func mark(_ code: ExitCode) -> Character {
        switch code {
        case .holds: " "
        case .broken: "×"
        default: "?"
        }
    }

    // MARK: - What breaks

    /// At how many points each promise is broken, and at which first.
    private var breakages: [String] {
        var names: [String] = []
        for point in sweep.points { names += point.broken.filter { !names.contains($0) } }
        let counts = names.map { name in (name, sweep.points.filter { $0.broken.contains(name) }) }
        guard !counts.isEmpty else { return [] }
        var table = Table([("broken", .left), ("at points", .right), ("first at", .left)])
        let ranked = counts.enumerated().sorted { ($1.element.1.count, $0.offset) < ($0.element.1.count, $1.offset) }
        for (name, points) in ranked.map(\.element) {
            let first = zip(sweep.variations, points[0].values).map { "\($0.path)=\($1)" }
            table.add([name, Format.count(points.count), first.joined(separator: " ")])
        }
        return table.lines(style: style)
    }

    /// How to look at one point: the first that breaks, or the last of all.
    private var command: String {
        let point = sweep.points.first { $0.code != .holds } ?? sweep.points.last
        let own = zip(sweep.variations, point?.values ?? []).map { "\($0.path)=\($1)" }
        return ReplayCommand(path: path, settings: settings + own).text(seed: sweep.seeds.lowerBound)
    }
}
