import Topology

@testable import SimNodes

/// Evidence of a sale, made by hand: three products with ten units each, all in step with each other.
///
/// Process 0 is the application, 1 the database that is left, 2 one that is not, 3 Redis.
extension Evidence {
    static func sale(stocks: [Int] = [10, 10, 10]) -> Evidence {
        var evidence = Evidence()
        evidence.design.initialStocks = stocks
        evidence.nodes = ["app1", "db1", "db2", "redis1"]
        (evidence.survivor, evidence.cache) = (1, 3)
        evidence.products = stocks.enumerated().map { ProductRow(id: Int64($0.offset), stock: Int64($0.element)) }
        evidence.cachedStocks = stocks.map { $0 }
        evidence.cachedDetails = stocks.map { _ in nil }
        return evidence
    }

    /// The moment of what comes next: a nanosecond after what came last.
    var next: Instant { Instant(nanoseconds: Int64(effects.count + requests.count)) }

    /// A sale that went right: acknowledged, stored, and taken off both stocks.
    mutating func sell(_ quantity: Int = 1, of product: Int) {
        request(product, quantity, .success)
        store(requests.count - 1)
    }

    /// A purchase as its user saw it; without an outcome it was never answered.
    @discardableResult
    mutating func request(_ product: Int, _ quantity: Int, _ outcome: Outcome?, user: Int? = nil) -> Int {
        let number = requests.count
        var record = RequestRecord(
            number: number, user: user ?? 100 + number, flow: .purchase, product: product, quantity: quantity,
            intended: next)
        record.outcome = outcome
        record.answered = outcome.map { _ in next }
        requests.append(record)
        return number
    }

    @discardableResult
    mutating func view(_ product: Int, _ outcome: Outcome?) -> Int {
        var record = RequestRecord(
            number: requests.count, user: requests.count, flow: .view, product: product, quantity: 1, intended: next)
        record.outcome = outcome
        requests.append(record)
        return record.number
    }

    /// The order of a request becomes durable on a database, and visible there; returns its transaction.
    @discardableResult
    mutating func commit(_ number: Int, on node: Int16 = 1, key: UInt64 = 0, stock: Int64? = nil) -> GTID {
        let request = requests[number]
        let order = OrderRow(
            id: Int64(orders.count + 1), user: Int64(request.user), product: Int64(request.product),
            quantity: Int64(request.quantity), trace: number, key: key)
        let gtid = GTID(source: Int32(node), number: Int64(effects.count + 1))
        var row = products[request.product]
        row.stock = stock ?? row.stock - Int64(request.quantity)
        row.version += 1
        let transaction = BinlogTransaction(
            gtid: gtid, position: effects.count + 1, number: 1, changes: [], committedAt: next)
        effects.append(.stock(row, of: transaction, on: node, .committed, at: next))
        effects.append(.order(order, of: transaction, on: node, .committed, at: next))
        guard node == survivor else { return gtid }
        orders.append(order)
        products[request.product] = row
        survivingTransactions.insert(gtid)
        return gtid
    }

    /// The order of a request, with what it takes off both stocks.
    mutating func store(_ number: Int) {
        commit(number)
        let request = requests[number]
        cachedStocks[request.product] = cachedStocks[request.product].map { $0 - request.quantity }
        let left = Int64(cachedStocks[request.product] ?? 0)
        note(.redisStock, node: 3, product: request.product) { $0.value = left }
    }

    mutating func enter(_ product: Int, _ request: Int) {
        note(.lockEntered, product: product) { $0.request = Int32(request) }
    }

    mutating func leave(_ product: Int, _ request: Int) {
        note(.lockLeft, product: product) { $0.request = Int32(request) }
    }

    /// Any other effect.
    mutating func note(
        _ kind: Effect.Kind, node: Int16 = 0, product: Int = -1, _ change: (inout Effect) -> Void = { _ in }
    ) {
        var effect = Effect(kind, at: next)
        (effect.node, effect.product) = (node, Int32(product))
        change(&effect)
        effects.append(effect)
    }

    /// A sale with all that may legitimately happen in one.
    static func clean() -> Evidence {
        var evidence = sale()
        for number in 0..<5 { evidence.sell(1 + number % 2, of: number % 3) }
        evidence.request(0, 1, .insufficientStock)
        evidence.request(1, 1, .lockNotAcquired)
        // Stored, though its user was never told: no harm.
        evidence.store(evidence.request(2, 1, .unknown))
        evidence.view(1, .success)
        for number in 0..<5 {
            evidence.enter(number % 3, number)
            evidence.leave(number % 3, number)
        }
        return evidence
    }

    static let checkers: [any Invariant.Type] = [
        OversellCheck.self, DuplicateOrderCheck.self, LostOrderCheck.self, StockDriftCheck.self,
        MutualExclusionCheck.self, StaleCacheCheck.self, LivenessCheck.self, RepeatedEffectCheck.self,
        VisibilityCheck.self, LinearizabilityCheck.self,
    ]
}
