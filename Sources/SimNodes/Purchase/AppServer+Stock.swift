import Topology

/// The stock in Redis: the check before the sale, and layer 4, the update after it.
extension AppServer {
    /// Whether the place that the policy trusts says that there is enough.
    func isStockSufficient(_ sale: inout Sale) async throws -> Bool {
        switch policy.stockCheck {
        case .none:
            return true
        case .cache:
            return try await cachedStock(of: sale) >= sale.quantity
        case .decrementFirst:
            let arguments = [String(sale.quantity)]
            let key = ProductKey.stock(sale.product)
            let reply = try await askRedis(.eval(.guardedDecrement, keys: [key], arguments: arguments))
            guard reply == .integer(1) else { return false }
            sale.reservedInCache = sale.quantity
            return true
        case .primary:
            return try await storedStock(of: sale, in: .primary) >= sale.quantity
        case .replica:
            return try await storedStock(of: sale, in: .replica) >= sale.quantity
        }
    }

    private func cachedStock(of sale: Sale) async throws -> Int {
        let product = sale.product
        let reply = try await askRedis(.get(ProductKey.stock(product)))
        if case .bulk(let text) = reply, let stock = Int(text) { return stock }
        // Lost with a failover or a restart without persistence, or never loaded.
        world.sometimes(.stockMissingInCache)
        switch policy.onStockMissing {
        case .soldOut:
            return 0
        case .load:
            let stock = try await storedStock(of: sale, in: .primary)
            _ = try await askRedis(.set(ProductKey.stock(product), String(stock)))
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

    /// Gives back what was taken from Redis for a sale that did not happen.
    func compensate(_ sale: Sale) async throws {
        guard sale.reservedInCache > 0 else { return }
        _ = try await askRedis(.incrBy(ProductKey.stock(sale.product), Int64(sale.reservedInCache)))
    }
}
