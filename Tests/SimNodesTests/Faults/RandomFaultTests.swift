import Testing
import Topology

@testable import SimNodes

@Suite("Random faults at sites inside the nodes")
struct RandomFaultTests {
    /// Bad luck at some sites: enabled for sure, and firing each time, at most so often.
    private static func luck(_ sites: Set<RandomFaultSite>, limit: Int? = 1) -> RandomFaults {
        var luck = RandomFaults()
        (luck.enable, luck.fire, luck.sites, luck.limit) = (1, 1, sites, limit)
        luck.restartAfter = .seconds(20)
        return luck
    }

    private static func rig(
        _ site: RandomFaultSite, _ arrivals: [TraceArrival] = [buy(0)], _ change: (inout Scenario) -> Void = { _ in }
    ) -> ShopRig {
        FaultRig.shop([], arrivals) {
            $0.randomFaults = luck([site])
            change(&$0)
        }
    }

    private static func firings(_ rig: ShopRig) -> [String] { rig.faults.map(\.description) }

    @Test("A reply that is lost after the commit: the order is there, and its user doesn't know")
    func mysqlLostReply() {
        let rig = Self.rig(.mysqlLostReply, [buy(0), buy(1, at: 1_000)])
        #expect(rig.requests.map(\.outcome) == [.unknown, .success])
        #expect(rig.primary.orders.map(\.trace) == [0, 1])
        #expect(rig.primary.openTransactions == 0)
        #expect(Self.firings(rig) == ["bad luck: mysql.lostReply once"])
        #expect(rig.faults[0].requestsAffected == 1)
    }

    @Test("A primary that dies with an acknowledged commit takes the order with it")
    func mysqlCrashAfterCommit() {
        let rig = Self.rig(.mysqlCrashAfterCommit, [buy(0), buy(1, at: 15_000)]) { $0.watchMySQL() }
        // The answer to COMMIT was out: the user is told of the order.
        #expect(rig.requests.map(\.outcome) == [.success, .success])
        #expect(rig.world.failovers.mysql.promotedAt != nil)
        #expect(LostOrderCheck.lost(rig.evidence).map(\.number) == [0])
    }

    @Test("A flush that hangs makes one commit late")
    func mysqlSlowFlush() {
        let rig = Self.rig(.mysqlSlowFlush, [buy(0), buy(1, at: 3_000)])
        #expect(rig.requests.map(\.latency) == [ShopTimes.sale + .seconds(1), ShopTimes.sale])
    }

    @Test("An applier that hangs shows readers what is no longer so")
    func mysqlSlowApply() {
        let rig = Self.rig(.mysqlSlowApply, [buy(0), look(0, at: 500)]) {
            $0.watchMySQL(isWatched: false)
            $0.workload.warmCache = 0
        }
        #expect(rig.world.history.staleReads == 1)
    }

    @Test("A Redis whose reply is lost has the command executed twice")
    func redisLostReply() {
        let rig = Self.rig(.redisLostReply, [buy(0), buy(1, at: 1_000)])
        #expect(rig.requests.map(\.outcome) == [.lockNotAcquired, .success])
    }

    @Test("A Redis master that dies with an acknowledged lock lets a second one in")
    func redisCrashAfterWrite() {
        let rig = Self.rig(.redisCrashAfterWrite, [buy(0), buy(0, at: 15_000)]) {
            $0.watchRedis()
            $0.topology.application.redisClient.topologyRefresh = .sentinelEvents
        }
        #expect(rig.world.failovers.redis.promotedAt != nil)
        #expect(rig.system.redisNodes[1].isMaster)
        #expect(Self.firings(rig) == ["bad luck: redis.crashAfterWrite once"])
    }

    @Test("A replica that reads late has not what its master acknowledged")
    func redisSlowReplica() {
        let rig = Self.rig(.redisSlowReplica, [buy(0), buy(1, at: 3_000)]) {
            $0.topology.redis?.replicas = ["redis-slave"]
            $0.topology.purchase.lock.waitForReplicas = 1
            $0.topology.purchase.lock.waitTimeout = .milliseconds(300)
        }
        #expect(rig.requests.map(\.outcome) == [.rejected, .success])
    }

    @Test("A lock that expires as soon as it is taken excludes nobody")
    func redisEarlyExpiry() {
        let rig = Self.rig(.redisEarlyExpiry, [buy(0), buy(0, at: 20)])
        #expect(MutualExclusionCheck.check(rig.evidence).violations == 1)
    }

