extension RedisServer {
    // MARK: WAIT

    /// WAIT: answers at once when enough replicas have the client's last write, else asks them and blocks.
    mutating func wait(
        for count: Int64, _ timeout: Int64, _ client: RedisClientID, _ actions: inout [RedisAction]
    ) -> RedisReply? {
        guard replication.master == nil else { return .error(.waitOnReplica) }
        guard timeout >= 0 else { return .error(.negativeTimeout) }
        let offset = clients[client]?.writeOffset ?? 0
        let having = replication.replicas(having: offset)
        if having >= count { return .integer(Int64(having)) }
        replicaWaiters.append(client)
        block(client, .replicas(count: Int(count), offset: offset), timeout: timeout)
        wantsAcknowledgements = true
        return nil
    }

    /// WAIT in a transaction: the count of the moment.
    func waitNow(for count: Int64, _ client: RedisClientID?) -> RedisReply {
        guard replication.master == nil else { return .error(.waitOnReplica) }
        let offset = client.flatMap { clients[$0]?.writeOffset } ?? 0
        return .integer(Int64(replication.replicas(having: offset)))
    }

    /// Answers those whose writes enough replicas have by now.
    mutating func answerReplicaWaiters(_ actions: inout [RedisAction]) {
        var counts: [Int64: Int] = [:]
        var answered: [(RedisClientID, Int)] = []
        for client in replicaWaiters {
            guard case .replicas(let wanted, let offset)? = clients[client]?.blocked else { continue }
            let having = counts[offset] ?? replication.replicas(having: offset)
            counts[offset] = having
            if having >= wanted { answered.append((client, having)) }
        }
        for (client, having) in answered { unblock(client, .integer(Int64(having)), &actions) }
    }

    // MARK: Streams

    /// Blocks a reader of streams that have nothing for it.
    mutating func block(_ client: RedisClientID, on read: RedisStreamRead) -> RedisReply? {
        for key in read.keys { streamWaiters[key, default: []].append(client) }
        block(client, .stream(read), timeout: read.block ?? 0)
        return nil
    }

    /// Lets those who wait for a stream read what has come, the longest waiting first.
    mutating func serveStreamWaiters(_ actions: inout [RedisAction]) {
        while let key = keyspace.signalledStreams.first {
            keyspace.signalledStreams.removeFirst()
            for client in streamWaiters[key] ?? [] {
                guard case .stream(let read)? = clients[client]?.blocked else { continue }
                let reply: RedisReply?
                do { reply = try keyspace.execute(.stream(.readGroup(read))) } catch { reply = .error(error) }
                guard let reply else { continue }
                if !keyspace.effects.isEmpty { propagateEffects(&actions) }
                unblock(client, reply, &actions)
            }
        }
    }

    // MARK: Any wait

    /// A timeout of 0 is for ever.
    private mutating func block(_ client: RedisClientID, _ block: RedisClient.Block, timeout: Int64) {
        guard let place = clients.index(forKey: client) else { return }
        clients.values[place].blocked = block
        clients.values[place].waitGeneration &+= 1
        guard timeout > 0 else { return }
        let generation = clients.values[place].waitGeneration
        blockedDeadlines.push(
            .init(time: keyspace.clock + timeout, owner: client.number, generation: generation))
    }

    /// Ends a wait with that reply, and reads what the client has sent meanwhile.
    private mutating func unblock(_ client: RedisClientID, _ reply: RedisReply, _ actions: inout [RedisAction]) {
        guard let block = clients[client]?.blocked else { return }
        forget(block, of: client)
        clients[client]?.blocked = nil
        clients[client]?.waitGeneration &+= 1
        actions.append(.reply(client, reply))
        while let place = clients.index(forKey: client), clients.values[place].blocked == nil,
            !clients.values[place].unread.isEmpty
        {
            let command = clients.values[place].unread.removeFirst()
            process(command, client, place, &actions)
        }
    }

    mutating func forget(_ block: RedisClient.Block, of client: RedisClientID) {
        switch block {
        case .replicas: replicaWaiters.removeAll { $0 == client }
        case .stream(let read):
            for key in read.keys {
                streamWaiters[key]?.removeAll { $0 == client }
                if streamWaiters[key]?.isEmpty == true { streamWaiters[key] = nil }
            }
        }
    }

    /// When the next wait is over.
    mutating func nextBlockDeadline() -> Int64? {
        while let first = blockedDeadlines.first {
            let client = clients[RedisClientID(first.owner)]
            if client?.blocked != nil, client?.waitGeneration == first.generation { return first.time }
            _ = blockedDeadlines.popFirst()
        }
        return nil
    }

    /// Answers those who have waited long enough.
    mutating func expireBlocks(_ actions: inout [RedisAction]) {
        while let time = nextBlockDeadline(), time <= keyspace.clock, let entry = blockedDeadlines.popFirst() {
            let client = RedisClientID(entry.owner)
            switch clients[client]?.blocked {
            case .replicas(_, let offset)?:
                unblock(client, .integer(Int64(replication.replicas(having: offset))), &actions)
            case .stream?: unblock(client, .null, &actions)
            case nil: break
            }
        }
    }

    /// A master that becomes a replica sends everybody away who waits (`disconnectAllBlockedClients`).
    mutating func disconnectBlockedClients(_ actions: inout [RedisAction]) {
        let waiting = clients.clients { $0.blocked != nil }
        for client in waiting {
            actions.append(.reply(client, .error(.unblocked)))
            close(client, &actions)
        }
    }
}
