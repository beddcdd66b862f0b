/// A mean, and how far the true one may lie from it.
public struct ConfidenceInterval: Hashable, Sendable {
    /// The mean of the samples.
    public let mean: Double
    /// Half the length of the interval; infinite for fewer than two samples.
    public let halfWidth: Double
    /// The probability that such an interval contains the true mean.
    public let level: Double
    /// How many independent samples it rests on.
    public let samples: Int

    /// The interval of one number from each of several independent runs (Student's t).
    public init(replications: [Double], level: Double = 0.95) {
        self.init(Tally(replications), level: level)
    }

    /// The interval of independent samples (Student's t).
    package init(_ tally: Tally, level: Double = 0.95) {
        precondition(level > 0 && level < 1, "a confidence lies in (0, 1)")
        mean = tally.mean
        samples = tally.count
        self.level = level
        guard tally.count > 1 else {
            halfWidth = .infinity
            return
        }
        let t = StudentT.quantile(0.5 + level / 2, degreesOfFreedom: Double(tally.count - 1))
        halfWidth = t * (tally.variance / Double(tally.count)).squareRoot()
    }

    /// The lower end.
    public var lower: Double { mean - halfWidth }
    /// The upper end.
    public var upper: Double { mean + halfWidth }
    /// Half the length in proportion to the mean; infinite where that is zero and the interval is not.
    public var relativeHalfWidth: Double { halfWidth == 0 ? 0 : halfWidth / mean.magnitude }

    /// Whether a value lies in the interval.
    public func contains(_ value: Double) -> Bool { (lower...upper).contains(value) }
}
