import Topology

@testable import SimNodes

/// What the tests of faults share.
enum FaultRig {
    /// Runs a shop with faults, all its details in the cache.
    static func shop(
        _ faults: [Fault], _ arrivals: [TraceArrival], rest: TimeSpan = .seconds(10), seed: UInt64 = 1,
        _ change: (inout Scenario) -> Void = { _ in }
    ) -> ShopRig {
        ShopRig(
            .shop(arrivals) {
                $0.workload.warmCache = 1
                $0.workload.giveUp = .seconds(300)
                $0.faults = faults
                change(&$0)
            }, seed: seed
        ).run(rest: rest)
    }

    /// Whether the run is invalid because its fault did nothing.
    static func isIdle(_ fault: Fault, _ arrivals: [TraceArrival] = [buy(0)]) -> Bool {
        let result = Simulation.run(
            .shop(arrivals) {
                $0.workload.warmCache = 1
                // Details that never expire would stay old for ever after a sale, which is a finding of its own.
                $0.topology.view.cacheTTL = .seconds(300)
                $0.faults = [fault]
            }, seed: 1)
        return result.verdict.kind == .invalid && result.verdict.reason.hasSuffix("it changed nothing")
            && result.faults.map(\.hadEffect) == [false]
    }
}

extension Scenario {
    /// Two application servers, a Redis with a replica and three Sentinels that need a second to find it dead.
    mutating func watchRedis() {
        topology.application.servers = ["app1", "app2"]
        topology.redis?.replicas = ["redis-slave"]
        topology.redis?.sentinels.names = ["sentinel1", "sentinel2", "sentinel3"]
        topology.redis?.sentinels.downAfter = .seconds(1)
        topology.redis?.sentinels.failoverTimeout = .seconds(10)
    }

    /// A MySQL with a replica and a failover manager that looks every second.
    mutating func watchMySQL(isWatched: Bool = true) {
        topology.mysql?.replicas = ["mysql-replica"]
        topology.mysql?.replication.netTimeout = .seconds(2)
        topology.mysql?.replication.connectRetry = .seconds(1)
        topology.mysql?.startTime = .seconds(1)
        guard isWatched else { return }
        var failover = FailoverSettings()
        failover.manager = "orchestrator"
        failover.pollInterval = .seconds(1)
        failover.pollTimeout = .milliseconds(500)
        topology.mysql?.failover = failover
    }
}
