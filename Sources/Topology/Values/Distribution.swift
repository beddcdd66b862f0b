/// How long something takes: a service time, a latency, a think time.
///
/// A value only; drawing from it is the business of a random stream.
public enum Distribution: Hashable, Sendable {
    case constant(TimeSpan)
    case uniform(from: TimeSpan, to: TimeSpan)
    case exponential(mean: TimeSpan)
    /// `sigma` is the standard deviation of the natural logarithm.
    case logNormal(median: TimeSpan, sigma: Double)
    /// Tail exponent `shape`; cut off at `maximum` where one is given.
    case pareto(minimum: TimeSpan, shape: Double, maximum: TimeSpan?)
    /// The sum of `shape` exponential phases with this mean together.
    case erlang(shape: Int, mean: TimeSpan)
    /// Measured values, each drawn with its weight; no weights means equal ones.
    case empirical(values: [TimeSpan], weights: [Double])
}
