/// Follows a request through the flows of the model and writes down each step, as the policies have it.
///
/// It is to be laid beside `SimNodes/Purchase`, `Cache` and `AppServer`, whose order it keeps: what those do in virtual
/// time stands here as a sum. Distances to the application servers are means over the servers, by their share of requests.
struct PathBuilder {
    let topology: SystemTopology
    let routing: RequestRouting
    private let latencies: LatencyTable
    private(set) var steps: [RequestStep] = []
    private var held: [Holding] = []
    /// Whether the user still waits.
    private var isAwaited = true
    /// Units that were taken from Redis and would have to go back.
    var hasReserved = false
    /// Whether the transaction has read the product's row.
    var hasReadRow = false
    /// Whether Redis has a mark that this user or request has been here.
    var isMarked = false

    init(_ topology: SystemTopology) {
        self.topology = topology
        routing = RequestRouting(topology)
        latencies = LatencyTable(topology)
    }

    var purchase: PurchasePolicy { topology.purchase }
    var view: ViewPolicy { topology.view }

    // MARK: - What is held

    mutating func hold(_ holding: Holding) { held.append(holding) }

    mutating func letGo(_ holding: Holding) { if let index = held.lastIndex(of: holding) { held.remove(at: index) } }

    mutating func letGoOfRows() { held.removeAll { $0 == .rowLock } }

    func holds(_ holding: Holding) -> Bool { held.contains(holding) }

    // MARK: - Steps

    mutating func work(_ tier: Tier, _ law: Distribution, visits: Double = 1, _ what: String, _ source: String) {
        guard law.mean > 0, visits > 0 else { return }
        steps.append(
            RequestStep(
                tier: tier, mean: law.mean, variability: law.squaredCoefficientOfVariation, visits: visits, what: what,
                source: source, held: held, isAwaited: isAwaited, isOnlyWhenIdle: false))
    }

    mutating func pause(_ mean: Double, _ what: String, _ source: String, onlyWhenIdle: Bool = false) {
        guard mean > 0 else { return }
        steps.append(
            RequestStep(
                tier: nil, mean: mean, variability: 0, visits: 1, what: what, source: source, held: held,
                isAwaited: isAwaited, isOnlyWhenIdle: onlyWhenIdle))
    }

    /// One way between an application server and another node.
    mutating func hop(_ node: String, _ what: String, onlyWhenIdle: Bool = false) {
        pause(distance(to: node), what, "network: one way between application and \(node)", onlyWhenIdle: onlyWhenIdle)
    }

    /// Mean one-way latency between the application servers and a node, in seconds.
    func distance(to node: String) -> Double {
        routing.servers.reduce(0) { $0 + $1.share * latencies.latency(from: $1.name, to: node).mean }
    }

    /// Mean one-way latency between two nodes, in seconds.
    func distance(_ one: String, _ other: String) -> Double { latencies.latency(from: one, to: other).mean }

    /// Steps that the answer does not wait for; they hold nothing of what the request holds.
    mutating func inBackground(_ body: (inout PathBuilder) -> Void) {
        let (wasAwaited, hands) = (isAwaited, held)
        (isAwaited, held) = (false, [])
        body(&self)
        (isAwaited, held) = (wasAwaited, hands)
    }

    /// The rest of the flow goes on without its user, and without the thread that answers.
    mutating func answerNow() {
        isAwaited = false
        letGo(.applicationThread)
    }

    // MARK: - The frame of every request

    /// The way in, what stands before the flows, the flow, and the way out.
    mutating func request(_ flow: (inout PathBuilder) -> Void) {
        let users = SystemTopology.usersNode
        if let balancer = topology.loadBalancer {
            pause(distance(users, balancer.name), "users → \(balancer.name)", "network: one way between users and it")
            work(.balancerWorker, balancer.serviceTime, "\(balancer.name) proxies", "loadBalancer.serviceTime")
            if balancer.keepalive == 0 {
                pause(2 * distance(to: balancer.name), "handshake", "loadBalancer.keepalive 0: a connection a request")
            }
            hop(balancer.name, "\(balancer.name) → application")
        } else {
            hop(users, "users → application")
        }
        hold(.applicationThread)
        work(.applicationCPU, topology.application.cpu.accept, "accept", "application.cpu.accept")
        limitRate()
        flow(&self)
        letGo(.applicationThread)
        isAwaited = true
        held = []
        if let balancer = topology.loadBalancer {
            hop(balancer.name, "application → \(balancer.name)")
            pause(distance(users, balancer.name), "\(balancer.name) → users", "network: one way between users and it")
        } else {
            hop(users, "application → users")
        }
    }

    private mutating func limitRate() {
        guard let limit = topology.application.rateLimit else { return }
        if limit.count == .checkThenIncrement { redis("GET rate", "application.rateLimit.count", isRead: true) }
        redis("EVAL rate", "application.rateLimit", isScript: true)
    }

    mutating func compute(_ stage: KeyPath<ApplicationDemand, Distribution>, _ name: String) {
        work(.applicationCPU, topology.application.cpu[keyPath: stage], name, "application.cpu.\(name)")
    }
}
