import Topology

/// What the checkers look at: the users' story, and what the stores hold when all is at rest.
///
/// A plain value, so that each checker can be shown evidence that must make it fire.
package struct Evidence: Sendable {
    /// Units of each product at the opening.
    package var initialStocks: [Int] = []
    package var requests: [RequestRecord] = []
    package var locks: [History.LockEvent] = []
    /// Rows of the database that the system is left with.
    package var products: [ProductRow] = []
    package var orders: [OrderRow] = []
    /// What the Redis master says of each product's stock; nil where it has no such key.
    package var cachedStocks: [Int?] = []
    /// Lock keys that will never expire.
    package var immortalLocks: [String] = []
    /// What is still going on although nobody asks for anything: open transactions, waiting sessions, borrowed
    /// connections, calls without an answer.
    package var leftovers: [String] = []
    /// Whether a Redis with stock keys is part of the design.
    package var hasStockCache = true
    /// Whether the design promises that a product is sold by one at a time.
    package var promisesExclusion = true

    package init() {}
}

/// What a checker found.
package struct Finding: Sendable {
    package let id: String
    package let title: String
    /// How much is wrong, in the checker's own unit; 0 means that the invariant holds.
    package let violations: Int
    package let detail: String
    /// The first few violations, one a line.
    package let evidence: [String]

    var result: InvariantResult {
        InvariantResult(id: id, title: title, holds: violations == 0, detail: detail, evidence: evidence)
    }
}

/// One invariant, as a function of the evidence.
package protocol Invariant: Sendable {
    static func check(_ evidence: Evidence) -> Finding
}

extension Finding {
    /// Evidence is for reading: a handful of lines tell the story.
    static let longestEvidence = 5
}
