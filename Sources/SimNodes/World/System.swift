import Topology

/// The nodes of a topology, made and introduced to each other in one world.
///
/// Everything stands as it would after having been up for long: pools filled, replicas in sync, Sentinels acquainted.
final class System {
    let world: World
    let users: UserGroup
    let director: Director
    let ledger: FaultLedger
    let balancer: NginxNode?
    private(set) var applications: [AppServer] = []
    private(set) var redisNodes: [RedisNode] = []
    private(set) var sentinels: [SentinelNode] = []
    private(set) var databases: [MySQLNode] = []
    let manager: FailoverManagerNode?
    private let subscribers: [Subscriber]
    private let foreignClient: ForeignClient?

    init(_ scenario: Scenario, seed: UInt64, story: Story? = nil, anatomy: AnatomyLedger? = nil) {
        let world = World(scenario: scenario, seed: seed, story: story, anatomy: anatomy)
        self.world = world
        let topology = scenario.topology
        let usersProcess = world.universe.makeProcess(SystemTopology.usersNode)

        if let redis = topology.redis {
            (redisNodes, sentinels) = Self.makeRedis(redis, world)
        }
        if let mysql = topology.mysql {
            databases = Self.makeDatabases(mysql, world)
            manager = mysql.failover.map { failover in
                FailoverManagerNode(
                    process: world.universe.makeProcess(failover.manager), world: world, settings: failover,
                    primary: mysql.primary, replicas: mysql.replicas)
            }
        } else {
            manager = nil
        }
        applications = Self.makeApplications(world, redisNodes, sentinels, databases, manager)
        balancer = topology.loadBalancer.map { settings in
            NginxNode(
                process: world.universe.makeProcess(settings.name), world: world, settings: settings,
                applicationServers: topology.application.servers)
        }
        let doors: [any HTTPBackend] = balancer.map { [$0] } ?? applications
        users = UserGroup(
            process: usersProcess, world: world, entrance: Entrance(doors: doors, world: world))
        subscribers = Self.makeSubscribers(world, redisNodes, sentinels)
        ledger = FaultLedger(world: world)
        foreignClient =
            scenario.needsForeignClient
            ? ForeignClient(process: world.universe.makeProcess("foreign-client"), world: world) : nil
        director = Director(
            process: world.universe.makeProcess("director"), world: world,
            targets: Self.faultTargets(world, applications, redisNodes, databases, manager, foreignClient),
            ledger: ledger)
        world.registerProductLocks()
        introduce(topology)
    }

    // MARK: - Making

    private static func makeRedis(_ settings: RedisSettings, _ world: World) -> ([RedisNode], [SentinelNode]) {
        let master = RedisNode(
            process: world.universe.makeProcess(settings.master), world: world, settings: settings)
        let replicas = settings.replicas.map { name in
            RedisNode(
                process: world.universe.makeProcess(name), world: world, settings: settings,
                masterName: settings.master)
        }
        let sentinels = settings.sentinels.names.map { name in
            SentinelNode(process: world.universe.makeProcess(name), world: world, settings: settings)
        }
        return ([master] + replicas, sentinels)
    }

    private static func makeDatabases(_ settings: MySQLSettings, _ world: World) -> [MySQLNode] {
        let stocks = world.scenario.workload.initialStocks
        let products = stocks.enumerated().map { ProductRow(id: Int64($0.offset), stock: Int64($0.element)) }
        var tables = MySQLNode.Tables(products: products)
        tables.uniqueUserProduct = world.topology.purchase.transaction.onePerUser == .unique
        return ([settings.primary] + settings.replicas).map { name in
            MySQLNode(
                process: world.universe.makeProcess(name), world: world, settings: settings,
                sourceName: name == settings.primary ? nil : settings.primary, tables: tables)
        }
    }

    private static func makeApplications(
        _ world: World, _ redisNodes: [RedisNode], _ sentinels: [SentinelNode], _ databases: [MySQLNode],
        _ manager: FailoverManagerNode?
    ) -> [AppServer] {
        let redis = redisNodes.first.map {
            RedisDirectory(nodes: redisNodes, sentinels: sentinels, initialMaster: $0)
        }
        return world.topology.application.servers.enumerated().map { index, name in
            // Several replicas are shared out among the application servers.
            let replicas = databases.dropFirst()
            let replica = replicas.isEmpty ? nil : Array(replicas)[index % replicas.count]
            let directory = databases.first.map {
                DatabaseDirectory(nodes: databases, manager: manager, primary: $0, replica: replica)
            }
            return AppServer(
                process: world.universe.makeProcess(name), world: world, redis: redis, databases: directory)
        }
    }

