import Topology

/// Loading the stock in Redis from the database again, when Redis may have lost it or lost touch with it.
extension AppServer {
    /// Starts what the policy wants done without a purchase, in each life of this server.
    func startRewarming() {
        switch policy.rewarm.when {
        case .never, .onMissing:
            return
        case .onReconnect:
            redis?.onReconnected = { [unowned self] in
                spawn { server in
                    do { try await server.rewarmAll() } catch is StepFailure {}
                }
            }
        case .periodically:
            spawn { server in
                while true {
                    try await server.process.sleep(server.policy.rewarm.every)
                    do { try await server.rewarmAll() } catch is StepFailure {}
                }
            }
        }
    }

    private func rewarmAll() async throws {
        for product in 0..<world.scenario.workload.products { try await rewarm(product) }
    }

    /// Loads a stock that Redis doesn't have.
    func loadIfMissing(_ product: Int) async throws {
        guard try await askRedis(.exists([ProductKey.stock(product)])) == .integer(0) else { return }
        world.sometimes(.stockMissingInCache)
        try await rewarm(product)
    }

    private func rewarm(_ product: Int) async throws {
        let key = ProductKey.stock(product)
        switch policy.rewarm.how {
        case .set:
            guard let stock = try await storedStock(of: product) else { return }
            _ = try await askRedis(.set(key, stock))
        case .setIfAbsent:
            guard let stock = try await storedStock(of: product) else { return }
            _ = try await askRedis(.set(key, stock, RedisSetOptions(.ifAbsent)))
        case .setIfQuiet:
            // What is sold between the two questions shows in the number of sales.
            let sales = try await askRedis(.scard(ProductKey.sold(product))).number ?? 0
            guard let stock = try await storedStock(of: product) else { return }
            let keys = ProductKey.reservation(product)
            let reply = try await askRedis(.eval(.setIfQuiet, keys: keys, arguments: [stock, String(sales)]))
            guard reply == .integer(1) else { return }
        }
        world.sometimes(.stockRewarmed)
    }

    private func storedStock(of product: Int) async throws -> String? {
        try await withDatabase(.primary) { session in
            guard case .rows(.product(let row)) = try await session.run(.selectProduct(Int64(product))) else {
                return nil
            }
            return row.map { String($0.stock) }
        }
    }
}
