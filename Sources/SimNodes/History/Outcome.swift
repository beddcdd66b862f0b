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
    /// The system said that this user, or this request, has an order already.
    case alreadyOrdered

    package var name: String {
        switch self {
        case .success: "success"
        case .insufficientStock: "insufficientStock"
        case .lockNotAcquired: "lockNotAcquired"
        case .rejected: "rejected"
        case .timedOut: "timedOut"
        case .unknown: "unknown"
        case .failed: "failed"
        case .alreadyOrdered: "alreadyOrdered"
        }
    }
}
