import Topology

/// Layers 2 and 3: the database transaction with its row lock, and the version.
extension AppServer {
    /// Runs the sale in the database, again after a conflict of versions as often as the policy says.
    func runSaleTransaction(_ sale: inout Sale) async throws -> SaleOutcome {
        var retriesLeft = policy.transaction.retries
        while true {
            if let outcome = try await attemptSale(&sale) { return outcome }
            world.sometimes(.versionConflict)
            if retriesLeft == 0 {
                throw StepFailure("ObjectOptimisticLockingFailureException: Row was updated by another transaction")
            }
            retriesLeft -= 1
        }
    }

    /// What a transaction came to; no outcome means that the version had changed.
    private typealias Attempt = (outcome: SaleOutcome?, row: ProductRow?)

    private func attemptSale(_ sale: inout Sale) async throws -> SaleOutcome? {
        let request = sale.request
        let lock = sale.lock
        // Given back before a COMMIT that fails, it may be another's by then: the failure must not give it back again.
        var isLockReleased = sale.isLockReleased
        defer { sale.isLockReleased = isLockReleased }
        let attempt: Attempt = try await withDatabase(.primary) { [policy] session in
            let transaction = policy.transaction
            let isTransaction = transaction.boundary == .transaction
            do {
                if isTransaction {
                    // APP->>DB: BEGIN TRANSACTION
                    try await session.run(.begin(isolation: transaction.isolation.level))
                }
                try await self.pass(.purchaseBegun, request)
                let attempt = try await self.changeRows(request, in: session)
                guard attempt.outcome == .sold else {
                    if isTransaction { try await session.run(.rollback) }
                    return attempt
                }
                try await self.announce(request, in: session)
                try self.checkDeadline(of: request, at: .commit)
                if isTransaction {
                    if policy.lock.releaseAt == .beforeCommit {
                        var early = Sale(request: request, lock: lock)
                        isLockReleased = true
                        try await self.releaseLock(&early)
                    }
                    // APP->>DB: COMMIT
                    try await session.commit()
                }
                return attempt
            } catch let failure as StepFailure {
                // What Spring's transaction template does with an exception; a lost connection needs no ROLLBACK.
                if isTransaction, !session.isBroken { try await session.rollBackQuietly() }
                throw failure
            }
        }
        sale.row = attempt.row
        return attempt.outcome
    }

    private func changeRows(
        _ request: HTTPRequest, in session: DatabaseSession
    ) async throws -> Attempt {
        let transaction = policy.transaction
        let product = Int64(request.product)
        let quantity = Int64(request.quantity)

        // APP->>DB: SELECT * FROM products WHERE id=123 FOR UPDATE
        var row: ProductRow?
        switch transaction.read {
        case .forUpdate: row = try await session.productForUpdate(product, for: request.number)
        case .plain: row = try await session.product(product, for: request.number)
        case .none: break
        }
        try await pass(.purchaseRowLocked, request)
        if transaction.decrement != .guarded, let row, row.stock < quantity { return (.soldOut, row) }

        // APP->>DB: UPDATE products SET stock=stock-2, version=version+1 WHERE id=123 AND stock>=2
        let changed = try await session.update(stockUpdate(product, quantity, row))
        if changed == 0, transaction.rowCount == .checked {
            let isConflict = transaction.version == .checked && (row?.stock ?? 0) >= quantity
            return (isConflict ? nil : .soldOut, row)
        }
        try await pass(.purchaseUpdated, request)

        // APP->>DB: INSERT INTO orders (product_id, quantity)
        let key = transaction.idempotencyKey == .unique ? String(request.key) : nil
        let isNew = try await session.insertOrder(request, requestKey: key)
        if !isNew {
            world.sometimes(.duplicateRefused)
            return (.placedBefore, row)
        }
        try await pass(.purchaseInserted, request)
        return (.sold, row)
    }

    private func stockUpdate(_ product: Int64, _ quantity: Int64, _ row: ProductRow?) -> StockUpdate {
        let transaction = policy.transaction
        let change: StockUpdate.Change
        if transaction.decrement == .absolute, let row {
            change = .set(row.stock - quantity)
        } else {
            change = .add(-quantity)
        }
        return StockUpdate(
            product: product, change: change,
            minimumStock: transaction.decrement == .guarded ? quantity : nil,
            expectedVersion: transaction.version == .checked ? row?.version : nil,
            bumpsVersion: transaction.version != .ignored)
    }
}

extension TransactionIsolation {
    /// What is sent with BEGIN; nil leaves the server's default.
    var level: IsolationLevel? {
        switch self {
        case .default: nil
        case .repeatableRead: .repeatableRead
        case .readCommitted: .readCommitted
        }
    }
}
