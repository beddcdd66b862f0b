import Topology

/// I1: nothing is sold twice.
///
/// A unit counts as sold when an order for it is in the database, and also when a user was told so: an order that a
/// failover lost was promised all the same, and its unit may have been sold again.
package struct OversellCheck: Invariant {
    private let initialStocks: [Int]
    private var tallies: [Tally] = []

    /// What one database has sold so far, and when it first went wrong.
    private struct Tally: Sendable {
        let node: Int16
        var sold: [Int]
        var oversold: [Sighting] = []
        var negative: [Sighting] = []
    }

    /// The first sign of a violation on one database.
    private struct Sighting: Sendable {
        let product: Int
        let request: Int
        let at: Instant
    }

    package init(_ design: CheckedDesign) { initialStocks = design.initialStocks }

    package mutating func observe(_ effect: Effect) {
        guard effect.kind == .orderStored || effect.kind == .stockStored else { return }
        let product = Int(effect.product)
        guard initialStocks.indices.contains(product) else { return }
        let index = tallies.firstIndex { $0.node == effect.node } ?? tallies.count
        if index == tallies.count {
            tallies.append(Tally(node: effect.node, sold: [Int](repeating: 0, count: initialStocks.count)))
        }
        let sighting = Sighting(product: product, request: Int(effect.request), at: effect.at)
        if effect.kind == .stockStored {
            guard effect.value < 0, !tallies[index].negative.contains(where: { $0.product == product }) else { return }
            tallies[index].negative.append(sighting)
        } else {
            let before = tallies[index].sold[product]
            tallies[index].sold[product] = before + Int(effect.value)
            if before <= initialStocks[product], before + Int(effect.value) > initialStocks[product] {
                tallies[index].oversold.append(sighting)
            }
        }
    }

    package func conclude(_ evidence: Evidence) -> Finding {
        let (stored, sold) = Self.units(evidence)
        var oversold = 0
        var incidents: [Violation] = []
        for (product, initial) in initialStocks.enumerated() where sold[product] > initial {
            oversold += sold[product] - initial
            incidents.append(excess(of: product, sold: sold[product], evidence))
        }
        var unbalanced = 0
        for row in evidence.products {
            let product = Int(row.id)
            guard row.stock < 0 || Int(row.stock) + stored[product] != initialStocks[product] else { continue }
            unbalanced += 1
            incidents.append(imbalance(of: row, stored: stored[product], evidence))
        }
        let detail =
            incidents.isEmpty
            ? "\(sold.reduce(0, +)) units sold of \(initialStocks.reduce(0, +))"
            : "\(oversold) units oversold, \(unbalanced) products whose stock and orders disagree"
        return Finding(
            "I1", "nothing oversold", violations: oversold + unbalanced, detail: detail, incidents: incidents)
    }

    /// Units sold beyond the stock.
    package static func oversoldUnits(_ evidence: Evidence) -> Int {
        zip(units(evidence).sold, evidence.design.initialStocks).reduce(0) { $0 + max(0, $1.0 - $1.1) }
    }

    /// Units of each product in stored orders, and those together with what users were promised.
    private static func units(_ evidence: Evidence) -> (stored: [Int], sold: [Int]) {
        var stored = [Int](repeating: 0, count: evidence.design.initialStocks.count)
        for order in evidence.orders { stored[Int(order.product)] += Int(order.quantity) }
        var sold = stored
        for request in LostOrderCheck.lost(evidence) { sold[request.product] += request.quantity }
        return (stored, sold)
    }

    // MARK: - Stories

    private func excess(of product: Int, sold: Int, _ evidence: Evidence) -> Violation {
        let text = "product \(product): \(sold) units promised or stored, \(initialStocks[product]) in stock"
        // In the order in which they were stored or, if they are gone, promised.
        var sales: [(at: Instant, request: Int, units: Int)] = LostOrderCheck.lost(evidence).lazy
            .filter { $0.product == product }.map { ($0.answered ?? .zero, $0.number, $0.quantity) }
        for order in evidence.orders where order.product == product {
            let effect = evidence.effects.first {
                $0.kind == .orderStored && $0.product == product && $0.request == order.trace
            }
            sales.append((effect?.at ?? .zero, order.trace, Int(order.quantity)))
        }
        sales.sort { ($0.at, $0.request) < ($1.at, $1.request) }
        var left = initialStocks[product]
        var tooMany: [(at: Instant, request: Int, units: Int)] = []
        for sale in sales {
            left -= sale.units
            if left < 0 { tooMany.append(sale) }
        }
        let seen = tallies.first { $0.node == evidence.survivor }?.oversold.first { $0.product == product }
        let at = seen?.at ?? (evidence.effects.isEmpty ? nil : tooMany.first?.at)
        return Violation(
            .oversold, text, at: at, products: [product],
            requests: Array(tooMany.prefix(Finding.longestEvidence).map(\.request).reversed()),
            nodes: evidence.name(evidence.survivor))
    }

    private func imbalance(of row: ProductRow, stored: Int, _ evidence: Evidence) -> Violation {
        let product = Int(row.id)
        let text = "product \(product): stock \(row.stock) + sold \(stored) ≠ initial \(initialStocks[product])"
        var at: Instant?
        var request = -1
        if row.stock < 0 {
            let seen = tallies.first { $0.node == evidence.survivor }?.negative.first { $0.product == product }
            at = seen?.at
        }
        if at == nil { (at, request) = imbalanceBegan(product, evidence) }
        return Violation(
            row.stock < 0 ? .negativeStock : .stockMismatch, text, at: at, products: [product],
            requests: request >= 0 ? [request] : [], nodes: evidence.name(evidence.survivor))
    }

    /// Since when stock and orders of the surviving database don't add up, and whose order it was.
    private func imbalanceBegan(_ product: Int, _ evidence: Evidence) -> (Instant?, Int) {
        var (stock, sold) = (initialStocks[product], 0)
        var since: (Instant?, Int) = (nil, -1)
        for effect in evidence.effects where effect.node == evidence.survivor && effect.product == product {
            switch effect.kind {
            case .stockStored: stock = Int(effect.value)
            case .orderStored: sold += Int(effect.value)
            default: continue
            }
            if stock + sold == initialStocks[product] {
                since = (nil, -1)
            } else if since.0 == nil {
                since = (effect.at, Int(effect.request))
            }
        }
        return since
    }
}
