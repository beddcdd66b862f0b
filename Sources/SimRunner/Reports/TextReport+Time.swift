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
        return Table.aligned(rows) + stallLine
    }

    /// The longest time in which nobody was served although others were before and after.
    private var stallLine: [String] {
        let successes = result.series.successes
        guard let stall = Self.longestStall(successes), stall.count >= 3 else { return [] }
        let width = result.series.width
        let (start, end) = (width * stall.lowerBound, width * stall.upperBound)
        return [
            style.paint(.doubtful, "nobody was served")
                + " for \(Format.duration(end - start)), from \(Format.duration(start)) to \(Format.duration(end))"
        ]
    }

    /// The longest row of empty buckets between two that are not.
    static func longestStall(_ counts: [Int]) -> Range<Int>? {
        var longest: Range<Int>?
        var previous: Int?
        for (index, count) in counts.enumerated() where count > 0 {
            if let previous, index - previous - 1 > longest?.count ?? 0 { longest = previous + 1..<index }
            previous = index
        }
        return longest
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
