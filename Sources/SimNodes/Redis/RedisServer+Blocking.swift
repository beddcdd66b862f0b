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
    func waitNow(for count: Int64, _ timeout: Int64, _ client: RedisClientID?) -> RedisReply {
        guard replication.master == nil else { return .error(.waitOnReplica) }
        guard timeout >= 0 else { return .error(.negativeTimeout) }
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
        readUnread(&actions)
    }

    // MARK: Keys

    /// Blocks a client until one of its keys has something for its command.
    mutating func block(_ client: RedisClientID, on command: RedisCommand) -> RedisReply? {
        guard let wait = command.keyWait else { return .null }
        let command = keyspace.fixingStart(of: command)
        for key in wait.keys where keyWaiters[key]?.last != client { keyWaiters[key, default: []].append(client) }
        block(client, .keys(wait.keys, command), timeout: wait.timeout)
        return nil
    }

    /// Lets those who wait for a key take what has come, the longest waiting first (blocked.c
    /// `handleClientsBlockedOnKeys`).
    mutating func serveKeyWaiters(_ actions: inout [RedisAction]) {
        while let key = keyspace.readyKeys.first {
            keyspace.readyKeys.removeFirst()
            for client in keyWaiters[key] ?? [] {
                guard case .keys(_, let command)? = clients[client]?.blocked else { continue }
                guard keyspace.canServe(command, at: key) else {
                    // The list of waiters is that of before: nobody is told twice.
                    if command.waitsInGroup { unblock(client, .error(.streamGone), &actions) }
                    continue
                }
                let reply: RedisReply?
                do {
                    reply = try keyspace.execute(command.waiting(only: key)) ?? keyspace.emptyRead(command, at: key)
                } catch {
                    reply = .error(error.code == "NOGROUP" ? .groupGone : error)
                }
                guard let reply else { continue }
                if !keyspace.effects.isEmpty { propagateEffects(&actions) }
                if !keyspace.touched.isEmpty { breakWatches() }
                unblock(client, reply, &actions)
            }
        }
        readUnread(&actions)
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

    /// Ends a wait with that reply; what the client has sent meanwhile is for `readUnread`.
    private mutating func unblock(_ client: RedisClientID, _ reply: RedisReply, _ actions: inout [RedisAction]) {
        guard let block = clients[client]?.blocked else { return }
        forget(block, of: client)
        clients[client]?.blocked = nil
        clients[client]?.waitGeneration &+= 1
        actions.append(.reply(client, reply))
        if clients[client]?.unread.isEmpty == false { unblocked.append(client) }
    }

    /// Reads what those have sent meanwhile whose waits are over (blocked.c `processUnblockedClients`).
    mutating func readUnread(_ actions: inout [RedisAction]) {
        while !unblocked.isEmpty {
            let client = unblocked.removeFirst()
            while let place = clients.index(forKey: client), clients.values[place].blocked == nil,
                !clients.values[place].unread.isEmpty
            {
                let command = clients.values[place].unread.removeFirst()
                process(command, client, place, &actions)
            }
        }
    }

    mutating func forget(_ block: RedisClient.Block, of client: RedisClientID) {
        switch block {
        case .pause: putOff.removeAll { $0 == client }
        case .replicas: replicaWaiters.removeAll { $0 == client }
        case .keys(let keys, _):
            for key in keys {
                keyWaiters[key]?.removeAll { $0 == client }
                if keyWaiters[key]?.isEmpty == true { keyWaiters[key] = nil }
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
            case .keys?: unblock(client, .null, &actions)
            case .pause?, nil: break
            }
        }
        readUnread(&actions)
    }

    /// A master that becomes a replica sends everybody away who waits (`disconnectAllBlockedClients`).
    mutating func disconnectBlockedClients(_ actions: inout [RedisAction]) {
        let waiting = clients.clients { $0.isBlockedByCommand }
        for client in waiting {
            actions.append(.reply(client, .error(.unblocked)))
            close(client, &actions)
        }
    }
}

extension RedisCommand {
    /// What the command waits for when it finds nothing, and for how many milliseconds, 0 being for ever.
    var keyWait: (keys: [String], timeout: Int64)? {
        switch self {
        case .list(.blockingPop(let pop)): (pop.keys, pop.timeout)
        case .list(.blockingMove(let move, let timeout)): ([move.source], timeout)
        case .sortedSet(.blockingPop(let keys, _, let timeout)): (keys, timeout)
        case .stream(.readGroup(let read)): (read.keys, read.block ?? 0)
        case .stream(.read(let read)): (read.keys, read.block ?? 0)
        default: nil
        }
    }

    /// The command for only one of the keys that it waits for.
    fileprivate func waiting(only key: String) -> RedisCommand {
        switch self {
        case .list(.blockingPop(var pop)):
            pop.keys = [key]
            return .list(.blockingPop(pop))
        case .sortedSet(.blockingPop(_, let end, let timeout)):
            return .sortedSet(.blockingPop([key], end, timeout: timeout))
        case .stream(.readGroup(var read)):
            let place = read.keys.firstIndex(of: key)
            read.starts = place.map { [read.starts[$0]] } ?? []
            read.keys = [key]
            return .stream(.readGroup(read))
        case .stream(.read(var read)):
            let place = read.keys.firstIndex(of: key)
            read.starts = place.map { [read.starts[$0]] } ?? []
            read.keys = [key]
            return .stream(.read(read))
        default: return self
        }
    }
}

extension RedisKeyspace {
    /// Whether what the key holds is of the type that the command waits for.
    fileprivate mutating func canServe(_ command: RedisCommand, at key: String) -> Bool {
        guard let slot = slot(of: key) else { return false }
        return switch (command, slots[slot].value) {
        case (.list, .list), (.sortedSet, .sortedSet), (.stream, .stream): true
        default: false
        }
    }

    /// What a waiting reader gets of entries that came and are gone already (t_stream.c
    /// `serveClientsBlockedOnStreamKey`); nil: none came.
    fileprivate mutating func emptyRead(_ command: RedisCommand, at key: String) -> RedisReply? {
        guard let stream = try? stream(key) else { return nil }
        switch command {
        case .stream(.read(let read)):
            guard let place = read.keys.firstIndex(of: key), let start = read.starts[place], stream.lastID > start
            else { return nil }
        case .stream(.readGroup(let read)):
            guard let group = stream.group(read.group), stream.lastID > stream.groups[group].lastDelivered else {
                return nil
            }
            let clock = clock
            let isNew = try? withStream(key) { $0.groups[group].see(read.consumer, at: clock) }
            if isNew == true { noteNewConsumer(key, read) }
        default: return nil
        }
        return .array([.array([.bulk(key), .array([])])])
    }

    /// The command as it waits: what `$` means is decided when the wait begins.
    fileprivate mutating func fixingStart(of command: RedisCommand) -> RedisCommand {
        guard case .stream(.read(var read)) = command else { return command }
        for (place, key) in read.keys.enumerated() where read.starts[place] == nil {
            read.starts[place] = (try? stream(key))?.lastID ?? .zero
        }
        return .stream(.read(read))
    }
}

extension RedisCommand {
    /// Whether it is an XREADGROUP, which does not outlive its stream.
    fileprivate var waitsInGroup: Bool {
        if case .stream(.readGroup) = self { true } else { false }
    }
}
