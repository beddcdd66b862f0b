/// The purchase, in the order of `AppServer+Purchase`.
extension PathBuilder {
    /// How a purchase goes on after a step.
    enum Course { case goesOn, ends }

    mutating func purchased(_ type: RequestClass) {
        compute(\.purchase, "purchase")
        if purchase.acknowledge == .beforeCommit { answerNow() }
        if purchase.lock.takenAt == .beforeTransaction, takeLock(type) == .ends { return }
        guard sell(type) == .goesOn else {
            releaseLock()
            return
        }
        releaseLock()
        if purchase.publish == .afterCommit { publishOrder() }
        compute(\.purchaseRespond, "purchaseRespond")
        markSession()
    }

    /// From the stock check to the cache.
    private mutating func sell(_ type: RequestClass) -> Course {
        markBuyer()
        let course = checkStock(type)
        if course == .ends { releaseMark() }
        if course == .goesOn, purchase.acknowledge == .afterReservation { answerNow() }
        compute(\.purchaseCheck, "purchaseCheck")
        if course == .ends { return .ends }
        if purchase.cache.at == .beforeCommit { updateStockCache() }
        if purchase.details.at == .beforeCommit { updateDetails() }
        guard runTransaction(type) == .goesOn else {
            compensate()
            return .ends
        }
        if purchase.details.at == .afterCommit { updateDetails() }
        if purchase.stockCheck == .decrementFirst, purchase.reservation.record == .perKey {
            redis("EVAL confirm", "purchase.reservation.record", isScript: true)
        }
        if purchase.cache.at == .afterCommit { updateStockCache() }
        return .goesOn
    }

    // MARK: - The lock

    private mutating func takeLock(_ type: RequestClass) -> Course {
        let lock = purchase.lock
        let fails = type == .purchaseLockNotAcquired
        switch lock.kind {
        case .none: return .goesOn
        case .local: if !fails { hold(.productLock) }
        case .redis:
            let attempts = fails && lock.onBusy == .retry ? lock.retryLimit + 1 : 1
            for attempt in 0..<attempts {
                if attempt > 0 { pause(lock.retryDelay.seconds, "waits", "purchase.lock.retryDelay") }
                askForLock(succeeds: !fails)
            }
        }
        return fails ? .ends : .goesOn
    }

    private mutating func askForLock(succeeds: Bool) {
        let lock = purchase.lock
        let take: (inout PathBuilder) -> Void = { if succeeds { $0.hold(.productLock) } }
        var hasFence = false
        switch lock.acquire {
        case .setNxPx where lock.fencing != .none && lock.tokens == .redis:
            redis("EVAL lock:product", "purchase.lock.acquire, fencing", isScript: true, effect: take)
            hasFence = true
        case .setNxPx: redis("SET lock:product NX PX", "purchase.lock.acquire", effect: take)
        case .setnxThenExpire:
            redis("SETNX lock:product", "purchase.lock.acquire", effect: take)
            if succeeds { redis("PEXPIRE lock:product", "purchase.lock.acquire") }
        }
        guard succeeds else { return }
        waitForRedisReplicas(lock.waitForReplicas, "purchase.lock.waitForReplicas")
        guard lock.fencing != .none, !hasFence else { return }
        switch lock.tokens {
        case .redis: redis("INCR fence:product", "purchase.lock.tokens")
        case .database:
            database(.primary) { path, end in
                path.change("UPDATE products SET fence", \.update, "update", at: end, inTransaction: false)
            }
        }
    }

    private mutating func releaseLock() {
        guard holds(.productLock) else { return }
        guard purchase.lock.kind == .redis else { return letGo(.productLock) }
        let free: (inout PathBuilder) -> Void = { $0.letGo(.productLock) }
        switch purchase.lock.release {
        case .compareAndDelete: redis("EVAL unlock:product", "purchase.lock.release", isScript: true, effect: free)
        case .getThenDelete:
            redis("GET lock:product", "purchase.lock.release", isRead: true)
            redis("DEL lock:product", "purchase.lock.release", effect: free)
        case .delete: redis("DEL lock:product", "purchase.lock.release", effect: free)
        }
    }

