import Topology

/// Product viewing, to be laid beside its sequence diagram; each comment is a line of it.
///
/// What a team can do differently at a step is a policy, and stands in the file of that step.
extension AppServer {
    func viewProduct(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await compute(\.view)
        if let own = try await productAfterPurchase(request) {
            return HTTPResponse(200, .product(stock: Int(own.stock), version: Int(own.version), fromCache: false))
        }
        if let kept = local?.find(request.product, now: now) {
            return HTTPResponse(200, .product(stock: kept.stock, version: kept.version, fromCache: true))
        }
        let ticket = local?.ticket(for: request.product)
        // APP->>Redis: Get product:123:details
        if let cached = try await cachedDetails(of: request.product) {
            keepLocally(request.product, stock: cached.stock, version: cached.version, ticket)
            return HTTPResponse(200, .product(stock: cached.stock, version: cached.version, fromCache: true))
        }
        // Cache Miss
        try await pass(.viewMiss, request)
        let row = try await loadDetails(of: request.product, for: request)
        keepLocally(request.product, stock: Int(row.stock), version: Int(row.version), ticket)
        try await compute(\.viewMiss)
        return HTTPResponse(200, .product(stock: Int(row.stock), version: Int(row.version), fromCache: false))
    }

    func cachedDetails(of product: Int) async throws -> ProductDetails? {
        do {
            guard case .bulk(let text) = try await askRedis(.get(ProductKey.details(product))) else { return nil }
            return ProductDetails(text).flatMap { isOver($0) ? nil : $0 }
        } catch let failure as StepFailure {
            if viewPolicy.cacheFailure == .fail { throw failure }
            return nil
        }
    }

    private func loadDetails(of product: Int, for request: HTTPRequest) async throws -> ProductRow {
        if viewPolicy.onMiss == .mutex, let row = try await waitForOtherRebuild(of: product) { return row }
        let lease = try await takeLease(of: product, for: request)
        // APP->>DB: SELECT * FROM products WHERE id=123
        let row = try await withDatabase(viewPolicy.source.role) {
            try await $0.product(Int64(product), for: request.number)
        }
        guard let row else { throw StepFailure("no product \(product)") }
        if row.version < world.history.latestVersion(of: product) { world.sometimes(.cacheRefilledFromLaggingReplica) }
        // APP->>Redis: SET product:123:details (TTL)
        do {
            try await fillCache(with: row, under: lease)
            if viewPolicy.onMiss == .mutex { try await endRebuild(of: product) }
        } catch let failure as StepFailure {
            if viewPolicy.cacheFailure == .fail { throw failure }
        }
        return row
    }

    var viewPolicy: ViewPolicy { world.topology.view }
}

extension ViewSource {
    var role: DatabaseRole { self == .primary ? .primary : .replica }
}
