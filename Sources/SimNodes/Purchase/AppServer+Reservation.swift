import Topology

/// Units that are taken from Redis before the database sells them, and given back if it doesn't.
extension AppServer {
    /// What Redis says to somebody who wants to take units.
    enum TakeOutcome: Sendable {
        case taken
        case notEnough
        /// This key's order is placed.
        case soldBefore
        /// This buyer has been here.
        case boughtBefore
    }

    /// Takes the units of a sale, as the policy says.
    func takeStock(_ sale: Sale) async throws -> TakeOutcome {
        let reservation = policy.reservation
        if policy.rewarm.when == .onMissing { try await loadIfMissing(sale.product) }
        attempts += 1
        sale.owner = tokenPrefix + String(attempts)
        let outcome: TakeOutcome
        switch reservation.take {
        case .script: outcome = try await takeByScript(sale)
        case .decrement: outcome = try await takeByDecrement(sale)
        case .getThenDecrement: outcome = try await takeAfterLooking(sale)
        }
        guard outcome == .taken else { return outcome }
        sale.reservedInCache = sale.quantity
        if policy.deduplication.check == .withStock { sale.isMarked = true }
        if reservation.waitForReplicas > 0 { try await waitForReplicas(sale) }
        return .taken
    }

    private func takeByScript(_ sale: Sale) async throws -> TakeOutcome {
        let isOnce = policy.deduplication.check == .withStock
        let reply: RedisReply
        if policy.reservation.record == .perKey || isOnce {
            let isRecorded = policy.reservation.record == .perKey
            let moment = process.wallClock.nanoseconds / 1_000_000
            let arguments = [
                String(sale.quantity), isRecorded ? sale.key : "", sale.owner, String(moment), entry(of: sale).text,
                isOnce ? deduplicated(sale) : "",
            ]
            let keys = ProductKey.reservation(sale.product)
            reply = try await askRedis(.eval(.reserve, keys: keys, arguments: arguments))
        } else {
            let key = ProductKey.stock(sale.product)
            reply = try await askRedis(.eval(.guardedDecrement, keys: [key], arguments: [String(sale.quantity)]))
        }
        switch reply {
        case .integer(1): return .taken
        case .integer(2): return .soldBefore
        case .integer(3): return .boughtBefore
        default: return .notEnough
        }
    }

    private func takeByDecrement(_ sale: Sale) async throws -> TakeOutcome {
        let key = ProductKey.stock(sale.product)
        let left = try await askRedis(.decrBy(key, Int64(sale.quantity))).number ?? -1
        if left >= 0 { return .taken }
        if policy.reservation.belowZero == .giveBack { _ = try await askRedis(.incrBy(key, Int64(sale.quantity))) }
        return .notEnough
    }

    private func takeAfterLooking(_ sale: Sale) async throws -> TakeOutcome {
        let key = ProductKey.stock(sale.product)
        guard case .bulk(let text) = try await askRedis(.get(key)), let stock = Int(text), stock >= sale.quantity
        else { return .notEnough }
        // Between the two somebody else may take the last unit.
        _ = try await askRedis(.decrBy(key, Int64(sale.quantity)))
        return .taken
    }

    private func waitForReplicas(_ sale: Sale) async throws {
        let reservation = policy.reservation
        let milliseconds = reservation.waitTimeout.nanoseconds / 1_000_000
        let reply = try await askRedis(.wait(Int64(reservation.waitForReplicas), milliseconds))
        if case .integer(let count) = reply, count >= Int64(reservation.waitForReplicas) { return }
        world.sometimes(.reservationNotReplicated)
        throw StepFailure("IllegalStateException: the reservation is on too few replicas")
    }

    // MARK: - After the transaction

    /// Notes that what was reserved is sold.
    func confirmReservation(_ sale: Sale) async throws {
        guard policy.stockCheck == .decrementFirst, policy.reservation.record == .perKey else { return }
        try await confirm(entry(of: sale))
    }

    private func confirm(_ entry: ReservationEntry) async throws {
        let arguments = [String(entry.units), entry.key, entry.text]
        let reply = try await askRedis(
            .eval(.confirmReservation, keys: ProductKey.reservation(entry.product), arguments: arguments))
        if reply == .integer(2) { world.sometimes(.reservationForgotten) }
    }

