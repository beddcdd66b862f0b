import Topology

/// I3: an order that a user was told is placed, is there in the end.
package enum LostOrderCheck: Invariant {
    package static func check(_ evidence: Evidence) -> Finding {
        let lost = lost(evidence)
        let acknowledged = evidence.requests.count { $0.flow == .purchase && $0.outcome == .success }
        let lines = lost.prefix(Finding.longestEvidence).map {
            "request \($0.number): \($0.quantity) of product \($0.product) acknowledged to user \($0.user), no such order"
        }
        let detail =
            lost.isEmpty
            ? "all \(acknowledged) acknowledged orders are there"
            : "\(lost.count) of \(acknowledged) acknowledged orders are gone"
        return Finding(
            id: "I3", title: "acknowledged orders survive", violations: lost.count, detail: detail, evidence: lines)
    }

    /// Purchases that were acknowledged and have no order, by their numbers.
    package static func lost(_ evidence: Evidence) -> [RequestRecord] {
        var traces: Set<Int> = []
        for order in evidence.orders { traces.insert(order.trace) }
        return evidence.requests.filter {
            $0.flow == .purchase && $0.outcome == .success && !traces.contains($0.number)
        }
        .sorted { $0.number < $1.number }
    }
}
