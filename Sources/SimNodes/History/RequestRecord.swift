import Topology

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
    /// For views: what the user was shown.
    package var shownStock: Int64 = 0
    package var shownVersion: Int64 = 0
    /// The latest attempt in the history's list, or -1.
    package var lastAttempt: Int32 = -1
    /// Where it was last seen inside the system.
    package var progress = Progress()

    package var latency: TimeSpan? { answered.map { $0 - intended } }

    /// How far a request has come.
    package struct Progress: Sendable {
        /// The application server's process, or -1.
        package var node: Int16 = -1
        /// The life of that process.
        package var incarnation: UInt32 = 0
        /// Whether that server still works on it.
        package var isInside = false
        /// The last place in the code that it passed; nil before a thread took it.
        package var site: EventSite?
        package var at = Instant.zero
    }
}

/// One attempt of a request: sent once, and answered once or never.
package struct AttemptRecord: Sendable {
    package let request: Int32
    /// The request's attempt before this one, or -1.
    package let previous: Int32
    /// The idempotency key that it carried.
    package let key: UInt64
    package let began: Instant
    /// Nil while nobody has answered.
    package var ended: Instant?
    package var outcome: Outcome?

    package init(request: Int32, previous: Int32 = -1, key: UInt64, began: Instant) {
        (self.request, self.previous, self.key, self.began) = (request, previous, key, began)
    }
}
