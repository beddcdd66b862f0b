/// What a crash leaves of the redo log.
extension InnoDB {
    /// A commit whose record may not be on disk, and how to undo it.
    struct UnflushedCommit: Sendable {
        /// A row as it was before; nil: it was not there.
        enum Before: Sendable {
            case product(Int64, ProductRow?)
            case order(Int64, OrderRow?)
            case event(Int64, OutboxRow?)
        }

        var number: UInt64
        var rows: [Before]
    }

    mutating func rememberUnflushed(_ session: Int) {
        let rows = sessions[session].undo.map { record -> UnflushedCommit.Before in
            switch record.kind {
            case .insertProduct, .updateProduct:
                .product(products.current(record.slot).id, products.lastCommitted(record.slot))
            case .insertOrder, .updateOrder:
                .order(orders.rows.current(record.slot).id, orders.rows.lastCommitted(record.slot))
            case .insertEvent, .updateEvent:
                .event(outbox.current(record.slot).id, outbox.lastCommitted(record.slot))
            }
        }
        unflushed.append(UnflushedCommit(number: sessions[session].transaction, rows: rows))
    }

    /// The redo log is on disk as far as it is written.
    mutating func redoLogFlushed() {
        unflushed.removeAll(keepingCapacity: true)
        flushedTransaction = nextTransaction
    }

    /// What a crash at this moment leaves on disk.
    ///
    /// - Parameters:
    ///   - losesRedo: whether everything that was written to the redo log since its last sync is lost.
    ///   - isInBinaryLog: whether the surviving binary log has a transaction, which commits it if its prepare record is
    ///     on disk.
    package func durableState(losesRedo: Bool, isInBinaryLog: (UInt64) -> Bool) -> DurableState {
        var prepared: [PreparedTransaction] = []
        for session in sessions where session.phase == .prepared {
            if losesRedo, session.transaction > flushedTransaction { continue }
            prepared.append(PreparedTransaction(number: session.transaction, changes: session.changes))
        }
        prepared.sort { $0.number < $1.number }
        var state = DurableState(
            settings: settings, products: committedProducts, orders: committedOrders, nextOrderID: orders.nextID,
            lastTransaction: nextTransaction, prepared: prepared)
        (state.events, state.nextEventID) = (committedEvents, nextEventID)
        let lost = unflushed.filter { losesRedo ? true : !isInBinaryLog($0.number) }
        if !lost.isEmpty { state.undo(lost) }
        return state
    }
}

extension InnoDB.DurableState {
    /// Takes commits back, the latest first; the auto-increment counter goes back with them.
    mutating func undo(_ commits: [InnoDB.UnflushedCommit]) {
        var products = Dictionary(uniqueKeysWithValues: self.products.map { ($0.id, $0) })
        var orders = Dictionary(uniqueKeysWithValues: self.orders.map { ($0.id, $0) })
        var events = Dictionary(uniqueKeysWithValues: self.events.map { ($0.id, $0) })
        for commit in commits.reversed() {
            for row in commit.rows.reversed() {
                switch row {
                case .product(let id, let before): products[id] = before
                case .order(let id, let before): orders[id] = before
                case .event(let id, let before): events[id] = before
                }
            }
        }
        self.products = products.values.sorted { $0.id < $1.id }
        self.orders = orders.values.sorted { $0.id < $1.id }
        self.events = events.values.sorted { $0.id < $1.id }
        nextOrderID = (self.orders.last?.id ?? 0) + 1
    }
}
