import Testing

@testable import Topology

/// Demands read off the reference design, whose sums anyone can check with a pencil.
@Suite struct ServiceDemandTests {
    static func scenario(_ name: String, _ settings: [String] = []) throws -> Scenario {
        let root = #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined()
        return try ScenarioLoader.load(path: "\(root)/configs/scenarios/\(name).json", overrides: settings)
    }

    private static func demands(_ name: String, _ settings: [String] = []) throws -> ServiceDemands {
        ServiceDemands(try scenario(name, settings))
    }

    /// The design documents' own totals, which no number in the code knows.
    @Test(arguments: [
        (RequestClass.viewHit, 0.005), (.viewMiss, 0.020), (.purchaseSold, 0.050), (.purchaseInsufficientStock, 0.010),
        (.purchaseLockNotAcquired, 0.005),
    ]) func unloadedLatencies(_ type: RequestClass, _ seconds: Double) throws {
        let path = try #require(Self.demands("unloaded").path(type))
        #expect(agree(path.latency(idle: false), seconds, 1e-9))
        let service = Tier.allCases.reduce(0) { $0 + path.awaitedDemand(at: $1) }
        #expect(agree(service + path.pauses, seconds, 1e-9))
    }

    @Test func aPurchaseStepByStep() throws {
        let path = try #require(Self.demands("unloaded").path(.purchaseSold))
        #expect(
            path.steps.filter { $0.tier == .redisCommand }.map(\.what) == [
                "SET lock:product NX PX", "GET product:stock", "DECRBY product:stock", "DEL lock:product",
                "PUBLISH order",
            ])
        #expect(
            path.steps.filter { $0.tier == .primaryCPU }.map(\.what) == [
                "BEGIN", "SELECT product FOR UPDATE", "UPDATE products", "INSERT order", "COMMIT",
            ])
        #expect(path.visits(at: .redisCommand) == 5 && agree(path.demand(at: .redisCommand), 100e-6))
        #expect(agree(path.demand(at: .primaryCPU), 1.8e-3) && agree(path.demand(at: .primaryStorage), 22.6e-3))
        #expect(agree(path.demand(at: .primaryFlush), 7.6e-3) && agree(path.demand(at: .applicationCPU), 4.95e-3))
        // Five round trips of 1 ms, the statements and the flush; the ping of an idle connection is not under load.
        #expect(agree(path.holdingTime(.primaryConnection), 37e-3) && path.holdingTime(.replicaConnection) == 0)
        #expect(agree(path.latency(idle: true) - path.latency(idle: false), 1e-3))
        // From the lock's SET at Redis to its DEL there.
        #expect(agree(path.holdingTime(.productLock), 43e-3))
        // From the row's lock to the end of the commit: four one-way trips, UPDATE, INSERT, COMMIT and the flush.
        #expect(agree(path.holdingTime(.rowLock), 26.9e-3))
        #expect(path.steps.allSatisfy { !$0.source.isEmpty && !$0.what.isEmpty && $0.isAwaited })
    }

    @Test func tiersAndTheirCapacity() throws {
        let demands = try Self.demands("normal")
        #expect(
            demands.tiers.map(\.tier) == [
                .balancerWorker, .applicationCPU, .redisCommand, .primaryCPU, .primaryStorage, .primaryFlush,
                .replicaCPU, .replicaStorage,
            ])
        let cores = try #require(demands.tiers.first { $0.tier == .applicationCPU })
        #expect(cores.resources == ["app1.cpu", "app2.cpu"] && cores.servers == 16 && cores.largestShare == 0.5)
        #expect(demands.bottleneck == cores)
        #expect(agree(demands.capacity(of: cores), 16 / demands.demand(at: .applicationCPU)))
        let flush = try #require(demands.tiers.first { $0.tier == .primaryFlush })
        #expect(demands.capacity(of: flush) == .infinity)
        #expect(demands.omissions.count == 2)
    }

    @Test func poolsAndWhatTheyLend() throws {
        let demands = try Self.demands("normal")
        #expect(demands.pools.map(\.holding) == [.primaryConnection, .replicaConnection])
        let primary = try #require(demands.pools.first)
        #expect(primary.places == 300 && agree(primary.holdingTime, 37e-3) && agree(primary.ceiling, 300 / 37e-3))
        // 64 channels give 2832 transactions a second of 22.6 ms: fewer than 300 connections could carry.
        #expect(agree(primary.throughput(demands.tiers), 64 / 22.6e-3))
        #expect(agree(primary.borrowings, demands.mix[.purchaseSold]))
        #expect(primary.variability == 0 && primary.resources == ["app1.primaryPool", "app2.primaryPool"])
    }

    @Test func weightsShiftTheLoad() throws {
        let lines = #"[{"name":"app1","weight":3},{"name":"app2"}]"#
        let demands = try Self.demands("normal", ["topology.loadBalancer.servers=\(lines)"])
        let cores = try #require(demands.tiers.first { $0.tier == .applicationCPU })
        #expect(cores.machines.map(\.share) == [0.75, 0.25])
        #expect(agree(demands.capacity(of: cores), 8 / (0.75 * demands.demand(at: .applicationCPU))))
        let backup = #"[{"name":"app1"},{"name":"app2","backup":true}]"#
        let alone = try Self.demands("normal", ["topology.loadBalancer.servers=\(backup)"])
        #expect(alone.tiers.first { $0.tier == .applicationCPU }?.resources == ["app1.cpu"])
    }

    /// Each policy costs what its steps cost, no more and no less.
    @Test(arguments: [
        ("purchase.lock.kind=none", -2 * 1e-3, -2), ("purchase.lock.acquire=setnxThenExpire", 1e-3, 1),
        ("purchase.lock.release=getThenDelete", 1e-3, 1), ("purchase.stockCheck=none", -1e-3, -1),
        ("purchase.awaitPublish=false", -1e-3, 0), ("purchase.publish=none", -1e-3, -1),
        ("purchase.cache.update=none", -1e-3, -1), ("purchase.details.update=delete", 1e-3, 1),
        ("purchase.deduplication.check=sismemberThenSadd", 2e-3, 2), ("purchase.transaction.read=none", -9e-3, 0),
        ("purchase.transaction.onePerUser=countFirst", 14e-3, 0), ("mysql.replication.mode=semiSynchronous", 1e-3, 0),
        ("mysql.flushLogAtTrxCommit=2", 0, 0), ("application.cpu.purchaseRespond=3ms", 2e-3, 0),
    ]) func policiesAddTheirSteps(_ setting: String, _ seconds: Double, _ commands: Double) throws {
        let (path, other) = (
            try #require(Self.demands("unloaded").path(.purchaseSold)),
            try #require(Self.demands("unloaded", ["topology.\(setting)"]).path(.purchaseSold))
        )
        #expect(abs(other.latency(idle: false) - path.latency(idle: false) - seconds) < 1e-9)
        #expect(other.visits(at: .redisCommand) - path.visits(at: .redisCommand) == commands)
    }

    @Test func earlyAnswersLeaveTheRestBehind() throws {
        let plain = try #require(Self.demands("unloaded").path(.purchaseSold))
        let early = try #require(
            Self.demands("unloaded", ["topology.purchase.acknowledge=beforeCommit"]).path(.purchaseSold))
        #expect(agree(early.latency(idle: false), 4e-3) && early.holdingTime(.applicationThread) < 1e-3)
        for tier in Tier.allCases { #expect(agree(early.demand(at: tier), plain.demand(at: tier))) }
    }

    // MARK: - Classes

    @Test func aBurstMissesUntilItsFirstViewHasFilled() throws {
        let mix = try Self.demands("normal").mix
        #expect(abs(RequestClass.allCases.reduce(0) { $0 + mix[$1] } - 1) < 1e-12)
        #expect(agree(mix[.viewHit] + mix[.viewMiss], 0.8) && mix[.viewMiss] < 0.17 * 0.8)
        #expect(mix.basis.count == 2)
        let known = ClassMix(shares: [.viewHit: 3, .purchaseSold: 1])
        #expect(try known[.viewHit] == 0.75 && ServiceDemands(Self.scenario("normal"), mix: known).mix == known)
    }

    /// A counter with a dead time: of one that never recovers within the length at most one comes through.
    @Test func theLockAsACounterWithADeadTime() {
        #expect(agree(ExpectedPurchases.accepted(3, over: 1, deadTime: 2), 1 - Elementary.exp(-3), 1e-9))
        #expect(agree(ExpectedPurchases.accepted(5, over: 1, deadTime: 0), 5, 1e-6))
        // In the long run r / (1 + r H), and something for the start.
        let long = ExpectedPurchases.accepted(10_000, over: 1_000, deadTime: 0.1)
        #expect(agree(long, 10_000 / (1 + 10 * 0.1), 1e-3))
        #expect(ExpectedPurchases.accepted(0, over: 1, deadTime: 1) == 0)
    }

    @Test(arguments: [Popularity.uniform, .zipf(0), .zipf(1), .zipf(1.7), .hot(0.4)]) func sharesOfTheProducts(
        _ popularity: Popularity
    ) {
        let shares = popularity.shares(products: 50)
        #expect(agree(shares.reduce(0, +), 1, 1e-12) && shares.count == 50)
        #expect(zip(shares, shares.dropFirst()).allSatisfy { $0 >= $1 })
        #expect(popularity.shares(products: 1) == [1])
    }

    @Test func patternsOfArrival() throws {
        func pattern(_ arrive: String, _ more: String...) throws -> ArrivalPattern {
            ArrivalPattern(try Self.scenario("normal", ["workload.arrive=\(arrive)"] + more).workload)
        }
        #expect(try pattern("\"at once\"") == .burst(requests: 6_000))
        #expect(try pattern("\"at once\"", "workload.think=2s") == .closed(users: 6_000, think: 2))
        #expect(try pattern("\"at once\"", "workload.requests=3") == .closed(users: 6_000, think: 0))
        #expect(try pattern(#"{"poisson":"70/s"}"#, "workload.for=1s") == .poisson(mean: 70, peak: 70))
        #expect(try pattern(#"{"constant":"70/s"}"#, "workload.for=1s") == .clockwork(rate: 70))
        #expect(try pattern(#"{"ramp":{"from":"0/s","to":"80/s","over":"5s"}}"#) == .poisson(mean: 40, peak: 80))
        let spike = #"{"spike":{"base":"10/s","peak":"100/s","at":"2s","for":"1s"}}"#
        #expect(try pattern(spike, "workload.for=10s") == .poisson(mean: 19, peak: 100))
        let stages = #"{"stages":[{"rate":"10/s","for":"3s"},{"rate":"50/s","for":"1s"}]}"#
        #expect(try pattern(stages) == .poisson(mean: 20, peak: 50))
        #expect(try ArrivalPattern(Self.scenario("unloaded").workload).peakRate.map { $0 > 7 && $0 < 8 } == true)
    }
}
