import Topology

/// What an observer outside of the system wrote down in one run, for invariants of your own; read-only.
///
/// All moments count from the opening of the sale. The lists are made when they are asked for: keep them in a constant.
public struct RunHistory: Sendable {
    private let evidence: Evidence

    init(_ evidence: Evidence) { self.evidence = evidence }

    private func moment(_ instant: Instant) -> Instant { Instant.zero + (instant - evidence.opening) }
    private func name(_ node: Int16) -> String { evidence.name(node).first ?? "" }

    // MARK: - What users saw

    /// One request, over all its attempts.
    public struct Request: Sendable {
        /// It also names the request's order.
        public let number: Int
        public let user: Int
        public let flow: Flow
        public let product: Int
        public let quantity: Int
        /// When the user wanted it.
        public let invoked: Instant
        /// Nil if nobody ever answered.
        public let answered: Instant?
        /// As in the metrics: `success`, `insufficientStock`, `lockNotAcquired`, `rejected`, `timedOut`, `unknown`,
        /// `failed`.
        public let outcome: String?
        /// In the order in which they were made.
        public let attempts: [Attempt]
        /// For views that succeeded: what was shown, and whether it came from the cache.
        public let shown: (stock: Int, version: Int, isFromCache: Bool)?

        public var isSuccess: Bool { outcome == Outcome.success.name }
        public var latency: TimeSpan? { answered.map { $0 - invoked } }
    }

    /// One sending of a request.
    public struct Attempt: Sendable {
        public let idempotencyKey: UInt64
        public let began: Instant
        public let ended: Instant?
        public let outcome: String?
        /// Whether it may have taken effect without the user knowing.
        public let isUnknown: Bool
    }

    /// All requests, in the order in which users made them.
    public var requests: [Request] {
        evidence.requests.map { record in
            var attempts: [Attempt] = []
            var index = Int(record.lastAttempt)
            while index >= 0 {
                let attempt = evidence.attempts[index]
                attempts.append(
                    Attempt(
                        idempotencyKey: attempt.key, began: moment(attempt.began), ended: attempt.ended.map(moment),
                        outcome: attempt.outcome?.name, isUnknown: attempt.outcome?.leavesDoubt ?? true))
                index = Int(attempt.previous)
            }
            return Request(
                number: record.number, user: record.user, flow: record.flow, product: record.product,
                quantity: record.quantity, invoked: moment(record.intended), answered: record.answered.map(moment),
                outcome: record.outcome?.name, attempts: attempts.reversed(),
                shown: record.flow == .view && record.outcome == .success
                    ? (Int(record.shownStock), Int(record.shownVersion), record.wasCacheHit ?? false) : nil)
        }
    }

    // MARK: - What became durable

    /// An order that became visible on a database: committed, replicated or recovered there.
    public struct StoredOrder: Sendable {
        public let at: Instant
        public let node: String
        public let request: Int
        public let user: Int
        public let product: Int
        public let quantity: Int
        public let idempotencyKey: UInt64
        /// Whether a client committed it there; else it came by replication or crash recovery.
        public let isCommit: Bool
        /// Place in the binary log that this database has it from.
        public let position: Int
    }

    public var orders: [StoredOrder] {
        evidence.effects.lazy.filter { $0.kind == .orderStored }.map { effect in
            StoredOrder(
                at: moment(effect.at), node: name(effect.node), request: Int(effect.request), user: Int(effect.user),
                product: Int(effect.product), quantity: Int(effect.value),
                idempotencyKey: UInt64(bitPattern: effect.mark), isCommit: effect.origin == .committed,
                position: Int(effect.position))
        }
    }

    /// A product's stock as a server had it from that moment on.
    public struct StockChange: Sendable {
        public let at: Instant
        public let node: String
        public let product: Int
        /// Nil: the server no longer has it.
        public let stock: Int?
    }

    /// What the databases made of the stocks.
    public var stockChanges: [StockChange] { changes(.stockStored) }
    /// What the Redis servers made of the stocks.
    public var redisStockChanges: [StockChange] { changes(.redisStock) }

    private func changes(_ kind: Effect.Kind) -> [StockChange] {
        evidence.effects.lazy.filter { $0.kind == kind }.map { effect in
            StockChange(
                at: moment(effect.at), node: name(effect.node), product: Int(effect.product),
                stock: effect.value == .min ? nil : Int(effect.value))
        }
    }

    /// An order's event that was published or delivered.
    public struct OrderEvent: Sendable {
        public let at: Instant
        /// Who published or got it.
        public let node: String
        public let request: Int
        public let isDelivery: Bool
    }

    public var events: [OrderEvent] {
        evidence.effects.lazy.filter { $0.kind == .publicationTaken || $0.kind == .delivered }.map { effect in
            OrderEvent(
                at: moment(effect.at), node: name(effect.node), request: Int(effect.request),
                isDelivery: effect.kind == .delivered)
        }
    }

    /// Somebody believed to have, or to no longer have, the lock of a product.
    public struct LockChange: Sendable {
        public let at: Instant
        public let node: String
        public let product: Int
        public let request: Int
        public let isEntry: Bool
    }

    public var locks: [LockChange] {
        evidence.effects.lazy.filter { $0.kind == .lockEntered || $0.kind == .lockLeft }.map { effect in
            LockChange(
                at: moment(effect.at), node: name(effect.node), product: Int(effect.product),
                request: Int(effect.request), isEntry: effect.kind == .lockEntered)
        }
    }

    // MARK: - What is left

    /// Units of each product at the opening.
    public var initialStocks: [Int] { evidence.design.initialStocks }
    /// Units of each product in the database that the system is left with.
    public var finalStocks: [Int] { evidence.products.map { Int($0.stock) } }
    /// Requests whose orders are in that database, one for each order.
    public var survivingOrders: [Int] { evidence.orders.map(\.trace) }
    /// What the Redis that is left says of each product's stock; nil where it has no such key.
    public var finalRedisStocks: [Int?] { evidence.cachedStocks }
}
