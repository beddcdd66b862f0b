extension RedisServer {
    // MARK: MULTI

    /// EXEC: all or, when a watched key changed or queuing failed, nothing; a failing command stops no other.
    mutating func execute(of client: RedisClientID) -> RedisReply {
        guard let state = clients[client], let transaction = state.transaction else {
            return .error(.execWithoutMulti)
        }
        // A watched key whose time is over counts as changed (multi.c `isWatchedKeyExpired`).
        for key in state.watched { _ = keyspace.slot(of: key) }
        if !keyspace.touched.isEmpty { breakWatches() }
        let isBroken = clients[client]?.watchIsBroken ?? false
        discardTransaction(of: client)
        if transaction.isAborted { return .error(.execAbort) }
        if isBroken { return .null }
        let count = transaction.queue.count
        executing = RedisExecution(client: client)
        executing?.replies.reserveCapacity(count)
        for command in transaction.queue {
            if let reply = runInUnit(command, client) { executing?.replies.append(reply) }
        }
        let replies = executing?.replies ?? []
        executing = nil
        // A command that answers several times, once a channel, shifts the answers of the others out of the array.
        deferred.append(contentsOf: replies.dropFirst(count).map { .reply(client, $0) })
        return .array(Array(replies.prefix(count)))
    }

    /// Runs one command of a transaction; nothing blocks there. Nil: it has put its replies among the others itself.
    private mutating func runInUnit(_ command: RedisCommand, _ client: RedisClientID) -> RedisReply? {
        do {
            if let reply = try keyspace.execute(command) { return reply }
        } catch {
            return .error(error)
        }
        switch command {
        case .list, .sortedSet, .stream: return .null
        case .subscribe, .unsubscribe, .connection(.patternSubscribe), .connection(.patternUnsubscribe):
            var actions: [RedisAction] = []
            if case .subscribe(let channels) = command { subscribe(client, to: channels, &actions) }
            if case .unsubscribe(let channels) = command { unsubscribe(client, from: channels, &actions) }
            if case .connection(.patternSubscribe(let patterns)) = command {
                subscribe(client, toPatterns: patterns, &actions)
            }
            if case .connection(.patternUnsubscribe(let patterns)) = command {
                unsubscribe(client, fromPatterns: patterns, &actions)
            }
            for action in actions {
                if case .reply(_, let reply) = action { executing?.replies.append(reply) }
            }
            return nil
        default: return runPlain(command, client)
        }
    }

    /// Ends a transaction, and with it all watches.
    mutating func discardTransaction(of client: RedisClientID) {
        clients[client]?.transaction = nil
        forgetWatches(of: client)
    }

    // MARK: WATCH

    mutating func watch(_ keys: [String], by client: RedisClientID) -> RedisReply {
        guard let state = clients[client], state.transaction == nil else { return .error(.watchInsideMulti) }
        for key in keys where clients[client]?.watched.contains(key) == false {
            _ = keyspace.slot(of: key)
            clients[client]?.watched.append(key)
            watchers[key, default: []].append(client)
        }
        refreshModes()
        return .ok
    }

    /// UNWATCH.
    mutating func forgetWatches(of client: RedisClientID) {
        guard let state = clients[client], state.watchIsBroken || !state.watched.isEmpty else { return }
        clients[client]?.watched = []
        clients[client]?.watchIsBroken = false
        forgetWatches(state.watched, of: client)
        refreshModes()
    }

    mutating func forgetWatches(_ keys: [String], of client: RedisClientID) {
        for key in keys {
            watchers[key]?.removeAll { $0 == client }
            if watchers[key]?.isEmpty == true { watchers[key] = nil }
        }
    }

    /// Marks all who watch a changed key.
    mutating func breakWatches() {
        for key in keyspace.touched {
            for client in watchers[key] ?? [] { clients[client]?.watchIsBroken = true }
        }
        keyspace.touched.removeAll(keepingCapacity: true)
    }

    // MARK: Scripts

    mutating func remember(_ script: RedisScript) {
        if !scripts.contains(where: { $0 === script || $0.digest == script.digest }) { scripts.append(script) }
    }

    /// Runs a script; what it wrote before an error stays.
    mutating func run(_ script: RedisScript, _ keys: [String], _ arguments: [String]) -> RedisReply {
        remember(script)
        scriptHasWritten = false
        runningScript = true
        scriptLine = 1
        defer { runningScript = false }
        do {
            return try script.body(&self, keys, arguments)
        } catch {
            let text = "\(error.message) script: \(script.digest), on @user_script:\(scriptLine)."
            return .error(RedisError(text))
        }
    }

    /// `redis.call` in that line of the running script; a refusal is thrown, as Lua raises it.
    package mutating func call(_ command: RedisCommand, line: Int = 1) throws(RedisError) -> RedisReply {
        scriptLine = line
        guard command.isAllowedInScripts else { throw .notAllowedFromScript }
        if loading != nil, !command.isAllowedWhileLoading { throw .loading }
        if command.isWrite {
            // A script that has written goes on, so that it does not stop half way (script.c `SCRIPT_WRITE_DIRTY`).
            if !scriptHasWritten, let error = diskRefusal ?? replication.writeRefusal(configuration) { throw error }
            if outOfMemory, !scriptHasWritten, command.needsMemory { throw .outOfMemory }
            scriptHasWritten = true
        }
        if case .stream(.read(let read)) = command, read.block != nil { throw .blockInScript }
        if let reply = try keyspace.execute(command) { return reply }
        if command.keyWait != nil { return .null }
        let reply = runPlain(command, nil)
        if case .error(let error) = reply { throw error }
        return reply
    }
}
