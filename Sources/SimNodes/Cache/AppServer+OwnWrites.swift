import Topology

/// Read your writes: whoever has just bought is served past the cache and past the replica's lag.
extension AppServer {
    /// The product as a user with a marked session gets it; nil for everybody else.
    func productAfterPurchase(_ request: HTTPRequest) async throws -> ProductRow? {
        let policy = viewPolicy.ownWrites
        guard policy.source != .asOthers, let mark = request.mark,
            process.wallClock < mark.at + policy.for
        else {
            return nil
        }
        if policy.source == .caughtUpReplica, let transactions = mark.transactions {
            // APP->>REPLICA: SELECT WAIT_FOR_EXECUTED_GTID_SET(…)
            let row = try await withDatabase(.replica) { session -> ProductRow? in
                guard try await session.await(transactions, timeout: policy.timeout) else { return nil }
                return try await session.product(Int64(request.product), for: request.number)
            }
            if let row { return row }
            world.sometimes(.ownWriteAwaitedInVain)
        }
        // APP->>DB: SELECT * FROM products WHERE id=123
        return try await withDatabase(.primary) {
            try await $0.product(Int64(request.product), for: request.number)
        }
    }

    /// Marks the session of a user who has just bought, with what a replica must have to show it.
    @inline(__always)
    func marked(_ response: HTTPResponse) async throws -> HTTPResponse {
        guard viewPolicy.ownWrites.source != .asOthers, response.body == .orderPlaced else { return response }
        return try await mark(response)
    }

    private func mark(_ response: HTTPResponse) async throws -> HTTPResponse {
        let policy = viewPolicy.ownWrites
        var response = response
        response.mark = SessionMark(at: process.wallClock)
        guard policy.source == .caughtUpReplica else { return response }
        do {
            // APP->>DB: SELECT @@gtid_executed
            response.mark?.transactions = try await withDatabase(.primary) {
                try await $0.executedTransactions()
            }
        } catch is StepFailure {
            // The order is placed all the same; its user's views then go to the primary.
        }
        return response
    }
}

extension DatabaseSession {
    /// What the server has executed.
    nonisolated(nonsending) func executedTransactions() async throws -> GTIDSet? {
        guard case .rows(.transactions(let set)) = try await run(.selectExecutedTransactions) else {
            return nil
        }
        return set
    }

    /// Whether the server has executed all of a set in time.
    nonisolated(nonsending) func await(_ set: GTIDSet, timeout: TimeSpan) async throws -> Bool {
        try await run(.awaitTransactions(set, timeout: timeout)) == .rows(.count(0))
    }
}
