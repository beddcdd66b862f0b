import Topology

/// One rebuild of a missing product at a time, by who gets a lock.
extension AppServer {
    private func rebuildLock(_ product: Int) -> String { "\(ProductKey.details(product)):rebuild" }

    /// Returns what somebody else rebuilt meanwhile; nil when it is up to us.
    func waitForOtherRebuild(of product: Int) async throws -> ProductRow? {
        let view = viewPolicy
        let milliseconds = view.rebuildTTL.nanoseconds / 1_000_000
        let options = RedisSetOptions(.ifAbsent, expiry: .milliseconds(milliseconds))
        while try await askRedis(.set(rebuildLock(product), process.name, options)) != .ok {
            world.sometimes(.rebuildAwaited)
            let since = now
            try await process.sleep(view.rebuildRetryDelay)
            world.anatomy?.note(.applicationPause, from: since, until: now)
            if view.rebuildCheck == .again, let row = try await rebuiltRow(product) { return row }
        }
        // Under the mutex: it may have been rebuilt between the miss and the acquisition.
        guard view.rebuildCheck == .again, let row = try await rebuiltRow(product) else { return nil }
        try await endRebuild(of: product)
        return row
    }

    func endRebuild(of product: Int) async throws { _ = try await askRedis(.del(rebuildLock(product))) }

    private func rebuiltRow(_ product: Int) async throws -> ProductRow? {
        guard let details = try await cachedDetails(of: product) else { return nil }
        return ProductRow(id: Int64(product), stock: Int64(details.stock), version: Int64(details.version))
    }
}
