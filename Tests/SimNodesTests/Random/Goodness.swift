/// Distances between what was counted and what was expected.
enum Goodness {
    /// Pearson's statistic; cells of expected count zero must be empty, or it is infinite.
    static func chiSquare(_ counts: [Int], probabilities: [Double]) -> Double {
        let total = Double(counts.reduce(0, +))
        return zip(counts, probabilities).reduce(0) { sum, cell in
            let expected = cell.1 * total
            if expected == 0 { return cell.0 == 0 ? sum : .infinity }
            let difference = Double(cell.0) - expected
            return sum + difference * difference / expected
        }
    }

    /// Kolmogorov's statistic √n · sup |F_n − F|; above 1.949 once in a thousand, above 2.225 once in ten thousand.
    static func kolmogorov(_ samples: [Double], _ cumulative: (Double) -> Double) -> Double {
        let sorted = samples.sorted()
        let n = Double(sorted.count)
        var distance = 0.0
        for (index, value) in sorted.enumerated() {
            let expected = cumulative(value)
            distance = max(distance, Double(index + 1) / n - expected, expected - Double(index) / n)
        }
        return distance * n.squareRoot()
    }

    /// The 99.99 % quantile of χ², by degrees of freedom.
    static let chiSquareLimit = [1: 15.14, 6: 27.86, 9: 33.72, 19: 50.80, 49: 94.60, 99: 160.06, 255: 347.65]
}
