import Topology

/// How product details get into the cache and out of it: by the reader that missed them, and by the purchase that changed
/// them.
extension AppServer {
    /// The right of one reader to fill the cache, as long as nothing invalidates it.
    struct FillLease: Sendable {
        let token: String
    }

    /// Before a missing product is read; nil where fills need no lease, or another reader has it.
    func takeLease(of product: Int, for request: HTTPRequest) async throws -> FillLease? {
        guard viewPolicy.fill == .lease else { return nil }
        let milliseconds = viewPolicy.rebuildTTL.nanoseconds / 1_000_000
        let options = RedisSetOptions(.ifAbsent, expiry: .milliseconds(milliseconds))
        let lease = FillLease(token: "\(process.name):\(process.incarnation):\(request.number)")
        do {
            // APP->>Redis: SET product:123:details:lease token NX PX
            return try await askRedis(.set(ProductKey.lease(product), lease.token, options)) == .ok ? lease : nil
        } catch let failure as StepFailure {
            if viewPolicy.cacheFailure == .fail { throw failure }
            return nil
        }
    }

    /// Stores what a reader found in the database.
    func fillCache(with row: ProductRow, under lease: FillLease?) async throws {
        let key = ProductKey.details(Int(row.id))
        switch viewPolicy.fill {
        case .set:
            let milliseconds = lifetime()
            let options = milliseconds > 0 ? RedisSetOptions(expiry: .milliseconds(milliseconds)) : RedisSetOptions()
            _ = try await askRedis(.set(key, details(of: row, living: milliseconds).text, options))
        case .ifNewer: try await storeIfNewer(row)
        case .lease:
            // Who reads beside the lease's holder answers its user, and stores nothing.
            guard let lease else { return }
            let keys = [key, ProductKey.lease(Int(row.id))]
            let milliseconds = lifetime()
            let text = details(of: row, living: milliseconds).text
            let arguments = [lease.token, text, String(milliseconds)]
            let isStored = try await askRedis(.eval(.storeUnderLease, keys: keys, arguments: arguments))
            if isStored == .integer(0) { world.sometimes(.staleFillRefused) }
        }
    }

    /// Brings the cache in line with what a sale changes.
    func updateDetailsCache(_ sale: Sale) async throws {
        switch policy.details.update {
        case .none: return
        case .delete:
            try await deleteDetails(of: sale.product)
            let delay = policy.details.deleteAgainAfter
            guard delay > .zero else { return }
            deletionsToCome += 1
            spawn(after: delay) { [product = sale.product] server in
                server.deletionsToCome -= 1
                do { try await server.deleteDetails(of: product) } catch is StepFailure {}
            }
        case .ifNewer:
            guard let row = rowLeft(by: sale) else { return try await deleteDetails(of: sale.product) }
            try await storeIfNewer(row)
            try await publishChange(of: sale.product)
        }
    }

    func deleteDetails(of product: Int) async throws {
        var keys = [ProductKey.details(product)]
        if viewPolicy.fill == .lease { keys.append(ProductKey.lease(product)) }
        _ = try await askRedis(.delMany(keys))
        try await publishChange(of: product)
    }

    private func storeIfNewer(_ row: ProductRow) async throws {
        let milliseconds = lifetime()
        let text = details(of: row, living: milliseconds).text
        let arguments = [text, String(row.version), String(milliseconds)]
        let key = ProductKey.details(Int(row.id))
        let isStored = try await askRedis(.eval(.storeIfNewer, keys: [key], arguments: arguments))
        if isStored == .integer(0) { world.sometimes(.staleFillRefused) }
    }

    /// The row as a sale leaves it, where its transaction read it.
    private func rowLeft(by sale: Sale) -> ProductRow? {
        sale.row.map { row in
            let step: Int64 = policy.transaction.version == .ignored ? 0 : 1
            return ProductRow(id: row.id, stock: row.stock - Int64(sale.quantity), version: row.version + step)
        }
    }

    /// The cache's time to live in milliseconds, spread by the jitter so that what was filled together doesn't expire
    /// together; 0: for ever.
    private func lifetime() -> Int64 {
        guard viewPolicy.cacheTTL > .zero else { return 0 }
        let spread = viewPolicy.jitter > 0 ? 1 + viewPolicy.jitter * (2 * random.uniform() - 1) : 1
        return (viewPolicy.cacheTTL * spread).nanoseconds / 1_000_000
    }
}
