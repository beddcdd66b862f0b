import Topology

/// What the sections of one capacity report share: the scenario, its runs, and the laboratory that makes more of them.
package final class CapacityStudy {
    package let scenario: Scenario
    package let laboratory: Laboratory
    package let effort: ReplicationEffort
    /// How many events all searches together may cost beyond the runs of the scenario as it is.
    package var searchEvents: UInt64 = 40_000_000
    private var measured: Replications?

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

    /// Decides variants of the scenario, at the cost of so many events more.
    package func examiner(events: UInt64) -> Examiner {
        var examiner = Examiner(laboratory: laboratory)
        let (sum, isTooLarge) = laboratory.events.addingReportingOverflow(events)
        examiner.allowance = isTooLarge ? .max : sum
        return examiner
    }
}
