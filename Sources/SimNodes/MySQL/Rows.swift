/// A row of `products`.
package struct ProductRow: Hashable, Sendable {
    /// Primary key.
    package var id: Int64
    /// Pieces left.
    package var stock: Int64
    /// Version for optimistic locking.
    package var version: Int64
    /// Newest fencing token that has been written, or drawn.
    package var fence: Int64

    package init(id: Int64, stock: Int64, version: Int64 = 0, fence: Int64 = 0) {
        self.id = id
        self.stock = stock
        self.version = version
        self.fence = fence
    }
}

/// A row of `orders`.
package struct OrderRow: Hashable, Sendable {
    /// Auto-increment primary key.
    package var id: Int64
    /// Unique where it is not NULL.
    package var requestKey: String?
    /// Who bought.
    package var user: Int64
    /// What was bought.
    package var product: Int64
    /// Pieces bought.
    package var quantity: Int64
    /// The observer's mark: which request it belongs to, or -1. No column: SQL can't see it, checkers can.
    package var trace: Int
    /// The observer's mark: under which idempotency key, or 0. No column either.
    package var key: UInt64

    package init(
        id: Int64 = 0, requestKey: String? = nil, user: Int64, product: Int64, quantity: Int64, trace: Int = -1,
        key: UInt64 = 0
    ) {
        self.id = id
        self.requestKey = requestKey
        self.user = user
        self.product = product
        self.quantity = quantity
        self.trace = trace
        self.key = key
    }
}

extension OrderRow {
    /// Its key in the index over (user_id, product_id).
    var userProduct: UserProduct { UserProduct(user: user, product: product) }
}

/// A row of `outbox`: an event that waits for its publication.
package struct OutboxRow: Hashable, Sendable {
    /// Auto-increment primary key.
    package var id: Int64
    /// What it is about.
    package var product: Int64
    /// The payload: which order it announces. The order is named by its request's number.
    package var order: Int

    package init(id: Int64 = 0, product: Int64, order: Int) {
        (self.id, self.product, self.order) = (id, product, order)
    }
}

/// Key of the index over (user_id, product_id).
package struct UserProduct: Hashable, Comparable, Sendable {
    package var user: Int64
    package var product: Int64

    package init(user: Int64, product: Int64) {
        self.user = user
        self.product = product
    }

    package static func < (left: UserProduct, right: UserProduct) -> Bool {
        left.user != right.user ? left.user < right.user : left.product < right.product
    }
}

/// One row event of the binary log, with the row as it is afterwards or, where it is deleted, its primary key (`binlog_format=ROW`, the default of MySQL 8).
package enum RowChange: Hashable, Sendable {
    case insertProduct(ProductRow)
    case updateProduct(ProductRow)
    case deleteProduct(Int64)
    case insertOrder(OrderRow)
    case deleteOrder(Int64)
    case insertEvent(OutboxRow)
    case deleteEvent(Int64)
}
