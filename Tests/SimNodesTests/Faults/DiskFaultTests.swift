import Testing
import Topology

@testable import SimNodes

@Suite("Faults of disks and of single resources")
struct DiskFaultTests {
    private static func stall(_ node: String, _ span: TimeSpan, _ trigger: FaultTrigger) -> Fault {
        Fault(.diskStall(DiskStallFault(.named(node), for: span)), trigger)
    }

    private static func full(_ node: String, _ span: TimeSpan?, _ trigger: FaultTrigger) -> Fault {
        Fault(.diskFull(DiskFullFault(.named(node), for: span)), trigger)
    }

    private static func refusals(_ rig: ShopRig) -> [String] {
        rig.world.timeline.milestones.filter { $0.kind == .breakage }.map(\.text)
    }

    // MARK: MySQL

    @Test("A flush that hangs holds its commit up to the moment, and who needs no disk notices nothing")
    func stallFlush() {
        let rig = FaultRig.shop(
            [Self.stall("mysql-primary", .seconds(2), .on(EventTrigger(.mysqlPrepare)))],
            [buy(0), look(1, at: 500), buy(1, at: 1_000), buy(2, at: 5_000)])
        #expect(rig.latency(0) == ShopTimes.sale + .seconds(2))
        #expect(rig.latency(1) == ShopTimes.visit + ShopTimes.view + ShopTimes.command)
        #expect(rig.latency(2)! > .seconds(1))
        #expect(rig.latency(3) == ShopTimes.sale)
        #expect(rig.faults[0].hadEffect)
    }

