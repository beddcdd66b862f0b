import Topology

@testable import SimNodes

/// A recorded scenario on its way through actors: commands cross a network, faults strike processes.
final class RedisNodeReplay: @unchecked Sendable {
    private let system: RedisNodeSystem
    /// Compares replies with recorded ones; its own servers are not used.
    private var comparison: RedisReplay
    private let vector: RedisVector
    private var ends: [String: End] = [:]
    private var cut: Set<Set<String>> = []

    /// A client of one server, and what it has got and not read.
    private final class End: @unchecked Sendable {
        let client: RedisNodeClient
        var replies: [RedisReply] = []
        var pushes: [RedisReply] = []
        init(client: RedisNodeClient) { self.client = client }
    }

    init(_ vector: RedisVector) {
        self.vector = vector
        comparison = RedisReplay(vector)
        let replica = vector.nodes.keys.sorted().first { vector.nodes[$0]!["of"] != nil }
        var configurations: [String: RedisConfiguration] = [:]
        for (name, node) in vector.nodes {
            var configuration = RedisConfiguration()
            configuration.savePoints = []
            configuration.disklessSyncDelay = .zero
            if case .object(let options)? = node["options"] {
                for (option, value) in options { try! configuration.set(option, to: value.text!) }
            }
            configurations[name] = configuration
        }
        system = RedisNodeSystem(
            latency: .constant(.microseconds(1)), configurations: configurations
        ) { settings in
            settings.replicas = replica.map { [$0] } ?? []
            settings.serviceTime = .constant(.microseconds(1))
            settings.startTime = .microseconds(1)
            settings.loadRate = Rate(perSecond: 1e9)
        }
        for server in system.servers {
            server.assumeIsolated { node in
                let name = node.process.name
                node.lookUp = { [unowned self] in cut.contains([name, $0]) ? nil : system.server($0) }
            }
        }
        system.run(.seconds(5))
    }

    /// What nobody has read.
    var unread: [String] {
        ends.keys.sorted().filter { !(ends[$0]!.replies + ends[$0]!.pushes).isEmpty }
    }

    /// Performs a step; says what differs from the recording.
    func perform(_ step: RecordedValue) -> String? {
        if let milliseconds = step["sleep_ms"]?.integer {
            system.run(.milliseconds(milliseconds))
            return nil
        }
        if let node = step["node"]?.text, step["await"] != nil {
            return awaitCaughtUp(node) ? nil : "\(node) does not catch up"
        }
        if let fault = step["fault"]?.text { return perform(fault, step) }
        if let push = step["push"] {
            let end = end(push)
            return end.pushes.isEmpty
                ? "no message" : comparison.difference(end.pushes.removeFirst(), push["message"]!)
        }
        let end = end(step)
        if let expected = step["resumes"] { return nextReply(end, expected) }
        guard let words = step["command"]?.array?.map({ $0.text! }) else { return "unknown step \(step)" }
        send(words.map { comparison.streamIDs[$0] ?? $0 }, end, to: system.server(step["node"]!.text!)!)
        if step["blocks"] != nil {
            return end.replies.first.map { "\(words) answers \($0) instead of blocking" }
        }
        return nextReply(end, step["reply"]!).map { "\(words): \($0)" }
    }

    private func nextReply(_ end: End, _ expected: RecordedValue) -> String? {
        end.replies.isEmpty ? "no reply" : comparison.difference(end.replies.removeFirst(), expected)
    }

    private func end(_ step: RecordedValue) -> End {
        let key = "\(step["node"]!.text!)/\(step["conn"]!.text!)"
        if let end = ends[key] { return end }
        let process = system.universe.makeProcess(key)
        let end = End(client: RedisNodeClient(process: process, network: system.world.network))
        ends[key] = end
        return end
    }

    private func send(_ words: [String], _ end: End, to server: RedisNode) {
        let command: RedisCommand
        do { command = try RedisCommand(arguments: words) } catch { return end.replies.append(.error(error)) }
        let network = system.world.network
        end.client.spawn { client in
            do {
                guard case .subscribe(let channels) = command else {
                    end.replies.append(try await client.send(command, to: server))
                    return
                }
                let connection = try await client.connection(to: server)
                let push: RedisNode.Push = { delay, message in
                    client.spawn(after: delay) { _ in end.pushes.append(message) }
                }
                let reply = try await network.call(from: client.process, to: server, over: connection) {
                    try await $0.subscribe(channels, over: connection, push: push)
                }
                end.replies.append(reply)
            } catch is NetworkError {
                // The recording says nothing of connections that break.
            }
        }
        system.run(.microseconds(20))
    }

    private func awaitCaughtUp(_ name: String) -> Bool {
        let node = system.server(name)!
        func hasCaughtUp() -> Bool {
            guard node.isUpToDate, let master = node.masterName.flatMap({ system.server($0) }) else { return false }
            return master.assumeIsolated { master in
                let position = master.server.replicationPosition
                return master.server.acknowledgedOffset(of: node.address).map { $0 >= position.offset - 37 } == true
            }
        }
        for _ in 0..<300 where !hasCaughtUp() { system.run(.milliseconds(100)) }
        let master = node.masterName.flatMap { system.server($0) } ?? node
        if master.assumeIsolated({ $0.server.configuration.minReplicasToWrite }) > 0 { system.run(.seconds(1)) }
        return hasCaughtUp()
    }

    private func perform(_ fault: String, _ step: RecordedValue) -> String? {
        let server = step["node"]?.text.flatMap { system.server($0) }
        switch fault {
        case "kill": server?.process.crash()
        case "start": server?.process.start()
        case "pause": server?.process.pause()
        case "resume": server?.process.resume()
        case "promote": order(server!, .replicaOf(nil))
        case "replicate": order(server!, .replicaOf(RedisAddress(step["of"]!.text!)))
        case "cut_link":
            cut.insert([step["from"]!.text!, step["to"]!.text!])
            for server in system.servers { breakReplication(of: server) }
        case "heal_link": cut.remove([step["from"]!.text!, step["to"]!.text!])
        default: return "unknown fault \(fault)"
        }
        system.run(.microseconds(20))
        return nil
    }

    private func order(_ server: RedisNode, _ command: RedisCommand) {
        let before = system.results.count
        system.send(command, to: server)
        system.run(.microseconds(20))
        system.results.removeLast(system.results.count - before)
    }

    /// Closes the connections of its replicas, as a firewall that sends resets does.
    private func breakReplication(of server: RedisNode) {
        server.assumeIsolated { master in
            for (id, link) in master.replicaLinks.sorted(by: { $0.key < $1.key }) {
                link.connection.closeFromServer()
                master.connectionClosed(Connection.ID(id.number))
            }
        }
    }
}
