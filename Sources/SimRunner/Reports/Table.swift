/// Columns that stand below each other.
struct Table {
    enum Alignment { case left, right }

    let columns: [(title: String, alignment: Alignment)]
    private(set) var rows: [[String]] = []

    init(_ columns: [(String, Alignment)]) { self.columns = columns.map { (title: $0.0, alignment: $0.1) } }

    mutating func add(_ cells: [String]) { rows.append(cells) }

    /// The title line, and one a row.
    func lines(style: Style) -> [String] {
        let lines = Self.aligned([columns.map(\.title)] + rows, columns.map(\.alignment))
        return [style.paint(.heading, lines[0])] + lines.dropFirst()
    }

    /// Rows of cells, two spaces between columns, nothing behind the last one.
    static func aligned(_ rows: [[String]], _ alignments: [Alignment] = []) -> [String] {
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in
            rows.map { $0.indices.contains(column) ? $0[column].displayWidth : 0 }.max() ?? 0
        }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let isRight = alignments.indices.contains(column) && alignments[column] == .right
                line += (column > 0 ? "  " : "")
                line += isRight ? cell.paddedLeft(to: widths[column]) : cell.padded(to: widths[column])
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
