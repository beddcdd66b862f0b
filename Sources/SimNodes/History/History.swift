import Topology

/// How a user's request ended, as the user saw it.
package enum Outcome: UInt8, CaseIterable, Sendable {
    case success
    case insufficientStock
    case lockNotAcquired
    /// The system said no: overload, no connection, an error that certainly had no effect.
    case rejected
    /// The user's own patience, or a gateway's, ran out; whether it took effect is unknown.
    case timedOut
    /// It broke at a point where it may have taken effect.
    case unknown
    /// An error of the application.
    case failed

    package var name: String {
        switch self {
        case .success: "success"
        case .insufficientStock: "insufficientStock"
        case .lockNotAcquired: "lockNotAcquired"
        case .rejected: "rejected"
        case .timedOut: "timedOut"
        case .unknown: "unknown"
        case .failed: "failed"
        }
    }
}

/// One request of one user, over all its attempts.
package struct RequestRecord: Sendable {
    package let number: Int
    package let user: Int
    package let flow: Flow
    package let product: Int
    package let quantity: Int
    /// When the user wanted it: latency counts from here, not from when a slot was free.
    package let intended: Instant
    package var attempts = 0
    package var answered: Instant?
    package var outcome: Outcome?
    /// For views, whether the product came from the cache.
    package var wasCacheHit: Bool?
    /// Whether any attempt of a purchase may have taken effect without the user knowing.
    package var maybeCommitted = false
    /// For views: the product's version that was known to be committed when the view began.
    package var versionAtStart: Int64 = 0

    package var latency: TimeSpan? { answered.map { $0 - intended } }
}

/// What happened, as an observer outside of the system sees it: every request with its answer, every order that a
/// database made durable, every lock somebody believed to hold. No node can read it.
package final class History: @unchecked Sendable {
    private unowned(unsafe) let universe: Universe
    package private(set) var requests: [RequestRecord] = []
    /// Requests that have no answer yet.
    package private(set) var open = 0
    package private(set) var locks: [LockEvent] = []
    /// Views that showed a version that had been overwritten before they began.
    package private(set) var staleReads = 0
    package private(set) var publishedEvents = 0
    package private(set) var deliveredEvents = 0
    private var latestVersions: [Int: Int64] = [:]

    init(universe: Universe) { self.universe = universe }

    // MARK: - Requests

    /// A user wants something; returns the request's number, which also names its order.
    package func invoke(user: Int, flow: Flow, product: Int, quantity: Int, intended: Instant) -> Int {
        let number = requests.count
        requests.append(
            RequestRecord(
                number: number, user: user, flow: flow, product: product, quantity: quantity, intended: intended))
        if flow == .view { requests[number].versionAtStart = latestVersions[product, default: 0] }
        open += 1
        return number
    }

    package func attempt(_ number: Int) { requests[number].attempts += 1 }

    /// An attempt ended without the user knowing whether it took effect.
    package func noteUncertainty(_ number: Int) { requests[number].maybeCommitted = true }

    package func answer(_ number: Int, _ outcome: Outcome, wasCacheHit: Bool? = nil) {
        guard !universe.hasEnded, requests[number].outcome == nil else { return }
        requests[number].answered = universe.now
        requests[number].outcome = outcome
        requests[number].wasCacheHit = wasCacheHit
        open -= 1
        universe.record(UInt64(number) << 8 | UInt64(outcome.rawValue))
    }

    /// Requests that were under way in a span of time and had to be repeated, or did not end well.
    package func requestsAffected(from start: Instant, until end: Instant) -> Int {
        requests.count { request in
            request.intended <= end && (request.answered ?? .distantFuture) >= start
                && (request.attempts > 1 || request.outcome.map { !$0.isRegular } ?? true)
        }
    }

    // MARK: - Versions

    /// A sale was committed, and left the product at this version.
    package func committed(product: Int, version: Int64) {
        latestVersions[product] = max(latestVersions[product, default: 0], version)
    }

    /// The latest version of a product that a sale has left.
    package func latestVersion(of product: Int) -> Int64 { latestVersions[product, default: 0] }

    /// A view showed a version of a product.
    package func saw(_ version: Int, in number: Int) {
        if Int64(version) < requests[number].versionAtStart { staleReads += 1 }
    }

    // MARK: - Order events

    /// An application published an order event.
    package func published() { publishedEvents += 1 }

    /// A subscriber got one.
    package func delivered() { deliveredEvents += 1 }

    // MARK: - Locks

    /// Somebody believes to have, or to no longer have, the right to sell a product.
    package struct LockEvent: Sendable {
        package let at: Instant
        package let product: Int
        package let request: Int
        package let isEntry: Bool
    }

    package func enterCriticalSection(product: Int, request: Int) {
        locks.append(LockEvent(at: universe.now, product: product, request: request, isEntry: true))
    }

    package func leaveCriticalSection(product: Int, request: Int) {
        locks.append(LockEvent(at: universe.now, product: product, request: request, isEntry: false))
    }
}
