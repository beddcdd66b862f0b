import Topology

/// Product purchase, to be laid beside its sequence diagram; each comment is a line of it.
///
/// What a team can do differently at a step is a policy, and stands in the file of that step.
extension AppServer {
    func purchase(_ request: HTTPRequest) async throws -> HTTPResponse {
        try checkDeadline(of: request, at: .start)
        try await compute(\.purchase)
        guard policy.acknowledge == .beforeCommit else { return try await placeOrder(request) }
        // The user is told that the order is placed before anything is durable.
        spawn { server in
            do { _ = try await server.placeOrder(request) } catch is StepFailure {}
        }
        return HTTPResponse(200, .orderPlaced)
    }

    private func placeOrder(_ request: HTTPRequest) async throws -> HTTPResponse {
        // APP->>Redis: SETNX lock:product:123
        var sale = Sale(request: request)
        if policy.lock.takenAt == .beforeTransaction, try await !takeLock(for: &sale) {
            // Lock Not Acquired: Product Being Processed
            return HTTPResponse(423, .productBeingProcessed)
        }
        if world.hasBadLuck(.applicationPause, process) {
            world.badLuck?.pause(process)
            try await process.sleep(.zero)
        }
        let outcome: SaleOutcome
        do {
            outcome = try await sell(&sale)
        } catch let failure as StepFailure {
            try await releaseAfterFailure(&sale)
            throw failure
        }
        // APP->>Redis: DEL lock:product:123
        try await releaseLock(&sale)
        try await pass(.purchaseLockReleased, request)
        switch outcome {
        case .soldOut: return HTTPResponse(409, .insufficientStock)
        case .placedBefore: return HTTPResponse(200, .orderPlaced)
        case .boughtBefore: return HTTPResponse(409, .error("DuplicateKeyException: one order a customer"))
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
    private func sell(_ sale: inout Sale) async throws -> SaleOutcome {
        // APP->>Redis: GET product:123:stock
        let isSufficient = try await isStockSufficient(&sale)
        try await pass(.purchaseStockRead, sale.request)
        try await compute(\.purchaseCheck)
        guard isSufficient else { return .soldOut }

        if policy.cache.at == .beforeCommit { try await updateStockCache(sale) }
        if policy.details.at == .beforeCommit { try await updateDetailsCache(sale) }

        // APP->>DB: BEGIN … COMMIT
        let outcome: SaleOutcome
        do {
            outcome = try await runSaleTransaction(&sale)
        } catch let failure as StepFailure {
            if !failure.isOutcomeUnknown { try await compensate(sale) }
            throw failure
        }
        guard outcome == .sold else {
            if outcome == .soldOut { world.sometimes(.guardDecided) }
            try await compensate(sale)
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
        if policy.cache.at == .afterCommit {
            do {
                try await updateStockCache(sale)
            } catch let failure as StepFailure {
                world.sometimes(.committedWithoutCacheUpdate)
                throw failure
            }
        }
        try await pass(.purchaseCacheUpdated, sale.request)
        return .sold
    }

    /// The `finally` of the flow: the lock goes back, and a second failure does not hide the first.
    private func releaseAfterFailure(_ sale: inout Sale) async throws {
        do { try await releaseLock(&sale) } catch is StepFailure {}
    }

    var policy: PurchasePolicy { world.topology.purchase }

    /// A request comes to a place at which a fault may strike.
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
    /// The user has an order of the product already.
    case boughtBefore
    /// The lock was to be taken inside the transaction, and somebody else had it.
    case lockBusy
}

/// One purchase on its way through the flow.
struct Sale: Sendable {
    let request: HTTPRequest
    /// Nil until it is taken.
    var lock: HeldLock?
    /// Whether the lock has been given back already.
    var isLockReleased = false
    /// The row as the transaction read it.
    var row: ProductRow?
    /// Units that were taken from Redis before the transaction, to be given back if it fails.
    var reservedInCache = 0

    var product: Int { request.product }
    var quantity: Int { request.quantity }
}

/// Names of the keys that the reference design uses.
enum ProductKey {
    static let lockPrefix = "lock:product:"
    static func lock(_ product: Int) -> String { lockPrefix + String(product) }
    /// The counter of a product's fencing tokens.
    static func fence(_ product: Int) -> String { "fence:product:\(product)" }
    static func stock(_ product: Int) -> String { "product:\(product):stock" }
    static func details(_ product: Int) -> String { "product:\(product):details" }
    static func lease(_ product: Int) -> String { "product:\(product):details:lease" }
}
