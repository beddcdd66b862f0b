/// What Redis knows of stock, buyers and details, in the order of `AppServer+Stock`, `+Reservation` and `+Deduplication`.
extension PathBuilder {
    // MARK: - Buyers

    mutating func markBuyer() {
        switch purchase.deduplication.check {
        case .none, .withStock: return
        case .sismemberThenSadd:
            redis("SISMEMBER buyers", "purchase.deduplication.check", isRead: true)
            redis("SADD buyers", "purchase.deduplication.check")
        case .sadd: redis("SADD buyers", "purchase.deduplication.check")
        case .setNxPx: redis("SET once NX PX", "purchase.deduplication.check")
        }
        isMarked = true
    }

    mutating func releaseMark() {
        let deduplication = purchase.deduplication
        guard isMarked, deduplication.release == .onFailure,
            purchase.reservation.giveBack != .recorded || deduplication.check != .withStock
        else { return }
        isMarked = false
        let command = deduplication.check == .setNxPx ? "DEL once" : "SREM buyers"
        redis(command, "purchase.deduplication.release")
    }

    // MARK: - Stock

    mutating func checkStock(_ type: RequestClass) -> Course {
        let isShort = type == .purchaseInsufficientStock
        switch purchase.stockCheck {
        case .none: return .goesOn
        case .cache: redis("GET product:stock", "purchase.stockCheck", isRead: true)
        case .primary, .replica:
            database(purchase.stockCheck == .primary ? .primary : .replica) { path, end in
                path.statement("SELECT product", \.select, "select", at: end)
            }
        case .decrementFirst: takeStock(isShort: isShort)
        }
        return isShort ? .ends : .goesOn
    }

    private mutating func takeStock(isShort: Bool) {
        let reservation = purchase.reservation
        if purchase.rewarm.when == .onMissing { redis("EXISTS product:stock", "purchase.rewarm.when", isRead: true) }
        switch reservation.take {
        case .script: redis("EVAL reserve", "purchase.reservation.take", isScript: true)
        case .decrement:
            redis("DECRBY product:stock", "purchase.reservation.take")
            if isShort, reservation.belowZero == .giveBack {
                redis("INCRBY product:stock", "purchase.reservation.belowZero")
            }
        case .getThenDecrement:
            redis("GET product:stock", "purchase.reservation.take", isRead: true)
            if !isShort { redis("DECRBY product:stock", "purchase.reservation.take") }
        }
        guard !isShort else { return }
        hasReserved = true
        if purchase.deduplication.check == .withStock { isMarked = true }
        waitForRedisReplicas(reservation.waitForReplicas, "purchase.reservation.waitForReplicas")
    }

    /// Gives back what a sale took that did not happen.
    mutating func compensate() {
        releaseMark()
        guard purchase.stockCheck == .decrementFirst else { return }
        let reservation = purchase.reservation
        switch reservation.giveBack {
        case .increment where !hasReserved: return
        case .increment, .unconditional:
            redis("INCRBY product:stock", "purchase.reservation.giveBack")
            if reservation.record == .perKey {
                redis("HDEL reserved", "purchase.reservation.record")
                redis("ZREM due", "purchase.reservation.record")
            }
        case .recorded: redis("EVAL return", "purchase.reservation.giveBack", isScript: true)
        }
    }

    mutating func updateStockCache() {
        let cache = purchase.cache
        switch cache.update {
        case .none: return
        case .decrement where !hasReserved: redis("DECRBY product:stock", "purchase.cache.update")
        case .script where !hasReserved: redis("EVAL decrement", "purchase.cache.update", isScript: true)
        case .decrement, .script: return
        case .set:
            guard hasReadRow else { return }
            redis("SET product:stock", "purchase.cache.update")
        case .delete: redis("DEL product:stock", "purchase.cache.update")
        }
        if cache.extendTTL { redis("PEXPIRE product:details", "purchase.cache.extendTTL") }
    }

    // MARK: - Details

    mutating func updateDetails() {
        switch purchase.details.update {
        case .none: return
        case .delete:
            deleteDetails()
            if purchase.details.deleteAgainAfter > .zero { inBackground { $0.deleteDetails() } }
        case .ifNewer:
            guard hasReadRow else { return deleteDetails() }
            redis("EVAL product:details", "purchase.details.update", isScript: true)
            publishChange()
        }
    }

    private mutating func deleteDetails() {
        redis("DEL product:details", "purchase.details.update")
        publishChange()
    }

    private mutating func publishChange() {
        guard view.local?.invalidation == .pubSub else { return }
        redis("PUBLISH product.changed", "view.local.invalidation")
    }
}
