/// A claim with the scenarios that measure it, ready to be run.
public struct ClaimCase: Hashable, Sendable {
    /// What is claimed.
    public let claim: Claim
    /// The file that it was read from.
    public let path: String
    /// Where it is measured, in the order of the file.
    package let situations: [Situation]

    package init(claim: Claim, path: String, situations: [Situation]) {
        (self.claim, self.path, self.situations) = (claim, path, situations)
    }

    /// The places of the documents that contradict each other.
    package var contradictions: [Contradiction] { Contradiction.all(in: claim.stated) }

    /// One situation with its scenario.
    package struct Situation: Hashable, Sendable {
        /// As the file describes it.
        package let plan: ClaimSituation
        /// What is run; its own expectations are left out.
        package let scenario: Scenario
        /// The scenario's file.
        package let file: String
        /// What is changed in that file, as `--set` takes it.
        package let settings: [String]
        package let checks: [Check]

        package init(plan: ClaimSituation, scenario: Scenario, file: String, settings: [String], checks: [Check]) {
            (self.plan, self.scenario, self.file) = (plan, scenario, file)
            (self.settings, self.checks) = (settings, checks)
        }

        /// Every metric that has to be measured.
        package var metrics: [String] { checks.map(\.expectation.metric) + plan.show }

        /// What the values of a metric are here.
        package func unit(of metric: String) -> MetricCatalogue.Unit? {
            plan.relativeTo == nil ? MetricCatalogue(for: scenario.topology).unit(of: metric) : .ratio
        }
    }

    /// An expectation with its tolerance.
    package struct Check: Hashable, Sendable {
        package let expectation: Expectation
        /// How far a value may be from a figure given with "==", as a share of it.
        package let within: Double?

        package init(_ expectation: Expectation, within: Double? = nil) {
            self.expectation = expectation
            self.within = expectation.comparison == .equal ? within : nil
        }

        /// Nil for "!=".
        package var acceptance: Acceptance? { Acceptance(expectation, within: within) }

        /// Whether a single value is right, by the bounds as they are written.
        package func accepts(_ value: Double) -> Bool {
            expectations.allSatisfy { $0.comparison.holds(value, $0.threshold.value) }
        }

        /// The same as a scenario can have it: a tolerance becomes two bounds.
        package var expectations: [Expectation] {
            guard let within, within > 0, let acceptance else { return [expectation] }
            let threshold = expectation.threshold
            return [
                Expectation(expectation.metric, .greaterOrEqual, threshold.with(acceptance.lower)),
                Expectation(expectation.metric, .lessOrEqual, threshold.with(acceptance.upper)),
            ]
        }
    }
}

extension Expectation.Threshold {
    /// Another value of the same kind.
    fileprivate func with(_ value: Double) -> Expectation.Threshold {
        switch self {
        case .number: .number(value)
        case .percentage: .percentage(value)
        case .duration: .duration(TimeSpan(nanoseconds: Int64((value * 1e9).rounded())))
        case .rate: .rate(Rate(perSecond: value))
        }
    }
}
