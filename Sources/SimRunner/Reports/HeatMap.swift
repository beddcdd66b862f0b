/// Numbers in rows and columns, shaded by their size; the shades are characters, so that it reads without colour.
struct HeatMap {
    /// One place of the map.
    struct Cell {
        /// What the shade shows; nil leaves the place blank.
        let value: Double?
        /// What is written there.
        let text: String
    }

    let rowTitle: String
    let columnTitle: String
    let rows: [String]
    let columns: [String]
    /// Row by row.
    let cells: [[Cell]]

    private static let shades: [Character] = ["·", "░", "▒", "▓", "█"]

    /// Least and greatest value; nil when there is none.
    private var range: ClosedRange<Double>? {
        let values = cells.joined().compactMap(\.value)
        guard let least = values.min(), let greatest = values.max() else { return nil }
        return least...greatest
    }

    /// The map; where it is wider than `width`, blocks of columns below each other.
    func lines(width: Int, style: Style) -> [String] {
        let head = max(rowTitle.displayWidth, rows.map(\.displayWidth).max() ?? 0)
        let widths = columns.indices.map { column in
            max(columns[column].displayWidth, cells.compactMap { $0[column].text.displayWidth + 1 }.max() ?? 0)
        }
        var lines: [String] = []
        var start = 0
        while start < columns.count {
            var end = start + 1
            var used = head + 2 + widths[start]
            while end < columns.count, used + 2 + widths[end] <= width {
                used += 2 + widths[end]
                end += 1
            }
            if start > 0 { lines.append("") }
            lines += block(start..<end, head: head, widths, style)
            start = end
        }
        return lines
    }

    private func block(_ range: Range<Int>, head: Int, _ widths: [Int], _ style: Style) -> [String] {
        let indent = String(repeating: " ", count: head)
        let title = "\(indent)  \(style.paint(.heading, columnTitle))"
        let names = range.map { columns[$0].paddedLeft(to: widths[$0]) }.joined(separator: "  ")
        return [title, "\(style.paint(.heading, rowTitle.paddedLeft(to: head)))  \(style.paint(.heading, names))"]
            + rows.indices.map { row in
                let line = range.map { painted(cells[row][$0], to: widths[$0], style) }.joined(separator: "  ")
                let whole = "\(rows[row].paddedLeft(to: head))  \(line)"
                return String(whole.reversed().drop { $0 == " " }.reversed())
            }
    }

    private func painted(_ cell: Cell, to width: Int, _ style: Style) -> String {
        guard let share = share(of: cell.value) else { return cell.text.paddedLeft(to: width) }
        let index = min(Self.shades.count - 1, Int(share * Double(Self.shades.count)))
        return style.shade(share, "\(Self.shades[index])\(cell.text.paddedLeft(to: width - 1))")
    }

    /// Where a value lies between the least and the greatest, 0 to 1.
    private func share(of value: Double?) -> Double? {
        guard let value, let range else { return nil }
        let length = range.upperBound - range.lowerBound
        return length > 0 ? (value - range.lowerBound) / length : 0
    }
}
