/// How much of the beginning of a series does not belong to its steady state.
package struct WarmUp: Hashable, Sendable {
    /// Observations to be left out at the beginning, a multiple of `batch`; at most half of all.
    package let dropped: Int
    /// Whether what is left is a steady state: both of its halves have the same mean, as nearly as chance allows or to
    /// within 5 %. In a series that is too short, or grows without end, they have not.
    package let isSettled: Bool

    /// Single observations scatter too much to be judged one by one.
    package static let batch = 5
    /// A difference that matters to nobody.
    private static let tolerance = 0.05

    /// MSER-5 (White 1997): leaves out as many batches of five as make the squared standard error of the mean of the
    /// rest the least, at most half of them: the last few always look settled. Nil for a series too short to be cut.
    package init?(_ series: [Double]) {
        let means = stride(from: 0, to: series.count - Self.batch + 1, by: Self.batch).map { start in
            series[start..<(start + Self.batch)].reduce(0, +) / Double(Self.batch)
        }
        guard means.count > Self.batch else { return nil }
        let start = Self.leastError(means)
        dropped = start * Self.batch
        isSettled = Self.agree(means[start...])
    }

    private static func leastError(_ means: [Double]) -> Int {
        // Sums over what is left, from the end; about the mean of all, so that squares lose no digits.
        let centre = means.reduce(0, +) / Double(means.count)
        var (sum, squares) = (0.0, 0.0)
        var best = (error: Double.infinity, start: 0)
        for start in means.indices.reversed() {
            let value = means[start] - centre
            sum += value
            squares += value * value
            guard start <= means.count / 2 else { continue }
            let count = Double(means.count - start)
            let error = max(0, squares - sum * sum / count) / (count * count)
            // Among equals the one that leaves out less.
            if error <= best.error { best = (error, start) }
        }
        return best.start
    }

    private static func agree(_ rest: ArraySlice<Double>) -> Bool {
        let middle = rest.startIndex + rest.count / 2
        let halves = [Tally(Array(rest[..<middle])), Tally(Array(rest[middle...]))]
        let difference = (halves[0].mean - halves[1].mean).magnitude
        let error = halves.reduce(0) { $0 + $1.variance / Double(max(1, $1.count)) }.squareRoot()
        return difference <= max(tolerance * Tally(Array(rest)).mean.magnitude, 3 * error)
    }
}
