import Topology

/// What a design promises, as far as invariants can be held to it, and what there was at the opening.
package struct CheckedDesign: Sendable {
    /// How a product is sold by one at a time.
    package enum Exclusion: Sendable {
        /// The design takes no lock.
        case none
        /// Locks exclude each other.
        case lock
        /// Locks may overlap, as every lease may; the resource refuses the holder of an older fencing token.
        case fenced
    }

    /// How old a cached product may be.
    package enum Freshness: Sendable {
        /// Nothing is cached.
        case none
        /// It equals the database, or is absent, when all is at rest.
        case equal
        /// Nothing lives longer than this after it was stored.
        case bounded(TimeSpan)
    }

    /// Units of each product at the opening.
    package var initialStocks: [Int] = []
    package var onePerUser = false
    package var onePerKey = false
    /// Within which every request is to be answered; nil: some day.
    package var answeredWithin: TimeSpan?
    package var exclusion = Exclusion.lock
    /// Whether stock in Redis decides, or is kept in step with the database.
    package var cachesStock = true
    package var freshness = Freshness.none
    /// Whether an idempotency key makes all attempts that carry it one operation.
    package var joinsAttempts = false
    /// What marks in Redis are to agree with the orders for ever; nil: none, or they expire.
    package var marks: DeduplicationSubject?
    /// Whether each order that survives is to be announced.
    package var announcesOrders = false
    /// How long after its user's giving up an order may still be made; nil: for ever.
    package var afterGiveUp: TimeSpan?
    /// Requests that may be let through in a second; nil: any number.
    package var admittedPerSecond: Int?
    /// Whether users must see what they bought as their purchase left it.
    package var readsOwnWrites = false
    /// Whether the network brings requests a second time.
    package var deliversTwice = false
    /// Whether a unit that is only reserved may make others be told that the product is sold out.
    package var reserves = false

    package init() {}

    package init(_ scenario: Scenario) {
        let topology = scenario.topology
        let purchase = topology.purchase
        let view = topology.view
        initialStocks = scenario.workload.initialStocks
        announcesOrders = topology.promises.eventPerOrder
        afterGiveUp = topology.promises.nothingAfterGiveUp
        admittedPerSecond = topology.promises.admittedPerSecond
        readsOwnWrites = topology.promises.readYourWrites
        deliversTwice = scenario.faults.contains { if case .duplicate = $0.action { true } else { false } }
        onePerUser = topology.promises.onePerUser
        onePerKey = topology.promises.onePerKey ?? (purchase.transaction.idempotencyKey != .none)
        answeredWithin = topology.promises.answeredWithin
        // Tokens are only given with a lock in Redis; where they are, they are what sales are held to.
        switch (purchase.lock.kind, purchase.lock.fencing) {
        case (.none, _): exclusion = .none
        case (.redis, .issued), (.redis, .checked): exclusion = .fenced
        case (.redis, .none), (.local, _): exclusion = .lock
        }
        let isUnused = purchase.cache.update == .none && ![.cache, .decrementFirst].contains(purchase.stockCheck)
        cachesStock = topology.redis != nil && scenario.workload.warmStock && !isUnused
        if topology.redis != nil {
            // What never expires and is never invalidated would have to be right for ever.
            freshness = view.cacheTTL > .zero ? .bounded(view.cacheTTL * (1 + view.jitter)) : .equal
            if let local = view.local, case .bounded(let limit) = freshness {
                // What a server keeps may have been as old in Redis as it may become there.
                freshness = local.ttl > .zero ? .bounded(limit + local.ttl) : .equal
            }
        }
        let deduplication = purchase.deduplication
        let isLasting = deduplication.check != .none && deduplication.check != .setNxPx
        marks = topology.redis != nil && isLasting ? deduplication.of : nil
        joinsAttempts = purchase.transaction.idempotencyKey != .none
        reserves = purchase.stockCheck == .decrementFirst || purchase.cache.at == .beforeCommit
    }
}
