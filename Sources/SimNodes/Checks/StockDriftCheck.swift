import Topology

/// I4: at rest, Redis and the database agree on what is left, and on who has bought.
package struct StockDriftCheck: Invariant {
    private let isPromised: Bool
    private let marks: DeduplicationSubject?

    package init(_ design: CheckedDesign) { (isPromised, marks) = (design.cachesStock, design.marks) }

    package func conclude(_ evidence: Evidence) -> Finding {
        let title = "Redis and database agree"
        guard isPromised || marks != nil, evidence.hasStockCache else {
            let isAsked = isPromised || marks != nil
            return .notApplicable("I4", title, isAsked ? "no Redis is left to ask" : "no stock is cached")
        }
        var high = 0
        var low = 0
        var incidents: [Violation] = []
        for row in evidence.products where isPromised {
            let product = Int(row.id)
            guard let cached = evidence.cachedStocks[product], cached != Int(row.stock) else { continue }
            let difference = cached - Int(row.stock)
            if difference > 0 { high += difference } else { low -= difference }
            incidents.append(drift(of: product, cached: cached, stored: row.stock, evidence))
        }
        let drifted = incidents.count
        let marked = marks.map { markDrift(of: $0, evidence) } ?? []
        var details = drifted > 0 ? ["\(drifted) products differ: \(high) units too many in Redis, \(low) too few"] : []
        if !marked.isEmpty { details.append("\(marked.count) marks of buyers and orders differ") }
        return Finding(
            "I4", title, violations: high + low + marked.count,
            detail: details.isEmpty ? "no difference" : details.joined(separator: "; "), incidents: incidents + marked)
    }

    /// Who is kept from buying without having an order, and who has one and may buy again.
    private func markDrift(of subject: DeduplicationSubject, _ evidence: Evidence) -> [Violation] {
        var violations: [Violation] = []
        for product in evidence.design.initialStocks.indices {
            var orders: [String: Int] = [:]
            for order in evidence.orders where order.product == Int64(product) {
                orders[subject == .user ? String(order.user) : String(order.key)] = order.trace
            }
            let marked = evidence.markedBuyers.indices.contains(product) ? Set(evidence.markedBuyers[product]) : []
            let name = subject == .user ? "user" : "key"
            for member in marked.subtracting(orders.keys).sorted() {
                let text = "product \(product): Redis lets \(name) \(member) buy no more, who has no order"
                violations.append(
                    Violation(.markDrift, text, products: [product], nodes: evidence.name(evidence.cache)))
            }
            for (member, request) in orders.sorted(by: { $0.key < $1.key }) where !marked.contains(member) {
                let text = "product \(product): Redis lets \(name) \(member) buy again, who has an order"
                violations.append(
                    Violation(
                        .markDrift, text, products: [product], requests: [request],
                        nodes: evidence.name(evidence.cache)))
            }
        }
        return violations
    }

    private func drift(of product: Int, cached: Int, stored: Int64, _ evidence: Evidence) -> Violation {
        var at: Instant?
        var requests: [Int] = []
        // The two stores that are left, as they came to what they hold: since when do they differ for good?
        let initial = Int64(evidence.initialStock(product))
        var (inRedis, inDatabase) = (initial, initial)
        for effect in evidence.effects where effect.product == product {
            switch effect.kind {
            case .redisStock where effect.node == evidence.cache: inRedis = effect.value
            case .stockStored where effect.node == evidence.survivor: inDatabase = effect.value
            case .orderStored where effect.node == evidence.survivor:
                if at != nil { requests.append(Int(effect.request)) }
                continue
            default: continue
            }
            if inRedis == inDatabase {
                (at, requests) = (nil, [])
            } else if at == nil {
                at = effect.at
            }
        }
        return Violation(
            .stockDrift, "product \(product): Redis says \(cached), the database \(stored)", at: at,
            products: [product], requests: Array(requests.prefix(Finding.longestEvidence)),
            nodes: evidence.name(evidence.cache) + evidence.name(evidence.survivor))
    }
}
