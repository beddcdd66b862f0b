import SimNodes
import Topology

extension TextReport {
    private static let sparklineWidth = 80

    /// How a run went over time, and whether it came back after what disturbed it.
    static func overTime(_ result: RunResult, style: Style) -> [String] {
        TextReport(result, replay: ReplayCommand(path: "", settings: []), style: style).timeSection
    }

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
        // Where nobody tries again, attempts are no more than what users want.
        if series.attempts != series.wanted {
            for (name, counts) in [("wanted", series.wanted), ("attempts", series.attempts)] {
                let line = line(counts)
                rows.insert([name, line.text, maximum(line)], at: rows.count - 2)
            }
        }
        let marks = faultMarks(columns: successes.columns.count, column: column)
        if let marks { rows.append([result.faults.count == 1 ? "fault" : "faults", marks, ""]) }
        let end = Format.duration(column * successes.columns.count)
        let gap = String(repeating: " ", count: max(1, successes.columns.count - end.displayWidth - "0 s".count))
        rows.append(["", "0 s\(gap)\(end)", "one column is \(Format.duration(column))"])
        return Table.aligned(rows) + stallLine + recoveryLines
    }

    /// Whether users fared, after what disturbed the system was over, as before.
    private var recoveryLines: [String] {
        guard let recovery = result.recovery else { return [] }
        let (before, after) = (recovery.before, recovery.after)
        let (word, tone): (String, Style.Tone) =
            switch recovery.outcome {
            case .recovered: ("recovered", .good)
            case .recovering: ("still recovering", .doubtful)
            case .overloaded: ("not recovered, under more load than before", .bad)
            case .metastable: ("METASTABLE", .bad)
            }
        var text = style.paint(tone, word)
        if let time = recovery.recoveredAfter, recovery.outcome == .recovered {
            text += time == .zero ? " at once" : " within \(Format.duration(time))"
        }
        text += " after \(recovery.disturbance) was over at \(Format.moment(recovery.ended)); goodput "
        text += "\(Format.percent(before.servedShare)) of \(Format.rate(before.rate)) before, "
        text += "\(Format.percent(after.servedShare)) of \(Format.rate(after.rate)) "
        text += "from \(Format.moment(after.from)) on; "
        text += "repetitions \(Format.percent(before.repeatedShare)) of the attempts before, "
        text += "\(Format.percent(after.repeatedShare)) then"
        return text.wrapped(to: Self.width, indent: "    ")
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
