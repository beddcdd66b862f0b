import Topology

@testable import SimNodes

/// Evidence of a sale, made by hand: three products with ten units each, all in step with each other.
extension Evidence {
    static func sale(stocks: [Int] = [10, 10, 10]) -> Evidence {
        var evidence = Evidence()
        evidence.initialStocks = stocks
        evidence.products = stocks.enumerated().map { ProductRow(id: Int64($0.offset), stock: Int64($0.element)) }
        evidence.cachedStocks = stocks.map { $0 }
        return evidence
    }

    /// A sale that went right: acknowledged, stored, and taken off both stocks.
    mutating func sell(_ quantity: Int = 1, of product: Int) {
        request(product, quantity, .success)
        store(requests.count - 1)
    }

    /// A purchase as its user saw it; without an outcome it was never answered.
    @discardableResult
    mutating func request(_ product: Int, _ quantity: Int, _ outcome: Outcome?) -> Int {
        let number = requests.count
        var record = RequestRecord(
            number: number, user: 100 + number, flow: .purchase, product: product, quantity: quantity,
            intended: Instant(nanoseconds: Int64(number)))
        record.outcome = outcome
        requests.append(record)
        return number
    }

    mutating func view(_ product: Int, _ outcome: Outcome?) {
        var record = RequestRecord(
            number: requests.count, user: requests.count, flow: .view, product: product, quantity: 1, intended: .zero)
        record.outcome = outcome
        requests.append(record)
    }

    /// The order of a request, with what it takes off the stocks.
    mutating func store(_ number: Int) {
        let request = requests[number]
        orders.append(
            OrderRow(
                id: Int64(orders.count + 1), user: Int64(request.user), product: Int64(request.product),
                quantity: Int64(request.quantity), trace: number))
        products[request.product].stock -= Int64(request.quantity)
        cachedStocks[request.product] = cachedStocks[request.product].map { $0 - request.quantity }
    }

    mutating func enter(_ product: Int, _ request: Int) { lock(product, request, true) }
    mutating func leave(_ product: Int, _ request: Int) { lock(product, request, false) }

    private mutating func lock(_ product: Int, _ request: Int, _ isEntry: Bool) {
        locks.append(
            History.LockEvent(
                at: Instant(nanoseconds: Int64(locks.count)), product: product, request: request, isEntry: isEntry))
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
        OversellCheck.self, LostOrderCheck.self, StockDriftCheck.self, MutualExclusionCheck.self, LivenessCheck.self,
    ]
}
