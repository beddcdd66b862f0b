import Topology

/// The announcement of an order over pub/sub: at most once, to whoever listens at that moment.
extension AppServer {
    /// What the sale's transaction does about the event before it commits.
    func announce(_ request: HTTPRequest, in session: DatabaseSession) async throws {
        switch policy.publish {
        case .insideTransaction: try await publishOrder(request)
        // APP->>DB: INSERT INTO outbox (product_id, order)
        case .outbox: try await session.insertEvent(of: request)
        case .afterCommit, .none: return
        }
    }

    func publishOrder(_ request: HTTPRequest) async throws {
        if policy.awaitPublish {
            try await publish(request.number)
        } else {
            world.history.published(request.number, from: process)
            spawn { server in
                do { try await server.sendEvent(request.number) } catch is StepFailure {}
            }
        }
    }

    /// Publishes an order's event and waits until Redis has taken it.
    func publish(_ order: Int) async throws {
        world.history.published(order, from: process)
        try await sendEvent(order)
    }

    private func sendEvent(_ order: Int) async throws {
        _ = try await askRedis(.publish(policy.channel, String(order)))
        world.history.publicationTaken(order, from: process)
    }

    /// Sends a command to Redis; an error reply of the server ends the flow as the client library's exception does.
    func askRedis(_ command: RedisCommand) async throws -> RedisReply {
        guard let redis else { throw StepFailure("no Redis is configured") }
        let reply = try await redis.send(command)
        if case .error(let error) = reply {
            throw StepFailure("RedisSystemException: \(error.message)")
        }
        return reply
    }
}
