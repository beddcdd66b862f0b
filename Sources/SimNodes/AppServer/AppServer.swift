import Topology

/// One application server: Spring Boot with its thread model, its connection pools and its Redis client.
///
/// The flows that it serves stand in files of their own, each beside the sequence diagram that it comes from.
package actor AppServer: HTTPBackend {
    package nonisolated let process: NodeProcess
    package nonisolated let world: World
    let settings: ApplicationSettings
    let cores: ServiceStation
    let redis: LettuceClient?
    let databases: DatabaseRouter?
    var random: RandomStream
    private var admission: Admission<Socket>
    /// Requests that stand before a thread, by the number of their connection.
    private var waitingForThread: [Socket: (waiter: Waiter, since: Instant)] = [:]
    private var connectionCount = 0
    /// Requests that reached this server, over all its lives.
    private var requestCount = 0
    /// Who waits for the last request before a shutdown.
    private var drained: Waiter?
    private let threadMeter: ResourceMeter
    private let samplers: DemandSamplers
    /// Product details in this process, where the design keeps some there.
    var local: LocalCache?
    private let redisDirectory: RedisDirectory?
    /// Around the purchase, where the settings have one.
    var breaker: CircuitBreaker?
    /// Locks inside this process, for designs that lock in the virtual machine.
    var localLocks: Set<Int> = []
    /// Where those are in the meter of all locks.
    let lockRoom: Int
    /// Whether the relay of the outbox is at work, or waits for a connection to begin with.
    var relayIsAtWork = false
    /// The database in which it is looking for events just now.
    var relayLooksAt: String?
    /// Sales that this process believes to be protected by a lock; few at a time, since a product has one lock.
    var openSections: [(product: Int, request: Int)] = []
    /// How tokens in Redis begin that are of this life of the process.
    private(set) var tokenPrefix = ""
    /// Tokens of the locks that this process keeps alive.
    var renewedLocks: Set<String> = []
    /// Second deletions in the cache that wait for their time.
    var deletionsToCome = 0
    /// Attempts to take units from Redis, over all lives.
    var attempts = 0

    package init(
        process: NodeProcess, world: World, redis: RedisDirectory?, databases: DatabaseDirectory?
    ) {
        let settings = world.topology.application
        self.process = process
        self.world = world
        self.settings = settings
        cores = world.makeStation("cpu", servers: settings.cores, process: process)
        random = process.randomStream("service")
        samplers = DemandSamplers(settings.cpu)
        lockRoom = settings.servers.firstIndex(of: process.name) ?? 0
        breaker = settings.breaker.map { CircuitBreaker($0) }
        local = world.topology.view.local.map { LocalCache($0) }
        redisDirectory = redis
        let threads: Admission<Socket>.Threads
        let threadCount: Int
        switch settings.threads {
        case .virtual: (threads, threadCount) = (.virtual, settings.maxConnections)
        case .limited(let limit): (threads, threadCount) = (.platform(maximum: limit), limit)
        }
        admission = Admission(
            settings: .init(
                threads: threads, maxConnections: settings.maxConnections, acceptCount: settings.acceptCount))
        threadMeter = ResourceMeter(name: "\(process.name).thread", capacity: threadCount)
        world.register(threadMeter)
        let starter = TaskStarter()
        self.redis = redis.map {
            LettuceClient(
                process: process, world: world, settings: settings.redisClient, directory: $0, spawn: starter.start)
        }
        self.databases = databases.map {
            DatabaseRouter(process: process, world: world, directory: $0)
        }
        starter.node = self
        process.observe(self)
        databases?.manager?.subscribe(self) { $0.databases?.primaryMoved(to: $1) }
    }

    /// Opens the pools and the Redis connection, as the application's start does.
    package nonisolated func begin() { spawn { $0.start() } }

    private func start() {
        process.isListening = true
        drained = nil
        tokenPrefix = "\(process.name):\(process.incarnation):"
        redis?.start()
        databases?.start(on: self)
        startReaper()
        startRewarming()
        if policy.publish == .outbox { spawn { try await $0.relayEvents() } }
        if let local = viewPolicy.local, local.invalidation == .pubSub, let directory = redisDirectory {
            spawn { try await $0.followChanges(local, directory) }
        }
    }

    /// Serves one request, from its arrival to its answer; that nobody waits for it any more is not noticed.
    package func handle(_ request: HTTPRequest, for client: Exchange) async throws -> HTTPResponse {
        requestCount += 1
        world.history.entered(request.number, on: process)
        let connection = try await admit(request.number)
        // When the universe ends, what a crash interrupted is unwound; the threads it had are no longer these.
        defer {
            if !universe.hasEnded {
                leave(connection)
                world.history.left(request.number, process)
            }
        }
        try await pass(.requestArrived, request)
        try await compute(\.accept)
        do {
            let response = try await serve(request)
            if world.hasBadLuck(.applicationLostResponse, process) { throw ConnectionAborted() }
            return response
        } catch let failure as StepFailure {
            world.timeline.noteOnce(.breakage, process.name, key: failure.text, "first error: \(failure.text)")
            return failure.response
        }
    }

    package nonisolated var servedRequests: Int { assumeIsolated { $0.requestCount } }

    // MARK: - Threads

    @inline(__always)
    private func admit(_ request: Int) async throws -> Socket {
        connectionCount += 1
        let connection = Socket(number: connectionCount)
        let arrival: Admission<Socket>.Arrival
        switch admission.connect(connection) {
        case .accepted, .backlogged:
            arrival = admission.arrived(connection)
        case .unanswered:
            try await leaveUnanswered(request)
        }
        process.isBacklogFull = admission.isFull
        let start = now
        if arrival == .runs { threadMeter.enters(at: now) } else { try await waitForThread(connection) }
        threadMeter.waited(now - start)
        threadMeter.noteAnatomy(waitedFrom: start, servedFrom: now, until: now)
        threadMeter.setInUse(admission.running, at: now)
        return connection
    }

    /// Nobody answers; the client's time-out ends it. The request itself never came in.
    @inline(never)
    private func leaveUnanswered(_ request: Int) async throws -> Never {
        threadMeter.reject(at: now)
        world.timeline.noteOnce(
            .breakage, process.name, key: "backlog full", "accept backlog full: connection attempts stay unanswered")
        world.history.left(request, process)
        _ = try await process.wait(process.makeWaiter())
        throw ConnectionAborted()
    }

    @inline(never)
    private func waitForThread(_ connection: Socket) async throws {
        let waiter = process.makeWaiter()
        waitingForThread[connection] = (waiter, now)
        threadMeter.beginsToWait(at: now)
        threadMeter.setQueue(waitingForThread.count, at: now)
        _ = try await process.wait(waiter)
    }

    private func leave(_ connection: Socket) {
        var started: [Socket] = []
        admission.finished(connection, started: &started)
        threadMeter.leaves(at: now)
        admission.closed(connection, started: &started)
        process.isBacklogFull = admission.isFull
        for other in started {
            guard let (waiter, since) = waitingForThread.removeValue(forKey: other) else { continue }
            threadMeter.endsWait(since: since, at: now)
            threadMeter.enters(at: now)
            universe.wake(waiter)
        }
        threadMeter.setInUse(admission.running, at: now)
        threadMeter.setQueue(waitingForThread.count, at: now)
        if let drained, requestsInside == 0 { universe.wake(drained) }
    }

    // MARK: - Shutdown

    /// SIGTERM: `done` is called when the process may end; with a graceful shutdown, when its requests are answered.
    package nonisolated func terminate(_ done: @escaping @Sendable () -> Void) {
        spawn { server in
            if server.settings.shutdown == .graceful { try await server.drain() }
            done()
        }
    }

    /// Refuses what is new, and waits for what is under way as long as `shutdownTimeout`.
    private func drain() async throws {
        process.isListening = false
        world.network.closeIdleConnections(at: process)
        world.timeline.note(.reaction, process.name, "shuts down gracefully: refuses new requests, finishes its own")
        guard requestsInside > 0 else { return }
        let waiter = process.makeWaiter()
        drained = waiter
        _ = try await process.wait(waiter, timeout: settings.shutdownTimeout)
        drained = nil
    }

    private var requestsInside: Int { admission.running + admission.queued }

    // MARK: - Work

    /// Computes for a sampled time on one of the cores.
    @inline(__always)
    func compute(_ stage: KeyPath<DemandSamplers, Sampler>) async throws {
        try await cores.serve(samplers[keyPath: stage].sample(using: &random))
    }
}

