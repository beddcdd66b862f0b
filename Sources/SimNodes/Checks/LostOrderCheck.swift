import Topology

/// I3: an order that a user was told is placed, is there in the end: in the database that the system is left with.
package struct LostOrderCheck: Invariant {
    package init(_ design: CheckedDesign) {}

    package func conclude(_ evidence: Evidence) -> Finding {
        let lost = Self.lost(evidence)
        let acknowledged = evidence.requests.count { $0.flow == .purchase && $0.outcome == .success }
        let incidents = lost.prefix(Finding.mostIncidents).map { request in
            let stored = evidence.effects.first { $0.kind == .orderStored && $0.request == request.number }
            // It is wrong from the answer on, or from the moment at which a database without it took over.
            let at = request.answered.map { max($0, stored == nil ? $0 : evidence.promotedAt ?? $0) }
            return Violation(
                .lostOrder,
                "request \(request.number): \(request.quantity) of product \(request.product) acknowledged to user "
                    + "\(request.user), no such order",
                at: at, products: [request.product], requests: [request.number],
                nodes: (stored.map { evidence.name($0.node) } ?? []) + evidence.name(evidence.survivor))
        }
        let detail =
            lost.isEmpty
            ? "all \(acknowledged) acknowledged orders are there"
            : "\(lost.count) of \(acknowledged) acknowledged orders are gone"
        return Finding(
            "I3", "acknowledged orders survive", violations: lost.count, detail: detail, incidents: Array(incidents))
    }

    /// Purchases that were acknowledged and have no order, by their numbers.
    package static func lost(_ evidence: Evidence) -> [RequestRecord] {
        let stored = evidence.ordersByRequest()
        return evidence.requests.filter {
            $0.flow == .purchase && $0.outcome == .success && stored[$0.number] == 0
        }
        .sorted { $0.number < $1.number }
    }
}
