import Topology

/// The cache inside each server, and how it hears of changes.
extension AppServer {
    /// What was loaded for a view is kept in this process too.
    func keepLocally(_ product: Int, stock: Int, version: Int, _ ticket: LocalCache.Ticket?) {
        guard let ticket else { return }
        local?.keep(product, stock: stock, version: version, ticket, now: now)
    }

    /// Tells all servers that a product's details have changed.
    func publishChange(of product: Int) async throws {
        guard let policy = viewPolicy.local, policy.invalidation == .pubSub else { return }
        // APP->>Redis: PUBLISH product.changed 123
        _ = try await askRedis(.publish(policy.channel, String(product)))
    }

    /// Keeps a subscription to changes, over a connection of its own, as pub/sub needs one. What is published while it is
    /// away this server never hears of.
    func followChanges(_ policy: LocalCachePolicy, _ directory: RedisDirectory) async throws {
        let client = settings.redisClient
        var wasAway = false
        while true {
            do {
                let asked = try await directory.askSentinels(from: process, over: world.network, client)
                let master = asked.flatMap { directory.node($0) } ?? directory.initialMaster
                let link = try await world.network.connect(
                    from: process, to: master, timeout: client.connectTimeout)
                let lost = process.makeWaiter()
                link.onReset = { [universe] delay in universe.wake(lost, after: delay) }
                _ = try await world.network.call(
                    from: process, to: master, over: link, timeout: client.commandTimeout
                ) { [self] node in
                    try await node.subscribe([policy.channel], over: link) { delay, message in
                        guard let product = message.changedProduct else { return }
                        self.spawn(after: delay) { $0.local?.drop(product) }
                    }
                }
                // Only from here on nothing is missed.
                if wasAway, policy.onResubscribe == .flush { local?.flush() }
                _ = try await process.wait(lost)
            } catch is NetworkError {
                try await process.sleep(client.reconnectDelayMaximum)
            }
            wasAway = true
        }
    }

    /// What this server's own cache shows at the moment, for observers.
    nonisolated var localDetails: [(product: Int, details: Evidence.CachedDetails)] {
        assumeIsolated { server in
            let entries = server.local?.entries ?? [:]
            return entries.sorted { $0.key < $1.key }.compactMap { product, entry in
                guard server.now < entry.expiresAt else { return nil }
                let remaining = entry.expiresAt == .distantFuture ? nil : entry.expiresAt - server.now
                return (
                    product,
                    .init(stock: Int64(entry.stock), version: Int64(entry.version), remaining: remaining)
                )
            }
        }
    }
}

extension RedisReply {
    /// The product in a published message; nil for the confirmation of a subscription.
    fileprivate var changedProduct: Int? {
        guard case .array(let parts) = self, case .bulk("message")? = parts.first,
            case .bulk(let text)? = parts.last
        else { return nil }
        return Int(text)
    }
}
