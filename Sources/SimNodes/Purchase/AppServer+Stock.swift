import Topology

/// The stock in Redis: the check before the sale, and layer 4, the update after it.
extension AppServer {
    /// What is known before the database is asked: nil lets the sale go on.
    func refusal(of sale: Sale) async throws -> SaleOutcome? {
        do {
            // APP->>Redis: SADD product:123:buyers
            guard try await mark(sale) else { return .boughtBefore }
            // APP->>Redis: GET product:123:stock
            let outcome = try await stockRefusal(of: sale)
            if outcome == .soldOut { try await releaseMark(sale) }
            return outcome
        } catch let failure as StepFailure {
            // What went wrong stays what the log says, whatever becomes of the compensation.
            do { try await compensate(sale) } catch is StepFailure {}
            throw failure
        }
    }

    /// Whether the place that the policy trusts says that there is not enough.
    @inline(__always)
    private func stockRefusal(of sale: Sale) async throws -> SaleOutcome? {
        let stock: Int
        switch policy.stockCheck {
        case .none: return nil
        case .cache: stock = try await cachedStock(of: sale)
        case .primary: stock = try await storedStock(of: sale, in: .primary)
        case .replica: stock = try await storedStock(of: sale, in: .replica)
        case .decrementFirst:
            switch try await takeStock(sale) {
            case .taken: return nil
            case .notEnough: return .soldOut
            case .soldBefore: return .placedBefore
            case .boughtBefore: return .boughtBefore
            }
        }
        return stock >= sale.quantity ? nil : .soldOut
    }

    @inline(__always)
    private func cachedStock(of sale: Sale) async throws -> Int {
        let reply = try await askRedis(.get(ProductKey.stock(sale.product)))
        if case .bulk(let text) = reply, let stock = Int(text) { return stock }
        return try await loadStock(of: sale)
    }

    /// Lost with a failover or a restart without persistence, or never loaded.
    @inline(never)
    private func loadStock(of sale: Sale) async throws -> Int {
        world.sometimes(.stockMissingInCache)
        switch policy.onStockMissing {
        case .soldOut:
            return 0
        case .load:
            let stock = try await storedStock(of: sale, in: .primary)
            _ = try await askRedis(.set(ProductKey.stock(sale.product), String(stock)))
            return stock
        }
    }

    private func storedStock(of sale: Sale, in role: DatabaseRole) async throws -> Int {
        let (product, number) = (Int64(sale.product), sale.request.number)
        return try await withDatabase(role) { session in
            Int(try await session.product(product, for: number)?.stock ?? 0)
        }
    }

    /// Brings the stock in Redis in line with what the transaction sells.
    func updateStockCache(_ sale: Sale) async throws {
        let key = ProductKey.stock(sale.product)
        switch policy.cache.update {
        case .none:
            return
        case .decrement where sale.reservedInCache == 0:
            _ = try await askRedis(.decrBy(key, Int64(sale.quantity)))
        case .script where sale.reservedInCache == 0:
            _ = try await askRedis(
                .eval(.guardedDecrement, keys: [key], arguments: [String(sale.quantity)]))
        case .decrement, .script:
            return
        case .set:
            guard let row = sale.row else { return }
            _ = try await askRedis(.set(key, String(row.stock - Int64(sale.quantity))))
        case .delete:
            _ = try await askRedis(.del(key))
        }
        if policy.cache.extendTTL {
            let ttl = world.topology.view.cacheTTL.nanoseconds / 1_000_000
            _ = try await askRedis(.expire(ProductKey.details(sale.product), .milliseconds(ttl)))
        }
    }
}
