import Topology

@testable import SimNodes

/// Draws plans of faults over all families, for a small system.
struct RandomPlan {
    private var random: RandomStream

    init(seed: UInt64) { random = RandomStream(seed: seed, name: "plan of faults") }

    /// One to four faults, each at a moment of the sale or on an event.
    mutating func faults() -> [Fault] {
        (0...random.integer(below: 4)).map { _ in
            let action = action()
            return Fault(action, trigger())
        }
    }

    /// Random faults in every second plan; what they kill comes back.
    mutating func luck() -> RandomFaults? {
        guard random.bernoulli(0.5) else { return nil }
        var luck = RandomFaults()
        luck.fire = 0.05
        luck.limit = 3
        luck.until = .seconds(4)
        luck.restartAfter = span()
        return luck
    }

    private mutating func pick<Value>(_ values: [Value]) -> Value {
        values[Int(random.integer(below: UInt64(values.count)))]
    }

    private mutating func span() -> TimeSpan { .milliseconds(100 + Int64(random.integer(below: 4_000))) }

    private mutating func trigger() -> FaultTrigger {
        if random.bernoulli(0.5) { return .at(.milliseconds(Int64(random.integer(below: 4_000)))) }
        let site = pick(EventSite.allCases)
        let nth = 1 + Int(random.integer(below: 10))
        return .on(EventTrigger(site, nth: nth, after: random.bernoulli(0.5) ? .zero : span()))
    }

    private static let servers = [
        "nginx", "app1", "app2", "redis-master", "redis-slave", "sentinel1", "sentinel2", "sentinel3", "mysql-primary",
        "mysql-replica", "orchestrator",
    ]
    private static let redis = ["redis-master", "redis-slave"]
    private static let mysql = ["mysql-primary", "mysql-replica"]

    private mutating func node(_ names: [String]) -> FaultNode { .named(pick(names)) }

    /// Mostly two sides that have something to say to each other.
    private mutating func sides() -> FaultSides {
        let pairs = [
            ("users", "loadBalancer"), ("loadBalancer", "application"), ("application", "redis"),
            ("application", "mysql"), ("redis", "sentinels"), ("redis-master", "redis-slave"),
            ("mysql-primary", "mysql-replica"), ("mysql", "failoverManager"), ("users", "redis"),
        ]
        let pair = pick(pairs)
        return FaultSides([pair.0], [pair.1])
    }

    private mutating func action() -> FaultAction {
        let extra = Distribution.exponential(mean: span())
        switch pick(Array(0..<21)) {
        case 0:
            return .crash(
                CrashFault(
                    node(Self.servers), how: pick([.process, .host]), restartAfter: span(), disk: .kept))
        case 1: return .restart(RestartFault(pick(Self.redis), disk: pick([.kept, .lost])))
        case 2: return .rollingRestart(RollingRestartFault([pick(["application", "redis", "mysql"])], wait: span()))
        case 3: return .pause(PauseFault(node(Self.servers), for: span()))
        case 4:
            return .slow(
                SlowFault(node(Self.mysql), factor: 20, resource: pick([nil, .cpu, .disk, .network]), for: span()))
        case 5:
            return .clockJump(
                ClockJumpFault(
                    node(Self.redis + ["sentinel1", "nginx"]), by: span(), direction: pick([.forward, .back]),
                    for: pick([nil, span()])))
        case 6: return .clockDrift(ClockDriftFault(node(Self.redis), rate: pick([-0.5, 0.01, 2]), for: span()))
        case 7: return .delay(DelayFault(sides(), by: .exponential(mean: .milliseconds(30)), for: span()))
        case 8: return .loss(LossFault(sides(), probability: pick([0.01, 0.3, 1]), for: span()))
        case 9:
            let sides = sides()
            return .reorder(
                ReorderFault(sides, probability: 0.3, by: .exponential(mean: .milliseconds(30)), for: span()))
        case 10:
            return .duplicate(
                DuplicateFault(FaultSides(["users"], ["loadBalancer"]), probability: 0.5, by: extra, for: span()))
        case 11: return .reset(ResetFault(sides(), share: pick([0.3, 1])))
        case 12: return .partition(PartitionFault(sides(), direction: pick([.both, .forward]), for: span()))
        case 13: return .isolate(IsolateFault([pick(Self.servers), pick(Self.servers)], for: span()))
        case 14: return .diskStall(DiskStallFault(node(Self.redis + Self.mysql), for: span()))
        case 15: return .diskFull(DiskFullFault(node(Self.redis + Self.mysql), for: span()))
        case 16:
            let node = pick(Self.redis + Self.mysql)
            let part: ReplicationPart = Self.redis.contains(node) ? .receive : pick([.receive, .apply])
            return .replicationStall(ReplicationStallFault(.named(node), part: part, for: span()))
        case 17:
            let node = node(Self.mysql)
            return .applyLag(ApplyLagFault(node, by: .exponential(mean: .milliseconds(50)), for: span()))
        case 18: return .flushAll(FlushAllFault(node(Self.redis)))
        case 19:
            let policy = pick(EvictionPolicy.allCases)
            // A replica leaves eviction to its master, so that most limits are put there.
            let node = node(Self.redis + ["redis-master"])
            let limit = ByteCount(bytes: pick([1, 1_000]))
            return .maxMemory(MaxMemoryFault(node, limit: limit, policy: policy, for: span()))
        default:
            let node = pick(Self.redis + Self.mysql)
            return .foreignClient(
                ForeignClientFault(
                    .named(node), connections: pick([1, 50]), rows: Self.mysql.contains(node) ? [0] : [], for: span()))
        }
    }
}

extension Scenario {
    /// A small sale in a system with everything that can fail.
    static func fragile(seed: UInt64) -> Scenario {
        var plan = RandomPlan(seed: seed)
        let arrivals = (0..<40).map { number in
            number % 4 == 0
                ? look(number % 3, at: Int64(number) * 100) : buy(number % 3, at: Int64(number) * 100)
        }
        return .shop(arrivals) {
            $0.watchRedis()
            $0.watchMySQL()
            var balancer = LoadBalancerSettings()
            balancer.name = "nginx"
            $0.topology.loadBalancer = balancer
            $0.topology.redis?.save = [SavePoint(after: .seconds(1), changes: 3)]
            $0.topology.redis?.appendOnly = seed % 3 == 0 ? .off : seed % 3 == 1 ? .everysec : .always
            $0.topology.redis?.maxclients = 40
            $0.topology.mysql?.maxConnections = 60
            $0.topology.mysql?.replication.mode = seed % 2 == 0 ? .asynchronous : .semiSynchronous
            $0.topology.mysql?.replication.timeout = .seconds(1)
            $0.topology.application.shutdown = .graceful
            $0.topology.application.primaryPool.aliveBypassWindow = .milliseconds(500)
            $0.workload.giveUp = .seconds(20)
            $0.workload.retry.policy = .fixed
            $0.workload.retry.attempts = 3
            $0.faults = plan.faults()
            $0.randomFaults = plan.luck()
        }
    }
}
