import Topology

/// What the sections of one capacity report share: the scenario, its runs, and the laboratory that makes more of them.
package final class CapacityStudy {
    package let scenario: Scenario
    package let laboratory: Laboratory
    package let effort: ReplicationEffort
    /// How many events all searches together may cost beyond the runs of the scenario as it is.
    package var searchEvents: UInt64 = 120_000_000
    private var measured: Replications?
    /// What the laboratory had seen when the first search began.
    private var eventsBefore: UInt64?

    package init(_ scenario: Scenario, laboratory: Laboratory, effort: ReplicationEffort = ReplicationEffort()) {
        (self.scenario, self.laboratory, self.effort) = (scenario, laboratory, effort)
    }

    /// The runs of the scenario as it is, made when they are asked for first.
    package func replications() throws(Laboratory.Interrupted) -> Replications {
        if let measured { return measured }
        let new = try Replications.measure(scenario, in: laboratory, effort)
        measured = new
        return new
    }

    /// The runs of a variant of the scenario, with the same seeds.
    package func replications(of variant: Scenario) throws(Laboratory.Interrupted) -> Replications {
        try Replications.measure(variant, in: laboratory, effort)
    }

    /// How many events the laboratory may have seen when the last run of a search begins.
    ///
    /// - Parameter share: of what all searches may cost; never more than the searches before it have left.
    package func allowance(share: Double) throws(Laboratory.Interrupted) -> UInt64 {
        _ = try replications()
        let before = eventsBefore ?? laboratory.events
        eventsBefore = before
        func after(_ start: UInt64, _ events: UInt64) -> UInt64 {
            let (sum, isTooLarge) = start.addingReportingOverflow(events)
            return isTooLarge ? .max : sum
        }
        let events = UInt64(exactly: (Double(searchEvents) * min(1, share)).rounded()) ?? .max
        return min(after(before, searchEvents), after(laboratory.events, events))
    }

    /// Decides variants of the scenario, at the cost of such a share of what all searches may cost.
    package func examiner(share: Double) throws(Laboratory.Interrupted) -> Examiner {
        var examiner = Examiner(laboratory: laboratory)
        examiner.allowance = try allowance(share: share)
        return examiner
    }
}
