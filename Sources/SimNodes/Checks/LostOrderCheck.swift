import Topology

/// I3: an order that a user was told is placed, is there in the end: in the database that the system is left with. Where
/// the design promises it, every order that is there has been announced.
package struct LostOrderCheck: Invariant {
    private let announcesOrders: Bool

    package init(_ design: CheckedDesign) { announcesOrders = design.announcesOrders }

    package func conclude(_ evidence: Evidence) -> Finding {
        let lost = Self.lost(evidence)
        let acknowledged = evidence.requests.count { $0.flow == .purchase && $0.outcome == .success }
        var incidents = lost.prefix(Finding.mostIncidents).map { request in
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
        let unannounced = announcesOrders ? unannounced(evidence) : []
        incidents += unannounced.prefix(Finding.mostIncidents).map { order in
            Violation(
                .unannouncedOrder,
                "request \(order.trace): its order is there, and was never announced",
                at: evidence.effects.first { $0.kind == .orderStored && $0.request == order.trace }?.at,
                products: [Int(order.product)], requests: [order.trace], nodes: evidence.name(evidence.survivor))
        }
        var detail =
            lost.isEmpty
            ? "all \(acknowledged) acknowledged orders are there"
            : "\(lost.count) of \(acknowledged) acknowledged orders are gone"
        if announcesOrders {
            detail +=
                unannounced.isEmpty
                ? ", each order was announced"
                : ", \(unannounced.count) of \(evidence.orders.count) orders were never announced"
        }
        return Finding(
            "I3", "acknowledged orders survive", violations: lost.count + unannounced.count, detail: detail,
            incidents: Array(incidents))
    }

    /// Orders that are there and whose event no Redis ever took.
    private func unannounced(_ evidence: Evidence) -> [OrderRow] {
        let announced = Set(evidence.effects.lazy.filter { $0.kind == .publicationTaken }.map { Int($0.request) })
        return evidence.orders.filter { $0.trace >= 0 && !announced.contains($0.trace) }
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
