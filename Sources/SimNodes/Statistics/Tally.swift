/// Count, mean, variance, least and greatest of numbers that come one by one (Welford).
package struct Tally: Hashable, Sendable {
    /// How many numbers there were.
    package private(set) var count = 0
    /// Their mean; zero when there was none.
    package private(set) var mean = 0.0
    private var squares = 0.0
    /// The least; infinite when there was none.
    package private(set) var minimum = Double.infinity
    /// The greatest; minus infinity when there was none.
    package private(set) var maximum = -Double.infinity

    package init() {}

    /// All of these numbers, in this order.
    package init(_ values: [Double]) {
        for value in values { add(value) }
    }

    /// Adds a number.
    package mutating func add(_ value: Double) {
        count += 1
        let difference = value - mean
        mean += difference / Double(count)
        squares += difference * (value - mean)
        minimum = min(minimum, value)
        maximum = max(maximum, value)
    }

    /// Adds the numbers of another tally (Chan, Golub & LeVeque); the last bits depend on the order of merging.
    package mutating func merge(_ other: Tally) {
        guard other.count > 0 else { return }
        let total = Double(count + other.count)
        let difference = other.mean - mean
        squares += other.squares + difference * difference * Double(count) * Double(other.count) / total
        mean += difference * Double(other.count) / total
        count += other.count
        minimum = min(minimum, other.minimum)
        maximum = max(maximum, other.maximum)
    }

    /// The unbiased estimate of the variance; zero for fewer than two numbers.
    package var variance: Double { count < 2 ? 0 : squares / Double(count - 1) }

    /// The square root of the variance.
    package var standardDeviation: Double { variance.squareRoot() }
}
