import Testing
import Topology

@testable import SimNodes

/// What a run leaves in memory is multiplied by the number of runs: exploration makes hundreds of thousands.
struct LifetimeTests {
    /// The nodes of a system, and what they share.
    struct Remains {
        weak var world: World?
        weak var universe: Universe?
        weak var users: UserGroup?
        weak var director: Director?
        weak var balancer: NginxNode?
        weak var application: AppServer?
        weak var redis: RedisNode?
        weak var sentinel: SentinelNode?
        weak var database: MySQLNode?
        weak var manager: FailoverManagerNode?

        init(_ system: System) {
            (world, universe) = (system.world, system.world.universe)
            (users, director, balancer) = (system.users, system.director, system.balancer)
            (application, redis, sentinel) = (
                system.applications.first, system.redisNodes.first, system.sentinels.first
            )
            (database, manager) = (system.databases.first, system.manager)
        }

        /// Who is alive.
        var names: [String] {
            let all: [(String, Bool)] = [
                ("world", world != nil), ("universe", universe != nil), ("users", users != nil),
                ("director", director != nil), ("load balancer", balancer != nil),
                ("application server", application != nil), ("Redis", redis != nil), ("Sentinel", sentinel != nil),
                ("database", database != nil), ("failover manager", manager != nil),
            ]
            return all.filter(\.1).map(\.0)
        }
    }

    private static let smallSale = "configs/scenarios/property-small.json"

    /// What subscribes to Redis is held by what it is told: order events, and changes that local caches follow.
    private static let systems: [(path: String, settings: [String])] = [
        (smallSale, []), ("configs/scenarios/hardened.json", []),
        (smallSale, ["view.local={}", #"workload.mix={"view": 0.5, "purchase": 0.5}"#]),
    ]

    @Test(arguments: systems.indices, 0..<40 as Range<UInt64>)
    func nothingOfARunIsKeptAliveAfterwards(system place: Int, seed: UInt64) throws {
        let (path, settings) = Self.systems[place]
        let variant = Explorer(try TestFiles.scenario(path, settings), faults: .swarm).variant(seed: seed)
        let remains = {
            let system = Simulation.play(variant, seed: seed)
            let remains = Remains(system)
            #expect(remains.names.count == 10)
            Simulation.settle(system, from: system.world.now)
            _ = ExploredRun(system, invariants: [])
            system.world.universe.end()
            return remains
        }()
        #expect(remains.names == [], "\(path) \(settings)")
    }
}
