import Topology

/// What a checker found.
package struct Finding: Sendable {
    package let id: String
    package let title: String
    package let status: InvariantStatus
    /// How much is wrong, in the checker's own unit; 0 means that the invariant holds.
    package let violations: Int
    package let detail: String
    /// The first few of what is wrong, in the order in which they are told.
    package let incidents: [Violation]

    /// The first few violations, one a line.
    package var evidence: [String] { incidents.prefix(Self.longestEvidence).map(\.text) }

    /// Evidence is for reading: a handful of lines tell the story.
    static let longestEvidence = 5
    /// Programs that look for the cause get more, of each kind.
    static let mostIncidents = 20

    init(
        _ id: String, _ title: String, violations: Int, detail: String, incidents: [Violation],
        status: InvariantStatus? = nil
    ) {
        (self.id, self.title, self.violations, self.detail) = (id, title, violations, detail)
        var kept: [ViolationKind: Int] = [:]
        self.incidents = incidents.filter { incident in
            kept[incident.kind, default: 0] += 1
            return kept[incident.kind, default: 0] <= Self.mostIncidents
        }
        self.status = status ?? (violations == 0 ? .holds : .broken)
    }

    /// A promise that the design does not make.
    static func notApplicable(_ id: String, _ title: String, _ why: String) -> Finding {
        Finding(id, title, violations: 0, detail: why, incidents: [], status: .notApplicable)
    }

    func result(opening: Instant) -> InvariantResult {
        InvariantResult(
            id: id, title: title, holds: status != .broken, detail: detail, evidence: evidence, status: status,
            count: violations, violations: incidents.map { $0.since(opening) })
    }
}

/// One invariant: follows the effects of a run as they happen, and decides when all is at rest.
package protocol Invariant: Sendable {
    init(_ design: CheckedDesign)

    /// Something durable or visible has just happened.
    mutating func observe(_ effect: Effect)

    /// The answer, from what was seen on the way and what is left.
    func conclude(_ evidence: Evidence) -> Finding
}

extension Invariant {
    /// Most invariants are about what is left.
    package mutating func observe(_ effect: Effect) {}

    /// Looks at a run that is over.
    package static func check(_ evidence: Evidence) -> Finding {
        var checker = Self(evidence.design)
        for effect in evidence.effects { checker.observe(effect) }
        return checker.conclude(evidence)
    }
}