    @Test("Those who wait for the next flush behind a stalled one are counted once, and time never runs backwards")
    func stallGroupCommit() {
        let rig = FaultRig.shop(
            [Self.stall("mysql-primary", .seconds(2), .on(EventTrigger(.mysqlPrepare)))],
            [buy(0), buy(1), buy(2), buy(1, at: 3_000)])
        for number in 0..<4 { #expect(rig.outcome(number) == .success) }
        let flush = rig.world.meters.first { $0.name == "mysql-primary.flush" }
        #expect(flush?.queue.maximum == 2)
        #expect(flush?.queue.level == 0)
    }

    @Test("What is being read when the disk hangs comes later by just that long; a second stall adds only its rest")
    func stallRead() {
        let stall = Self.stall("mysql-primary", .seconds(2), .at(.milliseconds(15)))
        func rig(_ faults: [Fault]) -> ShopRig { FaultRig.shop(faults, [buy(0)]) }
        #expect(rig([stall]).latency(0) == ShopTimes.sale + .seconds(2))
        let second = Self.stall("mysql-primary", .seconds(2), .at(.milliseconds(1_015)))
        #expect(rig([stall, second]).latency(0) == ShopTimes.sale + .seconds(3))
        let shorter = Self.stall("mysql-primary", .milliseconds(100), .at(.milliseconds(1_015)))
        #expect(rig([stall, shorter]).latency(0) == ShopTimes.sale + .seconds(2))
    }

    @Test("A stalled disk is not busy, and it still hangs when the server has been started again")
    func stallAndCrash() {
        let crash = CrashFault(.named("mysql-primary"), restartAfter: .milliseconds(100))
        let rig = FaultRig.shop(
            [
                Self.stall("mysql-primary", .seconds(60), .at(.milliseconds(15))),
                Fault(.crash(crash), .at(.milliseconds(500))),
            ], [buy(0), buy(1, at: 20_000)]
        ) { $0.topology.application.primaryPool.aliveBypassWindow = .milliseconds(500) }
        #expect(rig.outcome(1) == .success)
        #expect(rig.latency(1)! > .seconds(39))
        rig.world.settleMeters()
        for meter in rig.world.meters where meter.name.hasPrefix("mysql-primary") {
            let busy = meter.utilisation(over: rig.world.now - rig.world.opening)
            #expect((0...0.01).contains(busy), "\(meter.name) \(busy)")
        }
    }

    @Test("With a full disk commits wait, and go on at the first look after there is room: a minute later")
    func fullMySQL() {
        let rig = FaultRig.shop(
            [Self.full("mysql-primary", .seconds(90), .at(.milliseconds(10)))],
            [buy(0), buy(1, at: 5_000), look(2, at: 6_000), buy(2, at: 130_000)])
        #expect(rig.latency(0) == ShopTimes.sale + .seconds(120))
        // The second one waits behind the first, not for a minute of its own.
        #expect(rig.latency(1)! < .seconds(116))
        #expect(rig.latency(2)! < .milliseconds(10))
        #expect(rig.latency(3) == ShopTimes.sale)
        #expect(rig.faults[0].hadEffect)
        #expect(Self.refusals(rig).contains { $0.hasPrefix("Disk is full writing './binlog.000001'") })
    }

    @Test("A transaction that waits for room is not in the log: a crash undoes it")
    func fullAndCrash() {
        let crash = CrashFault(.named("mysql-primary"), restartAfter: .seconds(1))
        let rig = FaultRig.shop(
            [Self.full("mysql-primary", nil, .at(.milliseconds(10))), Fault(.crash(crash), .at(.seconds(5)))],
            [buy(0)])
        #expect(rig.outcome(0) == .unknown)
        #expect(rig.primary.orders.isEmpty)
    }

    @Test("A replica with a full disk takes nothing into its relay log until there is room")
    func fullReplica() {
        let rig = FaultRig.shop(
            [Self.full("mysql-replica", .seconds(30), .at(.milliseconds(10)))], [buy(0), buy(1, at: 40_000)],
            rest: .seconds(1)
        ) { $0.watchMySQL(isWatched: false) }
        #expect(rig.requests.allSatisfy { $0.latency == ShopTimes.sale })
        #expect(rig.system.databases[1].receivedPosition == 0)
        rig.world.universe.run(until: rig.world.opening + .seconds(70))
        #expect(rig.system.databases[1].orders.count == 2)
        #expect(rig.faults[0].hadEffect)
    }

    // MARK: Redis

    @Test("With appendfsync always a write waits for the disk before its reply, and everybody else behind it")
    func stallAlways() {
        let rig = FaultRig.shop(
            [Self.stall("redis-master", .seconds(2), .on(EventTrigger(.purchaseStockRead)))],
            [buy(0), look(1, at: 1_000)]
        ) { $0.topology.redis?.appendOnly = .always }
        #expect(rig.latency(0)! >= .seconds(2))
        #expect(rig.latency(1)! > .milliseconds(900))
        #expect(rig.requests.allSatisfy { $0.outcome == .success })
        #expect(rig.faults[0].hadEffect)
    }

    @Test("With everysec the thread waits once a sync is two seconds late; without a log nobody waits")
    func stallEverySecond() {
        func rig(_ mode: AppendOnly) -> ShopRig {
            FaultRig.shop(
                [Self.stall("redis-master", .seconds(10), .at(.milliseconds(100)))],
                [buy(0, at: 200), look(1, at: 2_000), look(1, at: 5_000), look(1, at: 12_000)]
            ) { $0.topology.redis?.appendOnly = mode }
        }
        let view = ShopTimes.visit + ShopTimes.view + ShopTimes.command
        let log = rig(.everysec)
        #expect(log.requests.map { $0.latency! == view } == [false, true, false, true])
        #expect(log.latency(0) == ShopTimes.sale)
        #expect(log.latency(2)! > .seconds(5))
        #expect(log.faults[0].hadEffect)
        let none = rig(.off)
        #expect(none.requests.map { $0.latency! == view } == [false, true, true, true])
        #expect(!none.faults[0].hadEffect)
    }

    @Test("What is logged while the disk hangs is not there after a crash of the process")
    func stallLosesBuffer() {
        func sold(_ faults: [Fault]) -> Int64? {
            let crash = CrashFault(.named("redis-master"), restartAfter: .milliseconds(100))
            return FaultRig.shop(
                faults + [Fault(.crash(crash), .at(.milliseconds(600)))], [buy(0, at: 200), look(1, at: 3_000)]
            ) { $0.topology.redis?.appendOnly = .everysec }.cachedStock(0)
        }
        #expect(sold([]) == 9)
        #expect(sold([Self.stall("redis-master", .seconds(1), .at(.milliseconds(100)))]) == 10)
    }

    @Test("A snapshot that can't be written makes Redis refuse writes until one can")
    func fullSnapshot() {
        let rig = FaultRig.shop(
            [Self.full("redis-master", .seconds(10), .at(.seconds(1)))],
            [buy(0), buy(1, at: 6_000), look(1, at: 7_000), buy(1, at: 30_000)]
        ) { $0.topology.redis?.save = [SavePoint(after: .seconds(2), changes: 1)] }
        #expect(rig.requests.map(\.outcome) == [.success, .rejected, .success, .success])
        #expect(Self.refusals(rig).contains { $0.contains("MISCONF Redis is configured to save RDB snapshots") })
        #expect(rig.faults[0].hadEffect)
    }

    @Test("A log that can't be written makes Redis refuse writes, for a second longer than the disk is full")
    func fullLog() {
        let rig = FaultRig.shop(
            [Self.full("redis-master", .seconds(5), .at(.seconds(1)))],
            [buy(0, at: 2_000), buy(1, at: 3_000), buy(1, at: 8_000)]
        ) { $0.topology.redis?.appendOnly = .everysec }
        // The write that finds the disk full is answered; the next one is refused.
        #expect(rig.requests.map(\.outcome) == [.rejected, .rejected, .success])
        #expect(Self.refusals(rig).contains { $0.contains("MISCONF Errors writing to the AOF file") })
        #expect(rig.faults[0].hadEffect)
    }

    @Test("With appendfsync always the server exits before it replies, and its file lacks the command")
    func fullAlways() {
        let rig = FaultRig.shop(
            [Self.full("redis-master", .seconds(5), .on(EventTrigger(.purchaseCommitted)))],
            [buy(0), look(1, at: 9_000)]
        ) {
            $0.topology.redis?.appendOnly = .always
            $0.workload.giveUp = .seconds(3)
        }
        #expect(rig.outcome(0) == .timedOut)
        #expect(rig.master.process.incarnation == 1)
        #expect(rig.cachedStock(0) == 10 || rig.cachedStock(0) == 9)
        #expect(Self.refusals(rig).contains { $0.hasPrefix("Can't recover from AOF write error") })
        #expect(rig.outcome(1) == .success)
    }

    @Test("A replica whose disk is full gives up at its master's next write")
    func fullRedisReplica() {
        let rig = FaultRig.shop(
            [Self.full("redis-slave", .seconds(20), .at(.seconds(1)))], [buy(0), buy(1, at: 6_000), buy(2, at: 7_000)],
            rest: .seconds(30)
        ) {
            $0.topology.redis?.replicas = ["redis-slave"]
            $0.topology.redis?.save = [SavePoint(after: .seconds(2), changes: 1)]
        }
        #expect(Self.refusals(rig).contains("Replica was unable to write command to disk."))
        #expect(rig.requests.filter { $0.outcome == .success }.count == 3)
        #expect(rig.system.redisNodes[1].process.incarnation == 1)
        #expect(rig.system.isReplicated)
    }

    @Test("Sentinels take a master for dead that answers PING with MISCONF")
    func fullAndSentinels() {
        let rig = FaultRig.shop(
            [Self.full("redis-master", .seconds(60), .at(.seconds(1)))],
            [buy(0), buy(1), buy(1, at: 30_000), buy(2, at: 30_000)]
        ) {
            $0.watchRedis()
            $0.topology.redis?.save = [SavePoint(after: .seconds(2), changes: 1)]
        }
        #expect(rig.world.failovers.redis.promotedAt != nil)
        #expect(rig.requests.allSatisfy { $0.outcome == .success })
    }

    // MARK: Single resources

    @Test("Of a slow node only the slow resource is slow", arguments: [SlowResource.cpu, .disk, .network])
    func slow(_ resource: SlowResource) {
        let slow = SlowFault(.named("mysql-primary"), factor: 3, resource: resource, for: .seconds(1))
        let rig = FaultRig.shop([Fault(.slow(slow), .at(.zero))], [buy(0, at: 10), buy(1, at: 3_000)])
        let added =
            switch resource {
            case .cpu: ShopTimes.begin + ShopTimes.commit
            case .disk: ShopTimes.selectForUpdate + ShopTimes.update + ShopTimes.insert + ShopTimes.flush
            case .network: ShopTimes.toMySQL * 10
            }
        #expect(rig.latency(0) == ShopTimes.sale + added * 2)
        #expect(rig.latency(1) == ShopTimes.sale)
        #expect(rig.faults[0].hadEffect)
    }

    @Test("A disk that nobody uses changes nothing when it hangs, is full or slow")
    func idle() {
        #expect(FaultRig.isIdle(Self.stall("redis-master", .seconds(1), .at(.zero))))
        #expect(FaultRig.isIdle(Self.full("redis-master", nil, .at(.zero))))
        #expect(FaultRig.isIdle(Self.stall("mysql-primary", .seconds(1), .at(.zero)), [look(0)]))
        #expect(FaultRig.isIdle(Self.full("mysql-primary", nil, .at(.zero)), [look(0)]))
        #expect(
            FaultRig.isIdle(
                Fault(.slow(SlowFault(.named("mysql-primary"), factor: 9, resource: .disk)), .at(.zero)), [look(0)]))
        #expect(FaultRig.isIdle(Fault(.slow(SlowFault(.named("app1"), factor: 1, resource: .cpu)), .at(.zero))))
    }
}
