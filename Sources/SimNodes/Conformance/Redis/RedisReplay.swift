import Topology

/// A recording on its way through the nodes of scenarios: commands cross a network, faults strike processes, and only
/// what the recording waits for takes time.
final class RedisReplay: @unchecked Sendable {
    private let recording: RedisRecording
    let world: World
    private(set) var servers: [RedisNode] = []
    private var clients: [RecordedRedisStep.End: RedisReplayClient] = [:]
    /// The order in which the clients appeared.
    private var ends: [RecordedRedisStep.End] = []
    private var ids = RedisReplayIDs()
    /// The pairs of servers whose replication link is cut.
    var cuts: Set<Set<String>> = []

    /// What passes before the steps: the first acknowledgements of the replicas come in.
    private static let prelude = TimeSpan.milliseconds(1_100)
    /// Enough for a command to get there and back, for what it does to other connections, and for its replication.
    private static let moment = TimeSpan.microseconds(50)

    init(_ recording: RedisRecording) {
        self.recording = recording
        var scenario = Scenario()
        scenario.topology.network.latency = .constant(.microseconds(1))
        world = World(scenario: scenario, seed: 1)
        // A master begins before its replicas.
        let nodes = recording.nodes.filter { $0.master == nil } + recording.nodes.filter { $0.master != nil }
        for node in nodes {
            let process = world.universe.makeProcess(node.name)
            process.clockOffset = recording.date - Self.prelude
            servers.append(
                RedisNode(
                    process: process, world: world, settings: settings(of: node), configuration: node.configuration,
                    masterName: node.master))
        }
        for server in servers {
            let name = server.process.name
            server.begin { [unowned self] other in cuts.contains([name, other]) ? nil : self.server(other) }
        }
        pass(Self.prelude)
    }

    deinit { world.universe.end() }

    private func settings(of node: RecordedRedisNode) -> RedisSettings {
        var settings = RedisSettings()
        settings.master = node.master ?? node.name
        settings.replicas = recording.nodes.filter { $0.master == settings.master }.map(\.name)
        settings.serviceTime = .constant(.microseconds(1))
        settings.startTime = .microseconds(1)
        settings.loadRate = Rate(perSecond: 1e9)
        return settings
    }

    func server(_ name: String) -> RedisNode? { servers.first { $0.process.name == name } }

    func pass(_ span: TimeSpan = moment) { world.universe.run(until: world.now + span) }

    /// Performs all steps; returns the first difference.
    func replay() -> Disagreement? {
        for (index, step) in recording.steps.enumerated() {
            if var difference = perform(step) {
                difference.step = index + 1
                return difference
            }
            if let failure = world.universe.failures.first {
                return Disagreement(step: index + 1, expected: "no fault of the program", actual: failure)
            }
        }
        for end in ends {
            if let unread = clients[end]?.unread.first {
                return Disagreement(step: nil, expected: "nothing more for \(end)", actual: unread.recorded)
            }
        }
        return nil
    }

    private func perform(_ step: RecordedRedisStep) -> Disagreement? {
        switch step {
        case .sleep(let span):
            pass(span)
            return nil
        case .caughtUp(let name):
            if awaitCaughtUp(name) { return nil }
            return Disagreement(step: nil, expected: "\(name) catches up with its master", actual: "it does not")
        case .fault(let fault):
            perform(fault)
            return nil
        case .push(let end, let message):
            return compare(client(of: end).takeMessage(), message, "a message for \(end)")
        case .resumes(let end, let reply):
            // Of a command that answers several times, once a channel, all answers but the first come as messages.
            let client = client(of: end)
            return compare(client.takeReply() ?? client.takeMessage(), reply, "an answer that \(end) waits for")
        case .command(let end, let words, let reply):
            let client = client(of: end)
            client.send(words.map { ids.resolve($0) })
            pass()
            let what = "\(words.joined(separator: " ")) of \(end)"
            if let reply { return compare(client.takeReply(), reply, what) }
            guard let early = client.takeReply() else { return nil }
            return Disagreement(step: nil, expected: "\(what) to block", actual: early.recorded)
        }
    }

    private func client(of end: RecordedRedisStep.End) -> RedisReplayClient {
        if let client = clients[end] { return client }
        let client = RedisReplayClient(
            process: world.universe.makeProcess(end.description), network: world.network, server: server(end.node)!)
        clients[end] = client
        ends.append(end)
        return client
    }

    private func compare(_ reply: RedisReply?, _ expected: RecordedRedisReply, _ what: String) -> Disagreement? {
        if let reply, ids.matches(reply, expected) {
            // The real server's clock goes on between two commands, so that its ids of two streams differ.
            if expected.namesID { pass(.milliseconds(1)) }
            return nil
        }
        return Disagreement(
            step: nil, expected: "\(expected) (\(what))", actual: reply?.recorded ?? "nothing")
    }
}

extension RecordedRedisReply {
    /// Whether it names an id that a server made.
    fileprivate var namesID: Bool {
        switch self {
        case .streamID: true
        case .array(let elements), .anyOrder(let elements): elements.contains { $0.namesID }
        default: false
        }
    }
}
