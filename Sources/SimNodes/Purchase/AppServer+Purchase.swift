import Topology

/// Product purchase, to be laid beside its sequence diagram; each comment is a line of it.
///
/// What a team can do differently at a step is a policy, and stands in the file of that step.
extension AppServer {
    func purchase(_ request: HTTPRequest) async throws -> HTTPResponse {
        try checkDeadline(of: request, at: .start)
        try await compute(\.purchase)
        switch policy.acknowledge {
        case .afterCommit: return try await placeOrder(request)
        // The user is told that the order is placed before anything is durable.
        case .beforeCommit: return answerAtOnce(request)
        case .afterReservation: return try await answerEarly(request)
        }
    }

    /// - Parameter early: gives the user an answer as soon as the units are reserved.
    func placeOrder(_ request: HTTPRequest, early: EarlyAnswer? = nil) async throws -> HTTPResponse {
        // APP->>Redis: SETNX lock:product:123
        let sale = Sale(request)
        if policy.lock.takenAt == .beforeTransaction, try await !takeLock(for: sale) {
            // Lock Not Acquired: Product Being Processed
            return HTTPResponse(423, .productBeingProcessed)
        }
        if world.hasBadLuck(.applicationPause, process) {
            world.badLuck?.pause(process)
            try await process.sleep(.zero)
        }
        sale.early = early
        let outcome: SaleOutcome
        do {
            outcome = try await sell(sale)
        } catch let failure as StepFailure {
            try await releaseAfterFailure(sale)
            throw failure
        }
        // APP->>Redis: DEL lock:product:123
        try await releaseLock(sale)
        try await pass(.purchaseLockReleased, request)
        switch outcome {
        case .soldOut: return HTTPResponse(409, .insufficientStock)
        case .placedBefore: return HTTPResponse(200, .orderPlaced)
        case .boughtBefore: return HTTPResponse(409, .alreadyOrdered)
        case .lockBusy: return HTTPResponse(423, .productBeingProcessed)
        case .sold: break
        }

        // APP->>Redis: PUBLISH order.created
        if policy.publish == .afterCommit { try await publishOrder(request) }
        try await pass(.purchasePublished, request)

        try await compute(\.purchaseRespond)
        return HTTPResponse(200, .orderPlaced)
    }

    /// From the stock check to the cache.
    private func sell(_ sale: Sale) async throws -> SaleOutcome {
        // APP->>Redis: GET product:123:stock
        let refusal = try await refusal(of: sale)
        if refusal == nil { sale.early?.give(HTTPResponse(200, .orderPlaced)) }
        try await pass(.purchaseStockRead, sale.request)
        try await compute(\.purchaseCheck)
        if let refusal { return refusal }

        if policy.cache.at == .beforeCommit { try await updateStockCache(sale) }
        if policy.details.at == .beforeCommit { try await updateDetailsCache(sale) }

        // APP->>DB: BEGIN … COMMIT
        let outcome: SaleOutcome
        do {
            outcome = try await runSaleTransaction(sale)
        } catch let failure as StepFailure {
            if !failure.isOutcomeUnknown { try await compensate(sale) }
            throw failure
        }
        guard outcome == .sold else {
            if outcome == .soldOut { world.sometimes(.guardDecided) }
            try await compensate(sale, after: outcome)
            return outcome
        }
        if let row = sale.row, policy.transaction.version != .ignored {
            world.history.committed(product: sale.product, version: row.version + 1)
        }
        if world.history.requests[sale.request.number].outcome != nil { world.sometimes(.committedAfterGiveUp) }
        try await pass(.purchaseCommitted, sale.request)

        // APP->>Redis: DEL product:123:details
        if policy.details.at == .afterCommit { try await updateDetailsCache(sale) }
        // APP->>Redis: DECR product:123:stock
        do {
            try await confirmReservation(sale)
            if policy.cache.at == .afterCommit { try await updateStockCache(sale) }
        } catch let failure as StepFailure {
            world.sometimes(.committedWithoutCacheUpdate)
            throw failure
        }
        try await pass(.purchaseCacheUpdated, sale.request)
        return .sold
    }

    /// The `finally` of the flow: the lock goes back, and a second failure does not hide the first.
    private func releaseAfterFailure(_ sale: Sale) async throws {
        do { try await releaseLock(sale) } catch is StepFailure {}
    }

    var policy: PurchasePolicy { world.topology.purchase }

    /// A request comes to a place at which a fault may strike.
    @inline(__always)
    func pass(_ site: EventSite, _ request: HTTPRequest) async throws {
        world.history.reached(site, request.number)
        try await world.sites.pass(site, process)
    }
}

/// How the database answered a sale.
enum SaleOutcome: Sendable {
    case sold
    case soldOut
    /// The idempotency key says that an earlier attempt placed this order.
    case placedBefore
    /// The user has an order of the product already, or is getting one: the database says so, or a mark in Redis.
    case boughtBefore
    /// The lock was to be taken inside the transaction, and somebody else had it.
    case lockBusy
}

/// One purchase on its way through the flow: what its steps leave behind for each other.
final class Sale {
    let request: HTTPRequest
    /// Nil until it is taken.
    var lock: HeldLock?
    /// Whether the lock has been given back already.
    var isLockReleased = false
    /// The row as the transaction read it.
    var row: ProductRow?
    /// Units that were taken from Redis before the transaction, to be given back if it fails.
    var reservedInCache = 0
    /// By what Redis knows this attempt, where it writes down who has reserved what.
    var owner = ""
    /// Whether this attempt has marked its user or its key as having bought.
    var isMarked = false
    /// Where the user waits for an answer that comes before the order.
    var early: EarlyAnswer?
    /// How often the transaction may still be run again.
    var retriesLeft = 0

    init(_ request: HTTPRequest) { self.request = request }

    var product: Int { request.product }
    var quantity: Int { request.quantity }
    /// What is the same for all attempts of one request.
    var key: String { String(request.key) }
}

/// Names of the keys that the reference design uses.
enum ProductKey {
    static let lockPrefix = "lock:product:"
    static func lock(_ product: Int) -> String { lockPrefix + String(product) }
    /// The counter of a product's fencing tokens.
    static func fence(_ product: Int) -> String { "fence:product:\(product)" }
    static func stock(_ product: Int) -> String { "product:\(product):stock" }
    static func details(_ product: Int) -> String { "product:\(product):details" }
    static func reserved(_ product: Int) -> String { "product:\(product):reserved" }
    static func sold(_ product: Int) -> String { "product:\(product):sold" }
    static func buyers(_ product: Int) -> String { "product:\(product):buyers" }
    static func flag(_ product: Int, _ member: String) -> String { "once:\(product):\(member)" }
    /// The reservations of all products, by age.
    static let due = "reservations:due"
    /// What the scripts of a reservation work on.
    static func reservation(_ product: Int) -> [String] {
        [stock(product), reserved(product), sold(product), due, buyers(product)]
    }
    static func lease(_ product: Int) -> String { "product:\(product):details:lease" }
}
