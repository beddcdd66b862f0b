import Topology

/// What several runs together say about one expectation.
///
/// An equality must hold in each run: one run that sells a unit twice is a proof. An inequality is about the mean over
/// the runs: it holds or breaks when the whole 95 % interval lies on one side of the threshold.
package struct ReplicatedExpectation: Sendable {
    package enum Decision: String, Sendable { case holds, breaks, undecided }

    package let expectation: Expectation
    package let decision: Decision
    /// Nil when no run had samples.
    package let interval: ConfidenceInterval?
    /// Runs in which it did not hold, among them those without samples.
    package let missed: Int
    package let runs: Int
    /// The scatter from run to run.
    private let deviation: Double

    package init(_ expectation: Expectation, _ quantity: MeasuredQuantity) {
        self.expectation = expectation
        runs = quantity.runs
        interval = quantity.interval
        deviation = Tally(quantity.values).standardDeviation
        let threshold = expectation.threshold.value
        func holds(_ value: Double) -> Bool { expectation.comparison.holds(value, threshold) }
        missed = quantity.runs - quantity.values.count { holds($0) }
        decision =
            switch expectation.comparison {
            case _ where quantity.values.count < quantity.runs || quantity.values.isEmpty: .breaks
            case .equal, .notEqual: missed == 0 ? .holds : .breaks
            case .less, .lessOrEqual, .greater, .greaterOrEqual:
                Self.decide(quantity.interval, holds)
            }
    }

    private static func decide(_ interval: ConfidenceInterval?, _ holds: (Double) -> Bool) -> Decision {
        guard let interval, interval.halfWidth.isFinite else { return .undecided }
        switch (holds(interval.lower), holds(interval.upper)) {
        case (true, true): return .holds
        case (false, false): return .breaks
        default: return .undecided
        }
    }

    /// The end of the interval that a threshold would have to be moved to for the expectation to hold for sure.
    package var sureThreshold: Double? {
        guard let interval, interval.halfWidth.isFinite else { return nil }
        switch expectation.comparison {
        case .less, .lessOrEqual: return interval.upper
        case .greater, .greaterOrEqual: return interval.lower
        case .equal, .notEqual: return nil
        }
    }

    /// How many runs in all would make the interval so short that it lies on one side of the threshold, by the scatter
    /// that was measured; nil where more than `most` would be needed, as the mean lies on the threshold.
    package func runsToSettle(most: Int = 10_000) -> Int? {
        guard decision == .undecided, let interval, interval.samples > 1 else { return nil }
        let distance = (interval.mean - expectation.threshold.value).magnitude
        func halfWidth(_ count: Int) -> Double {
            StudentT.quantile(0.5 + interval.level / 2, degreesOfFreedom: Double(count - 1)) * deviation
                / Double(count).squareRoot()
        }
        guard halfWidth(most) < distance else { return nil }
        var (low, high) = (interval.samples, most)
        while high - low > 1 {
            let middle = (low + high) / 2
            if halfWidth(middle) < distance { high = middle } else { low = middle }
        }
        return high
    }
}
