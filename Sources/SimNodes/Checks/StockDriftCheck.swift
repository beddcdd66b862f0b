import Topology

/// I4: at rest, Redis and the database agree on what is left.
package enum StockDriftCheck: Invariant {
    package static func check(_ evidence: Evidence) -> Finding {
        guard evidence.hasStockCache else {
            return Finding(
                id: "I4", title: "Redis and database agree", violations: 0, detail: "no stock is cached", evidence: [])
        }
        var high = 0
        var low = 0
        var lines: [String] = []
        for row in evidence.products {
            guard let cached = evidence.cachedStocks[Int(row.id)], cached != Int(row.stock) else { continue }
            let difference = cached - Int(row.stock)
            if difference > 0 { high += difference } else { low -= difference }
            lines.append("product \(row.id): Redis says \(cached), the database \(row.stock)")
        }
        let detail =
            lines.isEmpty
            ? "no difference"
            : "\(lines.count) products differ: \(high) units too many in Redis, \(low) too few"
        return Finding(
            id: "I4", title: "Redis and database agree", violations: high + low, detail: detail,
            evidence: Array(lines.prefix(Finding.longestEvidence)))
    }
}
