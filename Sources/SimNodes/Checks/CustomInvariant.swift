import Topology

/// An invariant of the user's own: a closure that looks at a run's history when all is at rest.
///
///     let run = Simulation.run(scenario, seed: 7, invariants: [
///         .custom("nobody waits for more than a second") { history in
///             history.requests.filter { ($0.latency ?? .zero) > .seconds(1) }
///                 .map { Violation("request \($0.number) took \($0.latency!)", at: $0.answered, requests: [$0.number]) }
///         }
///     ])
public struct CustomInvariant: Sendable {
    public let name: String
    let check: @Sendable (RunHistory) -> [Violation]

    /// An invariant that holds when the closure returns nothing.
    public static func custom(
        _ name: String, _ check: @escaping @Sendable (RunHistory) -> [Violation]
    ) -> CustomInvariant {
        CustomInvariant(name: name, check: check)
    }

    /// What it found; it is known as C1, C2 and so on by its place among the user's. The moments of the violations count from the opening, as the history's do.
    func conclude(_ history: RunHistory, place: Int) -> InvariantResult {
        let violations = check(history)
        return InvariantResult(
            id: "C\(place)", title: name, holds: violations.isEmpty,
            detail: violations.isEmpty ? "no violation" : "\(violations.count) violations",
            evidence: violations.prefix(Finding.longestEvidence).map(\.text),
            status: violations.isEmpty ? .holds : .broken, count: violations.count,
            violations: Array(violations.prefix(Finding.mostIncidents)))
    }
}
