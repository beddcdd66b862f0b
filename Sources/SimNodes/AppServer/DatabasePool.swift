import Topology

/// HikariCP in an application server: a `ConnectionPool` with time, waiting borrowers and real connections.
///
/// It is confined to its application server's process and used in the flows of its actor. A crash of the process
/// forgets everything; `start` it again with the next life.
package final class DatabasePool<Driver: DatabasePoolDriver>: @unchecked Sendable {
    /// A connection in the hands of a borrower.
    package struct Loan: Sendable {
        let connection: PooledConnection
        /// What statements go over.
        package let session: Driver.Session
    }

    /// A borrower that waits, and what it was handed.
    private struct Ticket {
        let waiter: Waiter
        /// When it began to wait: after a validation that failed, later than it asked.
        let since: Instant
        var handed: PooledConnection?
    }

    typealias Machine = ConnectionPool<Int>
    /// A task of the host. The isolation is a parameter, since one that is only inherited gets lost in a stored closure.
    typealias Work = @Sendable (isolated any Actor) async throws -> Void

    /// In use, waiting, waits, time-outs, and the time that connections were out.
    package let meter: ResourceMeter
    let process: NodeProcess
    let driver: Driver
    private let world: World
    private let settings: ConnectionPoolSettings
    let connectTimeout: TimeSpan

    /// Where new connections go.
    package private(set) var target: Driver.Target
    /// Counts the targets, so that a connection opened for an earlier one is recognised.
    private(set) var targetNumber = 0
    /// Counts the creator's attempts, so that an abandoned one is recognised.
    var attemptNumber = 0
    var machine: Machine
    var random: RandomStream
    var actions: [Machine.Action] = []
    private var sessions: [Driver.Session?]
    /// Until when the meter has counted the time that connections are out.
    private var countedUntil: Instant
    private var tickets: [Int: Ticket] = [:]
    private var nextToken = 0
    private var spawner: ((TimeSpan, @escaping Work) -> Void)?

    /// An empty pool of the process; `name` is the pool's name in messages, and after the process's that of its meter.
    package init(
        _ name: String, process: NodeProcess, world: World, settings: PoolSettings, driver: Driver,
        target: Driver.Target
    ) {
        self.process = process
        self.world = world
        self.driver = driver
        self.target = target
        self.settings = ConnectionPoolSettings(
            name: name, maximumPoolSize: settings.size, connectionTimeout: settings.connectionTimeout,
            validationTimeout: settings.validationTimeout, maxLifetime: settings.maxLifetime,
            aliveBypassWindow: settings.aliveBypassWindow)
        connectTimeout =
            settings.connectTimeout == .zero ? linuxConnectTimeout : settings.connectTimeout
        machine = Machine(settings: self.settings)
        sessions = Array(repeating: nil, count: settings.size)
        countedUntil = world.now
        random = process.randomStream(name)
        meter = ResourceMeter(name: "\(process.name).\(name)", capacity: settings.size, start: world.now)
        world.register(meter) { [unowned self] in showLevels() }
        process.observe(self)
    }

    /// Connections in the pool, idle and in use.
    package var total: Int { machine.total }
    /// Connections that nobody uses.
    package var idle: Int { machine.idle }
    /// Connections out.
    package var inUse: Int { machine.inUse }
    /// Borrowers waiting.
    package var waiting: Int { machine.waiting }
    /// What happened in this life of the process.
    package var counters: ConnectionPool<Int>.Counters { machine.counters }

    var now: Instant { process.universe.now }

    /// Begins to fill the pool, with tasks of `host`, once in each life of the process.
    ///
    /// - Parameter prefilled: opens all connections at once, as for an application that has been running for a while;
    ///   otherwise its one creator opens them one after the other.
    package func start<Host: Node>(on host: Host, prefilled: Bool) {
        precondition(host.process === process, "a pool lives in the process of its host")
        spawner = { [unowned host] delay, work in
            host.spawn(after: delay) { try await work($0) }
        }
        if prefilled { prefill() } else { advance { $0.fill(actions: &$1) } }
        spawn(after: ConnectionPoolSettings.firstHousekeeping) { [self] _ in try await keepHouse() }
    }

    func spawn(after delay: TimeSpan = .zero, _ work: @escaping Work) {
        guard let spawner else { preconditionFailure("the pool has not been started") }
        spawner(delay, work)
    }

    // MARK: - Borrowing

    /// A connection, at once or as soon as all who came before have theirs.
    ///
    /// - Throws: `ConnectionPoolTimeout` after `connectionTimeout`, `DatabasePoolClosed`, or `Halted`.
    package nonisolated(nonsending) func borrow() async throws -> Loan {
        let since = now
        let token = nextToken
        nextToken += 1
        let outcome = machine.borrow(token, now: since, actions: &actions)
        if case .connection(let connection) = outcome { return lendAtOnce(connection, since: since) }
        return try await obtain(outcome, token: token, since: since)
    }

    private func lendAtOnce(_ connection: PooledConnection, since: Instant) -> Loan {
        meter.enters(at: now)
        perform()
        return lend(connection, since: since)
    }

    /// What follows where no connection is there that is known to be alive.
    @inline(never)
    private nonisolated(nonsending) func obtain(
        _ first: Machine.Borrow, token: Int, since: Instant
    ) async throws -> Loan {
        var outcome = first
        while true {
            switch outcome {
            case .connection(let connection):
                return lendAtOnce(connection, since: since)
            case .wait:
                world.sometimes(.poolWaited)
                let waiter = process.makeWaiter()
                tickets[token] = Ticket(waiter: waiter, since: now)
                meter.beginsToWait(at: now)
                perform()
                let begun = now
                _ = try await process.wait(waiter, timeout: settings.connectionTimeout - (begun - since))
                if let connection = tickets.removeValue(forKey: token)?.handed {
                    return lend(connection, since: since)
                }
                meter.endsWait(since: begun, at: now)
                guard let timeout = machine.timedOut(token, now: now) else {
                    preconditionFailure("a borrower came back with nothing before its time")
                }
                throw noted(timeout)
            case .validate(let connection):
                meter.enters(at: now)
                perform()
                outcome = try await validate(connection, token: token, since: since)
            case .timedOut(let timeout):
                perform()
                throw noted(timeout)
            case .closed:
                perform()
                throw DatabasePoolClosed(poolName: settings.name)
            }
        }
    }

    private nonisolated(nonsending) func validate(
        _ connection: PooledConnection, token: Int, since: Instant
    ) async throws -> Machine.Borrow {
        var cause: ConnectionPoolTimeout.Cause?
        if let session = sessions[connection.slot] {
            do {
                try await driver.ping(session, timeout: settings.validationTimeout)
            } catch {
                cause = ConnectionPoolTimeout.Cause(error)
                if cause == nil { throw error }
            }
        }
        // It counts as in use while it is validated; a live one is counted again when it is lent.
        if machine.holds(connection) { meter.leaves(at: now) }
        return machine.validated(
            connection, isAlive: cause == nil, cause: cause, for: token, since: since, now: now, actions: &actions)
    }

    private func lend(_ connection: PooledConnection, since: Instant) -> Loan {
        guard let session = sessions[connection.slot] else { preconditionFailure("a connection without a session") }
        meter.waited(now - since)
        meter.noteAnatomy(waitedFrom: since, servedFrom: now, until: now)
        return Loan(connection: connection, session: session)
    }

    private func noted(_ timeout: ConnectionPoolTimeout) -> ConnectionPoolTimeout {
        meter.timeOut(at: now)
        meter.noteAnatomy(waitedFrom: now - timeout.waited, servedFrom: now, until: now)
        world.sometimes(.poolExhausted)
        showLevels()
        world.timeline.noteOnce(.breakage, process.name, key: meter.name, timeout.message)
        return timeout
    }

    /// Takes a connection back, rolled back and reset.
    ///
    /// - Parameter broken: a statement failed with an error that `isBreaking`: it closes, and another one is opened.
    package func giveBack(_ loan: Loan, broken: Bool = false) {
        let connection = loan.connection
        if machine.holds(connection) { meter.leaves(at: now) }
        if broken {
            machine.broken(connection, actions: &actions)
        } else {
            machine.giveBack(connection, now: now, actions: &actions)
        }
        perform()
    }

    // MARK: - Life

    /// Replaces all connections, as after a failover: idle ones close now, those in use when they are given back.
    ///
    /// - Parameter newTarget: where connections go from now on; an attempt under way towards the old one is abandoned.
    package func evictAll(newTarget: Driver.Target? = nil) {
        if let newTarget {
            if machine.inUse > 0 { world.sometimes(.poolMovedUnderLoan) }
            target = newTarget
            targetNumber += 1
            if machine.isOpening { openConnection() }
        }
        advance { $0.evictAll(actions: &$1) }
    }

    /// Closes every connection; borrowers that wait run into their time-out, later ones are refused.
    package func close() {
        for _ in 0..<machine.inUse { meter.leaves(at: now) }
        advance { $0.shutDown(actions: &$1) }
    }

    /// Changes the machine and does what it asks for.
    func advance(_ change: (inout Machine, inout [Machine.Action]) -> Void) {
        change(&machine, &actions)
        perform()
    }

    func setSession(_ session: Driver.Session, of connection: PooledConnection) {
        sessions[connection.slot] = session
    }

    func perform() {
        for action in actions {
            switch action {
            case .hand(let connection, let token):
                guard let ticket = tickets[token] else { preconditionFailure("nobody waits under this token") }
                tickets[token]?.handed = connection
                meter.endsWait(since: ticket.since, at: now)
                meter.enters(at: now)
                process.universe.wake(ticket.waiter)
            case .open:
                openConnection()
            case .close(let connection):
                if let session = sessions[connection.slot].take() { driver.close(session) }
            case .wakeCreator(let pause):
                spawn(after: pause) { [self] _ in advance { $0.creatorWoke(actions: &$1) } }
            case .retire(let connection, let lifetime):
                spawn(after: lifetime) { [self] _ in advance { $0.lifetimeEnded(connection, actions: &$1) } }
            }
        }
        actions.removeAll(keepingCapacity: true)
        showLevels()
    }

    /// Brings the meter up to now; the level that it had until now is what was busy.
    private func showLevels() {
        meter.worked((now - countedUntil) * meter.inUse.level)
        countedUntil = now
        meter.setInUse(machine.inUse, at: now)
        meter.setQueue(machine.waiting, at: now)
    }
}

extension DatabasePool: ProcessObserver {
    /// The network closes the connections of a dead process; here only what it knew is gone.
    package func processCrashed(_ process: NodeProcess) {
        machine = Machine(settings: settings)
        actions = []
        tickets = [:]
        for slot in sessions.indices { sessions[slot] = nil }
        targetNumber += 1
        attemptNumber += 1
        spawner = nil
        showLevels()
        meter.empties(at: now)
    }

    package func processStarted(_ process: NodeProcess) {}
}

/// Linux gives up on a connection attempt after six repetitions (`tcp_syn_retries`): 1 + 2 + 4 + … + 64 s.
private let linuxConnectTimeout = TimeSpan.seconds(127)
