import Topology

/// One expectation of a claim with what was measured in several runs, and how it came out.
package struct ClaimFigure: Sendable {
    package enum Outcome: String, Sendable {
        case holds, fails
        /// The interval lies on both sides of the threshold.
        case open
    }

    package let check: ClaimCase.Check
    package let judge: ClaimQuantifier
    /// Of each run, in the order of the seeds; nil where the metric had no sample.
    package let values: [Double?]
    /// What the mean is held against: a tolerance makes two of one figure.
    private let bounds: [ReplicatedExpectation]

    package init(_ check: ClaimCase.Check, judge: ClaimQuantifier, values: [Double?]) {
        self.check = check
        // A mean is hardly ever exactly equal to anything: what must be, must be in every run.
        let isExact = check.acceptance.map { $0.lower == $0.upper } ?? true
        self.judge = judge == .mean && isExact ? .everyRun : judge
        self.values = values
        let quantity = MeasuredQuantity(
            metric: check.expectation.metric, values: values.compactMap { $0 }, runs: values.count)
        bounds = check.expectations.map { ReplicatedExpectation($0, quantity) }
    }

    /// The samples alone.
    package var samples: [Double] { values.compactMap { $0 } }

    /// Runs in which the metric had no sample.
    package var missing: Int { values.count - samples.count }

    /// Runs whose own value is right.
    package var right: Int { samples.count { check.accepts($0) } }

    /// The mean of the samples; nil when there is none.
    package var interval: ConfidenceInterval? {
        samples.isEmpty ? nil : ConfidenceInterval(replications: samples)
    }

    /// The first run that is wrong, by its place.
    package var firstWrong: Int? { values.firstIndex { $0.map { !check.accepts($0) } ?? true } }

    package var outcome: Outcome {
        switch judge {
        case .someRun: return right > 0 ? .holds : .fails
        case .everyRun: return right == values.count && right > 0 ? .holds : .fails
        case .mean:
            if bounds.contains(where: { $0.decision == .breaks }) { return .fails }
            return bounds.contains { $0.decision == .undecided } ? .open : .holds
        }
    }

    /// As near as anybody wants to know it, wherever the threshold is.
    package static let precision = 0.03

    /// Whether more runs would make no difference that matters.
    package var isSettled: Bool {
        outcome != .open || (interval?.relativeHalfWidth ?? .infinity) <= Self.precision
    }

    /// About how many runs would bring the interval clear of the threshold; nil where none would, or none is needed.
    package var runsToSettle: Int? {
        guard outcome == .open else { return nil }
        let open = bounds.filter { $0.decision == .undecided }
        let needs = open.compactMap { $0.runsToSettle() }
        return needs.count == open.count ? needs.max() : nil
    }

    /// Below this share of all such runs, wrong ones would hardly have been missed (95 %), where every run was right.
    package var mostWrong: Double? {
        guard judge == .everyRun, outcome == .holds else { return nil }
        return 1 - Elementary.pow(0.05, 1 / Double(values.count))
    }

    /// The end of the accepted values that the mean is nearest to; nil where there is none.
    package var nearestEdge: Double? {
        guard let mean = interval?.mean, let acceptance = check.acceptance else { return nil }
        return [acceptance.lower, acceptance.upper].filter(\.isFinite)
            .min { ($0 - mean).magnitude < ($1 - mean).magnitude }
    }

    /// How far the mean is from the nearest threshold, as a share of that; negative where it is missed.
    package var margin: Double? {
        guard let mean = interval?.mean, let edge = nearestEdge, edge != 0 else { return nil }
        let distance = (mean - edge).magnitude / edge.magnitude
        return check.accepts(mean) ? distance : -distance
    }
}
