/// Requests that take the same way through the system.
package enum RequestClass: String, CaseIterable, Hashable, Sendable {
    /// A view of a product that the application server itself has in its memory.
    case viewLocalHit
    /// A view of a product that Redis has.
    case viewHit
    /// A view that asks the database.
    case viewMiss
    /// A purchase that becomes an order.
    case purchaseSold
    /// A purchase that finds too little stock.
    case purchaseInsufficientStock
    /// A purchase that finds the product's lock taken, and does not wait for it any longer.
    case purchaseLockNotAcquired

    /// What such a request wants.
    package var flow: Flow {
        switch self {
        case .viewLocalHit, .viewHit, .viewMiss: .view
        case .purchaseSold, .purchaseInsufficientStock, .purchaseLockNotAcquired: .purchase
        }
    }

    /// The metrics of a run that measure it, without the last word: `view.hit`, `purchase.success`.
    package var metric: String {
        switch self {
        case .viewLocalHit, .viewHit: "view.hit"
        case .viewMiss: "view.miss"
        case .purchaseSold: "purchase.success"
        case .purchaseInsufficientStock: "purchase.insufficientStock"
        case .purchaseLockNotAcquired: "purchase.lockNotAcquired"
        }
    }
}
