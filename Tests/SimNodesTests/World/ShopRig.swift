import Topology

@testable import SimNodes

/// A whole small system that a test can look into when the sale is over.
final class ShopRig: @unchecked Sendable {
    let system: System
    /// The sites that were passed, in order, with the time since the opening.
    private(set) var trail: [(site: EventSite, at: TimeSpan)] = []
    private let scenario: Scenario

    var world: World { system.world }
    var requests: [RequestRecord] { world.history.requests }
    var primary: MySQLNode { system.databases[0] }
    var master: RedisNode { system.redisNodes[0] }
    var evidence: Evidence { system.evidence() }

    /// - Parameter watched: how many passes of each site the trail takes down.
    init(_ scenario: Scenario, seed: UInt64 = 1, watched: Int = 0) {
        self.scenario = scenario
        system = System(scenario, seed: seed)
        for site in watched > 0 ? EventSite.allCases : [] {
            for nth in 1...watched {
                world.sites.set(EventTrigger(site, nth: nth)) { [unowned self] _ in
                    trail.append((site, world.now - world.opening))
                }
            }
        }
    }

    /// Opens the sale after the same warm-up that a run has, waits for the last user, and lets all come to rest.
    @discardableResult
    func run(rest: TimeSpan = .seconds(5)) -> ShopRig {
        world.universe.run(until: .zero + .seconds(2))
        world.open()
        system.director.assumeIsolated { $0.arm(scenario.faults, scenario.randomFaults) }
        system.users.assumeIsolated { $0.open() }
        world.universe.run(until: world.opening + scenario.until)
        world.universe.run(until: world.now + rest)
        return self
    }

    /// When something is over, it has to be ended: suspended tasks hold their nodes.
    deinit { world.universe.end() }

    func outcome(_ number: Int) -> Outcome? { requests[number].outcome }
    func latency(_ number: Int) -> TimeSpan? { requests[number].latency }
    func count(_ site: EventSite) -> Int { world.sites.count(site) }
    func stock(_ product: Int) -> Int64? { primary.product(Int64(product))?.stock }
    func cachedStock(_ product: Int) -> Int64? { master.integer(forKey: ProductKey.stock(product)) }
    var faults: [FaultResult] { system.ledger.results(opening: world.opening) }
}

extension Scenario {
    /// One or two application servers without a balancer, one Redis, one MySQL, three products with ten units.
    ///
    /// Every hop and every step has a time of its own, so that a sum shows what it is made of.
    static func shop(_ arrivals: [TraceArrival] = [], _ change: (inout Scenario) -> Void = { _ in }) -> Scenario {
        var scenario = Scenario()
        scenario.topology = .shop
        scenario.workload.products = 3
        scenario.workload.stock = 10
        scenario.workload.users = 100
        if !arrivals.isEmpty { scenario.workload.arrive = .trace(arrivals) }
        change(&scenario)
        return scenario
    }
}

extension SystemTopology {
    static var shop: SystemTopology {
        var topology = SystemTopology()
        topology.network.latency = .constant(.microseconds(250))
        topology.network.links = [
            NetworkLink(from: "users", to: "application", latency: .constant(ShopTimes.toApplication)),
            NetworkLink(from: "application", to: "redis", latency: .constant(ShopTimes.toRedis)),
            NetworkLink(from: "application", to: "mysql", latency: .constant(ShopTimes.toMySQL)),
        ]
        topology.application.cpu.accept = .constant(ShopTimes.accept)
        topology.application.cpu.view = .constant(ShopTimes.view)
        topology.application.cpu.viewMiss = .constant(ShopTimes.viewMiss)
        topology.application.cpu.purchase = .constant(ShopTimes.purchase)
        topology.application.cpu.purchaseCheck = .constant(ShopTimes.check)
        topology.application.cpu.purchaseRespond = .constant(ShopTimes.respond)
        topology.application.startTime = .seconds(1)
        // A connection that has rested is tried out before it is lent; a test of its own shows that.
        topology.application.primaryPool.aliveBypassWindow = .seconds(3_600)
        topology.application.replicaPool.aliveBypassWindow = .seconds(3_600)
        topology.application.primaryPool.connectionTimeout = .seconds(2)
        topology.application.replicaPool.connectionTimeout = .seconds(2)
        var redis = RedisSettings()
        redis.master = "redis-master"
        redis.serviceTime = .constant(ShopTimes.redis)
        topology.redis = redis
        var mysql = MySQLSettings()
        mysql.primary = "mysql-primary"
        mysql.service.begin.cpu = .constant(ShopTimes.begin)
        mysql.service.select.io = .constant(ShopTimes.select)
        mysql.service.selectForUpdate.io = .constant(ShopTimes.selectForUpdate)
        mysql.service.update.io = .constant(ShopTimes.update)
        mysql.service.insert.io = .constant(ShopTimes.insert)
        mysql.service.commit.cpu = .constant(ShopTimes.commit)
        mysql.flush = .constant(ShopTimes.flush)
        topology.mysql = mysql
        return topology
    }
}

/// What each step of the shop takes.
enum ShopTimes {
    static let toApplication = TimeSpan.microseconds(1_000)
    static let toRedis = TimeSpan.microseconds(500)
    static let toMySQL = TimeSpan.microseconds(600)
    static let redis = TimeSpan.microseconds(20)
    static let accept = TimeSpan.microseconds(250)
    static let view = TimeSpan.microseconds(700)
    static let viewMiss = TimeSpan.microseconds(40)
    static let purchase = TimeSpan.microseconds(800)
    static let check = TimeSpan.microseconds(3_000)
    static let respond = TimeSpan.microseconds(900)
    static let begin = TimeSpan.microseconds(100)
    static let select = TimeSpan.microseconds(13_000)
    static let selectForUpdate = TimeSpan.microseconds(8_000)
    static let update = TimeSpan.microseconds(7_000)
    static let insert = TimeSpan.microseconds(6_000)
    static let commit = TimeSpan.microseconds(300)
    static let flush = TimeSpan.microseconds(5_000)

    /// From the user to the application and back, with the acceptance of the request.
    static var visit: TimeSpan { toApplication * 2 + accept }
    /// One command to Redis and its reply.
    static var command: TimeSpan { toRedis * 2 + redis }
    /// One statement to MySQL and its reply.
    static func statement(_ work: TimeSpan) -> TimeSpan { toMySQL * 2 + work }
    /// BEGIN to COMMIT of the reference purchase.
    static var transaction: TimeSpan {
        statement(begin) + statement(selectForUpdate) + statement(update) + statement(insert)
            + statement(commit + flush)
    }
    /// A purchase that nobody disturbs: lock, stock, transaction, cache, unlock, publication.
    static var sale: TimeSpan { visit + purchase + command * 5 + check + transaction + respond }
}

/// One purchase of a trace.
func buy(_ product: Int, at milliseconds: Int64 = 0, quantity: Int? = 1) -> TraceArrival {
    var arrival = TraceArrival()
    (arrival.flow, arrival.product, arrival.quantity) = (.purchase, product, quantity)
    arrival.at = .milliseconds(milliseconds)
    return arrival
}

/// One view of a trace.
func look(_ product: Int, at milliseconds: Int64 = 0) -> TraceArrival {
    var arrival = TraceArrival()
    (arrival.flow, arrival.product) = (.view, product)
    arrival.at = .milliseconds(milliseconds)
    return arrival
}
