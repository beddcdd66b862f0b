import Topology

/// Performs a recording's steps against the actors, in virtual time.
///
/// Sessions are connections of a client in another process; what takes no time on a real server takes a millisecond.
/// Replicas follow over links, commits go through all their phases.
final class InnoDBReplay {
    /// What a step takes: many times the latency, a tiny part of every timeout.
    private static let stepTime = TimeSpan.milliseconds(1)
    private static let latency = TimeSpan.microseconds(10)

    private let recording: InnoDBRecording
    private let flavor: ReplayFlavor
    private let world: World
    private let nodes: [InnoDBRecordedNode: MySQLNode]
    private let client: InnoDBReplayClient
    private var now = TimeSpan.zero

    init(_ recording: InnoDBRecording, as flavor: ReplayFlavor) {
        self.recording = recording
        self.flavor = flavor
        var settings = recording.settings
        settings.flavor = flavor == .mysql8 ? .mysql8 : .mariadb10_11
        var scenario = Scenario()
        scenario.topology.mysql = settings
        scenario.topology.network.latency = .constant(Self.latency)
        let world = World(scenario: scenario, seed: 1)
        self.world = world
        var nodes: [InnoDBRecordedNode: MySQLNode] = [:]
        for name in [settings.primary] + settings.replicas {
            let node = MySQLNode(
                process: world.universe.makeProcess(name), world: world, settings: settings,
                sourceName: name == settings.primary ? nil : settings.primary, tables: recording.tables)
            nodes[name == settings.primary ? .primary : .replica] = node
        }
        self.nodes = nodes
        client = InnoDBReplayClient(process: world.universe.makeProcess("client"), network: world.network)
    }

    deinit { world.universe.end() }

    /// The first difference; nil: there is none.
    func replay() -> Disagreement? {
        let primary = nodes[.primary]!
        for node in [primary, nodes[.replica]].compactMap({ $0 }) { node.start { [unowned primary] _ in primary } }
        for (name, node) in recording.sessions { client.connect(name, to: nodes[node] ?? primary) }
        pass(Self.stepTime)
        _ = client.takeAnswers()
        var index = 0
        while index < recording.steps.count {
            if let difference = perform(recording.steps[index], number: index + 1) { return difference }
            index += 1
            if let difference = checkUnblocked(&index) { return difference }
            if let failure = world.universe.failures.first {
                return Disagreement(step: index, expected: "an answer", actual: failure)
            }
        }
        return checkFinal()
    }

    private func pass(_ span: TimeSpan) {
        now += span
        world.universe.run(until: .zero + now)
    }

    // MARK: Steps

    private func perform(_ step: InnoDBRecordedStep, number: Int) -> Disagreement? {
        switch step {
        case .operation(let session, let statement, let expectation):
            client.execute(statement, session)
            pass(Self.stepTime)
            return check(client.takeAnswer(of: session), expectation, session, number)
        case .connect(let session, let expectation):
            client.connect(session, to: nodes[.primary]!)
            pass(Self.stepTime)
            return check(client.takeAnswer(of: session), expectation, session, number)
        case .disconnect(let session):
            client.disconnect(session)
            pass(Self.stepTime)
        case .sleep(let span): pass(span + (flavor == .mysql8 ? recording.mysql8Delay : .zero))
        case .control(let name, let control):
            guard let node = nodes[name] else { return nil }
            if let difference = perform(control, node, number) { return difference }
            pass(Self.stepTime)
        case .unblocked(let session, let expectation, _):
            return Disagreement(
                step: number, expected: "\(session): \(expectation.text(as: flavor))", actual: "nothing to wait for")
        }
        return nil
    }

    private func check(
        _ answer: String?, _ expectation: InnoDBExpectation, _ session: String, _ number: Int
    ) -> Disagreement? {
        let expected = expectation.text(as: flavor)
        let actual = answer ?? InnoDBExpectation.blocked
        if actual == expected { return nil }
        return Disagreement(step: number, expected: "\(session): \(expected)", actual: actual)
    }

