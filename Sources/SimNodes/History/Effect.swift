import Topology

/// Something durable or visible that happened inside the system: one entry of the history, in 64 bytes.
///
/// What the numbers mean depends on the kind; the functions that make effects say so.
package struct Effect: Sendable {
    package enum Kind: UInt8, Sendable {
        /// A transaction with an order has become visible on a database.
        case orderStored
        /// A transaction with a product's row has.
        case stockStored
        /// A Redis server changed, or lost, a product's stock.
        case redisStock
        /// A Redis server got a product's details.
        case detailsCached
        /// An application published an order's event; whether Redis took it is open.
        case published
        /// Redis has taken an event and passed it on.
        case publicationTaken
        /// A subscriber got an event.
        case delivered
        /// A rate limiter let a request through.
        case admitted
        /// A session read a product's row.
        case rowRead
        /// Somebody believes to have the right to sell a product.
        case lockEntered
        /// Somebody no longer does.
        case lockLeft
        /// A resource accepted a write under a fencing token.
        case fencedWrite
    }

    /// How a transaction came to a database.
    package enum Origin: UInt8, Sendable {
        /// Committed there by a client.
        case committed
        /// Applied from its source.
        case replicated
        /// Found in the binary log by crash recovery: no client was told.
        case recovered
    }

    package let at: Instant
    package var kind: Kind
    package var origin = Origin.committed
    /// Number of the process, or -1.
    package var node: Int16 = -1
    /// The request that it belongs to, or -1.
    package var request: Int32 = -1
    package var product: Int32 = -1
    package var user: Int32 = -1
    /// Units, stock, or a fencing token.
    package var value: Int64 = 0
    /// Version, idempotency key, the moment at which a lock was asked for, or the second in which a limiter counted.
    package var mark: Int64 = 0
    /// The transaction, where one is meant.
    package var gtid = GTID(source: 0, number: 0)
    /// Its place in the binary log from which this database has it.
    package var position: Int32 = 0

    package init(_ kind: Kind, at: Instant) { (self.kind, self.at) = (kind, at) }

    /// A database holds an order: `value` units under the idempotency key `mark`.
    package static func order(
        _ row: OrderRow, of transaction: BinlogTransaction, on node: Int16, _ origin: Origin, at: Instant
    ) -> Effect {
        var effect = Effect(.orderStored, at: at)
        effect.request = Int32(truncatingIfNeeded: row.trace)
        effect.product = Int32(truncatingIfNeeded: row.product)
        effect.user = Int32(truncatingIfNeeded: row.user)
        effect.value = row.quantity
        effect.mark = Int64(bitPattern: row.key)
        effect.place(transaction, node, origin)
        return effect
    }

    /// A database's product has `value` units left, at version `mark`.
    package static func stock(
        _ row: ProductRow, of transaction: BinlogTransaction, on node: Int16, _ origin: Origin, at: Instant
    ) -> Effect {
        var effect = Effect(.stockStored, at: at)
        effect.product = Int32(truncatingIfNeeded: row.id)
        effect.value = row.stock
        effect.mark = row.version
        effect.place(transaction, node, origin)
        return effect
    }

    private mutating func place(_ transaction: BinlogTransaction, _ node: Int16, _ origin: Origin) {
        self.node = node
        self.origin = origin
        gtid = transaction.gtid
        position = Int32(truncatingIfNeeded: transaction.position)
    }
}
