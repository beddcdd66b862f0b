extension RedisServer {
    mutating func subscribe(_ client: RedisClientID, to channels: [String], _ actions: inout [RedisAction]) {
        for channel in channels {
            if clients[client]?.channels.contains(channel) == false {
                clients[client]?.channels.append(channel)
                subscribers[channel, default: []].append(client)
            }
            let count = Int64(clients[client]?.subscriptionCount ?? 0)
            actions.append(.reply(client, .array([.bulk("subscribe"), .bulk(channel), .integer(count)])))
        }
    }

    /// UNSUBSCRIBE; no channels are all.
    mutating func unsubscribe(_ client: RedisClientID, from channels: [String], _ actions: inout [RedisAction]) {
        let subscribed = clients[client]?.channels ?? []
        let leaving = channels.isEmpty ? subscribed : channels
        for channel in leaving {
            clients[client]?.channels.removeAll { $0 == channel }
            unsubscribe(client, from: channel)
            let count = Int64(clients[client]?.subscriptionCount ?? 0)
            actions.append(.reply(client, .array([.bulk("unsubscribe"), .bulk(channel), .integer(count)])))
        }
        if leaving.isEmpty {
            let count = Int64(clients[client]?.subscriptionCount ?? 0)
            actions.append(.reply(client, .array([.bulk("unsubscribe"), .null, .integer(count)])))
        }
    }

    /// Takes the client out of a channel's list.
    mutating func unsubscribe(_ client: RedisClientID, from channel: String) {
        subscribers[channel]?.removeAll { $0 == client }
        if subscribers[channel]?.isEmpty == true { subscribers[channel] = nil }
    }

    /// PUBLISH: reaches who is subscribed here and now, and through the stream those of the replicas.
    mutating func publish(_ message: String, on channel: String) -> RedisReply {
        let receivers = deliver(message, on: channel)
        if keyspace.recordsEffects { keyspace.effects.append(.publish(channel, message)) }
        return .integer(Int64(receivers))
    }

    /// Pushes a message to the subscribers of the channel, and then of patterns that it matches, and counts them.
    mutating func deliver(_ message: String, on channel: String) -> Int {
        var count = 0
        for client in subscribers[channel] ?? [] {
            push(.array([.bulk("message"), .bulk(channel), .bulk(message)]), to: client)
            count += 1
        }
        for subscribers in patternSubscribers where subscribers.pattern.matches(channel) {
            for client in subscribers.clients {
                push(
                    .array([.bulk("pmessage"), .bulk(subscribers.text), .bulk(channel), .bulk(message)]), to: client)
                count += 1
            }
        }
        return count
    }

    private mutating func push(_ message: RedisReply, to client: RedisClientID) {
        if executing?.client == client {
            executing?.replies.append(message)
        } else {
            deferred.append(.push(client, message))
        }
    }
}
