import Topology

/// What happened, as an observer outside of the system sees it: every request with its attempts and answers, every order
/// that a database made durable, every stock that changed, every lock somebody believed to hold. No node can read it.
///
/// Attempts, requests and effects stand in arrays of small structs, in the order in which they happened, and each effect
/// is shown to the checkers at its moment.
package final class History: @unchecked Sendable {
    private unowned(unsafe) let universe: Universe
    package private(set) var requests: [RequestRecord] = []
    package private(set) var attempts: [AttemptRecord] = []
    package private(set) var effects: [Effect] = []
    /// Nil: nothing but requests and their answers is written down.
    package private(set) var checks: CheckSuite?
    /// Requests that have no answer yet.
    package private(set) var open = 0
    /// Views that showed a version that had been overwritten before they began.
    package private(set) var staleReads = 0
    /// For how long that had been overwritten when it was shown.
    package private(set) var staleness = LatencyHistogram()
    package private(set) var publishedEvents = 0
    package private(set) var deliveredEvents = 0
    private var latestVersions: [Int: Int64] = [:]
    /// When each version of a product was overwritten.
    private var overwritten: [Int: [Int64: Instant]] = [:]

    init(universe: Universe, design: CheckedDesign) {
        self.universe = universe
        checks = CheckSuite(design)
        // Room for the history of a small run: to grow into it would copy as much again, and touch twice the memory.
        requests.reserveCapacity(64)
        attempts.reserveCapacity(256)
        effects.reserveCapacity(1_024)
    }

    /// From now on only requests and their answers are written down, and nothing is checked: for measuring what that costs.
    package func stopChecking() { checks = nil }

    /// Writes an effect down, and shows it to the checkers.
    func note(_ effect: Effect) {
        guard !universe.hasEnded else { return }
        effects.append(effect)
        checks?.observe(effect)
    }

    var now: Instant { universe.now }
    var isChecking: Bool { checks != nil }

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

    /// A user sends a request, once more or for the first time.
    package func attempt(_ number: Int, key: UInt64) {
        requests[number].attempts += 1
        attempts.append(
            AttemptRecord(request: Int32(number), previous: requests[number].lastAttempt, key: key, began: universe.now)
        )
        requests[number].lastAttempt = Int32(attempts.count - 1)
    }

    /// How the attempt ended that is under way, as its user saw it.
    package func attemptEnded(_ number: Int, _ outcome: Outcome) {
        guard !universe.hasEnded else { return }
        let index = Int(requests[number].lastAttempt)
        attempts[index].ended = universe.now
        attempts[index].outcome = outcome
    }

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

    // MARK: - Where requests are

    /// A request has reached an application server.
    package func entered(_ number: Int, on process: NodeProcess) {
        guard requests.indices.contains(number) else { return }
        requests[number].progress = .init(
            node: Int16(process.number), incarnation: process.incarnation, isInside: true, site: nil, at: universe.now)
    }

    /// A request has come to a place in the code.
    @inline(__always)
    package func reached(_ site: EventSite, _ number: Int) {
        guard requests.indices.contains(number) else { return }
        requests[number].progress.site = site
        requests[number].progress.at = universe.now
    }

    /// An application server is done with a request.
    package func left(_ number: Int, _ process: NodeProcess) {
        // Another server may have it by now: a proxy's second try.
        guard requests.indices.contains(number), requests[number].progress.node == Int16(process.number)
        else { return }
        requests[number].progress.isInside = false
    }

    // MARK: - Versions

    /// A sale was committed, and left the product at this version.
    package func committed(product: Int, version: Int64) {
        latestVersions[product] = max(latestVersions[product, default: 0], version)
        // A failover may bring an old version back; it was news only once.
        if overwritten[product]?[version - 1] == nil { overwritten[product, default: [:]][version - 1] = universe.now }
    }

    /// The latest version of a product that a sale has left.
    package func latestVersion(of product: Int) -> Int64 { latestVersions[product, default: 0] }

    /// A view showed a product.
    package func saw(stock: Int, version: Int, fromCache: Bool, in number: Int) {
        requests[number].shownStock = Int64(stock)
        requests[number].shownVersion = Int64(version)
        if Int64(version) < requests[number].versionAtStart {
            staleReads += 1
            let since = overwritten[requests[number].product]?[Int64(version)]
            if let since { staleness.record(universe.now - since) }
        }
        guard fromCache, isChecking, !universe.hasEnded else { return }
        checks?.observeCachedView(
            of: requests[number], began: attempts[Int(requests[number].lastAttempt)].began, at: universe.now)
    }

    // MARK: - Counters

    func countPublication() { publishedEvents += 1 }

    func countDelivery() { deliveredEvents += 1 }
}
