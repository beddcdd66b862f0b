import Topology

/// The announcement of an order over pub/sub: at most once, to whoever listens at that moment.
extension AppServer {
    func publishOrder(_ sale: Sale) async throws {
        let number = sale.request.number
        let command = RedisCommand.publish(policy.channel, String(number))
        world.history.published(number, from: process)
        if policy.awaitPublish {
            _ = try await askRedis(command)
            world.history.publicationTaken(number, from: process)
        } else {
            spawn { server in
                do {
                    _ = try await server.askRedis(command)
                    server.world.history.publicationTaken(number, from: server.process)
                } catch is StepFailure {}
            }
        }
    }

    /// Sends a command to Redis; an error reply of the server ends the flow as the client library's exception does.
    func askRedis(_ command: RedisCommand) async throws -> RedisReply {
        guard let redis else { throw StepFailure("no Redis is configured") }
        let reply = try await redis.send(command)
        if case .error(let error) = reply {
            throw StepFailure("RedisSystemException: \(error)")
        }
        return reply
    }
}
