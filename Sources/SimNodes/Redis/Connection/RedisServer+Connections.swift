extension RedisServer {
    /// Runs a command about connections; no client: a script calls it.
    mutating func runConnectionCommand(_ command: RedisConnectionCommand, _ client: RedisClientID?) -> RedisReply {
        switch command {
        case .channels(let pattern):
            let pattern = pattern.map { RedisPattern($0) }
            return .bulks(subscribers.keys.filter { pattern?.matches($0) ?? true }.sorted())
        case .subscriberCounts(let channels):
            return .array(channels.flatMap { [.bulk($0), .integer(Int64(subscribers[$0]?.count ?? 0))] })
        case .patternCount: return .integer(Int64(patternSubscribers.count))
        case .clientID: return .integer(Int64(client?.number ?? 0))
        case .clientName:
            let name = client.flatMap { clients[$0]?.name } ?? ""
            return name.isEmpty ? .null : .bulk(name)
        case .setClientName(let name):
            if let client { clients[client]?.name = name }
            return .ok
        case .pause(let span, let writesOnly):
            let (end, overflow) = keyspace.clock.addingReportingOverflow(span)
            // Of two pauses the later end counts, and the stricter mode until then (networking.c `pauseClients`).
            let isPaused = pause.map { $0.end > keyspace.clock } ?? false
            pause = RedisPause(
                end: max(overflow ? .max : end, isPaused ? pause?.end ?? 0 : 0),
                writesOnly: writesOnly && (!isPaused || pause?.writesOnly ?? true))
            refreshModes()
            return .ok
        case .unpause:
            pause?.end = keyspace.clock
            return .ok
        case .hello(let name):
            if let client, let name { clients[client]?.name = name }
            return .array([
                .bulk("server"), .bulk("redis"), .bulk("version"), .bulk("7.0.15"), .bulk("proto"), .integer(2),
                .bulk("id"), .integer(Int64(client?.number ?? 0)), .bulk("mode"), .bulk("standalone"), .bulk("role"),
                .bulk(replication.master == nil ? "master" : "replica"), .bulk("modules"), .array([]),
            ])
        case .authenticate: return .ok
        case .time:
            // The machine's clock has milliseconds.
            return .bulks([String(second), String(keyspace.clock % 1_000 * 1_000)])
        case .patternSubscribe, .patternUnsubscribe:
            return .error(RedisError("ERR Command not allowed inside a transaction"))
        }
    }

    // MARK: Patterns

    mutating func subscribe(_ client: RedisClientID, toPatterns patterns: [String], _ actions: inout [RedisAction]) {
        for pattern in patterns {
            if clients[client]?.patterns.contains(pattern) == false {
                clients[client]?.patterns.append(pattern)
                if let place = patternSubscribers.firstIndex(where: { $0.text == pattern }) {
                    patternSubscribers[place].clients.append(client)
                } else {
                    patternSubscribers.append(.init(text: pattern, clients: [client]))
                }
            }
            let count = Int64(clients[client]?.subscriptionCount ?? 0)
            actions.append(.reply(client, .array([.bulk("psubscribe"), .bulk(pattern), .integer(count)])))
        }
    }

    /// PUNSUBSCRIBE; no patterns are all.
    mutating func unsubscribe(
        _ client: RedisClientID, fromPatterns patterns: [String], _ actions: inout [RedisAction]
    ) {
        let leaving = patterns.isEmpty ? clients[client]?.patterns ?? [] : patterns
        for pattern in leaving {
            clients[client]?.patterns.removeAll { $0 == pattern }
            unsubscribe(client, fromPattern: pattern)
            let count = Int64(clients[client]?.subscriptionCount ?? 0)
            actions.append(.reply(client, .array([.bulk("punsubscribe"), .bulk(pattern), .integer(count)])))
        }
        if leaving.isEmpty {
            let count = Int64(clients[client]?.subscriptionCount ?? 0)
            actions.append(.reply(client, .array([.bulk("punsubscribe"), .null, .integer(count)])))
        }
    }

    /// Takes the client out of a pattern's list.
    mutating func unsubscribe(_ client: RedisClientID, fromPattern pattern: String) {
        guard let place = patternSubscribers.firstIndex(where: { $0.text == pattern }) else { return }
        patternSubscribers[place].clients.removeAll { $0 == client }
        if patternSubscribers[place].clients.isEmpty { patternSubscribers.remove(at: place) }
    }

    // MARK: Pauses

    /// Puts a command off while a pause lasts that is meant for it (server.c `processCommand`).
    mutating func isPutOff(_ command: RedisCommand, _ client: RedisClientID, _ place: Int) -> Bool {
        guard let pause, pause.end > keyspace.clock else { return false }
        if pause.writesOnly {
            let mayWrite =
                switch command {
                case .exec: clients.values[place].transaction?.writes ?? false
                case .publish, .eval, .evalsha: true
                default: command.isWrite
                }
            guard mayWrite else { return false }
        }
        clients.values[place].blocked = .pause
        clients.values[place].unread.insert(command, at: 0)
        putOff.append(client)
        return true
    }

    /// Reads what was put off once the pause is over.
    mutating func endPause(_ actions: inout [RedisAction]) {
        guard let pause, pause.end <= keyspace.clock else { return }
        self.pause = nil
        refreshModes()
        for client in putOff {
            guard case .pause? = clients[client]?.blocked else { continue }
            clients[client]?.blocked = nil
            unblocked.append(client)
        }
        putOff.removeAll()
        readUnread(&actions)
    }
}

/// CLIENT PAUSE.
struct RedisPause: Sendable {
    /// Milliseconds of the wall clock.
    var end: Int64
    var writesOnly: Bool
}

/// Those who listen to all channels that match a pattern.
struct RedisPatternSubscribers: Sendable {
    let text: String
    let pattern: RedisPattern
    var clients: [RedisClientID]

    init(text: String, clients: [RedisClientID]) {
        self.text = text
        pattern = RedisPattern(text)
        self.clients = clients
    }
}
