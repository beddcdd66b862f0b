import Testing
import Topology

@testable import SimNodes

@Suite("Faults of nodes: crash, restart, pause, slowness")
struct NodeFaultTests {
    private static let view = ShopTimes.visit + ShopTimes.view + ShopTimes.command

    private static func shop(_ fault: Fault, _ arrivals: [TraceArrival], watched: Int = 0) -> ShopRig {
        ShopRig(
            .shop(arrivals) {
                $0.workload.warmCache = 1
                $0.workload.giveUp = .seconds(10)
                $0.faults = [fault]
            }, watched: watched
        ).run()
    }

    @Test("A crashed server refuses, and serves again when it has been started")
    func crashAndRestart() {
        let rig = Self.shop(
            Fault(.crash(CrashFault(.named("app1"), restartAfter: .seconds(1))), .at(.milliseconds(500))),
            [look(0), look(0, at: 600), look(0, at: 2_400), look(0, at: 2_600)])
        // A second until it is started, and a second until it listens.
        #expect(rig.requests.map(\.outcome) == [.success, .rejected, .rejected, .success])
        #expect(rig.latency(1) == ShopTimes.toApplication * 2)
        #expect(rig.faults[0].appliedAt == .zero + .milliseconds(500))
        #expect(rig.faults[0].hadEffect)
        #expect(rig.faults[0].requestsAffected == 2)
        let texts = rig.world.timeline.milestones.filter { $0.kind == .fault }
        #expect(texts.map(\.text) == ["process crashed", "process is up again"])
        #expect(texts.map(\.node) == ["app1", "app1"])
        #expect(texts.map { $0.at - rig.world.opening } == [.milliseconds(500), .milliseconds(2_500)])
    }

    @Test("Without a restart it stays down")
    func crashForGood() {
        let rig = Self.shop(
            Fault(.crash(CrashFault(.named("app1"))), .at(.milliseconds(500))), [look(0), look(0, at: 60_000)])
        #expect(rig.requests.map(\.outcome) == [.success, .rejected])
    }

    @Test("A lost machine answers nobody; a lost process resets at once")
    func host() {
        func rig(_ how: CrashKind) -> ShopRig {
            Self.shop(
                Fault(.crash(CrashFault(.itself, how: how)), .on(EventTrigger(.purchaseBegun))), [buy(0)])
        }
        #expect(rig(.process).outcome(0) == .unknown)
        #expect(rig(.process).latency(0)! < .milliseconds(50))
        #expect(rig(.host).outcome(0) == .timedOut)
        #expect(rig(.host).latency(0) == .seconds(10))
        #expect(rig(.host).primary.orders.isEmpty)
    }