    // MARK: - The transaction

    private mutating func runTransaction(_ type: RequestClass) -> Course {
        let transaction = purchase.transaction
        let isTransaction = transaction.boundary == .transaction
        var course = Course.goesOn
        database(.primary) { path, end in
            if isTransaction { path.statement("BEGIN", \.begin, "begin", at: end) }
            if path.purchase.lock.takenAt == .insideTransaction, path.takeLock(type) == .ends {
                course = .ends
            } else {
                course = path.changeRows(type, at: end, inTransaction: isTransaction)
            }
            guard course == .goesOn else {
                // ROLLBACK costs what BEGIN does.
                if isTransaction { path.statement("ROLLBACK", \.begin, "begin", at: end) { $0.letGoOfRows() } }
                return
            }
            path.announce(at: end, inTransaction: isTransaction)
            guard isTransaction else { return }
            if path.purchase.lock.releaseAt == .beforeCommit { path.releaseLock() }
            path.commit(at: end)
        }
        return course
    }

    private mutating func changeRows(_ type: RequestClass, at end: DatabaseEnd, inTransaction: Bool) -> Course {
        let transaction = purchase.transaction
        let isShort = type == .purchaseInsufficientStock
        if transaction.onePerUser == .countFirst {
            switch transaction.checkOver {
            case .own: statement("SELECT COUNT orders", \.select, "select", at: end)
            case .another:
                database(.primary) { path, other in path.statement("SELECT COUNT orders", \.select, "select", at: other)
                }
            }
        }
        if transaction.idempotencyKey == .lockedFirst {
            statement("SELECT order FOR UPDATE", \.selectForUpdate, "selectForUpdate", at: end)
        }
        if transaction.read == .plain || transaction.read == .plainThenForUpdate {
            statement("SELECT product", \.select, "select", at: end)
        }
        if transaction.read == .forUpdate || transaction.read == .plainThenForUpdate {
            statement("SELECT product FOR UPDATE", \.selectForUpdate, "selectForUpdate", at: end) { path in
                if inTransaction, !path.holds(.rowLock) { path.hold(.rowLock) }
            }
        }
        hasReadRow = transaction.read != .none
        if isShort, transaction.decrement != .guarded, hasReadRow { return .ends }
        if transaction.order == .insertFirst {
            change("INSERT order", \.insert, "insert", at: end, inTransaction: inTransaction)
        }
        change("UPDATE products", \.update, "update", at: end, inTransaction: inTransaction)
        if isShort { return .ends }
        if transaction.order == .updateFirst {
            change("INSERT order", \.insert, "insert", at: end, inTransaction: inTransaction)
        }
        return .goesOn
    }

    // MARK: - The event

    private mutating func announce(at end: DatabaseEnd, inTransaction: Bool) {
        switch purchase.publish {
        case .insideTransaction: publishOrder()
        case .outbox:
            change("INSERT outbox", \.insert, "insert", at: end, inTransaction: inTransaction)
            inBackground { path in
                path.redis("PUBLISH order", "purchase.publish outbox: the relay")
                if path.purchase.details.at == .relay { path.updateDetails() }
            }
        case .afterCommit, .none: return
        }
    }

    private mutating func publishOrder() {
        if purchase.awaitPublish {
            redis("PUBLISH order", "purchase.publish")
        } else {
            inBackground { $0.redis("PUBLISH order", "purchase.publish, awaitPublish false") }
        }
    }

    private mutating func markSession() {
        guard view.ownWrites.source == .caughtUpReplica else { return }
        database(.primary) { path, end in path.statement("SELECT gtid_executed", \.begin, "begin", at: end) }
    }
}
