import Topology

@testable import SimNodes

/// A database that knows who is connected and answers everything.
actor FakeDatabase: Listener {
    nonisolated let process: NodeProcess
    private(set) var sessions: Set<Connection.ID> = []
    private(set) var logins = 0
    private(set) var pings = 0
    private var limit = Int.max

    init(process: NodeProcess) {
        self.process = process
        process.observe(self)
    }

    nonisolated var sessionCount: Int { assumeIsolated { $0.sessions.count } }
    nonisolated var loginCount: Int { assumeIsolated { $0.logins } }
    nonisolated var pingCount: Int { assumeIsolated { $0.pings } }
    nonisolated func admit(_ limit: Int) { assumeIsolated { $0.limit = limit } }

    func logIn(_ id: Connection.ID) -> Bool {
        guard sessions.count < limit else { return false }
        logins += 1
        sessions.insert(id)
        return true
    }

    func answerPing() { pings += 1 }
    func connectionClosed(_ id: Connection.ID) async throws { sessions.remove(id) }
}

extension FakeDatabase: ProcessObserver {
    nonisolated func processCrashed(_ process: NodeProcess) { assumeIsolated { $0.sessions = [] } }
    nonisolated func processStarted(_ process: NodeProcess) {}
}

/// Connects, logs in, pings.
struct FakeDriver: DatabasePoolDriver {
    let network: Network
    let client: NodeProcess

    func open(_ target: FakeDatabase, timeout: TimeSpan) async throws -> Session {
        let connection = try await network.connect(from: client, to: target, timeout: timeout)
        let id = connection.id
        let isIn = try await network.call(from: client, to: target, over: connection) { $0.logIn(id) }
        guard isIn else {
            connection.close()
            throw MySQLError.tooManyConnections
        }
        return Session(connection: connection, database: target)
    }

    func ping(_ session: Session, timeout: TimeSpan) async throws {
        try await network.call(from: client, to: session.database, over: session.connection, timeout: timeout) {
            $0.answerPing()
        }
    }

    func close(_ session: Session) { session.connection.close() }

    struct Session: Sendable {
        let connection: Connection
        let database: FakeDatabase
    }
}

/// An application server whose requests each hold a connection for a while.
actor PoolUser: Node {
    struct Result: Equatable {
        var number: Int
        /// `nil`: it got none.
        var waited: TimeSpan?
        var error: String?
        var at: Instant
    }

    nonisolated let process: NodeProcess
    nonisolated let pool: DatabasePool<FakeDriver>
    private let network: Network
    /// In the order of getting, or not getting, a connection.
    private(set) var results: [Result] = []
    /// Numbers of requests whose statement failed.
    private(set) var broken: [Int] = []

    init(process: NodeProcess, world: World, settings: PoolSettings, target: FakeDatabase) {
        self.process = process
        network = world.network
        pool = DatabasePool(
            "primaryPool", process: process, world: world, settings: settings,
            driver: FakeDriver(network: world.network, client: process), target: target)
    }

    nonisolated var outcome: [Result] { assumeIsolated { $0.results } }
    nonisolated var brokenRequests: [Int] { assumeIsolated { $0.broken } }

    /// Holds a connection for so long; with `statement`, uses it at the end.
    func request(_ number: Int, holding: TimeSpan, statement: Bool = false) async throws {
        let start = now
        let loan: DatabasePool<FakeDriver>.Loan
        do {
            loan = try await pool.borrow()
        } catch let timeout as ConnectionPoolTimeout {
            results.append(Result(number: number, error: timeout.message, at: now))
            return
        } catch let closed as DatabasePoolClosed {
            results.append(Result(number: number, error: closed.message, at: now))
            return
        }
        results.append(Result(number: number, waited: now - start, at: now))
        try await process.sleep(holding)
        guard statement else { return pool.giveBack(loan) }
        let session = loan.session
        do {
            try await network.call(
                from: process, to: session.database, over: session.connection, timeout: .seconds(1)
            ) { $0.answerPing() }
            pool.giveBack(loan)
        } catch let error as NetworkError {
            broken.append(number)
            pool.giveBack(loan, broken: ConnectionPoolTimeout.Cause(error)?.isBreaking ?? false)
        }
    }
}

/// One application server with a pool, and two databases that it can go to.
final class PoolFixture {
    let world: World
    let user: PoolUser
    let primary: FakeDatabase
    let replica: FakeDatabase
    private let clock: PoolUser
    private var nextNumber = 0

    var pool: DatabasePool<FakeDriver> { user.pool }

    init(
        seed: UInt64 = 1, size: Int, latency: TimeSpan = .zero, prefilled: Bool = true,
        _ adjust: (inout PoolSettings) -> Void = { _ in }
    ) {
        var scenario = Scenario()
        scenario.topology.network.latency = .constant(latency)
        world = World(scenario: scenario, seed: seed)
        let universe = world.universe
        var settings = PoolSettings()
        settings.size = size
        adjust(&settings)
        primary = FakeDatabase(process: universe.makeProcess("mysql-primary"))
        replica = FakeDatabase(process: universe.makeProcess("mysql-replica"))
        user = PoolUser(process: universe.makeProcess("app1"), world: world, settings: settings, target: primary)
        clock = PoolUser(
            process: universe.makeProcess("clock"), world: world, settings: PoolSettings(), target: primary)
        user.pool.start(on: user, prefilled: prefilled)
    }

    deinit { world.universe.end() }

    func ask(at moment: TimeSpan, holding: TimeSpan, statement: Bool = false) {
        let number = nextNumber
        nextNumber += 1
        user.spawn(after: Instant.zero + moment - world.now) {
            try await $0.request(number, holding: holding, statement: statement)
        }
    }

    func at(_ moment: TimeSpan, _ action: @escaping (PoolFixture) -> Void) {
        let box = Action { [unowned self] in action(self) }
        clock.spawn(after: Instant.zero + moment - world.now) { _ in box.run() }
    }

    func run(until moment: TimeSpan) { world.universe.run(until: .zero + moment) }

    private struct Action: @unchecked Sendable {
        let run: () -> Void
        init(_ run: @escaping () -> Void) { self.run = run }
    }
}
