import SimNodes
import Topology

extension TextReport {
    private static let sparklineWidth = 80

    /// Throughput and errors over time, with the faults below them.
    var timeSection: [String] {
        let series = result.series
        let length = max(series.successes.count, series.failures.count)
        guard length > 0, series.width > .zero else { return [] }
        func line(_ counts: [Int]) -> Sparkline {
            Sparkline(counts + Array(repeating: 0, count: length - counts.count), width: Self.sparklineWidth)
        }
        let successes = line(series.successes)
        let failures = line(series.failures)
        let column = series.width * successes.bucketsPerColumn
        func maximum(_ sparkline: Sparkline) -> String {
            "max " + Format.rate(Double(sparkline.maximum) / column.seconds)
        }
        var rows = [
            ["successes", successes.text, maximum(successes)], ["errors", failures.text, maximum(failures)],
        ]
        let marks = faultMarks(columns: successes.columns.count, column: column)
        if let marks { rows.append([result.faults.count == 1 ? "fault" : "faults", marks, ""]) }
        let end = Format.duration(column * successes.columns.count)
        let gap = String(repeating: " ", count: max(1, successes.columns.count - end.displayWidth - "0 s".count))
        rows.append(["", "0 s\(gap)\(end)", "one column is \(Format.duration(column))"])
        return Table.aligned(rows)
    }

    private func faultMarks(columns: Int, column: TimeSpan) -> String? {
        var marks = [Character](repeating: " ", count: columns)
        var isMarked = false
        for fault in result.faults {
            guard let at = fault.appliedAt else { continue }
            let place = Int(at.nanoseconds / max(1, column.nanoseconds))
            guard marks.indices.contains(place) else { continue }
            marks[place] = "^"
            isMarked = true
        }
        return isMarked ? String(marks) : nil
    }
}