    private func perform(_ control: InnoDBRecordedStep.Control, _ node: MySQLNode, _ number: Int) -> Disagreement? {
        switch control {
        case .waitReceived, .waitApplied:
            pass(Self.stepTime)
            let reached = control == .waitReceived ? node.receivedPosition : node.appliedPosition
            let logged = nodes[.primary]!.loggedPosition
            guard reached != logged else { return nil }
            return Disagreement(step: number, expected: "replica at \(logged)", actual: "replica at \(reached)")
        case .kill: node.process.crash()
        case .restart: node.process.start()
        case .setReadOnly: node.spawn { $0.setReadOnly(.readOnly) }
        case .stopReceiver: node.spawn { $0.stopReceiver() }
        case .startReceiver: node.spawn { $0.startReceiver() }
        case .stopApplier: node.spawn { $0.stopApplier() }
        case .startApplier: node.spawn { $0.startApplier() }
        case .promote:
            node.spawn { node in
                _ = try await node.waitForRelayLog()
                try await node.promote()
            }
        }
        return nil
    }

    // MARK: What has come back

    /// Checks the operations that the last step has unblocked, and that no other answer has come.
    private func checkUnblocked(_ index: inout Int) -> Disagreement? {
        var answers = client.takeAnswers()
        while index < recording.steps.count, case .unblocked(let session, let expectation, let anyOrder) =
            recording.steps[index]
        {
            let place = anyOrder ? answers.firstIndex { $0.session == session } : answers.indices.first
            index += 1
            guard let place else {
                return check(nil, expectation, session, index)
            }
            let answer = answers.remove(at: place)
            guard answer.session == session else {
                return Disagreement(
                    step: index, expected: "\(session): \(expectation.text(as: flavor))",
                    actual: "\(answer.session): \(answer.text)")
            }
            if let difference = check(answer.text, expectation, session, index) { return difference }
        }
        guard let answer = answers.first else { return nil }
        return Disagreement(step: index, expected: "nothing else", actual: "\(answer.session): \(answer.text)")
    }

    private func checkFinal() -> Disagreement? {
        for (name, expected) in recording.final {
            guard let node = nodes[name] else { continue }
            let actual = node.process.isDown ? "down" : node.assumeIsolated { InnoDBText.tables($0.server.engine) }
            if actual != expected ?? "down" {
                return Disagreement(step: nil, expected: "\(name.rawValue) \(expected ?? "down")", actual: actual)
            }
        }
        return nil
    }
}

/// The clients of a recording: all of its sessions, and what they were answered and nobody has looked at yet.
actor InnoDBReplayClient: Node {
    private struct Session {
        let node: MySQLNode
        let connection: Connection
    }

    struct Answer: Sendable {
        var session: String
        var text: String
    }

    nonisolated let process: NodeProcess
    private let network: Network
    private var sessions: [String: Session] = [:]
    private var answers: [Answer] = []

    init(process: NodeProcess, network: Network) {
        self.process = process
        self.network = network
    }

    nonisolated func connect(_ name: String, to node: MySQLNode) {
        spawn { client in
            do {
                let network = client.network
                let connection = try await network.connect(from: client.process, to: node)
                let id = connection.id
                let error = try await network.call(from: client.process, to: node, over: connection) {
                    try await $0.open(id)
                }
                if let error {
                    connection.close()
                    client.answers.append(Answer(session: name, text: "error \(error.code)"))
                } else {
                    client.sessions[name] = Session(node: node, connection: connection)
                    client.answers.append(Answer(session: name, text: "ok"))
                }
            } catch let error as NetworkError {
                client.answers.append(Answer(session: name, text: "\(error)"))
            }
        }
    }

    nonisolated func execute(_ statement: Statement, _ name: String) {
        spawn { client in
            guard let session = client.sessions[name] else { return }
            let id = session.connection.id
            var text = "error \(MySQLError.lostConnection.code)"
            do {
                let result = try await client.network.call(
                    from: client.process, to: session.node, over: session.connection
                ) { try await $0.execute(statement, over: id) }
                text = InnoDBText.result(result)
            } catch is NetworkError {}
            if client.sessions[name] != nil { client.answers.append(Answer(session: name, text: text)) }
        }
    }

    nonisolated func disconnect(_ name: String) {
        spawn { client in client.sessions.removeValue(forKey: name)?.connection.close() }
    }

    /// The answer to what the session has issued last; nil: it has not come.
    nonisolated func takeAnswer(of session: String) -> String? {
        assumeIsolated { client in
            client.answers.firstIndex { $0.session == session }.map { client.answers.remove(at: $0).text }
        }
    }

    /// All answers that have come, in their order.
    nonisolated func takeAnswers() -> [Answer] {
        assumeIsolated { client in
            defer { client.answers = [] }
            return client.answers
        }
    }
}
