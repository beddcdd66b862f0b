import Topology

/// Curves over one axis, drawn with characters; both axes are logarithmic, as loads double.
struct Chart {
    /// One curve.
    struct Curve {
        let name: String
        let mark: Character
        /// Whether the mark is repeated between the points, as for a bound that holds everywhere.
        var isContinuous = false
        let points: [(x: Double, y: Double)]

        /// What can be shown on logarithmic axes.
        var visible: [(x: Double, y: Double)] { points.filter { $0.x > 0 && $0.y > 0 && $0.y.isFinite } }

        /// The value at a place between two points, by the power law through them; nil outside.
        func value(at x: Double) -> Double? {
            let points = visible
            guard let next = points.firstIndex(where: { $0.x >= x }) else { return nil }
            if points[next].x == x { return points[next].y }
            guard next > 0 else { return nil }
            let (left, right) = (points[next - 1], points[next])
            let share = Elementary.log(x / left.x) / Elementary.log(right.x / left.x)
            return left.y * Elementary.exp(Elementary.log(right.y / left.y) * share)
        }
    }

    let title: String
    let xTitle: String
    /// Later curves are drawn over earlier ones.
    let curves: [Curve]
    let xText: (Double) -> String
    let yText: (Double) -> String

    /// The chart with its legend; empty where there is nothing to show.
    func lines(width: Int, height: Int, style: Style) -> [String] {
        let all = curves.flatMap(\.visible)
        guard let x = Scale(all.map(\.x)), let y = Scale(all.map(\.y)), width > 1, height > 2 else { return [] }
        var canvas = [[Character]](repeating: [Character](repeating: " ", count: width), count: height)
        for curve in curves {
            func put(_ column: Int, _ value: Double) {
                canvas[height - 1 - y.cell(value, of: height)][column] = curve.mark
            }
            if curve.isContinuous {
                for column in 0..<width {
                    if let value = curve.value(at: x.value(column, of: width)) { put(column, value) }
                }
            }
            for point in curve.visible { put(x.cell(point.x, of: width), point.y) }
        }
        let middle = (height - 1) / 2
        let labels = [
            0: yText(y.high), middle: yText(y.value(height - 1 - middle, of: height)), height - 1: yText(y.low),
        ]
        let margin = labels.values.map(\.displayWidth).max() ?? 0
        var lines = [style.paint(.heading, title)]
        for (row, characters) in canvas.enumerated() {
            let label = labels[row] ?? ""
            var text = "\(label.paddedLeft(to: margin)) \(label.isEmpty ? "│" : "┤")\(String(characters))"
            while text.last == " " { text.removeLast() }
            lines.append(text)
        }
        let indent = String(repeating: " ", count: margin + 1)
        lines.append("\(indent)└\(String(repeating: "─", count: width))")
        lines.append("\(indent) \(foot(x, width))")
        let legend = curves.filter { !$0.visible.isEmpty }.map { "\($0.mark) \($0.name)" }.joined(separator: "   ")
        return lines + ["\(indent) \(legend)"]
    }

    /// The ends and the middle of the axis below it.
    private func foot(_ x: Scale, _ width: Int) -> String {
        let (left, right) = (xText(x.low), xText(x.high))
        let middle = "\(xText(x.value(width / 2, of: width))) \(xTitle)"
        let start = max(left.displayWidth + 1, width / 2 - 1)
        let head = left.padded(to: start) + middle
        return head.padded(to: max(head.displayWidth + 1, width - right.displayWidth)) + right
    }

    /// A logarithmic axis between the least and the greatest of some values.
    struct Scale {
        let low: Double
        let high: Double

        init?(_ values: [Double]) {
            guard let low = values.min(), let high = values.max(), low > 0 else { return nil }
            // One value alone stands in the middle of something.
            (self.low, self.high) = low < high ? (low, high) : (low / 2, high * 2)
        }

        /// In which of `count` cells a value lies.
        func cell(_ value: Double, of count: Int) -> Int {
            let share = Elementary.log(value / low) / Elementary.log(high / low)
            return min(count - 1, max(0, Int((share * Double(count - 1)).rounded())))
        }

        /// The value in the middle of a cell.
        func value(_ cell: Int, of count: Int) -> Double {
            low * Elementary.exp(Elementary.log(high / low) * Double(cell) / Double(count - 1))
        }
    }
}
