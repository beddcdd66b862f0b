import Topology

/// A `Distribution` made ready for drawing: every constant computed, every table built.
///
/// All but Erlang draw one random number a sample, by inversion or from an alias table; a law with a single value
/// (a constant, an empirical law of one value, an exponential of mean zero) draws none and costs nothing.
@frozen public struct Sampler: Sendable {
    /// What is drawn, in nanoseconds.
    @usableFromInline enum Law: Sendable {
        case constant(Int64)
        case uniform(from: Int64, width: UInt64)
        case exponential(mean: Double)
        case logNormal(median: Double, sigma: Double)
        case pareto(minimum: Double, inverseShape: Double)
        case boundedPareto(minimum: Double, mass: Double, inverseShape: Double)
        case erlang(shape: Int, phase: Double)
        case empirical([Int64], AliasTable)
    }

    @usableFromInline let law: Law

    /// Prepares a distribution; its parameters are those that validation lets through.
    public init(_ distribution: Distribution) {
        law = Self.law(of: distribution)
    }

    /// One value of the distribution.
    @inlinable public func sample(using stream: inout RandomStream) -> TimeSpan {
        if case .constant(let value) = law { return TimeSpan(nanoseconds: value) }
        return draw(using: &stream)
    }

    @usableFromInline func draw(using stream: inout RandomStream) -> TimeSpan {
        switch law {
        case .constant(let value):
            return TimeSpan(nanoseconds: value)
        case .uniform(let from, let width):
            let offset = width == .max ? stream.next() : stream.integer(below: width + 1)
            return TimeSpan(nanoseconds: from &+ Int64(truncatingIfNeeded: offset))
        case .exponential(let mean):
            return .nearest(nanoseconds: -mean * Elementary.log(stream.openUniform()))
        case .logNormal(let median, let sigma):
            return .nearest(nanoseconds: median * Elementary.exp(sigma * Normal.quantile(stream.openUniform())))
        case .pareto(let minimum, let inverseShape):
            let logarithm = Elementary.log(stream.openUniform())
            return .nearest(nanoseconds: minimum * Elementary.exp(-logarithm * inverseShape))
        case .boundedPareto(let minimum, let mass, let inverseShape):
            let logarithm = Elementary.log(1 - stream.openUniform() * mass)
            return .nearest(nanoseconds: minimum * Elementary.exp(-logarithm * inverseShape))
        case .erlang(let shape, let phase):
            return .nearest(nanoseconds: -phase * Self.logOfProduct(of: shape, using: &stream))
        case .empirical(let values, let table):
            return TimeSpan(nanoseconds: values[table.sample(using: &stream)])
        }
    }

    /// The logarithm of a product of `count` uniform numbers: one logarithm for sixteen, which cannot underflow.
    private static func logOfProduct(of count: Int, using stream: inout RandomStream) -> Double {
        var sum = 0.0
        var remaining = count
        while remaining > 0 {
            let group = min(remaining, 16)
            var product = 1.0
            for _ in 0..<group { product *= stream.openUniform() }
            sum += Elementary.log(product)
            remaining -= group
        }
        return sum
    }

    private static func law(of distribution: Distribution) -> Law {
        switch distribution {
        case .constant(let value):
            return .constant(value.nanoseconds)
        case .uniform(let from, let to):
            precondition(from <= to, "a uniform law runs from the smaller to the larger value")
            let width = UInt64(bitPattern: to.nanoseconds &- from.nanoseconds)
            return width == 0 ? .constant(from.nanoseconds) : .uniform(from: from.nanoseconds, width: width)
        case .exponential(let mean):
            return mean == .zero ? .constant(0) : .exponential(mean: positive(mean))
        case .logNormal(let median, let sigma):
            precondition(sigma >= 0, "a standard deviation is not negative")
            if sigma == 0 || median == .zero { return .constant(median.nanoseconds) }
            return .logNormal(median: positive(median), sigma: sigma)
        case .pareto(let minimum, let shape, let maximum):
            precondition(shape > 0, "a tail exponent is positive")
            let low = positive(minimum)
            guard let maximum else { return .pareto(minimum: low, inverseShape: 1 / shape) }
            precondition(minimum <= maximum, "a Pareto law is cut off above its minimum")
            if minimum == maximum { return .constant(minimum.nanoseconds) }
            let mass = 1 - Elementary.pow(low / Double(maximum.nanoseconds), shape)
            return .boundedPareto(minimum: low, mass: mass, inverseShape: 1 / shape)
        case .erlang(let shape, let mean):
            precondition(shape > 0, "an Erlang law has phases")
            return mean == .zero ? .constant(0) : .erlang(shape: shape, phase: positive(mean) / Double(shape))
        case .empirical(let values, let weights):
            precondition(!values.isEmpty, "an empirical law has values")
            precondition(weights.isEmpty || weights.count == values.count, "every value has a weight, or none has")
            if values.count == 1 { return .constant(values[0].nanoseconds) }
            let table = AliasTable(weights: weights.isEmpty ? values.map { _ in 1 } : weights)
            return .empirical(values.map(\.nanoseconds), table)
        }
    }

    private static func positive(_ span: TimeSpan) -> Double {
        precondition(span > .zero, "the scale of a law is positive")
        return Double(span.nanoseconds)
    }
}
