import Topology

@testable import SimNodes

/// An application server that does what the test says.
actor ScriptedBackend: HTTPBackend {
    enum Behaviour: Equatable {
        case up
        /// Accepts and never answers.
        case hanging
        /// Closes the connection instead of answering.
        case closing
        /// Closes in the middle of the body.
        case truncating
        case status(Int)
    }

    nonisolated let process: NodeProcess
    /// How long an answer takes.
    private let work: TimeSpan
    private var behaviour = Behaviour.up
    private var held: [Int: Waiter] = [:]
    private(set) var handled: [Int] = []
    private(set) var finished: [Int] = []

    init(process: NodeProcess, work: TimeSpan = .zero) {
        self.process = process
        self.work = work
    }

    nonisolated func behave(_ behaviour: Behaviour) { assumeIsolated { $0.behaviour = behaviour } }

    nonisolated func release(_ number: Int) {
        assumeIsolated { if let waiter = $0.held.removeValue(forKey: number) { universe.wake(waiter) } }
    }

    nonisolated var handledRequests: [Int] { assumeIsolated { $0.handled } }
    nonisolated var finishedRequests: [Int] { assumeIsolated { $0.finished } }

    func handle(_ request: HTTPRequest, for client: Exchange) async throws -> HTTPResponse {
        handled.append(request.number)
        // Requests of this user wait at the server until the test releases them.
        if request.user == Users.heldUser {
            let waiter = process.makeWaiter()
            held[request.number] = waiter
            _ = try await process.wait(waiter)
        }
        switch behaviour {
        case .up: break
        case .hanging: try await process.sleep(.seconds(100_000))
        case .closing: throw ConnectionAborted()
        case .truncating: return HTTPResponse(200, .truncated)
        case .status(let status): return HTTPResponse(status, .error("scripted"))
        }
        if work > .zero { try await process.sleep(work) }
        finished.append(request.number)
        return HTTPResponse(200, .orderPlaced)
    }

    func answerHealthCheck() async throws -> Int {
        if behaviour == .hanging { try await process.sleep(.seconds(100_000)) }
        if case .status(let status) = behaviour { return status }
        return 200
    }
}

/// Those who ask: each request's answer, by its number.
actor Users: Node {
    static let heldUser = 1

    struct Answer: Equatable {
        /// `nil`: the connection was reset or refused.
        var status: Int?
        var error: NetworkError?
        var isTruncated = false
        var elapsed: TimeSpan
    }

    nonisolated let process: NodeProcess
    private var answers: [Int: Answer] = [:]

    init(process: NodeProcess) { self.process = process }

    nonisolated func answer(_ number: Int) -> Answer? { assumeIsolated { $0.answers[number] } }
    nonisolated var statuses: [Int?] {
        assumeIsolated { users in users.answers.keys.sorted().map { users.answers[$0]?.status } }
    }

    func ask(
        _ number: Int, of nginx: NginxNode, over network: Network, flow: Flow, isHeld: Bool = false,
        patience: TimeSpan? = nil
    ) async throws {
        let request = HTTPRequest(
            number: number, flow: flow, user: isHeld ? Self.heldUser : 0, product: 0, quantity: 1, key: UInt64(number))
        let start = now
        do {
            let response = try await network.request(request, from: process, to: nginx, timeout: patience)
            answers[number] = Answer(
                status: response.status, isTruncated: response.body == .truncated, elapsed: now - start)
        } catch let error as NetworkError {
            answers[number] = Answer(error: error, elapsed: now - start)
        }
    }
}

/// An nginx between users and scripted servers.
final class NginxFixture {
    let world: World
    let nginx: NginxNode
    let users: Users
    let backends: [ScriptedBackend]
    /// The servers that each request was tried at.
    var tried: [Int: [String]] { log.tried }
    private let log = Log()
    private var nextNumber = 0

    init(
        seed: UInt64 = 1, servers: [String] = ["app1", "app2"], work: [TimeSpan] = [], latency: TimeSpan = .zero,
        _ adjust: (inout LoadBalancerSettings) -> Void = { _ in }
    ) {
        var scenario = Scenario()
        scenario.topology.network.latency = .constant(latency)
        world = World(scenario: scenario, seed: seed)
        var settings = LoadBalancerSettings()
        settings.serviceTime = .constant(.zero)
        adjust(&settings)
        let universe = world.universe
        users = Users(process: universe.makeProcess("users"))
        nginx = NginxNode(
            process: universe.makeProcess("nginx"), world: world, settings: settings, applicationServers: servers)
        backends = servers.enumerated().map { index, name in
            ScriptedBackend(process: universe.makeProcess(name), work: index < work.count ? work[index] : .zero)
        }
        nginx.setBackends(Dictionary(uniqueKeysWithValues: zip(servers, backends.map { $0 as any HTTPBackend })))
        let log = log
        nginx.logAccess { log.tried[$0.request.number] = $0.tried }
    }

    deinit { world.universe.end() }

    subscript(_ name: String) -> ScriptedBackend { backends.first { $0.process.name == name }! }

    /// Has a user ask at a moment; returns the request's number.
    @discardableResult
    func ask(
        at moment: TimeSpan = .zero, _ flow: Flow = .view, isHeld: Bool = false, patience: TimeSpan? = nil
    ) -> Int {
        let number = nextNumber
        nextNumber += 1
        let (nginx, network) = (nginx, world.network)
        let delay = max(.zero, Instant.zero + moment - world.now)
        users.spawn(after: delay) {
            try await $0.ask(number, of: nginx, over: network, flow: flow, isHeld: isHeld, patience: patience)
        }
        return number
    }

    /// Has something happen at a moment.
    func at(_ moment: TimeSpan, _ action: @escaping (NginxFixture) -> Void) {
        let box = Action { [unowned self] in action(self) }
        users.spawn(after: Instant.zero + moment - world.now) { _ in box.run() }
    }

    func run(until moment: TimeSpan) { world.universe.run(until: .zero + moment) }

    var milestones: [String] { world.timeline.milestones.map(\.text) }

    private final class Log: @unchecked Sendable {
        var tried: [Int: [String]] = [:]
    }

    /// A closure of the universe's own thread.
    private struct Action: @unchecked Sendable {
        let run: () -> Void
        init(_ run: @escaping () -> Void) { self.run = run }
    }
}
