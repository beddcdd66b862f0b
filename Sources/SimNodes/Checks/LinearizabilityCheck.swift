import Topology

/// Whether one order of all operations, each within its own time, explains what users were told about a product's stock.
package struct LinearizabilityCheck: Invariant {
    private let initialStocks: [Int]
    /// Configurations that the search may look at, for one product and for all.
    private let limits: (product: Int, run: Int)

    package init(_ design: CheckedDesign) { self.init(design, limits: (product: 50_000, run: 200_000)) }

    init(_ design: CheckedDesign, limits: (product: Int, run: Int)) {
        (initialStocks, self.limits) = (design.initialStocks, limits)
    }

    package func conclude(_ evidence: Evidence) -> Finding {
        let title = "stock is linearizable"
        guard evidence.survivor >= 0 else { return .notApplicable("LIN", title, "there is no database") }
        var budget = limits.run
        var (count, products) = (0, 0)
        var undecided: [Int] = []
        var incidents: [Violation] = []
        for (product, operations) in evidence.stockOperations().enumerated() where !operations.isEmpty {
            count += operations.count
            products += 1
            let verdict = StockSearch.run(
                initial: Int64(initialStocks[product]), operations, limit: min(limits.product, budget))
            budget -= verdict.configurations
            switch verdict.answer {
            case .linearizable: break
            case .undecided: undecided.append(product)
            case .notLinearizable(let culprit, let stock):
                incidents.append(incident(product, operations[culprit], stock))
            }
        }
        let what = "\(count) operations on \(products) products"
        var detail = incidents.isEmpty ? what : "\(what), of which \(incidents.count) can't have happened in any order"
        if !undecided.isEmpty { detail += "; \(undecided.count) products undecided" }
        return Finding(
            "LIN", title, violations: incidents.count, detail: detail, incidents: incidents,
            status: incidents.isEmpty && !undecided.isEmpty ? .undecided : nil)
    }

    private func incident(_ product: Int, _ operation: StockOperation, _ stock: Int64) -> Violation {
        let story =
            switch operation.kind {
            case .take(let units): "bought \(units)"
            case .refused(let units): "was refused \(units)"
            case .shown(let units): "was shown \(units)"
            case .maybe(let units): "may have bought \(units)"
            }
        return Violation(
            .notLinearizable,
            "product \(product): request \(operation.request) \(story) while there must have been \(stock)",
            at: operation.end, products: [product], requests: [operation.request])
    }
}
