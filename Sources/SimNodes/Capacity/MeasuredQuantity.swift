import Topology

/// One figure of a scenario, measured in each of several runs.
package struct MeasuredQuantity: Sendable {
    /// Its name in the metric catalogue.
    package let metric: String
    /// One value for each run that had samples, in the order of the seeds.
    package let values: [Double]
    /// Runs, those without samples included.
    package let runs: Int
    /// What the scenario expects of it.
    package let expectations: [Expectation]

    package init(metric: String, values: [Double], runs: Int, expectations: [Expectation] = []) {
        (self.metric, self.values, self.runs, self.expectations) = (metric, values, runs, expectations)
    }

    /// The mean over the runs with its 95 % interval; nil without samples.
    package var interval: ConfidenceInterval? { values.isEmpty ? nil : ConfidenceInterval(replications: values) }

    /// Whether more runs would tell nothing that matters: the interval is short, or clear of every threshold.
    package func isSettled(_ precision: Double) -> Bool {
        guard let interval else { return true }
        guard judgements.allSatisfy({ $0.decision != .undecided }) else { return false }
        return !expectations.isEmpty || interval.relativeHalfWidth <= precision
    }

    /// What the runs say about each expectation.
    package var judgements: [ReplicatedExpectation] { expectations.map { ReplicatedExpectation($0, self) } }
}
