extension Popularity {
    /// The share of the requests that each of so many products gets, the first product first; together 1.
    package func shares(products: Int) -> [Double] {
        guard products > 1 else { return [1] }
        switch self {
        case .uniform: return [Double](repeating: 1 / Double(products), count: products)
        case .hot(let share):
            return [share] + [Double](repeating: (1 - share) / Double(products - 1), count: products - 1)
        case .zipf(let exponent):
            let weights = (1...products).map { Self.zipfWeight(rank: $0, exponent: exponent) }
            // The small ones first, so that none gets lost in the sum.
            let total = weights.reversed().reduce(0, +)
            return weights.map { $0 / total }
        }
    }

    /// The weight of the n-th product in Zipf's law.
    package static func zipfWeight(rank: Int, exponent: Double) -> Double {
        exponent == 1 ? 1 / Double(rank) : Elementary.pow(Double(rank), -exponent)
    }
}
