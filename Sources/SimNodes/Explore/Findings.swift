import Topology

/// All checkers on one run's evidence.
enum Findings {
    static func all(of evidence: Evidence) -> [Finding] {
        [
            OversellCheck.check(evidence), LostOrderCheck.check(evidence), StockDriftCheck.check(evidence),
            MutualExclusionCheck.check(evidence), LivenessCheck.check(evidence),
        ]
    }
}

extension Finding {
    /// Nil when the invariant holds.
    var broken: BrokenInvariant? {
        guard violations > 0 else { return nil }
        let kind: ViolationKind =
            switch id {
            case "I1": detail.hasPrefix("0 units oversold") ? .stockMismatch : .oversold
            case "I3": .lostOrder
            case "I4": .stockDrift
            case "I5": .overlappingLocks
            default: .unanswered
            }
        return BrokenInvariant(
            id: id, title: title, detail: detail, violations: evidence.map { Violation(kind, $0) })
    }
}
