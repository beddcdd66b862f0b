/// A row of bars as high as the numbers.
struct Sparkline {
    private static let bars: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    private static let empty: Character = "·"

    /// How many of the given buckets make one column.
    let bucketsPerColumn: Int
    /// Sums of the columns.
    let columns: [Int]
    /// What the highest bar stands for.
    var maximum: Int { columns.max() ?? 0 }

    /// Neighbouring buckets are added until there are at most `width` columns.
    init(_ counts: [Int], width: Int) {
        let buckets = max(1, (counts.count + width - 1) / max(1, width))
        bucketsPerColumn = buckets
        columns = stride(from: 0, to: counts.count, by: buckets).map { start in
            counts[start..<min(start + buckets, counts.count)].reduce(0, +)
        }
    }

    /// Anything above zero shows; only the maximum fills its column.
    var text: String {
        let maximum = maximum
        return String(
            columns.map { count in
                if count <= 0 { return Self.empty }
                if count == maximum { return Self.bars[Self.bars.count - 1] }
                // Double: counts times eight may not fit.
                return Self.bars[
                    min(Self.bars.count - 2, Int(Double(count) / Double(maximum) * Double(Self.bars.count)))]
            })
    }
}
