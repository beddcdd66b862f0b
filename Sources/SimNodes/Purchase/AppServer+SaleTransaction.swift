import Topology

/// Layers 2 and 3: the database transaction with its row lock, and the version.
extension AppServer {
    /// Runs the sale in the database, again after a conflict as often as the policy says.
    func runSaleTransaction(_ sale: Sale) async throws -> SaleOutcome {
        sale.retriesLeft = policy.transaction.retries
        while true {
            do {
                let outcome = try await withDatabase(.primary) { try await self.attemptSale(sale, in: $0) }
                if let outcome { return outcome }
                world.sometimes(.versionConflict)
                if sale.retriesLeft == 0 {
                    throw StepFailure(
                        "ObjectOptimisticLockingFailureException: Row was updated by another transaction")
                }
            } catch let failure as StepFailure where failure.isLockingFailure && sale.retriesLeft > 0 {
                // 1205 and 1213: "try restarting transaction".
            }
            sale.retriesLeft -= 1
        }
    }

    /// One transaction; no outcome means that the version had changed.
    private func attemptSale(_ sale: Sale, in session: DatabaseSession) async throws -> SaleOutcome? {
        let isTransaction = policy.transaction.boundary == .transaction
        do {
            if isTransaction {
                // APP->>DB: BEGIN TRANSACTION
                try await session.run(.begin(isolation: policy.transaction.isolation.level))
            }
            try await pass(.purchaseBegun, sale.request)
            var outcome = try await lockAndChange(sale, in: session)
            while outcome == nil, policy.transaction.retryIn == .sameTransaction, sale.retriesLeft > 0 {
                sale.retriesLeft -= 1
                outcome = try await changeRows(sale, in: session)
            }
            guard outcome == .sold else {
                if isTransaction { try await session.run(.rollback) }
                return outcome
            }
            try await announce(sale.request, in: session)
            if isTransaction {
                try checkDeadline(of: sale.request, at: .commit)
                if policy.lock.releaseAt == .beforeCommit { try await releaseLock(sale) }
                // APP->>DB: COMMIT
                try await session.commit()
            }
            return outcome
        } catch let failure as StepFailure {
            // What Spring's transaction template does with an exception; a lost connection needs no ROLLBACK.
            if isTransaction, !session.isBroken { try await session.rollBackQuietly() }
            throw failure
        }
    }

    private func lockAndChange(_ sale: Sale, in session: DatabaseSession) async throws -> SaleOutcome? {
        if policy.lock.takenAt == .insideTransaction, sale.lock == nil {
            guard try await takeLock(for: sale) else { return .lockBusy }
        }
        return try await changeRows(sale, in: session)
    }

    private func changeRows(_ sale: Sale, in session: DatabaseSession) async throws -> SaleOutcome? {
        if try await hasBought(sale, session) { return .boughtBefore }
        if policy.transaction.idempotencyKey == .lockedFirst, try await session.lockOrder(String(sale.request.key)) {
            return .placedBefore
        }

        // APP->>DB: SELECT * FROM products WHERE id=123 FOR UPDATE
        let row = try await readProduct(of: sale, in: session)
        sale.row = row
        try await pass(.purchaseRowLocked, sale.request)
        if policy.transaction.decrement != .guarded, let row, row.stock < Int64(sale.quantity) { return .soldOut }

        if policy.transaction.order == .insertFirst {
            let outcome = try await addOrder(sale, session)
            guard outcome == .sold else { return outcome }
        }
        // APP->>DB: UPDATE products SET stock=stock-2, version=version+1 WHERE id=123 AND stock>=2
        let changed = try await writeStock(sale, session)
        if changed == 0, policy.transaction.rowCount == .checked { return try whyNoRowChanged(sale) }
        try await pass(.purchaseUpdated, sale.request)

        // APP->>DB: INSERT INTO orders (product_id, quantity)
        return policy.transaction.order == .insertFirst ? .sold : try await addOrder(sale, session)
    }

    private func hasBought(_ sale: Sale, _ session: DatabaseSession) async throws -> Bool {
        let request = sale.request
        guard policy.transaction.onePerUser == .countFirst else { return false }
        switch policy.transaction.checkOver {
        case .own: return try await session.hasOrder(request.user, of: request.product)
        case .another:
            return try await withDatabase(.primary) { try await $0.hasOrder(request.user, of: request.product) }
        }
    }

    private func readProduct(of sale: Sale, in session: DatabaseSession) async throws -> ProductRow? {
        let (product, number) = (Int64(sale.product), sale.request.number)
        switch policy.transaction.read {
        case .forUpdate: return try await session.productForUpdate(product, for: number)
        case .plain: return try await session.product(product, for: number)
        case .plainThenForUpdate:
            let row = try await session.product(product, for: number)
            _ = try await session.productForUpdate(product, for: number)
            return row
        case .none: return nil
        }
    }

    /// Changes the stock; returns how many rows that found.
    private func writeStock(_ sale: Sale, _ session: DatabaseSession) async throws -> Int {
        do {
            return try await session.update(stockUpdate(sale))
        } catch let failure as StepFailure where failure.databaseError == .lockWaitTimeout {
            guard policy.transaction.onLockTimeout == .ignore else { throw failure }
            world.timeline.noteOnce(
                .breakage, process.name, key: "1205 ignored", "goes on after: \(failure.text)")
            return 1
        }
    }

    /// Why an update found no row; no outcome means that the version had changed.
    private func whyNoRowChanged(_ sale: Sale) throws -> SaleOutcome? {
        guard let row = sale.row, row.stock >= sale.quantity else { return .soldOut }
        if policy.transaction.version == .checked { return nil }
        guard policy.lock.fencing == .checked, let fence = sale.lock?.fence else { return .soldOut }
        throw StepFailure("StaleLockException: a lock with a newer token than \(fence) has been given")
    }

    private func addOrder(_ sale: Sale, _ session: DatabaseSession) async throws -> SaleOutcome {
        let key = policy.transaction.idempotencyKey == .none ? nil : String(sale.request.key)
        switch try await session.insertOrder(sale.request, requestKey: key) {
        case .done:
            try await pass(.purchaseInserted, sale.request)
            return .sold
        case .requestKeyTaken:
            world.sometimes(.duplicateRefused)
            return .placedBefore
        case .userProductTaken:
            world.sometimes(.duplicateRefused)
            return .boughtBefore
        }
    }

    private func stockUpdate(_ sale: Sale) -> StockUpdate {
        let transaction = policy.transaction
        let quantity = Int64(sale.quantity)
        let change: StockUpdate.Change
        if transaction.decrement == .absolute, let row = sale.row {
            change = .set(row.stock - quantity)
        } else {
            change = .add(-quantity)
        }
        return StockUpdate(
            product: Int64(sale.product), change: change,
            minimumStock: transaction.decrement == .guarded ? quantity : nil,
            expectedVersion: transaction.version == .checked ? sale.row?.version : nil,
            bumpsVersion: transaction.version != .ignored, fence: fence(of: sale))
    }

    /// What the database does with the sale's fencing token.
    private func fence(of sale: Sale) -> StockUpdate.Fence {
        guard let token = sale.lock?.fence else { return .keep }
        switch (policy.lock.fencing, policy.lock.tokens) {
        case (.none, _): return .keep
        case (.issued, _): return .set(token)
        case (.checked, .redis): return .raise(token)
        // Who draws a token writes it: it is not to have been drawn again since.
        case (.checked, .database): return .expect(token)
        }
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
