import Topology

/// One worker's view of an nginx `upstream` block: which peer a request goes to, and what follows from each outcome.
///
/// Follows `ngx_http_upstream_round_robin.c`, `ngx_http_upstream_least_conn_module.c` and `ngx_http_upstream.c` of
/// 1.22.1 step by step. All counters are a worker's own, as in an upstream without `zone`; with `zone` the workers share
/// one value of this type. Time is the node's wall clock, of which nginx sees whole seconds here.
package struct NginxUpstream: Sendable {
    /// How a peer is chosen among the eligible ones.
    package enum Policy: Hashable, Sendable {
        /// Smooth weighted round robin, the default.
        case roundRobin
        /// Fewest open requests for its weight; round robin among equals.
        case leastConnections
    }

    /// A `server` line of the upstream block; the defaults are nginx's.
    package struct Server: Hashable, Sendable {
        /// The name that reports show.
        package var name: String
        /// The share of requests, at least 1.
        package var weight: Int
        /// Failures within `failTimeout` that take the peer out; 0 means never.
        package var maxFails: Int
        /// Both the window for counting failures and the time a peer is skipped; whole seconds.
        package var failTimeout: TimeSpan
        /// Gets requests only when no primary is eligible.
        package var isBackup: Bool
        /// Most open requests; 0 means no limit.
        package var maxConnections: Int
        /// Marked `down`: never used.
        package var isDown: Bool
        /// `slow_start`: how long the weight takes to grow from 0 when the server is back; zero means no time.
        package var slowStart: TimeSpan

        /// A server with nginx's defaults: weight 1, max_fails 1, fail_timeout 10 s.
        package init(
            name: String, weight: Int = 1, maxFails: Int = 1, failTimeout: TimeSpan = .seconds(10),
            isBackup: Bool = false, maxConnections: Int = 0, isDown: Bool = false, slowStart: TimeSpan = .zero
        ) {
            self.name = name
            self.weight = weight
            self.maxFails = maxFails
            self.failTimeout = failTimeout
            self.isBackup = isBackup
            self.maxConnections = maxConnections
            self.isDown = isDown
            self.slowStart = slowStart
        }
    }

    /// The `proxy_next_upstream*` directives; the defaults are nginx's.
    package struct Settings: Hashable, Sendable {
        /// How peers are chosen.
        package var policy: Policy
        /// After what another server is tried (`proxy_next_upstream`).
        package var nextUpstream: NextUpstream
        /// `proxy_next_upstream_tries`; 0 means as many as there are servers.
        package var nextUpstreamTries: Int
        /// `proxy_next_upstream_timeout`, counted from the first attempt; zero means no limit.
        package var nextUpstreamTimeout: TimeSpan

        /// Settings with nginx's defaults: round robin, `error timeout`, no limits.
        package init(
            policy: Policy = .roundRobin, nextUpstream: NextUpstream = .standard, nextUpstreamTries: Int = 0,
            nextUpstreamTimeout: TimeSpan = .zero
        ) {
            self.policy = policy
            self.nextUpstream = nextUpstream
            self.nextUpstreamTries = nextUpstreamTries
            self.nextUpstreamTimeout = nextUpstreamTimeout
        }
    }

    /// What this worker knows about one server.
    package struct Peer: Sendable {
        /// The configuration line.
        package let server: Server
        /// Requests open at this peer now.
        package internal(set) var connections = 0
        /// Failures that count towards `max_fails`.
        package internal(set) var fails = 0
        /// False while active health checks say that the peer is unhealthy.
        package internal(set) var isHealthy = true
        /// Times the peer was chosen.
        package internal(set) var chosen = 0
        /// Attempts at the peer that ended as failures.
        package internal(set) var failedAttempts = 0
        /// Most requests ever open at once.
        package internal(set) var maxConnectionsSeen = 0
        /// The working weight: lowered by failures, back to the configured one by one a choice.
        package internal(set) var effectiveWeight: Int

        var currentWeight = 0
        /// Second of the last failure.
        var accessed: Int64 = Peer.longAgo
        /// Second of the last failure or of the last probe.
        var checked: Int64 = Peer.longAgo
        let failTimeoutSeconds: Int64
        /// When it came back, for `slow_start`.
        var backSince: Instant?

        /// nginx starts these at 0 and counts from 1970, so a fresh peer was last looked at long ago.
        static let longAgo: Int64 = -1_000_000_000_000

        init(_ server: Server) {
            self.server = server
            effectiveWeight = server.weight
            failTimeoutSeconds = server.failTimeout.nanoseconds / 1_000_000_000
        }
    }

    /// The directives this upstream was made with.
    package let settings: Settings
    /// The peers in the order of the configuration; a peer's number is its index here.
    package internal(set) var peers: [Peer]

    /// Indices of the primaries, then those of the backups, each in the order of the configuration.
    let primaries: [Int]
    let backups: [Int]
    /// One server and no backup: never skipped, failures are not counted.
    let isSingle: Bool
    /// Servers not marked `down`, capped by `proxy_next_upstream_tries`.
    let initialTries: Int
    /// Whether any server grows its weight: then all weights are counted in thousandths.
    let hasSlowStart: Bool

    /// An upstream in which every peer is fresh; at least one server must not be a backup.
    package init(servers: [Server], settings: Settings = Settings()) {
        self.settings = settings
        peers = servers.map { Peer($0) }
        primaries = servers.indices.filter { !servers[$0].isBackup }
        backups = servers.indices.filter { servers[$0].isBackup }
        precondition(!primaries.isEmpty, "no servers in upstream")
        isSingle = servers.count == 1
        hasSlowStart = servers.contains { $0.slowStart > .zero }
        let live = servers.count { !$0.isDown }
        let cap = settings.nextUpstreamTries
        initialTries = cap > 0 ? min(cap, live) : live
    }

    /// Requests open at all peers together.
    package var openRequests: Int { peers.reduce(0) { $0 + $1.connections } }

    /// Whether a request of the wall-clock moment `now` may go to this peer, by everything but the request's own past.
    package func isEligible(_ peer: Int, now: Instant) -> Bool { peers[peer].isEligible(second: Self.second(now)) }

    /// Takes a peer out, or back in, on the word of active health checks (see `NginxHealthCheck`).
    package mutating func setHealthy(_ peer: Int, _ isHealthy: Bool, now: Instant) {
        if isHealthy, !peers[peer].isHealthy { peers[peer].backSince = now }
        peers[peer].isHealthy = isHealthy
    }

    /// nginx's clock for `fail_timeout`: whole seconds, rounded down (`ngx_time()`).
    static func second(_ now: Instant) -> Int64 {
        let whole = now.nanoseconds / 1_000_000_000
        return now.nanoseconds < 0 && whole * 1_000_000_000 != now.nanoseconds ? whole - 1 : whole
    }
}

extension NginxUpstream.Peer {
    /// Up, not skipped after failures, and below `max_conns`.
    ///
    /// The comparison includes the last second, so a peer is skipped between fail_timeout and fail_timeout + 1 s.
    func isEligible(second: Int64) -> Bool {
        if server.isDown || !isHealthy { return false }
        if server.maxFails > 0, fails >= server.maxFails, second - checked <= failTimeoutSeconds { return false }
        return server.maxConnections == 0 || connections < server.maxConnections
    }

    /// How much of its weight it has by now, in thousandths (`slow_start`).
    func grown(by now: Instant) -> Int {
        guard let backSince, server.slowStart > .zero else { return 1_000 }
        let elapsed = min(server.slowStart, max(.zero, now - backSince))
        return Int(elapsed.nanoseconds / max(1, server.slowStart.nanoseconds / 1_000))
    }
}
