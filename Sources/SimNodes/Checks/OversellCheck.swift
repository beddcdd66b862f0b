import Topology

/// I1: nothing is sold twice.
///
/// A unit counts as sold when an order for it is in the database, and also when a user was told so: an order that a
/// failover lost was promised all the same, and its unit may have been sold again.
package enum OversellCheck: Invariant {
    package static func check(_ evidence: Evidence) -> Finding {
        let (stored, sold) = units(evidence)
        let oversold = oversoldUnits(evidence)
        var lines: [String] = []
        for (product, initial) in evidence.initialStocks.enumerated() where sold[product] > initial {
            lines.append("product \(product): \(sold[product]) units promised or stored, \(initial) in stock")
        }
        var unbalanced = 0
        for row in evidence.products {
            let initial = evidence.initialStocks[Int(row.id)]
            guard row.stock < 0 || Int(row.stock) + stored[Int(row.id)] != initial else { continue }
            unbalanced += 1
            lines.append("product \(row.id): stock \(row.stock) + sold \(stored[Int(row.id)]) ≠ initial \(initial)")
        }
        let detail =
            oversold + unbalanced == 0
            ? "\(sold.reduce(0, +)) units sold of \(evidence.initialStocks.reduce(0, +))"
            : "\(oversold) units oversold, \(unbalanced) products whose stock and orders disagree"
        return Finding(
            id: "I1", title: "nothing oversold", violations: oversold + unbalanced, detail: detail,
            evidence: Array(lines.prefix(Finding.longestEvidence)))
    }

    /// Units sold beyond the stock.
    package static func oversoldUnits(_ evidence: Evidence) -> Int {
        zip(units(evidence).sold, evidence.initialStocks).reduce(0) { $0 + max(0, $1.0 - $1.1) }
    }

    /// Units of each product in stored orders, and those together with what users were promised.
    private static func units(_ evidence: Evidence) -> (stored: [Int], sold: [Int]) {
        var stored = [Int](repeating: 0, count: evidence.initialStocks.count)
        for order in evidence.orders { stored[Int(order.product)] += Int(order.quantity) }
        var sold = stored
        for request in LostOrderCheck.lost(evidence) { sold[request.product] += request.quantity }
        return (stored, sold)
    }
}
