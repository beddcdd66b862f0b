/// Whether what a formula assumes is so.
package enum Applicability: Hashable, Sendable {
    /// It is, or what differs does not matter at this load.
    case applies
    /// It isn't: which assumption, and when or by what it is violated.
    case violated(assumption: String, when: String)

    /// Whether the formula's answer can be held against a measurement.
    package var isGiven: Bool { self == .applies }
}

/// What queueing theory says about one resource.
package struct TheoryRow: Hashable, Sendable {
    /// The resource's name in reports, as in `app1.cpu`; of the busiest machine where a tier has several.
    package let resource: String
    /// The model, in Kendall's notation where there is one.
    package let model: String
    /// By which formula it is solved, and what is approximate about that.
    package let method: String
    /// Busy share, 0 to 1; above 1 where more is asked for than there is.
    package let utilisation: Double?
    /// Mean wait of a visit in seconds.
    package var meanWait: Double?
    /// Probability of having to wait.
    package var waitProbability: Double?
    /// The waits that 95 and 99 % of the visits stay below, in seconds.
    package var waitP95: Double?
    package var waitP99: Double?
    /// Share of those who are turned away or give up.
    package var loss: Double?
    /// Whether the model fits.
    package let applicability: Applicability

    init(
        _ resource: String, _ model: String, by method: String, utilisation: Double?,
        applicability: Applicability = .applies
    ) {
        (self.resource, self.model, self.method) = (resource, model, method)
        (self.utilisation, self.applicability) = (utilisation, applicability)
    }

    /// With the means of a queue's steady state.
    func with(_ state: SteadyState) -> TheoryRow {
        var row = self
        row.meanWait = state.meanWait
        row.waitProbability = state.waitProbability
        if state.lossProbability > 0 { row.loss = state.lossProbability }
        return row
    }
}
