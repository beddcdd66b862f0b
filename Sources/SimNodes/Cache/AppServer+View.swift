import Topology

/// Product viewing, to be laid beside its sequence diagram; each comment is a line of it.
extension AppServer {
    func viewProduct(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await compute(\.view)
        // APP->>Redis: Get product:123:details
        if let cached = try await cachedDetails(of: request.product) {
            return HTTPResponse(200, .product(stock: cached.stock, version: cached.version, fromCache: true))
        }
        // Cache Miss
        try await pass(.viewMiss, request)
        let row = try await loadDetails(of: request.product, for: request)
        try await compute(\.viewMiss)
        return HTTPResponse(200, .product(stock: Int(row.stock), version: Int(row.version), fromCache: false))
    }

    private func cachedDetails(of product: Int) async throws -> (stock: Int, version: Int)? {
        do {
            guard case .bulk(let text) = try await askRedis(.get(ProductKey.details(product))) else { return nil }
            return ProductDetails.parse(text)
        } catch let failure as StepFailure {
            if world.topology.view.cacheFailure == .fail { throw failure }
            return nil
        }
    }

    private func loadDetails(of product: Int, for request: HTTPRequest) async throws -> ProductRow {
        let view = world.topology.view
        if view.onMiss == .mutex, let row = try await waitForOtherRebuild(of: product) { return row }
        // APP->>DB: SELECT * FROM products WHERE id=123
        let row = try await withDatabase(.replica) { try await $0.product(Int64(product), for: request.number) }
        guard let row else { throw StepFailure("no product \(product)") }
        if row.version < world.history.latestVersion(of: product) { world.sometimes(.cacheRefilledFromLaggingReplica) }
        // APP->>Redis: SET product:123:details (TTL)
        do {
            _ = try await askRedis(.set(ProductKey.details(product), ProductDetails.text(of: row), expiry()))
            if view.onMiss == .mutex { _ = try await askRedis(.del(rebuildLock(product))) }
        } catch let failure as StepFailure {
            if view.cacheFailure == .fail { throw failure }
        }
        return row
    }

    /// The cache's time to live, spread by the jitter so that what was filled together doesn't expire together.
    private func expiry() -> RedisSetOptions {
        let view = world.topology.view
        guard view.cacheTTL > .zero else { return RedisSetOptions() }
        let spread = view.jitter > 0 ? 1 + view.jitter * (2 * random.uniform() - 1) : 1
        return RedisSetOptions(expiry: .milliseconds((view.cacheTTL * spread).nanoseconds / 1_000_000))
    }

    // MARK: - One rebuild at a time

    private func rebuildLock(_ product: Int) -> String { "\(ProductKey.details(product)):rebuild" }

    /// Returns what somebody else rebuilt meanwhile; nil when it is up to us.
    private func waitForOtherRebuild(of product: Int) async throws -> ProductRow? {
        let view = world.topology.view
        let milliseconds = view.rebuildTTL.nanoseconds / 1_000_000
        let options = RedisSetOptions(.ifAbsent, expiry: .milliseconds(milliseconds))
        while try await askRedis(.set(rebuildLock(product), process.name, options)) != .ok {
            world.sometimes(.rebuildAwaited)
            try await process.sleep(view.rebuildRetryDelay)
            if let row = try await rebuiltRow(product) { return row }
        }
        // Checked again under the mutex: it may have been rebuilt between the miss and the acquisition.
        guard let row = try await rebuiltRow(product) else { return nil }
        _ = try await askRedis(.del(rebuildLock(product)))
        return row
    }

    private func rebuiltRow(_ product: Int) async throws -> ProductRow? {
        guard let details = try await cachedDetails(of: product) else { return nil }
        return ProductRow(id: Int64(product), stock: Int64(details.stock), version: Int64(details.version))
    }
}

/// What the cache keeps of a product.
enum ProductDetails {
    static func text(of row: ProductRow) -> String { "\(row.stock):\(row.version)" }

    static func parse(_ text: String) -> (stock: Int, version: Int)? {
        let parts = text.split(separator: ":")
        guard parts.count == 2, let stock = Int(parts[0]), let version = Int(parts[1]) else { return nil }
        return (stock, version)
    }
}