    /// Gives back what was taken from Redis for a sale that did not happen, or that happened before.
    func compensate(_ sale: Sale, after outcome: SaleOutcome? = nil) async throws {
        if outcome == .placedBefore, policy.reservation.record == .perKey { return try await confirmReservation(sale) }
        // Who has an order stays marked.
        if outcome != .placedBefore, outcome != .boughtBefore { try await releaseMark(sale) }
        guard policy.stockCheck == .decrementFirst else { return }
        var triesLeft = policy.reservation.giveBackAttempts - 1
        while true {
            do {
                return try await giveBack(sale)
            } catch let failure as StepFailure {
                if triesLeft == 0 { throw failure }
                triesLeft -= 1
            }
        }
    }

    private func giveBack(_ sale: Sale) async throws {
        let reservation = policy.reservation
        switch reservation.giveBack {
        case .increment where sale.reservedInCache == 0:
            return
        case .increment, .unconditional:
            _ = try await askRedis(.incrBy(ProductKey.stock(sale.product), Int64(sale.quantity)))
            if reservation.record == .perKey { try await dropRecord(sale) }
        case .recorded:
            try await giveBack(entry(of: sale), owner: sale.owner)
        }
    }

    /// The record of a reservation whose units went back by themselves.
    private func dropRecord(_ sale: Sale) async throws {
        _ = try await askRedis(.hdel(ProductKey.reserved(sale.product), [sale.key]))
        _ = try await askRedis(.sortedSet(.remove(ProductKey.due, [entry(of: sale).text])))
    }

    /// - Parameter owner: whose it must be; empty: anybody's.
    private func giveBack(_ entry: ReservationEntry, owner: String) async throws {
        let arguments = [String(entry.units), entry.key, owner, entry.text, entry.buyer]
        _ = try await askRedis(
            .eval(.returnReservation, keys: ProductKey.reservation(entry.product), arguments: arguments))
    }

    private func entry(of sale: Sale) -> ReservationEntry {
        let deduplication = policy.deduplication
        let letsIn = deduplication.check == .withStock && deduplication.release == .onFailure
        return ReservationEntry(
            product: sale.product, key: sale.key, units: sale.quantity, buyer: letsIn ? deduplicated(sale) : "")
    }

    // MARK: - What was forgotten

    /// Starts the job that looks for reservations whose flow has died, in each life of this server.
    func startReaper() {
        guard policy.stockCheck == .decrementFirst, policy.reservation.reapEvery > .zero else { return }
        spawn { server in
            while true {
                try await server.process.sleep(server.policy.reservation.reapEvery)
                do { try await server.reap() } catch is StepFailure {}
            }
        }
    }

    private func reap() async throws {
        let age = policy.reservation.reapAfter.nanoseconds / 1_000_000
        let latest = Double(process.wallClock.nanoseconds / 1_000_000 - age)
        var range = RedisSortedSetRange(.scores(RedisScoreBound(-.infinity), RedisScoreBound(latest)))
        range.limit = 100
        guard case .array(let entries) = try await askRedis(.sortedSet(.range(ProductKey.due, range))) else { return }
        for case .bulk(let text) in entries {
            guard let entry = ReservationEntry(text) else { continue }
            world.sometimes(.reservationReaped)
            if try await isOrderPlaced(entry.key) {
                try await confirm(entry)
            } else {
                try await giveBack(entry, owner: "")
            }
        }
    }

    private func isOrderPlaced(_ key: String) async throws -> Bool {
        try await withDatabase(.primary) { session in
            if case .rows(.order(.some)) = try await session.run(.selectOrder(requestKey: key)) { true } else { false }
        }
    }
}

/// What stands in the list of reservations by age: enough to end one without asking anybody.
struct ReservationEntry: Sendable {
    let product: Int
    let key: String
    let units: Int
    /// Whom a deduplication is to let in again, or nobody.
    let buyer: String

    init(product: Int, key: String, units: Int, buyer: String) {
        (self.product, self.key, self.units, self.buyer) = (product, key, units, buyer)
    }

    init?(_ text: String) {
        let words = text.split(separator: ":", omittingEmptySubsequences: false)
        guard words.count == 4, let product = Int(words[0]), let units = Int(words[2]) else { return nil }
        self.init(product: product, key: String(words[1]), units: units, buyer: String(words[3]))
    }

    var text: String { "\(product):\(key):\(units):\(buyer)" }
}
