import Topology

@testable import SimNodes

/// Servers joined by links that take no time, on one clock that only moves when told to.
final class RedisPump {
    /// What waits at a node until it runs.
    enum Input {
        case command([String], RedisClientID)
        case fromReplica(RedisReplicaID, RedisReplicationMessage)
        case fromMaster(RedisReplicaID, RedisReplicationMessage)
        case linkOpened(RedisReplicaID)
        case linkFailed
        case masterGone(RedisReplicaID)
        case replicaGone(RedisReplicaID)
    }

    struct Node {
        var server: RedisServer?
        var configuration = RedisConfiguration()
        var startsAsReplicaOf: String?
        var disk = RedisDisk()
        var isPaused = false
        var inbox: [Input] = []
        var starts = 0
        /// The link to the master that is open.
        var masterLink: RedisReplicaID?
    }

    struct Connection {
        var node: String
        var isOpen = true
        var replies: [RedisReply] = []
        var pushes: [RedisReply] = []
    }

    var now = Instant(nanoseconds: 5_000_000_000)
    var nodes: [String: Node] = [:]
    var connections: [RedisClientID: Connection] = [:]
    private var links: [RedisReplicaID: (replica: String, master: String)] = [:]
    private var cut: Set<Set<String>> = []
    private var linksMade = 0
    /// How many full resyncs there were.
    private(set) var snapshotsSent = 0

    // MARK: Nodes

    func start(_ name: String) {
        var actions: [RedisAction] = []
        nodes[name]!.starts += 1
        nodes[name]!.inbox = []
        let node = nodes[name]!
        nodes[name]!.server = RedisServer.restart(
            from: node.disk, address: RedisAddress(name), runID: "\(name)\(node.starts)",
            configuration: node.configuration, master: node.startsAsReplicaOf.map { RedisAddress($0) }, now: now,
            into: &actions)
        perform(actions, of: name)
        settle()
    }

    func kill(_ name: String, _ stop: RedisStop = .processKill) {
        nodes[name]!.disk = nodes[name]!.server!.disk(after: stop)
        nodes[name]!.server = nil
        nodes[name]!.masterLink = nil
        nodes[name]!.isPaused = false
        for id in connections.keys where connections[id]!.node == name { connections[id]!.isOpen = false }
        for (link, ends) in links where ends.replica == name || ends.master == name { close(link) }
        settle()
    }

    func cutLink(_ left: String, _ right: String) {
        cut.insert([left, right])
        for (link, ends) in links where Set([ends.replica, ends.master]) == [left, right] { close(link) }
        settle()
    }

    func healLink(_ left: String, _ right: String) { cut.remove([left, right]) }

    func pause(_ name: String) { nodes[name]!.isPaused = true }

    func resume(_ name: String) {
        nodes[name]!.isPaused = false
        settle()
    }

    func replicate(_ name: String, of master: String?) {
        var actions: [RedisAction] = []
        nodes[name]!.server!.replicaOf(master.map { RedisAddress($0) }, now: now, into: &actions)
        perform(actions, of: name)
        settle()
    }

    private func close(_ link: RedisReplicaID) {
        guard let ends = links.removeValue(forKey: link) else { return }
        if nodes[ends.replica]!.masterLink == link { nodes[ends.replica]!.masterLink = nil }
        nodes[ends.replica]!.inbox.append(.masterGone(link))
        nodes[ends.master]!.inbox.append(.replicaGone(link))
    }

    // MARK: Clients

    func connect(_ id: RedisClientID, to node: String) {
        var actions: [RedisAction] = []
        connections[id] = Connection(node: node)
        _ = nodes[node]!.server!.connect(id, now: now, into: &actions)
        perform(actions, of: node)
    }

    func send(_ words: [String], from id: RedisClientID) {
        nodes[connections[id]!.node]!.inbox.append(.command(words, id))
        settle()
    }

    // MARK: Time

    /// Lets time pass, ticking each server only when it says that it has something to do.
    func advance(_ span: TimeSpan) {
        let end = now + span
        var idle = 0
        while let (name, moment) = nextDeadline(), moment <= end {
            idle = moment <= now ? idle + 1 : 0
            precondition(idle < 1_000, "\(name) asks for a tick at \(moment) again and again")
            now = max(now, moment)
            var actions: [RedisAction] = []
            nodes[name]!.server!.tick(now: now, into: &actions)
            perform(actions, of: name)
            settle()
        }
        now = end
    }

