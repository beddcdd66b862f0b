import Topology

/// I2: where the design promises it, nobody has more than one order of a product.
package struct DuplicateOrderCheck: Invariant {
    private let isPromised: Bool
    private var firstOrders: [Holding: Int32] = [:]
    private var seconds: [Second] = []

    /// A user's order of a product on one database.
    private struct Holding: Hashable, Sendable {
        let node: Int16
        let user: Int32
        let product: Int32
    }

    private struct Second: Sendable {
        let holding: Holding
        let requests: [Int]
        let at: Instant
    }

    package init(_ design: CheckedDesign) { isPromised = design.onePerUser }

    package mutating func observe(_ effect: Effect) {
        guard isPromised, effect.kind == .orderStored else { return }
        let holding = Holding(node: effect.node, user: effect.user, product: effect.product)
        if let first = firstOrders[holding] {
            seconds.append(
                Second(holding: holding, requests: [Int(first), Int(effect.request)], at: effect.at))
        } else {
            firstOrders[holding] = effect.request
        }
    }

    package func conclude(_ evidence: Evidence) -> Finding {
        let title = "one order a user and product"
        guard isPromised else { return .notApplicable("I2", title, "the design promises no such limit") }
        var orders: [UserProduct: [Int]] = [:]
        for order in evidence.orders {
            orders[UserProduct(user: order.user, product: order.product), default: []].append(order.trace)
        }
        let repeated = orders.filter { $0.value.count > 1 }.sorted { $0.key < $1.key }
        let incidents = repeated.map { pair, requests in
            let second = seconds.first {
                $0.holding.node == evidence.survivor && Int64($0.holding.user) == pair.user
                    && Int64($0.holding.product) == pair.product
            }
            return Violation(
                .duplicateOrder,
                "user \(pair.user) has \(requests.count) orders of product \(pair.product), by requests "
                    + requests.sorted().map(String.init).joined(separator: ", "),
                at: second?.at, products: [Int(pair.product)], requests: second?.requests ?? requests.sorted(),
                nodes: evidence.name(evidence.survivor))
        }
        let surplus = repeated.reduce(0) { $0 + $1.value.count - 1 }
        return Finding(
            "I2", title, violations: surplus,
            detail: surplus == 0
                ? "\(orders.count) users and products, one order each"
                : "\(surplus) orders too many, of \(repeated.count) users and products",
            incidents: incidents)
    }
}
