/// The application servers, all alike: a Tomcat in a Spring Boot service (FIDELITY §3, §5).
public struct ApplicationSettings: Hashable, Sendable {
    /// Their names.
    public var servers = ["app1"]
    /// Of each server.
    public var cores = 4
    /// `server.tomcat.threads.max`: 200.
    public var threads = ThreadModel.limited(200)
    /// `server.tomcat.max-connections`: 8192.
    public var maxConnections = 8_192
    /// `server.tomcat.accept-count`: 100.
    public var acceptCount = 100
    /// `server.shutdown`: immediate before Spring Boot 3.4.
    public var shutdown = ShutdownMode.immediate
    /// `spring.lifecycle.timeout-per-shutdown-phase`: 30 s.
    public var shutdownTimeout = TimeSpan.seconds(30)
    /// A Spring Boot service starts in seconds.
    public var startTime = TimeSpan.seconds(8)
    /// CPU demand at each stage of a request.
    public var cpu = ApplicationDemand()
    /// Connections to the MySQL primary.
    public var primaryPool = PoolSettings()
    /// Connections to the MySQL replica.
    public var replicaPool = PoolSettings()
    /// The Redis client.
    public var redisClient = RedisClientSettings()
    /// In front of everything; absent: none.
    public var rateLimit: RateLimitPolicy?
    /// Around the purchase; absent: none.
    public var breaker: CircuitBreakerPolicy?
    /// Where reads go when the replica is gone.
    public var userDatabaseRouting = DatabaseRouting()

    /// One server with all defaults.
    public init() {}
}

extension ApplicationSettings: Configurable {
    package static var fields: [Field<ApplicationSettings>] {
        [
            Field("servers", \.servers, required: true, "Names of the application servers."),
            Field("cores", \.cores, 1...1_024, "Cores of each server."),
            Field("threads", \.threads, "Request threads of each server, or \"virtual\" for one a request."),
            Field("maxConnections", \.maxConnections, 1...10_000_000, "Connections that a server accepts at once."),
            Field("acceptCount", \.acceptCount, 0...10_000_000, "Connections that wait in the backlog beyond those."),
            Field("shutdown", \.shutdown, "Whether a stop waits for the requests in flight."),
            Field("shutdownTimeout", \.shutdownTimeout, "How long a graceful stop waits."),
            Field("startTime", \.startTime, "Time from a restart to the first accepted connection."),
            Field("cpu", \.cpu, "CPU demand at each stage of a request."),
            Field("primaryPool", \.primaryPool, "Connections of each server to the MySQL primary."),
            Field("replicaPool", \.replicaPool, "Connections of each server to the MySQL replica."),
            Field("redisClient", \.redisClient, "The Redis client of each server."),
            Field("rateLimit", \.rateLimit, "A rate limiter with its counter in Redis."),
            Field("breaker", \.breaker, "A circuit breaker around the purchase, in each server."),
            Field("userDatabaseRouting", \.userDatabaseRouting, "Where reads go when the replica is gone."),
        ]
    }

    package func review(_ node: JSONNode, in decoder: inout ConfigurationDecoder) {
        guard servers.isEmpty else { return }
        decoder.reject("servers", of: node, "there is no application server", remedy: "write at least one name")
    }
}

/// How many requests a server works on at once.
public enum ThreadModel: Hashable, Sendable {
    /// One virtual thread a request, without limit.
    case virtual
    /// So many platform threads; further requests wait.
    case limited(Int)
}

extension ThreadModel: Union {
    package static var choices: [Choice<ThreadModel>] {
        [
            .word("virtual", .virtual, "One virtual thread a request."),
            .bare("So many platform threads.", ThreadModel.limited) {
                if case .limited(let count) = $0 { count } else { nil }
            }
            .checked(
                { if case .limited(let count) = $0 { (1...1_000_000).contains(count) } else { true } },
                "1 to 1000000 threads"),
        ]
    }
}

/// What a stopping server does with the requests in flight.
public enum ShutdownMode: String, CaseIterable, Keyword {
    case immediate, graceful
}

/// CPU time that a request costs its application server, stage by stage.
public struct ApplicationDemand: Hashable, Sendable {
    /// Parsing and routing any request.
    public var accept = Distribution.constant(.zero)
    /// Answering a view.
    public var view = Distribution.constant(.zero)
    /// What a cache miss adds.
    public var viewMiss = Distribution.constant(.zero)
    /// The work of a purchase around its transaction.
    public var purchase = Distribution.constant(.zero)
    /// Checking the stock that was read.
    public var purchaseCheck = Distribution.constant(.zero)
    /// Answering a purchase.
    public var purchaseRespond = Distribution.constant(.zero)

    /// Nothing costs anything.
    public init() {}
}

extension ApplicationDemand: Configurable {
    package static var fields: [Field<ApplicationDemand>] {
        [
            Field("accept", \.accept, "Parsing and routing any request."),
            Field("view", \.view, "Answering a view."),
            Field("viewMiss", \.viewMiss, "What a cache miss adds to a view."),
            Field("purchase", \.purchase, "The work of a purchase around its transaction."),
            Field("purchaseCheck", \.purchaseCheck, "Checking the stock that was read."),
            Field("purchaseRespond", \.purchaseRespond, "Answering a purchase."),
        ]
    }
}
