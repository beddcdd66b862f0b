/// An nginx with one upstream group; the defaults are those of nginx.
///
/// There is no `proxy_send_timeout`: a request of the shop is one write into an empty socket buffer, which never waits.
public struct LoadBalancerSettings: Hashable, Sendable {
    /// The node's name.
    public var name = "nginx"
    /// `ip_hash` and others are not modelled.
    public var policy = BalancingPolicy.roundRobin
    /// Empty: every application server with the defaults below.
    public var servers: [UpstreamServer] = []
    /// `max_fails`, for servers that say nothing; ngx_http_upstream.c: 1.
    public var maxFails = 1
    /// `fail_timeout`, for servers that say nothing; ngx_http_upstream.c: 10 s.
    public var failTimeout = TimeSpan.seconds(10)
    /// `health_check` of the commercial version; absent in the free one.
    public var activeCheck: ActiveHealthCheck?
    /// `proxy_next_upstream`; default `error timeout`.
    public var nextUpstream: Set<NextUpstreamCondition> = [.error, .timeout]
    /// `proxy_next_upstream_tries`; 0 is no limit.
    public var tries = 0
    /// `proxy_next_upstream_timeout`; 0 is no limit.
    public var nextUpstreamTimeout = TimeSpan.zero
    /// `proxy_connect_timeout`.
    public var connectTimeout = TimeSpan.seconds(60)
    /// `proxy_read_timeout`, between two reads.
    public var readTimeout = TimeSpan.seconds(60)
    /// `proxy_ignore_client_abort`; off: a user who hangs up ends the request to the server too.
    public var ignoreClientAbort = false
    /// `keepalive`; 0 is a new connection for each request.
    public var keepalive = 0
    /// `keepalive_timeout`; ngx_http_upstream_keepalive_module.c: 60 s.
    public var keepaliveTimeout = TimeSpan.seconds(60)
    /// `keepalive_requests`; ngx_http_upstream_keepalive_module.c: 1000.
    public var keepaliveRequests = 1_000
    /// `keepalive_time`; ngx_http_upstream_keepalive_module.c: 1 h.
    public var keepaliveTime = TimeSpan.seconds(3_600)
    /// `zone`: all workers share one view of the servers; active checks need it and bring it.
    public var zone = false
    /// `worker_processes`, one core each; ngx_core_module: 1.
    public var workers = 1
    /// The order of what a core measures for one proxied request.
    public var serviceTime = Distribution.constant(.microseconds(50))
    /// `worker_connections`; ngx_event.c: 512.
    public var maxConnections = 512
    /// An nginx starts in well under a second.
    public var restartTime = TimeSpan.milliseconds(500)

    /// All defaults.
    public init() {}
}

extension LoadBalancerSettings: Configurable {
    package static var fields: [Field<LoadBalancerSettings>] {
        [
            Field("name", \.name, "The node's name."),
            Field("policy", \.policy, "How the next server is chosen."),
            Field("servers", \.servers, "Servers with settings of their own; none: every application server."),
            Field(
                "maxFails", \.maxFails, 0...1_000_000, "Failures within failTimeout that mark a server down; 0 never."),
            Field("failTimeout", \.failTimeout, "Window in which failures count, and how long a server stays down."),
            Field("activeCheck", \.activeCheck, "Probes at an interval, beside the passive check."),
            Field("nextUpstream", \.nextUpstream, "What makes a request go on to the next server."),
            Field("tries", \.tries, 0...1_000, "Servers tried for one request; 0 is no limit."),
            Field("nextUpstreamTimeout", \.nextUpstreamTimeout, "Time for all tries together; 0s is no limit."),
            Field("connectTimeout", \.connectTimeout, "Time to connect to a server."),
            Field("readTimeout", \.readTimeout, "Time between two reads from a server."),
            Field(
                "ignoreClientAbort", \.ignoreClientAbort,
                "Whether a request goes on upstream when its user has hung up."),
            Field("keepalive", \.keepalive, 0...1_000_000, "Idle connections to servers that each worker keeps."),
            Field(
                "keepaliveTimeout", \.keepaliveTimeout, TimeSpan.milliseconds(1)...,
                "How long such a connection stays idle."),
            Field("keepaliveRequests", \.keepaliveRequests, 1...1_000_000_000, "Requests over one such connection."),
            Field("keepaliveTime", \.keepaliveTime, TimeSpan.milliseconds(1)..., "Age at which it is not kept again."),
            Field("zone", \.zone, "Whether the workers share their counts; activeCheck brings it."),
            Field("workers", \.workers, 1...1_024, "Worker processes, one core each."),
            Field("serviceTime", \.serviceTime, "CPU time of one request in a worker."),
            Field(
                "maxConnections", \.maxConnections, 1...10_000_000,
                "Connections of one worker, to users and to servers together."),
            Field("restartTime", \.restartTime, "Time from a restart to the first accepted connection."),
        ]
    }

