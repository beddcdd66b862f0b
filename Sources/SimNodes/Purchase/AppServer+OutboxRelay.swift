import Topology

/// The relay of the outbox: publishes what committed transactions left there.
///
/// At least once: it takes an event out only when Redis has it, and may die in between. Each server has one; rows that
/// one has locked the others skip.
extension AppServer {
    func relayEvents() async throws {
        while true {
            try await process.sleep(policy.outbox.pollInterval)
            do {
                while try await relayBatch() == policy.outbox.batch {}
            } catch is StepFailure {
                // The transaction is rolled back: the events are still there at the next look.
            }
        }
    }

    /// Returns how many events it published.
    private func relayBatch() async throws -> Int {
        relayIsAtWork = true
        defer { relayIsAtWork = false }
        return try await withDatabase(.primary) { [policy] session in
            self.relayLooksAt = session.serverName
            defer { self.relayLooksAt = nil }
            do {
                // RELAY->>DB: BEGIN (READ COMMITTED)
                // RELAY->>DB: SELECT * FROM outbox ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED
                try await session.run(.begin(isolation: .readCommitted))
                let events = try await session.events(limit: policy.outbox.batch)
                guard !events.isEmpty else {
                    try await session.run(.rollback)
                    return 0
                }
                for event in events {
                    // RELAY->>Redis: PUBLISH order.created
                    try await self.publish(event.order)
                    // RELAY->>Redis: DEL product:123:details
                    if policy.details.at == .relay { try await self.deleteDetails(of: Int(event.product)) }
                }
                // RELAY->>DB: DELETE FROM outbox WHERE id IN (…)
                // RELAY->>DB: COMMIT
                try await session.run(.deleteEvents(events.map(\.id)))
                try await session.commit()
                return events.count
            } catch let failure as StepFailure {
                if !session.isBroken { try await session.rollBackQuietly() }
                throw failure
            }
        }
    }
}

extension DatabaseSession {
    /// The event of a request's order, as part of its transaction.
    nonisolated(nonsending) func insertEvent(of request: HTTPRequest) async throws {
        try await run(.insertEvent(OutboxRow(product: Int64(request.product), order: request.number)))
    }

    /// The oldest events that nobody else works on; they stay locked.
    nonisolated(nonsending) func events(limit: Int) async throws -> [OutboxRow] {
        guard case .rows(.events(let rows)) = try await run(.selectEvents(limit: limit)) else { return [] }
        return rows
    }
}
