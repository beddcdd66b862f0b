import Topology

/// What an observer outside of the system may look at; of a server that is down, what recovery will find.
extension MySQLNode {
    private nonisolated func look<Value: Sendable>(_ body: (isolated MySQLNode) -> Value) -> Value {
        assumeIsolated(body)
    }

    /// All committed products, by ascending id.
    package nonisolated var products: [ProductRow] { look { $0.server.engine.committedProducts } }

    /// The committed row of a product.
    package nonisolated func product(_ id: Int64) -> ProductRow? { look { $0.server.engine.committedProduct(id) } }

    /// All committed orders, by ascending id.
    package nonisolated var orders: [OrderRow] { look { $0.server.engine.committedOrders } }

    /// All committed events that wait for their publication, by ascending id.
    package nonisolated var unpublishedEvents: [OutboxRow] { look { $0.server.engine.committedEvents } }

    /// Transactions of clients that are neither committed nor rolled back.
    package nonisolated var openTransactions: Int {
        look { $0.server.engine.sessions.count { $0.isOpen && $0.isInTransaction } }
    }

    /// Lock requests, granted or waiting.
    package nonisolated var heldLocks: Int { look { $0.server.engine.lockCount } }

    /// Sessions that wait for a lock.
    package nonisolated var waitingSessions: Int { look { $0.server.engine.waitingSessions } }

    /// Connections that count against `max_connections`.
    package nonisolated var openConnections: Int { look { $0.server.connections } }

    /// Whether it refuses ordinary clients' writes.
    package nonisolated var isReadOnly: Bool { look { $0.server.readOnlyMode != .off } }

    /// Whether it accepts connections: up, and recovered.
    package nonisolated var isAvailable: Bool { process.isRunning && look { $0.isServing } }

    /// Whom it replicates from; nil for a primary.
    package nonisolated var source: String? { look { $0.sourceName } }

    /// `gtid_executed`.
    package nonisolated var executedTransactions: GTIDSet { look { $0.server.binaryLog.executed } }

    /// Position of the last transaction in its own binary log.
    package nonisolated var loggedPosition: Int { look { $0.server.binaryLog.writtenPosition } }

    /// Source position through which it has received.
    package nonisolated var receivedPosition: Int { look { $0.replica.receivedPosition } }

    /// Source position through which it has applied.
    package nonisolated var appliedPosition: Int { look { $0.replica.appliedPosition } }

    /// Transactions received and not applied.
    package nonisolated var unappliedTransactions: Int { look { $0.replica.unappliedCount } }

    /// Whether it receives from its source.
    package nonisolated var isReceivingFromSource: Bool { look { $0.replica.isReceiving } }

    /// `Rpl_semi_sync_source_status`; false also where replication is asynchronous.
    package nonisolated var isSemiSynchronous: Bool { look { $0.semiSync?.isActive ?? false } }
}