    @Test(
        "On the n-th event, counted on one node or on all",
        arguments: [(nil, "app1"), ("app2", "app2")] as [(String?, String)])
    func onEvent(_ node: String?, _ victim: String) {
        let rig = ShopRig(
            .shop((0..<8).map { buy($0 % 3, at: Int64($0) * 200) }) {
                $0.topology.application.servers = ["app1", "app2"]
                $0.faults = [
                    Fault(.crash(CrashFault(.itself)), .on(EventTrigger(.purchaseRowLocked, nth: 3, node: node)))
                ]
            }
        ).run()
        // Requests alternate: the third of all is the fifth server's turn app1's, the third of app2 is the sixth.
        let number = node == nil ? 2 : 5
        #expect(rig.outcome(number) == .unknown)
        #expect(rig.requests.prefix(number).allSatisfy { $0.outcome == .success })
        #expect(rig.world.timeline.milestones.first { $0.kind == .fault }?.node == victim)
        // Every second one from then on meets the dead one.
        #expect(
            rig.requests.suffix(from: number + 1).map(\.outcome).filter { $0 == .rejected }.count == (7 - number) / 2)
    }

    @Test("The struck code runs no further statement; a delayed fault lets it run on")
    func strikesExactly() {
        let exact = Self.shop(
            Fault(.crash(CrashFault(.itself)), .on(EventTrigger(.purchaseInserted))), [buy(0)], watched: 1)
        #expect(exact.trail.last?.site == .purchaseInserted)
        #expect(exact.primary.orders.isEmpty)
        let later = Self.shop(
            Fault(.crash(CrashFault(.itself)), .on(EventTrigger(.purchaseInserted, after: .milliseconds(20)))), [buy(0)]
        )
        #expect(later.primary.orders.count == 1)
        let inserted = exact.trail.last!.at
        #expect(later.faults[0].appliedAt == Instant.zero + inserted + .milliseconds(20))
    }

    @Test("A restart is a crash and a start, and the node comes back")
    func restart() {
        let rig = Self.shop(
            Fault(.restart(RestartFault("app1")), .at(.milliseconds(500))),
            [look(0), look(0, at: 1_000), look(0, at: 1_600)])
        #expect(rig.requests.map(\.outcome) == [.success, .rejected, .success])
        #expect(rig.faults[0].hadEffect)
        let texts = rig.world.timeline.milestones.filter { $0.kind == .fault }.map(\.text)
        #expect(texts == ["restarted", "process is up again"])
    }

    @Test("A restarted database has its orders, and serves again")
    func restartDatabase() {
        let rig = ShopRig(
            .shop([buy(0), buy(1, at: 600), buy(2, at: 9_000)]) {
                // Connections that died with the server are found out before they are lent.
                $0.topology.application.primaryPool.aliveBypassWindow = .milliseconds(500)
                $0.faults = [
                    Fault(
                        .crash(CrashFault(.named("mysql-primary"), restartAfter: .seconds(1))), .at(.milliseconds(500)))
                ]
            }
        ).run()
        #expect(rig.requests.map(\.outcome) == [.success, .rejected, .success])
        #expect(rig.primary.orders.map(\.trace) == [0, 2])
        #expect(LivenessCheck.check(rig.evidence).violations == 0)
    }

    @Test("A connection that is not tried out is lent dead")
    func deadConnection() {
        let rig = Self.shop(
            Fault(.crash(CrashFault(.named("mysql-primary"), restartAfter: .seconds(1))), .at(.milliseconds(500))),
            [buy(0), buy(1, at: 20_000)])
        #expect(rig.requests.map(\.outcome) == [.success, .rejected])
        #expect(rig.latency(1)! < .milliseconds(50))
    }

    @Test("A pause adds what is left of it, to the moment")
    func pause() {
        let rig = Self.shop(
            Fault(.pause(PauseFault(.named("app1"), for: .seconds(2))), .at(.milliseconds(500))),
            [look(0), look(0, at: 600), look(0, at: 3_000)])
        #expect(rig.requests.map(\.outcome) == [.success, .success, .success])
        #expect(rig.latency(1) == .milliseconds(1_900) + Self.view - ShopTimes.toApplication)
        #expect(rig.latency(2) == Self.view)
        let texts = rig.world.timeline.milestones.filter { $0.kind == .fault }.map(\.text)
        #expect(texts == ["paused for 2.0 s", "goes on after its pause"])
    }

    @Test("A pause on an event stops the code at that statement and lets it go on after it")
    func pauseOnEvent() {
        let rig = Self.shop(
            Fault(.pause(PauseFault(.itself, for: .seconds(2))), .on(EventTrigger(.purchaseRowLocked))), [buy(0)])
        #expect(rig.outcome(0) == .success)
        #expect(rig.latency(0) == ShopTimes.sale + .seconds(2))
    }

    @Test("A slow node takes its factor longer for what it computes, and nothing else, for as long as it is slow")
    func slow() {
        let rig = Self.shop(
            Fault(.slow(SlowFault(.named("app1"), factor: 10, for: .seconds(1))), .at(.milliseconds(500))),
            [look(0), look(0, at: 600), look(0, at: 2_000)])
        #expect(rig.latency(0) == Self.view)
        #expect(rig.latency(1) == Self.view + (ShopTimes.accept + ShopTimes.view) * 9)
        #expect(rig.latency(2) == Self.view)
        #expect(rig.faults[0].hadEffect)
    }

    @Test("A slow Redis or MySQL slows its own share", arguments: ["redis-master", "mysql-primary"])
    func slowStore(_ node: String) {
        let rig = Self.shop(Fault(.slow(SlowFault(.named(node), factor: 3)), .at(.zero)), [buy(0, at: 10)])
        let work =
            node == "redis-master"
            ? ShopTimes.redis * 5
            : ShopTimes.transaction - ShopTimes.toMySQL * 10
        #expect(rig.latency(0) == ShopTimes.sale + work * 2)
    }
}
