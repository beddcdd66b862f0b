/// Exact moments and quantiles of the law itself, before a sample is rounded to whole nanoseconds.
extension Distribution {
    /// The expected value in seconds; infinite for a Pareto law without maximum and of shape 1 or less.
    public var mean: Double { rawMoment(1) }

    /// The variance in seconds squared; infinite for a Pareto law without maximum and of shape 2 or less.
    public var variance: Double {
        switch self {
        case .constant: return 0
        case .uniform(let from, let to):
            let width = (to - from).seconds
            return width * width / 12
        case .exponential(let mean): return mean.seconds * mean.seconds
        case .erlang(let shape, let mean): return mean.seconds * mean.seconds / Double(shape)
        case .logNormal:
            // From the variance of the logarithm: the difference of the moments would cancel for a narrow law.
            return mean * mean * logarithmicSpread
        case .pareto(_, let shape, nil) where shape <= 2: return .infinity
        case .pareto: return max(0, rawMoment(2) - mean * mean)
        case .empirical(let values, let weights):
            let centre = mean
            return Self.weighted(values, weights) { ($0.seconds - centre) * ($0.seconds - centre) }
        }
    }

    /// The variance divided by the square of the mean: 1 for an exponential law, 0 for a constant.
    public var squaredCoefficientOfVariation: Double {
        let mean = mean
        return mean == 0 ? 0 : variance / (mean * mean)
    }

    /// The value that a sample stays at or below with probability `p`, in 0…1; at most a hundred years.
    public func quantile(_ p: Double) -> TimeSpan {
        precondition((0...1).contains(p), "a probability lies in 0…1")
        switch self {
        case .constant(let value): return value
        case .uniform(let from, let to): return from + (to - from) * p
        case .exponential(let mean): return .nearest(nanoseconds: -Double(mean.nanoseconds) * Elementary.log(1 - p))
        case .logNormal(let median, let sigma):
            if sigma == 0 { return median }
            return .nearest(nanoseconds: Double(median.nanoseconds) * Elementary.exp(sigma * Normal.quantile(p)))
        case .pareto(let minimum, let shape, let maximum):
            let low = Double(minimum.nanoseconds)
            let mass = maximum.map { 1 - Elementary.pow(low / Double($0.nanoseconds), shape) } ?? 1
            return .nearest(nanoseconds: low * Elementary.pow(1 - p * mass, -1 / shape))
        case .erlang(let shape, let mean):
            let phase = Double(mean.nanoseconds) / Double(shape)
            return .nearest(nanoseconds: phase * ErlangLaw.quantile(p, shape: shape))
        case .empirical(let values, let weights): return Self.quantile(p, values, weights)
        }
    }

    /// The expected value of the sample's power, in seconds to that power.
    private func rawMoment(_ order: Double) -> Double {
        switch self {
        case .constant(let value): return value.seconds
        case .uniform(let from, let to): return (from.seconds + to.seconds) / 2
        case .exponential(let mean), .erlang(_, let mean): return mean.seconds
        case .logNormal(let median, let sigma): return median.seconds * Elementary.exp(sigma * sigma / 2)
        case .pareto(let minimum, let shape, let maximum):
            return Self.paretoMoment(order, minimum.seconds, shape, maximum?.seconds)
        case .empirical(let values, let weights): return Self.weighted(values, weights) { $0.seconds }
        }
    }

    /// e^(σ²) − 1 of a log-normal law, by its series where the difference would lose digits.
    private var logarithmicSpread: Double {
        guard case .logNormal(_, let sigma) = self else { return 0 }
        let s = sigma * sigma
        if s > 1e-2 { return Elementary.exp(s) - 1 }
        return s * (1 + s / 2 * (1 + s / 3 * (1 + s / 4 * (1 + s / 5 * (1 + s / 6)))))
    }

    private static func paretoMoment(_ order: Double, _ low: Double, _ shape: Double, _ high: Double?) -> Double {
        let power = Elementary.pow(low, order)
        guard let high else { return shape > order ? power * shape / (shape - order) : .infinity }
        if low == high { return power }
        let ratio = low / high
        let mass = 1 - Elementary.pow(ratio, shape)
        // ∫ x^(order − shape − 1) dx has a logarithm for its limit where order and shape meet.
        if shape == order { return power * shape * Elementary.log(1 / ratio) / mass }
        return power * shape / (shape - order) * (1 - Elementary.pow(ratio, shape - order)) / mass
    }

    private static func weighted(_ values: [TimeSpan], _ weights: [Double], _ value: (TimeSpan) -> Double) -> Double {
        var sum = 0.0
        var total = 0.0
        for (index, item) in values.enumerated() {
            let weight = weights.isEmpty ? 1 : weights[index]
            sum += weight * value(item)
            total += weight
        }
        return sum / total
    }

    private static func quantile(_ p: Double, _ values: [TimeSpan], _ weights: [Double]) -> TimeSpan {
        let sorted = values.indices.filter { weights.isEmpty || weights[$0] > 0 }
            .sorted { (values[$0], $0) < (values[$1], $1) }
        let total = sorted.reduce(0) { $0 + (weights.isEmpty ? 1 : weights[$1]) }
        var below = 0.0
        for index in sorted {
            below += weights.isEmpty ? 1 : weights[index]
            // A hair of tolerance: 0.7 · 10 is a little more than seven equal weights.
            if below >= p * total * (1 - 0x1p-50) { return values[index] }
        }
        return values[sorted[sorted.count - 1]]
    }
}
