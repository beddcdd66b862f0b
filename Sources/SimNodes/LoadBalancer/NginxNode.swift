import Topology

/// An nginx in front of the application servers: accepts, chooses an upstream server, goes on to the next or answers
/// 502 and 504 (`NginxUpstream`), over new or kept connections (`NginxKeepalive`).
///
/// It is one process: its crash loses all requests in it, and every count. Requests are dealt to the workers in turn;
/// each has its own counts of failures and its own kept connections, as without `zone`. Active checks need a `zone`, so
/// with them all workers share one view of the servers.
package actor NginxNode: HTTPBackend {
    /// What one worker has open.
    struct Worker {
        /// Requests of users under way.
        var active = 0
        /// Connections to servers that wait for the next request.
        var keepalive: NginxKeepalive<Connection.ID>
        var kept: [Connection.ID: UpstreamConnection] = [:]
        /// Whether a task waits for the next kept connection to be idle for too long.
        var isExpiring = false
    }

    /// A line of the access log, written when the request is over.
    package struct AccessLogEntry: Sendable {
        package let request: HTTPRequest
        /// `$upstream_addr`: the servers that it was tried at, in order.
        package let tried: [String]
        /// `$status`; 499 where the user had hung up.
        package let status: Int
    }

    package nonisolated let process: NodeProcess
    let world: World
    let settings: LoadBalancerSettings
    let servers: [NginxUpstream.Server]
    /// The workers' cores; its meter also counts the connections that were turned away.
    package nonisolated let station: ServiceStation
    private let serviceTime: Sampler
    private var random: RandomStream

    /// By peer.
    private(set) var backends: [any HTTPBackend] = []
    var workers: [Worker]
    /// One a worker, or one for all where they share a zone.
    var upstreams: [NginxUpstream]
    var checks: NginxHealthCheck?
    private var nextWorker = 0
    private(set) var accessLog: (@Sendable (AccessLogEntry) -> Void)?

    /// Attempts by peer, over all lives of the process.
    var attempts: [Int]
    var failures: [Int]
    /// Requests by the status in the access log, over all lives of the process.
    var answers = [Int](repeating: 0, count: 600)

    /// A balancer for these servers, or for those that the settings list; call `setBackends` before the run.
    package init(process: NodeProcess, world: World, settings: LoadBalancerSettings, applicationServers: [String]) {
        self.process = process
        self.world = world
        self.settings = settings
        servers = settings.upstreamServers(applicationServers)
        station = world.makeStation("worker", servers: settings.workers, process: process)
        serviceTime = Sampler(settings.serviceTime)
        random = process.randomStream("service")
        attempts = Array(repeating: 0, count: servers.count)
        failures = attempts
        workers = Self.freshWorkers(settings, peers: servers.count)
        upstreams = Self.freshUpstreams(settings, servers)
        checks = settings.healthCheck(peers: servers.count)
        process.observe(self)
    }

    /// Says which node is behind each server's name, and begins the active checks.
    package nonisolated func setBackends(_ nodes: [String: any HTTPBackend]) {
        assumeIsolated { node in
            node.backends = node.servers.map { server in
                guard let backend = nodes[server.name] else {
                    preconditionFailure("host not found in upstream \"\(server.name)\"")
                }
                return backend
            }
        }
        startChecks()
    }

    /// Has the access log written somewhere.
    package nonisolated func logAccess(to log: @escaping @Sendable (AccessLogEntry) -> Void) {
        assumeIsolated { $0.accessLog = log }
    }

    /// How many attempts went to a server, failed ones included.
    package nonisolated func requests(to server: String) -> Int {
        assumeIsolated { $0.count($0.attempts, of: server) }
    }

    /// How many attempts at a server failed.
    package nonisolated func failures(of server: String) -> Int {
        assumeIsolated { $0.count($0.failures, of: server) }
    }

    /// How many requests have this status in the access log.
    package nonisolated func answers(status: Int) -> Int { assumeIsolated { $0.answers[status] } }

    /// Users' requests under way.
    package nonisolated var openRequests: Int { assumeIsolated { $0.workers.reduce(0) { $0 + $1.active } } }

    private func count(_ counts: [Int], of server: String) -> Int {
        servers.firstIndex { $0.name == server }.map { counts[$0] } ?? 0
    }

    // MARK: - Requests

    package nonisolated var watchesClients: Bool { !settings.ignoreClientAbort }

    /// Proxies a request to one server, or to several one after the other, until the user hangs up.
    ///
    /// - Throws: `ConnectionAborted` when the worker has no connection left, or `Halted`.
    package func handle(_ request: HTTPRequest, for client: Exchange) async throws -> HTTPResponse {
        let worker = nextWorker
        nextWorker = (nextWorker + 1) % workers.count
        guard workers[worker].hasRoom(of: settings.maxConnections) else {
            station.meter.reject(at: now)
            noteExhausted()
            throw ConnectionAborted()
        }
        workers[worker].active += 1
        defer { workers[worker].active -= 1 }
        try await station.serve(serviceTime.sample(using: &random))
        return try await proxy(request, for: client, worker: worker)
    }

}

extension NginxNode: ProcessObserver {
    package nonisolated func processCrashed(_ process: NodeProcess) { assumeIsolated { $0.forget() } }

    package nonisolated func processStarted(_ process: NodeProcess) { startChecks() }

    private func forget() {
        workers = Self.freshWorkers(settings, peers: servers.count)
        upstreams = Self.freshUpstreams(settings, servers)
        checks = settings.healthCheck(peers: servers.count)
        nextWorker = 0
    }

    private static func freshWorkers(_ settings: LoadBalancerSettings, peers: Int) -> [Worker] {
        let keepalive = NginxKeepalive<Connection.ID>(peers: peers, settings: settings.keepaliveSettings)
        return Array(repeating: Worker(keepalive: keepalive), count: settings.workers)
    }

    private static func freshUpstreams(
        _ settings: LoadBalancerSettings, _ servers: [NginxUpstream.Server]
    ) -> [NginxUpstream] {
        var upstream = NginxUpstream(servers: servers, settings: settings.upstreamSettings)
        if settings.activeCheck?.mandatory == true {
            for peer in servers.indices { upstream.setHealthy(peer, false, now: .zero) }
        }
        return Array(repeating: upstream, count: settings.zone || settings.activeCheck != nil ? 1 : settings.workers)
    }
}

extension NginxNode.Worker {
    /// Whether a request's connections, from the user and to a server, fit into `worker_connections`.
    ///
    /// nginx takes them one after the other and answers 500 where only the second is missing; here both are taken at once.
    fileprivate func hasRoom(of limit: Int) -> Bool {
        // An idle kept connection can serve as the second one.
        active * 2 + 1 + max(1, keepalive.idleCount) <= limit
    }
}