    private static func makeSubscribers(
        _ world: World, _ redisNodes: [RedisNode], _ sentinels: [SentinelNode]
    ) -> [Subscriber] {
        guard let settings = world.scenario.workload.subscribers, let master = redisNodes.first else { return [] }
        let directory = RedisDirectory(nodes: redisNodes, sentinels: sentinels, initialMaster: master)
        return (0..<settings.count).map { index in
            Subscriber(
                process: world.universe.makeProcess("subscriber\(index + 1)"), world: world, directory: directory,
                settings: settings)
        }
    }

    // MARK: - Introducing

    private func introduce(_ topology: SystemTopology) {
        introduceRedis()
        let books = Dictionary(uniqueKeysWithValues: databases.map { ($0.process.name, Unowned($0)) })
        for database in databases { database.start { books[$0]?.value } }
        let director = Unowned(director)
        manager?.start(addressBook: { books[$0]?.value }, boot: { director.value.reboot($0) })
        for application in applications { application.begin() }
        let backends = Dictionary(
            uniqueKeysWithValues: applications.map { ($0.process.name, $0 as any HTTPBackend) })
        balancer?.setBackends(backends)
        for subscriber in subscribers { subscriber.begin() }
    }

    private func introduceRedis() {
        guard let settings = world.topology.redis else { return }
        let servers = Dictionary(uniqueKeysWithValues: redisNodes.map { ($0.process.name, Unowned($0)) })
        let watchers = Dictionary(uniqueKeysWithValues: sentinels.map { ($0.process.name, Unowned($0)) })
        let dataSet = RedisNode.dataSet(of: warmUpCommands())
        for node in redisNodes { node.begin(with: dataSet) { servers[$0]?.value } }
        let asked = sentinels.map { Unowned($0) }
        for node in redisNodes { node.introduce { asked.map(\.value) } }
        let book = SentinelNode.AddressBook(
            server: { servers[$0]?.value }, sentinel: { watchers[$0]?.value })
        for sentinel in sentinels {
            sentinel.begin(
                replicas: settings.replicas, sentinels: settings.sentinels.names, addressBook: book)
        }
    }

    /// What Redis holds at the opening: all stocks, and the details of some products.
    ///
    /// A product's details are there with the probability of the warm cache, weighed by how often it is viewed, so that
    /// the first views hit as often as it says.
    private func warmUpCommands() -> [RedisCommand] {
        let workload = world.scenario.workload
        var commands: [RedisCommand] = []
        if workload.warmStock {
            for (product, stock) in workload.initialStocks.enumerated() {
                commands.append(.set(ProductKey.stock(product), String(stock)))
            }
        }
        let ttl = world.topology.view.cacheTTL
        let options = ttl > .zero ? RedisSetOptions(expiry: .milliseconds(ttl.nanoseconds / 1_000_000)) : .init()
        for product in warmProducts() {
            let row = ProductRow(id: Int64(product), stock: Int64(workload.initialStocks[product]))
            let until = world.topology.view.expiry == .redisAndReader && ttl > .zero ? world.now + ttl : nil
            commands.append(.set(ProductKey.details(product), ProductDetails(row, until: until).text, options))
        }
        return commands
    }

    private func warmProducts() -> [Int] {
        let workload = world.scenario.workload
        var random = world.universe.randomStream("warm cache")
        return (0..<workload.products).filter { _ in random.bernoulli(workload.warmCache) }
    }

    private static func faultTargets(
        _ world: World, _ applications: [AppServer], _ redisNodes: [RedisNode], _ databases: [MySQLNode],
        _ manager: FailoverManagerNode?, _ foreignClient: ForeignClient?
    ) -> FaultTargets {
        let topology = world.topology
        var startDelays: [String: TimeSpan] = [:]
        for name in topology.application.servers { startDelays[name] = topology.application.startTime }
        if let balancer = topology.loadBalancer { startDelays[balancer.name] = balancer.restartTime }
        let redis = redisNodes.map { Unowned($0) }
        let managerBox = manager.map { Unowned($0) }
        return FaultTargets(
            processes: world.universe.processes,
            members: { topology.nodes(named: $0) },
            startDelays: startDelays,
            terminate: Dictionary(
                uniqueKeysWithValues: applications.map { application in
                    let server = Unowned(application)
                    return (application.process.name, { server.value.terminate($0) })
                }),
            redisNodes: redisNodes, databases: databases, foreignClient: foreignClient,
            storeLed: { name in
                if name == managerBox?.value.primaryAddress() ?? topology.mysql?.primary { return .mysql }
                if redis.contains(where: { $0.value.process.name == name && $0.value.isMaster }) { return .redis }
                return nil
            })
    }
}

extension Scenario {
    /// Whether a fault brings somebody who is not part of the system.
    fileprivate var needsForeignClient: Bool {
        faults.contains { if case .foreignClient = $0.action { true } else { false } }
    }
}

/// A reference that keeps nobody alive: nodes know each other in circles.
struct Unowned<Object: AnyObject & Sendable>: Sendable {
    unowned let value: Object
    init(_ value: Object) { self.value = value }
}
