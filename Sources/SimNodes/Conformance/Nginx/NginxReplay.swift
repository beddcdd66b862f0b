import Topology

/// An nginx between the clients and the servers of a recording, in virtual time.
final class NginxReplay {
    private let world: World
    private let nginx: NginxNode
    private let client: RecordedClient
    private let backends: [RecordedBackend]
    private let log = AccessLog()
    /// Whether idle connections outlive a change of their server.
    private let keepsIdleConnections: Bool
    /// After so long a request would have been given up.
    private let limit: TimeSpan
    private var numbers: [String: Int] = [:]

    init(_ settings: LoadBalancerSettings, keepsIdleConnections: Bool, startingAt start: Instant) {
        var scenario = Scenario()
        scenario.topology.network.latency = .constant(.zero)
        let world = World(scenario: scenario, seed: 1)
        self.world = world
        self.keepsIdleConnections = keepsIdleConnections
        client = RecordedClient(process: world.universe.makeProcess("clients"), network: world.network)
        nginx = NginxNode(
            process: world.universe.makeProcess("nginx"), world: world, settings: settings, applicationServers: [])
        backends = settings.servers.map { server in
            RecordedBackend(process: world.universe.makeProcess(server.name), network: world.network)
        }
        limit = (settings.connectTimeout + settings.readTimeout) * (settings.servers.count + 1) + .seconds(1)
        nginx.setBackends(Dictionary(uniqueKeysWithValues: backends.map { ($0.process.name, $0) }))
        let log = log
        nginx.logAccess { log.entries[$0.request.number] = $0 }
        world.universe.run(until: start)
    }

    func end() { world.universe.end() }

    /// Requests that nginx has not finished.
    var openRequests: Int { nginx.openRequests }

    /// Performs a step, and what follows from it; what differs from the recording, if anything.
    func perform(_ step: NginxRecording.Step) -> (expected: String, actual: String)? {
        switch step {
        case .request(let ask, let expected, let elapsed):
            begin(ask, isHeld: false)
            rest()
            let (actual, span) = outcome(ask.id, byLog: false)
            return difference(expected, elapsed ?? .zero ... .zero, actual, span)
        case .start(let ask): begin(ask, isHeld: true)
        case .release(let id):
            let number = number(id)
            for backend in backends { backend.assumeIsolated { $0.release(number) } }
        case .finish(let id, let expected):
            let (actual, elapsed) = outcome(id, byLog: false)
            return difference(expected, nil, actual, actual == nil ? elapsed : nil)
        case .abort(let id, let expected):
            client.assumeIsolated { [number = number(id)] in $0.hangUp(number) }
            rest()
            guard let expected else { return nil }
            return difference(expected, nil, outcome(id, byLog: true).outcome, nil)
        case .change(let server, let state):
            let closes = !keepsIdleConnections
            let backend = backends.first { $0.process.name == server }
            backend?.assumeIsolated { $0.become(state, closingIdleConnections: closes) }
        case .sleep(let span): world.universe.run(until: world.now + span)
        }
        rest()
        return nil
    }

    private func begin(_ ask: NginxRecording.Ask, isHeld: Bool) {
        let number = number(ask.id)
        client.spawn { [nginx] in try await $0.ask(number, of: nginx, ask.flow, isHeld: isHeld) }
    }

    /// The recording went on when every request was over or held: what costs no time there costs a microsecond here,
    /// and a time-out as long as it takes.
    private func rest() {
        let deadline = world.now + limit
        world.universe.run(until: world.now + .microseconds(1))
        while nginx.openRequests > heldRequests, world.now < deadline {
            world.universe.run(until: world.now + .milliseconds(1))
        }
    }

    private var heldRequests: Int {
        numbers.values.count { number in backends.contains { $0.assumeIsolated { $0.holds(number) } } }
    }

    private func number(_ id: String) -> Int {
        if let known = numbers[id] { return known }
        numbers[id] = numbers.count
        return numbers.count - 1
    }

    /// What has become of a request: as its client saw it, or as the access log tells of one whose client hung up.
    private func outcome(_ id: String, byLog: Bool) -> (outcome: NginxRecording.Outcome?, elapsed: TimeSpan) {
        let number = number(id)
        let ending = client.assumeIsolated { $0.ending(of: number) }
        guard let ending, let entry = log.entries[number] else { return (nil, .zero) }
        var outcome = NginxRecording.Outcome(tried: entry.tried, status: entry.status)
        if !byLog, let status = ending.status {
            outcome.status = status
            outcome.isTruncated = ending.isTruncated
        }
        return (outcome, ending.elapsed)
    }

    private func difference(
        _ expected: NginxRecording.Outcome, _ range: ClosedRange<TimeSpan>?, _ actual: NginxRecording.Outcome?,
        _ elapsed: TimeSpan?
    ) -> (expected: String, actual: String)? {
        var isInTime = true
        if let range, let elapsed { isInTime = range.contains(elapsed) }
        if expected == actual, isInTime { return nil }
        let times = range.map { $0.upperBound == .zero ? "at once" : "after \($0.lowerBound) to \($0.upperBound)" }
        return (
            [expected.description, times].compactMap { $0 }.joined(separator: " "),
            actual.map { outcome in
                [outcome.description, elapsed.map { "after \($0)" }].compactMap { $0 }.joined(separator: " ")
            } ?? "no end"
        )
    }

    private final class AccessLog: @unchecked Sendable {
        var entries: [Int: NginxNode.AccessLogEntry] = [:]
    }
}

extension NginxRecording.Outcome: CustomStringConvertible {
    var description: String {
        let servers = tried.isEmpty ? "no server" : tried.joined(separator: ", ")
        return "\(status)\(isTruncated ? " with a truncated body" : "") from \(servers)"
    }
}
