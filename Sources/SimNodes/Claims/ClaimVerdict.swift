import Topology

/// What a claim comes to.
package enum ClaimVerdict: String, CaseIterable, Sendable {
    /// In every situation.
    case holds
    /// Where it is made, and not in some other situation.
    case conditional
    /// It fails where it is made.
    case refuted
    /// Not decided by the runs that were made.
    case inconclusive
    /// Nothing that runs could show.
    case outOfScope

    /// The rule, and all of it: what happened where the claim is made comes first.
    package static func decide(_ outcomes: [(role: ClaimRole, outcome: ClaimMeasurement.Outcome)]) -> ClaimVerdict {
        let stated = outcomes.filter { $0.role == .stated }.map(\.outcome)
        let variants = outcomes.filter { $0.role == .variant }.map(\.outcome)
        if stated.contains(.fails) { return .refuted }
        if stated.isEmpty || stated.contains(where: { $0 != .holds }) { return .inconclusive }
        if variants.contains(.fails) { return .conditional }
        return variants.contains { $0 != .holds } ? .inconclusive : .holds
    }
}

/// A claim with all that was measured of it.
package struct ClaimEntry: Sendable {
    package let claim: ClaimCase
    /// By situation, in the order of the file.
    package let measurements: [ClaimMeasurement]
    package let verdict: ClaimVerdict

    package init(_ claim: ClaimCase, _ measurements: [ClaimMeasurement]) {
        (self.claim, self.measurements) = (claim, measurements)
        verdict =
            claim.claim.outOfScope == nil
            ? ClaimVerdict.decide(measurements.map { ($0.situation.plan.role, $0.outcome) }) : .outOfScope
    }

    /// The situation that decides: the first in which it fails where it is made, then elsewhere, then what is open.
    package var decisive: ClaimMeasurement? {
        func first(_ role: ClaimRole, _ outcome: ClaimMeasurement.Outcome) -> ClaimMeasurement? {
            measurements.first { $0.situation.plan.role == role && $0.outcome == outcome }
        }
        for outcome in [ClaimMeasurement.Outcome.fails, .open, .untested] {
            for role in [ClaimRole.stated, .variant] {
                if let measurement = first(role, outcome) { return measurement }
            }
        }
        // All hold: the one that holds least.
        return judged.min { ($0.decisive?.margin ?? .infinity) < ($1.decisive?.margin ?? .infinity) }
    }

    /// The situations that count.
    package var judged: [ClaimMeasurement] { measurements.filter { $0.situation.plan.role != .shown } }

    /// A fault of the program in any run.
    package var programFault: String? {
        for measurement in measurements {
            for run in measurement.runs {
                if let fault = run.programFault { return "seed \(run.seed): \(fault)" }
            }
        }
        return nil
    }
}
