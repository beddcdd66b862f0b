import Topology

/// Which of n products a request is about, prepared for drawing.
///
/// Building the Zipf law costs time and memory in proportion to n: build it once and share it between runs.
package struct PopularitySampler: Sendable {
    private enum Law: Sendable {
        case uniform
        case zipf(AliasTable, exponent: Double, total: Double)
        case hot(share: Double)
    }

    private let law: Law
    /// How many products there are.
    package let count: Int

    private init(law: Law, count: Int) {
        precondition(count > 0, "a popularity needs products")
        self.law = law
        self.count = count
    }

    /// Every product alike.
    package static func uniform(count: Int) -> PopularitySampler {
        PopularitySampler(law: .uniform, count: count)
    }

    /// Product k (from 0) in proportion to 1 / (k + 1)^exponent; exact, not the continuous approximation.
    package static func zipf(count: Int, exponent: Double) -> PopularitySampler {
        precondition(exponent >= 0, "a Zipf exponent is not negative")
        if exponent == 0 { return uniform(count: count) }
        let weights = (0..<count).map { Popularity.zipfWeight(rank: $0 + 1, exponent: exponent) }
        let total = weights.reversed().reduce(0, +)
        return PopularitySampler(
            law: .zipf(AliasTable(weights: weights), exponent: exponent, total: total), count: count)
    }

    /// Product 0 with probability `share`, the others alike.
    package static func hot(count: Int, share: Double) -> PopularitySampler {
        precondition((0...1).contains(share), "a share lies in 0…1")
        return PopularitySampler(law: .hot(share: count == 1 ? 1 : share), count: count)
    }

    /// The index of a product.
    package func sample(using stream: inout RandomStream) -> Int {
        switch law {
        case .uniform: stream.integer(below: count)
        case .zipf(let table, _, _): table.sample(using: &stream)
        case .hot(let share): stream.bernoulli(share) ? 0 : 1 + stream.integer(below: count - 1)
        }
    }

    /// The probability that a draw is this product.
    package func probability(of product: Int) -> Double {
        precondition((0..<count).contains(product), "no such product")
        switch law {
        case .uniform: return 1 / Double(count)
        case .zipf(_, let exponent, let total):
            return Popularity.zipfWeight(rank: product + 1, exponent: exponent) / total
        case .hot(let share): return product == 0 ? share : (1 - share) / Double(count - 1)
        }
    }
}
