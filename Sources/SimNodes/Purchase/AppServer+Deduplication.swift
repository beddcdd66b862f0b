import Topology

/// One order a user, or a request: what Redis keeps away before it costs anything.
extension AppServer {
    /// Marks that somebody is buying; false if a mark says that they have been here.
    @inline(__always)
    func mark(_ sale: Sale) async throws -> Bool {
        switch policy.deduplication.check {
        case .none, .withStock: return true
        case .sismemberThenSadd, .sadd, .setNxPx: return try await markInRedis(sale)
        }
    }

    private func markInRedis(_ sale: Sale) async throws -> Bool {
        let deduplication = policy.deduplication
        let member = deduplicated(sale)
        let isNew: Bool
        switch deduplication.check {
        case .none, .withStock:
            return true
        case .sismemberThenSadd:
            let buyers = ProductKey.buyers(sale.product)
            isNew = try await askRedis(.sismember(buyers, member)) == .integer(0)
            // Between the two somebody may come with the same name.
            if isNew { _ = try await askRedis(.sadd(buyers, [member])) }
        case .sadd:
            isNew = try await askRedis(.sadd(ProductKey.buyers(sale.product), [member])) == .integer(1)
        case .setNxPx:
            let life = RedisExpiry.milliseconds(deduplication.ttl.nanoseconds / 1_000_000)
            let options = RedisSetOptions(.ifAbsent, expiry: life)
            isNew = try await askRedis(.set(ProductKey.flag(sale.product, member), "1", options)) == .ok
        }
        sale.isMarked = isNew
        return isNew
    }

    /// Lets somebody in again whose sale certainly failed.
    func releaseMark(_ sale: Sale) async throws {
        let member = releasedBuyer(sale)
        guard !member.isEmpty, policy.reservation.giveBack != .recorded || policy.deduplication.check != .withStock
        else { return }
        if policy.deduplication.check == .setNxPx {
            _ = try await askRedis(.del(ProductKey.flag(sale.product, member)))
        } else {
            _ = try await askRedis(.srem(ProductKey.buyers(sale.product), [member]))
        }
    }

    /// Whose mark goes with a sale that failed; empty: nobody's.
    func releasedBuyer(_ sale: Sale) -> String {
        sale.isMarked && policy.deduplication.release == .onFailure ? deduplicated(sale) : ""
    }

    /// What a repetition is known by.
    func deduplicated(_ sale: Sale) -> String {
        policy.deduplication.of == .user ? String(sale.request.user) : sale.key
    }
}