    @Test(
        "Connections that are dead when they are needed",
        arguments: [RandomFaultSite.redisDeadConnection, .poolDeadConnection])
    func deadConnection(_ site: RandomFaultSite) {
        let rig = Self.rig(site, [buy(0), buy(1, at: 3_000)])
        // Lettuce opens another one; what HikariCP has lent fails.
        #expect(rig.requests.map(\.outcome) == [site == .poolDeadConnection ? .rejected : .success, .success])
        #expect(rig.faults[0].hadEffect)
        #expect(LivenessCheck.check(rig.evidence).violations == 0)
    }

    @Test("A response that is lost leaves the user in the dark")
    func applicationLostResponse() {
        let rig = Self.rig(.applicationLostResponse)
        #expect(rig.requests.map(\.outcome) == [.unknown])
        #expect(rig.primary.orders.count == 1)
    }

    @Test("A pause with the lock in hand")
    func applicationPause() {
        let rig = Self.rig(.applicationPause)
        #expect(rig.latency(0) == ShopTimes.sale + .seconds(1))
    }

    @Test("A poll that gets no answer is not the end of a primary that its replica still hears")
    func managerLostPoll() {
        let rig = FaultRig.shop([], [buy(0), buy(1, at: 5_000)]) {
            $0.randomFaults = Self.luck([.managerLostPoll], limit: 3)
            $0.watchMySQL()
        }
        #expect(Self.firings(rig) == ["bad luck: manager.lostPoll 3 times"])
        #expect(rig.world.failovers.mysql.promotedAt == nil)
    }

    // MARK: Drawing

    private static func sale(seed: UInt64, _ luck: RandomFaults?) -> RunResult {
        Simulation.run(
            .shop((0..<20).map { buy($0 % 3, at: Int64($0) * 50) }) {
                $0.watchMySQL()
                $0.topology.redis?.replicas = ["redis-slave"]
                $0.topology.mysql?.flush = .exponential(mean: .milliseconds(5))
                $0.workload.giveUp = .seconds(20)
                $0.randomFaults = luck
            }, seed: seed)
    }

    @Test("Nothing shifts when they are off, or none is enabled, or none fires; and such a run is a valid one")
    func off() {
        let plain = Self.sale(seed: 5, nil)
        #expect(plain.faults.isEmpty)
        for (enable, fire) in [(0.0, 1.0), (1, 0)] {
            var luck = RandomFaults()
            (luck.enable, luck.fire) = (enable, fire)
            let quiet = Self.sale(seed: 5, luck)
            #expect(quiet.digest == plain.digest)
            #expect(quiet.faults.isEmpty)
            #expect(quiet.verdict.kind == plain.verdict.kind)
        }
    }

    @Test("Some sites are enabled in a run, others in another one, about as many as asked for")
    func enabled() {
        var luck = RandomFaults()
        (luck.fire, luck.limit, luck.restartAfter) = (1, 1, .seconds(1))
        let runs = (0..<24).map { Set(Self.sale(seed: $0, luck).faults.map(\.description)) }
        let sites = Set(runs.flatMap { $0 })
        #expect(sites.count >= 9)
        for site in sites { #expect(!runs.allSatisfy { $0.contains(site) }) }
        let mean = Double(runs.reduce(0) { $0 + $1.count }) / 24
        #expect((1...5).contains(mean), "\(mean)")
    }

    @Test("An enabled site fires about as often as asked for, and not before its time is up")
    func fired() throws {
        func count(_ fire: Double, until: TimeSpan? = nil) -> Int {
            var luck = Self.luck([.mysqlSlowApply], limit: nil)
            (luck.fire, luck.hang, luck.until) = (fire, .nanoseconds(1), until)
            let text = Self.sale(seed: 3, luck).faults.first?.description ?? ""
            return text.hasSuffix("once") ? 1 : text.split(separator: " ").compactMap { Int($0) }.first ?? 0
        }
        let all = count(1)
        #expect(all >= 15)
        let half = count(0.5)
        #expect(half > all / 4 && half < all * 3 / 4)
        let early = count(1, until: .milliseconds(500))
        #expect(early > 0 && early < all)
    }

    @Test("One site's draws do not depend on the others")
    func independent() {
        func firstFlush(_ sites: Set<RandomFaultSite>) -> Instant? {
            var luck = Self.luck(sites, limit: nil)
            (luck.fire, luck.hang) = (0.3, .nanoseconds(1))
            return Self.sale(seed: 9, luck).milestones.first { $0.text == "bad luck: mysql.slowFlush" }?.at
        }
        let alone = firstFlush([.mysqlSlowFlush])
        #expect(alone != nil)
        #expect(firstFlush([.mysqlSlowFlush, .mysqlSlowApply]) == alone)
    }
}