/// A request's connection, by its number among those of one server.
private struct Socket: Hashable, Sendable {
    let number: Int

    /// See `NumberHash`.
    @inline(__always)
    func _rawHashValue(seed: Int) -> Int { NumberHash.hash(number, seed: seed) }
}

/// The CPU demands of a request's stages, ready to be drawn from.
struct DemandSamplers: Sendable {
    let accept: Sampler
    let view: Sampler
    let viewMiss: Sampler
    let purchase: Sampler
    let purchaseCheck: Sampler
    let purchaseRespond: Sampler

    init(_ demand: ApplicationDemand) {
        accept = Sampler(demand.accept)
        view = Sampler(demand.view)
        viewMiss = Sampler(demand.viewMiss)
        purchase = Sampler(demand.purchase)
        purchaseCheck = Sampler(demand.purchaseCheck)
        purchaseRespond = Sampler(demand.purchaseRespond)
    }
}

/// Starts tasks of a node for the helpers that it made in its own initialiser.
final class TaskStarter: @unchecked Sendable {
    /// Not weak: a weak reference gives its object a side table, and makes each retain of it slow.
    unowned var node: AppServer?

    func start(_ body: @escaping ProcessWork) {
        node?.spawn { try await body($0) }
    }
}

extension AppServer: ProcessObserver {
    package nonisolated func processCrashed(_ process: NodeProcess) { assumeIsolated { $0.forget() } }

    package nonisolated func processStarted(_ process: NodeProcess) { spawn { $0.start() } }

    private func forget() {
        admission = Admission(settings: admission.settings)
        waitingForThread = [:]
        threadMeter.empties(at: now)
        breaker = settings.breaker.map { CircuitBreaker($0) }
        local = viewPolicy.local.map { LocalCache($0) }
        localLocks = []
        if policy.lock.kind == .local { world.productLocks?.emptied(room: lockRoom, at: now) }
        relayIsAtWork = false
        relayLooksAt = nil
        renewedLocks = []
        deletionsToCome = 0
        if !openSections.isEmpty { world.sometimes(.holderDiedWithLock) }
        for (product, request) in openSections.sorted(by: { ($0.product, $0.request) < ($1.product, $1.request) }) {
            world.situations.lockGiven()
            world.history.leaveCriticalSection(product: product, request: request, on: process)
        }
        openSections = []
    }
}
