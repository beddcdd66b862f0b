import Topology

/// I7: everything ends: each request is answered, and nothing is left standing when nobody asks any more.
package enum LivenessCheck: Invariant {
    package static func check(_ evidence: Evidence) -> Finding {
        let unanswered = evidence.requests.filter { $0.outcome == nil }.sorted { $0.number < $1.number }
        var lines = unanswered.prefix(Finding.longestEvidence).map {
            "request \($0.number) (\($0.flow.rawValue) of product \($0.product)) was never answered"
        }
        lines += evidence.immortalLocks.map { "\($0) has no expiry and no holder" }
        lines += evidence.leftovers
        let violations = unanswered.count + evidence.immortalLocks.count + evidence.leftovers.count
        let detail =
            violations == 0
            ? "all \(evidence.requests.count) requests answered, nothing left standing"
            : "\(unanswered.count) requests unanswered, \(evidence.immortalLocks.count) locks without end, "
                + "\(evidence.leftovers.count) other leftovers"
        return Finding(
            id: "I7", title: "everything ends", violations: violations, detail: detail,
            evidence: Array(lines.prefix(Finding.longestEvidence)))
    }
}
