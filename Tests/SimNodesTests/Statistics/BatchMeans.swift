@testable import SimNodes

/// A confidence interval for the mean of one long run, whose numbers depend on those before them.
///
/// Successive numbers are averaged in batches; means of long batches are nearly independent. The batches double in
/// length as the run goes on, so memory is bounded. Source: Law, "Simulation Modeling and Analysis", §9.5.3.
struct BatchMeans: Sendable {
    /// What the run tells about its mean.
    struct Estimate: Hashable, Sendable {
        /// From the batch means, as though they were independent.
        let interval: ConfidenceInterval
        /// How many numbers a batch has.
        let batchSize: Int
        /// The correlation of neighbouring batch means.
        let correlation: Double
        /// Whether that correlation is too strong to believe the interval: the run is too short.
        let isCorrelated: Bool
    }

    private let capacity: Int
    private var sums: [Double] = []
    private var size = 1
    private var sum = 0.0
    private var filled = 0

    /// Between `batches` and twice as many are kept; an estimate may use fewer of them.
    init(batches: Int = 64) {
        precondition(batches >= 8, "an interval rests on at least eight batches")
        capacity = 2 * batches
        sums.reserveCapacity(capacity)
    }

    /// Adds the next number of the run.
    mutating func add(_ value: Double) {
        sum += value
        filled += 1
        guard filled == size else { return }
        sums.append(sum)
        (sum, filled) = (0, 0)
        if sums.count == capacity {
            sums = Self.paired(sums)
            size *= 2
        }
    }

    /// The interval from the shortest batches that are nearly independent; nil for fewer than eight batches.
    ///
    /// Numbers behind the last full batch are left out.
    func estimate(level: Double = 0.95) -> Estimate? {
        var sums = sums
        var size = size
        guard sums.count >= 8 else { return nil }
        var correlation = Self.correlation(sums)
        while Self.isSignificant(correlation, sums.count), sums.count >= 16 {
            sums = Self.paired(sums)
            size *= 2
            correlation = Self.correlation(sums)
        }
        let length = Double(size)
        return Estimate(
            interval: ConfidenceInterval(Tally(sums.map { $0 / length }), level: level), batchSize: size,
            correlation: correlation, isCorrelated: Self.isSignificant(correlation, sums.count))
    }

    /// One-sided at 10 %: without dependence the correlation of n neighbours is normal with variance 1/n, nearly.
    private static func isSignificant(_ correlation: Double, _ count: Int) -> Bool {
        correlation > -1 / Double(count) + 1.2816 / Double(count).squareRoot()
    }

    private static func paired(_ sums: [Double]) -> [Double] {
        stride(from: 0, to: sums.count - 1, by: 2).map { sums[$0] + sums[$0 + 1] }
    }

    private static func correlation(_ values: [Double]) -> Double {
        let mean = Tally(values).mean
        var products = 0.0
        var squares = 0.0
        for (index, value) in values.enumerated() {
            squares += (value - mean) * (value - mean)
            if index > 0 { products += (value - mean) * (values[index - 1] - mean) }
        }
        return squares == 0 ? 0 : products / squares
    }
}