    private func nextDeadline() -> (String, Instant)? {
        var best: (String, Instant)?
        for name in nodes.keys.sorted() where !nodes[name]!.isPaused {
            guard let moment = nodes[name]!.server?.nextDeadline() else { continue }
            if best == nil || moment < best!.1 { best = (name, moment) }
        }
        return best
    }

    /// Whether a replica has all that its master has, and the master knows.
    func hasCaughtUp(_ name: String) -> Bool {
        guard let replica = nodes[name]!.server, replica.masterLinkIsUp, let address = replica.masterAddress,
            let master = nodes[address.host]?.server
        else { return false }
        let position = master.replicationPosition
        return replica.replicationPosition == position
            && master.acknowledgedOffset(of: replica.address).map { $0 >= position.offset - 37 } == true
    }

    /// Waits as the recording did; false when nothing comes of it.
    func awaitCaughtUp(_ name: String) -> Bool {
        for _ in 0..<300 where !hasCaughtUp(name) { advance(.milliseconds(100)) }
        let masterName = nodes[name]!.server?.masterAddress?.host ?? name
        if nodes[masterName]!.configuration.minReplicasToWrite > 0 { advance(.milliseconds(1_000)) }
        return hasCaughtUp(name)
    }

    // MARK: Delivery

    func settle() {
        var rounds = 0
        while let name = nodes.keys.sorted().first(where: { isReady($0) }) {
            rounds += 1
            precondition(rounds < 100_000, "the servers never come to rest")
            take(nodes[name]!.inbox.removeFirst(), at: name)
        }
    }

    private func isReady(_ name: String) -> Bool {
        !nodes[name]!.inbox.isEmpty && !nodes[name]!.isPaused && nodes[name]!.server != nil
    }

    private func take(_ input: Input, at name: String) {
        var actions: [RedisAction] = []
        switch input {
        case .command(let words, let client):
            nodes[name]!.server!.receive(RedisCommand(request: words), from: client, now: now, into: &actions)
        case .fromReplica(let link, let message):
            nodes[name]!.server!.receive(message, fromReplica: link, now: now, into: &actions)
        case .fromMaster(let link, let message):
            if nodes[name]!.masterLink == link || links[link] == nil {
                nodes[name]!.server!.receiveFromMaster(message, now: now, into: &actions)
            }
        case .linkOpened(let link):
            if links[link] != nil {
                nodes[name]!.masterLink = link
                nodes[name]!.server!.masterConnected(now: now, into: &actions)
            }
        case .linkFailed: nodes[name]!.server!.masterDisconnected(now: now, into: &actions)
        case .masterGone(let link):
            if nodes[name]!.masterLink == nil || nodes[name]!.masterLink == link {
                nodes[name]!.server!.masterDisconnected(now: now, into: &actions)
            }
        case .replicaGone(let link): nodes[name]!.server!.replicaDisconnected(link, now: now)
        }
        perform(actions, of: name)
    }

    private func perform(_ actions: [RedisAction], of name: String) {
        for action in actions {
            switch action {
            case .reply(let id, let reply): connections[id]?.replies.append(reply)
            case .push(let id, let message): connections[id]?.pushes.append(message)
            case .close(let id): connections[id]?.isOpen = false
            case .toReplica(let link, let message):
                if case .snapshot = message { snapshotsSent += 1 }
                if let ends = links[link] { nodes[ends.replica]!.inbox.append(.fromMaster(link, message)) }
            case .closeReplica(let link):
                if let ends = links.removeValue(forKey: link) {
                    nodes[ends.replica]!.inbox.append(.masterGone(link))
                }
            case .connectToMaster(let address): openLink(from: name, to: address.host)
            case .toMaster(let message):
                if let link = nodes[name]!.masterLink, let ends = links[link] {
                    nodes[ends.master]!.inbox.append(.fromReplica(link, message))
                }
            case .closeMasterLink:
                for (link, ends) in links where ends.replica == name {
                    links[link] = nil
                    nodes[ends.master]!.inbox.append(.replicaGone(link))
                }
                nodes[name]!.masterLink = nil
                nodes[name]!.inbox.removeAll { if case .masterGone = $0 { true } else { false } }
            case .load:
                var more: [RedisAction] = []
                nodes[name]!.server!.loadingFinished(now: now, into: &more)
                perform(more, of: name)
            }
        }
    }

    private func openLink(from replica: String, to master: String) {
        guard nodes[master]?.server != nil, !cut.contains([replica, master]) else {
            nodes[replica]!.inbox.append(.linkFailed)
            return
        }
        linksMade += 1
        let link = RedisReplicaID(linksMade)
        links[link] = (replica, master)
        nodes[replica]!.inbox.append(.linkOpened(link))
    }
}
