import Topology

/// What was measured of a claim in one situation.
package struct ClaimMeasurement: Sendable {
    package enum Outcome: String, Sendable {
        case holds, fails
        /// Not decided by the runs that were made.
        case open
        /// A fault had no effect, or there was no run.
        case untested
    }

    package let situation: ClaimCase.Situation
    /// In the order of the seeds.
    package let runs: [ClaimRun]
    /// The runs by whose values these are divided, with the same seeds.
    package let reference: [ClaimRun]?
    package let figures: [ClaimFigure]

    package init(_ situation: ClaimCase.Situation, runs: [ClaimRun], reference: [ClaimRun]? = nil) {
        (self.situation, self.runs, self.reference) = (situation, runs, reference)
        figures = situation.checks.map { check in
            let values = Self.values(of: check.expectation.metric, runs, reference)
            return ClaimFigure(check, judge: situation.plan.judge, values: values)
        }
    }

    /// The samples of a metric as the runs have them, relative to nothing.
    package func samples(of metric: String) -> [Double] { runs.compactMap { $0.metrics[metric] } }

    private static func values(of metric: String, _ runs: [ClaimRun], _ reference: [ClaimRun]?) -> [Double?] {
        guard let reference else { return runs.map { $0.metrics[metric] } }
        return zip(runs, reference).map { run, other in
            guard let value = run.metrics[metric], let unit = other.metrics[metric], unit != 0 else { return nil }
            return value / unit
        }
    }

    /// A planned fault that struck nothing; what exploration draws may do so.
    package var idleFault: String? {
        situation.plan.explore == nil ? runs.lazy.compactMap(\.idleFault).first : nil
    }

    package var outcome: Outcome {
        if runs.isEmpty || idleFault != nil { return .untested }
        if figures.contains(where: { $0.outcome == .fails }) { return .fails }
        return figures.contains { $0.outcome == .open } ? .open : .holds
    }

    /// The figure that decides: one that fails, one that is open, or the one with the least margin.
    package var decisive: ClaimFigure? {
        let (failing, open) = (figures.filter { $0.outcome == .fails }, figures.filter { $0.outcome == .open })
        let candidates = !failing.isEmpty ? failing : !open.isEmpty ? open : figures
        // The order of the file decides among equals: what is said first is what matters first.
        if !failing.isEmpty { return candidates.first }
        return candidates.min { ($0.margin ?? .infinity) < ($1.margin ?? .infinity) }
    }

    /// In how many runs the next round must be, in all; nil when it is over.
    package var nextRuns: Int? {
        let made = runs.count
        if made == 0 { return Self.first(situation.plan) }
        if idleFault != nil || situation.plan.explore != nil || situation.plan.judge == .everyRun { return nil }
        let most = situation.plan.runsAtMost
        let isFound = situation.plan.judge == .someRun && outcome == .holds
        guard made < most, !isFound, situation.plan.judge == .someRun || figures.contains(where: { !$0.isSettled })
        else { return nil }
        return min(2 * made, most)
    }

    /// The interval of fewer runs is too wide to be worth a look.
    private static let fewest = 5

    private static func first(_ plan: ClaimSituation) -> Int {
        if let count = plan.explore { return count }
        return plan.judge == .everyRun ? plan.runsAtMost : min(fewest, plan.runsAtMost)
    }
}
