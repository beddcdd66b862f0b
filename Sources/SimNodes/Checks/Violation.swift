import Topology

/// What can go wrong, by name: several of them may break one invariant.
public enum ViolationKind: String, CaseIterable, Sendable {
    /// More units were sold, or promised, than there were (I1).
    case oversold
    /// A stock went below zero (I1).
    case negativeStock
    /// Stock and orders don't add up to what there was (I1).
    case stockMismatch
    /// A user has more than one order of a product (I2).
    case duplicateOrder
    /// An acknowledged order is gone (I3).
    case lostOrder
    /// An order survives that nobody was ever told of, where each is to be announced (I3).
    case unannouncedOrder
    /// Redis and the database disagree about a stock (I4).
    case stockDrift
    /// Redis keeps somebody from buying who has no order, or lets somebody buy again who has one (I4).
    case markDrift
    /// Two held the lock of a product at the same time (I5).
    case overlappingLocks
    /// A resource accepted a write of somebody whose lock was another's by then (I5).
    case staleHolder
    /// A cached product is older than the design allows, or will never be renewed (I6).
    case staleCache
    /// A user did not see what the user's own purchase had left (I6).
    case ownWriteUnseen
    /// A request was never answered (I7).
    case unanswered
    /// A request was answered later than the design promises (I7).
    case answeredLate
    /// Something is still going on, or held, although nobody asks for anything any more (I7).
    case stuck
    /// More requests were let through in a second than the design promises (I7).
    case overAdmitted
    /// An idempotency key took effect more than once (I8).
    case repeatedEffect
    /// An event was published of an order that does not exist (I9).
    case phantomEvent
    /// A success was told of a transaction that did not survive (I9).
    case phantomReply
    /// A read showed a transaction that did not survive (I9).
    case phantomRead
    /// An order was made after its user had given up (I9).
    case zombieOrder
    /// No order of the operations explains what users were told about a product's stock.
    case notLinearizable
    /// An invariant of the user's own.
    case custom
}

/// One thing that is wrong, with what a story of it needs.
public struct Violation: Sendable, Hashable {
    public let kind: ViolationKind
    /// When it came about; nil where only the end shows it. In a run's result it counts from the opening.
    public let at: Instant?
    public let products: [Int]
    /// Numbers of the requests that took part, the one that made it wrong last.
    public let requests: [Int]
    public let nodes: [String]
    /// One line for people.
    public let text: String

    public init(
        _ kind: ViolationKind, _ text: String, at: Instant? = nil, products: [Int] = [],
        requests: [Int] = [], nodes: [String] = []
    ) {
        (self.kind, self.text, self.at) = (kind, text, at)
        (self.products, self.requests, self.nodes) = (products, requests, nodes)
    }

    /// A violation of an invariant of the user's own.
    public init(
        _ text: String, at: Instant? = nil, products: [Int] = [], requests: [Int] = [], nodes: [String] = []
    ) {
        self.init(.custom, text, at: at, products: products, requests: requests, nodes: nodes)
    }

    /// The same with its moment counted from the opening of the sale.
    func since(_ opening: Instant) -> Violation {
        Violation(
            kind, text, at: at.map { Instant.zero + ($0 - opening) }, products: products, requests: requests,
            nodes: nodes)
    }
}

/// What became of an invariant in a run.
public enum InvariantStatus: String, Sendable {
    case holds
    case broken
    /// The design makes no such promise.
    case notApplicable
    /// It could not be decided with the memory that the check may use.
    case undecided
}
