import Topology

extension RedisNode {
    /// Does what the machine wants done; returns the reply to the command that `caller` has just sent, if it is there.
    @discardableResult
    func perform(for caller: Session? = nil) -> RedisReply? {
        var answer: RedisReply?
        // Nothing in the loop calls the machine, so nothing is added.
        for action in actions {
            switch action {
            case .reply(let client, let reply):
                if let caller, caller.client == client, caller.pending.isEmpty, answer == nil {
                    answer = reply
                } else {
                    deliver(reply, to: client)
                }
            case .push(let client, let message): push(message, to: client)
            case .close(let client): close(client)
            case .toReplica(let replica, let message): send(message, to: replica)
            case .closeReplica(let replica): replicaLinks.removeValue(forKey: replica)?.connection.closeFromServer()
            case .connectToMaster(let address): reachMaster(at: address)
            case .toMaster(let message): sendToMaster(message)
            case .closeMasterLink: dropMasterLink()
            case .load(let keys): beginLoading(keys)
            }
        }
        actions.removeAll(keepingCapacity: true)
        return answer
    }

    /// Hands a reply to the oldest command of the client that waits for one; the further replies of one command are
    /// messages.
    private func deliver(_ reply: RedisReply, to client: RedisClientID) {
        guard let session = sessions[client] else { return }
        guard !session.pending.isEmpty else { return push(reply, to: client) }
        let pending = session.pending.removeFirst()
        pending.reply = reply
        universe.wake(pending.waiter)
    }

    /// Sends a subscriber a message; it comes at most once, and nobody waits for it.
    private func push(_ message: RedisReply, to client: RedisClientID) {
        guard let session = sessions[client], let push = session.push else { return }
        session.connection.reachClient { delay in push(delay, message) }
    }

    /// Closes a client's connection once the replies that it has coming are out.
    private func close(_ client: RedisClientID) {
        guard let session = sessions[client], !session.isClosed else { return }
        end(session)
        let connection = session.connection
        spawn { node in
            node.sessions[client] = nil
            connection.closeFromServer()
        }
    }

    // MARK: The timeline

    /// Notes the first of the refusals that a design should know about.
    func note(_ error: RedisError) {
        switch error {
        case .readOnly: world.sometimes(.redisReadOnly)
        case .noReplicas: world.sometimes(.redisTooFewReplicas)
        default: break
        }
        switch error {
        case .noReplicas, .readOnly, .maxClients, .masterDown, .loading:
            world.timeline.noteOnce(.breakage, process.name, key: error.message, "answers \"\(error.message)\"")
        case _ where error.code == "OOM":
            strikes.memoryStrikes += 1
            world.timeline.noteOnce(.breakage, process.name, key: "OOM", "refuses: \(error.message)")
        case .saveFailed, .appendFailed:
            world.timeline.noteOnce(.breakage, process.name, key: error.message, "refuses writes: \(error.message)")
        default: break
        }
    }

    /// The server has just become a master or a replica.
    func noteRole() async throws {
        armCron()
        guard let master = server.masterAddress else {
            world.timeline.note(.reaction, process.name, "is a master now")
            world.failovers.promoted(.redis, at: now)
            world.situations.promoted()
            let others = ([settings.master] + settings.replicas).compactMap(lookUp).filter { $0 !== self }
            if others.contains(where: \.isMaster) { world.sometimes(.redisTwoMasters) }
            try await world.sites.pass(.redisPromoted, process)
            return
        }
        world.timeline.note(.reaction, process.name, "is a replica of \(master.host) now")
    }
}
