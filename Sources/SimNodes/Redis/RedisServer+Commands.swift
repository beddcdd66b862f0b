extension RedisServer {
    /// `processCommand` (server.c): refuse, queue, or run.
    mutating func process(
        _ command: RedisCommand, named name: String? = nil, _ client: RedisClientID, _ place: Int,
        _ actions: inout [RedisAction]
    ) {
        if let error = refusal(of: command, named: name, at: place, &actions) {
            clients.values[place].transaction?.isAborted = true
            if command.name == "exec" {
                discardTransaction(of: client)
                actions.append(.reply(client, .error(.execDiscarded(because: error))))
            } else {
                actions.append(.reply(client, .error(error)))
            }
            return
        }
        if pause != nil, isPutOff(command, client, place) { return }
        if clients.values[place].transaction != nil, command.isQueuedInMulti {
            clients.values[place].transaction?.queue.append(command)
            if command.isWrite { clients.values[place].transaction?.writes = true }
            actions.append(.reply(client, .status("QUEUED")))
            return
        }
        let reply: RedisReply?
        do {
            if let data = try keyspace.execute(command) {
                actions.append(.reply(client, data))
                if !keyspace.effects.isEmpty { propagateEffects(&actions) }
                clients.values[place].writeOffset = replication.offset
                finishUnit(&actions)
                return
            } else {
                reply = runServerCommand(command, client, &actions)
            }
        } catch {
            reply = .error(replication.master != nil && command.name == "wait" ? .waitOnReplica : error)
        }
        if let reply { actions.append(.reply(client, reply)) }
        finishUnit(&actions)
        if let place = clients.index(forKey: client) { clients.values[place].writeOffset = replication.offset }
        if wantsAcknowledgements {
            wantsAcknowledgements = false
            requestAcknowledgements(&actions)
        }
    }

    /// Why the command may not run now, in the order in which the server asks.
    @inline(__always)
    private mutating func refusal(
        of command: RedisCommand, named name: String?, at place: Int, _ actions: inout [RedisAction]
    ) -> RedisError? {
        if case .refused(let refusal) = command, !refusal.isQueued { return refusal.error }
        if case .save = command, clients.values[place].transaction != nil { return .notAllowedInTransaction }
        if configuration.maxMemory > 0, let error = memoryRefusal(of: command, at: place, &actions) { return error }
        if persistence.trouble != nil, let error = diskRefusal,
            isDeniedByDisk(command, queuesWrite: clients.values[place].transaction?.writes ?? false)
        {
            return error
        }
        if replication.master != nil || configuration.minReplicasToWrite > 0 {
            var writes = command.isWrite
            if case .exec = command { writes = clients.values[place].transaction?.writes ?? false }
            if writes, let error = replication.writeRefusal(configuration) { return error }
        }
        if clients.values[place].subscriptionCount > 0, !command.isAllowedWhenSubscribed {
            return .notInSubscribedContext(name ?? command.name)
        }
        if let master = replication.master, master.state != .connected, !configuration.replicaServesStaleData,
            !command.isAllowedWhenStale
        {
            return .masterDown
        }
        if loading != nil, !command.isAllowedWhileLoading { return .loading }
        return nil
    }

    /// Runs what is no command on data; nil when there is no reply yet, or it has been given.
    private mutating func runServerCommand(
        _ command: RedisCommand, _ client: RedisClientID, _ actions: inout [RedisAction]
    ) -> RedisReply? {
        switch command {
        case .multi:
            guard clients[client]?.transaction == nil else { return .error(.nestedMulti) }
            clients[client]?.transaction = RedisClient.Transaction()
            return .ok
        case .exec: return execute(of: client)
        case .discard:
            guard clients[client]?.transaction != nil else { return .error(.discardWithoutMulti) }
            discardTransaction(of: client)
            return .ok
        case .watch(let keys): return watch(keys, by: client)
        case .subscribe(let channels):
            subscribe(client, to: channels, &actions)
            return nil
        case .unsubscribe(let channels):
            unsubscribe(client, from: channels, &actions)
            return nil
        case .wait(let count, let timeout): return wait(for: count, timeout, client, &actions)
        case .connection(.patternSubscribe(let patterns)):
            subscribe(client, toPatterns: patterns, &actions)
            return nil
        case .connection(.patternUnsubscribe(let patterns)):
            unsubscribe(client, fromPatterns: patterns, &actions)
            return nil
        case .list, .sortedSet, .stream: return block(client, on: command)
        case .quit:
            actions.append(.reply(client, .ok))
            close(client, &actions)
            return nil
        case .replicaOf(let master): return replicaOf(master, &actions)
        default: return runPlain(command, client)
        }
    }

    /// Runs a command that neither blocks nor changes the state of connections other than by kills.
    mutating func runPlain(_ command: RedisCommand, _ client: RedisClientID?) -> RedisReply {
        switch command {
        case .ping(let message):
            guard let client, clients[client]?.subscriptionCount ?? 0 > 0 else {
                return message.map { .bulk($0) } ?? .status("PONG")
            }
            return .array([.bulk("pong"), .bulk(message ?? "")])
        case .echo(let message): return .bulk(message)
        case .select(let index):
            // The model has one database: it is a server with `databases 1`.
            return index == 0 ? .ok : .error(.databaseOutOfRange)
        case .publish(let channel, let message): return publish(message, on: channel)
        case .eval(let script, let keys, let arguments): return run(script, keys, arguments)
        case .evalsha(let digest, let keys, let arguments):
            guard let script = scripts.first(where: { $0.digest == digest }) else { return .error(.noScript) }
            return run(script, keys, arguments)
        case .scriptLoad(let script):
            remember(script)
            return .bulk(script.digest)
        case .scriptExists(let digests):
            return .array(digests.map { digest in .flag(scripts.contains { $0.digest == digest }) })
        case .scriptFlush:
            scripts.removeAll()
            return .ok
        // A script takes no time in which anybody else could be heard.
        case .scriptKill: return .error(.notBusy)
        case .unwatch:
            if let client { forgetWatches(of: client) }
            return .ok
        case .wait(let count, let timeout): return waitNow(for: count, timeout, client)
        case .clientKill(let kind):
            return deferring { (server, actions) in
                .integer(Int64(server.kill(kind, except: client, &actions)))
            }
        case .replicaOf(let master):
            return deferring { (server, actions) in server.replicaOf(master, &actions) }
        case .configGet(let patterns):
            return .bulks(configuration.values(matching: patterns))
        case .configSet(let pairs):
            return RedisReply.catching { () throws(RedisError) in
                try set(pairs)
                return .ok
            }
        case .connection(let command): return runConnectionCommand(command, client)
        case .configRewrite: return .ok
        case .save:
            return saveSnapshot() ? .ok : .error(.saveCommandFailed)
        case .lastsave: return .integer(persistence.lastSave)
        case .info(let sections): return .bulk(infoText(sections))
        case .role: return role
        default: return .error(.notAllowedInTransaction)
        }
    }

    /// CONFIG SET of one directive.
    package mutating func set(_ name: String, to value: String) throws(RedisError) { try set([name, value]) }

    /// CONFIG SET of names and values in turn: all of them, or none.
    private mutating func set(_ pairs: [String]) throws(RedisError) {
        let hadAppendOnly = configuration.appendOnly
        var changed = configuration
        var names: Set<String> = []
        for index in stride(from: 0, to: pairs.count - 1, by: 2) {
            let name = pairs[index].lowercased()
            guard names.insert(name).inserted else {
                throw RedisError(
                    "ERR CONFIG SET failed (possibly related to argument '\(name)') - duplicate parameter")
            }
            try changed.set(name, to: pairs[index + 1])
        }
        configuration = changed
        replication.backlog?.resize(to: configuration.backlogSize)
        if configuration.appendOnly && !hadAppendOnly { rewriteAppendOnlyFile() }
        refreshModes()
    }

    // MARK: Closing

    /// Closes a client from this side.
    mutating func close(_ client: RedisClientID, _ actions: inout [RedisAction]) {
        guard clients[client] != nil else { return }
        disconnect(client)
        actions.append(.close(client))
    }

    /// Collects actions of a command inside a unit, where no buffer is at hand.
    mutating func deferring(
        _ body: (inout RedisServer, inout [RedisAction]) -> RedisReply
    ) -> RedisReply {
        var actions: [RedisAction] = []
        let reply = body(&self, &actions)
        deferred.append(contentsOf: actions)
        return reply
    }

    /// CLIENT KILL TYPE, which spares the caller.
    private mutating func kill(_ kind: RedisClientKind, except caller: RedisClientID?, _ actions: inout [RedisAction])
        -> Int
    {
        switch kind {
        case .normal, .pubsub:
            let victims = clients.clients { ($0.subscriptionCount == 0) == (kind == .normal) }.filter { $0 != caller }
            for victim in victims { close(victim, &actions) }
            return victims.count
        case .replica:
            let count = replication.replicas.count
            disconnectReplicas(&actions)
            return count
        case .master:
            guard replication.master?.state == .connected else { return 0 }
            actions.append(.closeMasterLink)
            loseMaster(&actions)
            return 1
        }
    }
}
