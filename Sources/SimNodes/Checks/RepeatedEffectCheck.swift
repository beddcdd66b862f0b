import Topology

/// I8: whatever carries the same idempotency key takes effect once.
package struct RepeatedEffectCheck: Invariant {
    private let isPromised: Bool
    private var firstUses: [Use: Int32] = [:]
    private var repetitions: [Repetition] = []

    /// A key that took effect on a database.
    private struct Use: Hashable, Sendable {
        let node: Int16
        let key: Int64
    }

    private struct Repetition: Sendable {
        let use: Use
        let requests: [Int]
        let at: Instant
    }

    package init(_ design: CheckedDesign) { isPromised = design.onePerKey }

    package mutating func observe(_ effect: Effect) {
        guard isPromised, effect.kind == .orderStored, effect.mark != 0 else { return }
        let use = Use(node: effect.node, key: effect.mark)
        if let first = firstUses[use] {
            repetitions.append(Repetition(use: use, requests: [Int(first), Int(effect.request)], at: effect.at))
        } else {
            firstUses[use] = effect.request
        }
    }

    package func conclude(_ evidence: Evidence) -> Finding {
        let title = "one effect an idempotency key"
        guard isPromised else { return .notApplicable("I8", title, "the design has no such key") }
        var orders: [UInt64: [OrderRow]] = [:]
        for order in evidence.orders where order.key != 0 { orders[order.key, default: []].append(order) }
        let repeated = orders.filter { $0.value.count > 1 }.sorted { $0.key < $1.key }
        let incidents = repeated.map { key, rows in
            let seen = repetitions.first {
                $0.use.node == evidence.survivor && UInt64(bitPattern: $0.use.key) == key
            }
            let requests = Set(rows.map(\.trace)).sorted()
            return Violation(
                .repeatedEffect,
                "key \(key) has \(rows.count) orders of product \(rows[0].product), by request "
                    + requests.map(String.init).joined(separator: ", "),
                at: seen?.at, products: [Int(rows[0].product)],
                requests: seen.map { Set($0.requests).sorted() } ?? requests,
                nodes: evidence.name(evidence.survivor))
        }
        let surplus = repeated.reduce(0) { $0 + $1.value.count - 1 }
        return Finding(
            "I8", title, violations: surplus,
            detail: surplus == 0
                ? "\(orders.count) keys, one order each" : "\(surplus) orders too many, of \(repeated.count) keys",
            incidents: incidents)
    }
}