    package func review(_ node: JSONNode, in decoder: inout ConfigurationDecoder) {
        decoder.reviewFailTimeout(failTimeout, of: node)
        guard !servers.isEmpty, servers.allSatisfy(\.backup) else { return }
        decoder.reject(
            "servers", of: node, "no servers in upstream but backups", remedy: "leave one without \"backup\"")
    }
}

/// How nginx chooses the next server.
public enum BalancingPolicy: String, CaseIterable, Keyword {
    case roundRobin, leastConnections
}

/// The words of `proxy_next_upstream`.
public enum NextUpstreamCondition: String, CaseIterable, Keyword {
    case error, timeout, invalidHeader
    case http500, http502, http503, http504, http403, http404, http429
    case nonIdempotent, off
}

/// One `server` line of an upstream group.
public struct UpstreamServer: Hashable, Sendable {
    /// An application server.
    public var name = ""
    /// `weight`.
    public var weight = 1
    /// `max_fails`; absent: the balancer's.
    public var maxFails: Int?
    /// `fail_timeout`; absent: the balancer's.
    public var failTimeout: TimeSpan?
    /// `backup`.
    public var backup = false
    /// `max_conns`; 0 is no limit.
    public var maxConnections = 0
    /// `down`.
    public var down = false
    /// `slow_start` of the commercial version; 0: at once.
    public var slowStart = TimeSpan.zero

    /// A server without a name.
    public init() {}

    /// A server with the defaults.
    public init(name: String, weight: Int = 1) { (self.name, self.weight) = (name, weight) }
}

extension UpstreamServer: Configurable {
    package static var fields: [Field<UpstreamServer>] {
        [
            Field("name", \.name, required: true, "An application server."),
            Field("weight", \.weight, 1...65_535, "Share of the requests, relative to the others."),
            Field("maxFails", \.maxFails, 0...1_000_000, "Failures within failTimeout that mark it down; 0 never."),
            Field("failTimeout", \.failTimeout, "Window in which failures count, and how long it stays down."),
            Field("backup", \.backup, "Whether it is used only when all others are down."),
            Field("maxConnections", \.maxConnections, 0...10_000_000, "Simultaneous connections to it; 0 is no limit."),
            Field("down", \.down, "Whether it is taken out for good."),
            Field("slowStart", \.slowStart, "Time in which its weight grows from 0 when it is back; 0s is at once."),
        ]
    }

    package func review(_ node: JSONNode, in decoder: inout ConfigurationDecoder) {
        if let failTimeout { decoder.reviewFailTimeout(failTimeout, of: node) }
    }
}

/// Probes that nginx sends by itself (`health_check`).
public struct ActiveHealthCheck: Hashable, Sendable {
    /// Nginx Plus: 5 s.
    public var interval = TimeSpan.seconds(5)
    /// How long a probe may take.
    public var timeout = TimeSpan.seconds(5)
    /// Nginx Plus: 1.
    public var fails = 1
    /// Nginx Plus: 1.
    public var passes = 1
    /// Nginx Plus: 0.
    public var jitter = TimeSpan.zero
    /// Whether a server gets nothing before its first probe has passed.
    public var mandatory = false

    /// All defaults.
    public init() {}
}

extension ActiveHealthCheck: Configurable {
    package static var fields: [Field<ActiveHealthCheck>] {
        [
            Field("interval", \.interval, TimeSpan.milliseconds(1)..., "Time between two probes."),
            Field("timeout", \.timeout, TimeSpan.milliseconds(1)..., "How long a probe may take."),
            Field("fails", \.fails, 1...1_000, "Failed probes in a row that mark a server down."),
            Field("passes", \.passes, 1...1_000, "Passed probes in a row that mark it up again."),
            Field("jitter", \.jitter, "Each probe is put off by a random time up to this."),
            Field("mandatory", \.mandatory, "Whether a server gets nothing before its first passed probe."),
        ]
    }
}

extension ConfigurationDecoder {
    /// nginx reads `fail_timeout` in whole seconds.
    fileprivate mutating func reviewFailTimeout(_ failTimeout: TimeSpan, of node: JSONNode) {
        guard failTimeout.nanoseconds % 1_000_000_000 != 0 else { return }
        reject(
            "failTimeout", of: node, "nginx counts fail_timeout in whole seconds, so \(failTimeout) is refused",
            remedy: "write whole seconds, such as \"2s\"")
    }
}
