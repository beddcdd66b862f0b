import Topology

/// What the sections of one capacity report share: the scenario, its runs, and the laboratory that makes more of them.
package final class CapacityStudy {
    package let scenario: Scenario
    package let laboratory: Laboratory
    package let effort: ReplicationEffort
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
}
