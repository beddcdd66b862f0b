import Topology

/// I4: at rest, Redis and the database agree on what is left.
package struct StockDriftCheck: Invariant {
    private let isPromised: Bool

    package init(_ design: CheckedDesign) { isPromised = design.cachesStock }

    package func conclude(_ evidence: Evidence) -> Finding {
        let title = "Redis and database agree"
        guard isPromised, evidence.hasStockCache else {
            return .notApplicable("I4", title, isPromised ? "no Redis is left to ask" : "no stock is cached")
        }
        var high = 0
        var low = 0
        var incidents: [Violation] = []
        for row in evidence.products {
            let product = Int(row.id)
            guard let cached = evidence.cachedStocks[product], cached != Int(row.stock) else { continue }
            let difference = cached - Int(row.stock)
            if difference > 0 { high += difference } else { low -= difference }
            incidents.append(drift(of: product, cached: cached, stored: row.stock, evidence))
        }
        let detail =
            incidents.isEmpty
            ? "no difference"
            : "\(incidents.count) products differ: \(high) units too many in Redis, \(low) too few"
        return Finding("I4", title, violations: high + low, detail: detail, incidents: incidents)
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
