import Testing
import Topology

@testable import SimNodes

@Suite("Events through an outbox")
struct OutboxTests {
    private static func shop(_ publish: PublishPoint, _ faults: [Fault], servers: [String] = ["app1", "app2"])
        -> ShopRig
    {
        ShopRig(
            .shop([buy(0), buy(1, at: 400)]) {
                $0.topology.application.servers = servers
                $0.topology.promises.eventPerOrder = true
                $0.topology.purchase.publish = publish
                $0.workload.subscribers = SubscriberSettings()
                // Who waits for a machine that is gone would wait for ever.
                $0.topology.application.primaryPool.socketTimeout = .seconds(1)
                $0.faults = faults
            }
        ).run(rest: .seconds(30))
    }

    private static func crash(on site: EventSite) -> Fault {
        Fault(.crash(CrashFault(.itself, restartAfter: .milliseconds(200))), .on(EventTrigger(site)))
    }

    @Test("Each order is announced once its transaction is committed, by a relay that looks ten times a second")
    func relay() {
        let rig = Self.shop(.outbox, [])
        #expect(rig.requests.map(\.outcome) == [.success, .success])
        #expect(rig.world.history.deliveredEvents == 2)
        #expect(rig.primary.unpublishedEvents.isEmpty)
        #expect(LostOrderCheck.check(rig.evidence).violations == 0)
        let committed = rig.evidence.effects.first { $0.kind == .orderStored }!.at
        let announced = rig.evidence.effects.first { $0.kind == .publicationTaken }!.at
        #expect(announced > committed && announced < committed + .milliseconds(150))
    }

    @Test("A server that dies between commit and publication leaves an order that nobody hears of; an outbox does not")
    func dualWriteGap() {
        let gap = Self.shop(.afterCommit, [Self.crash(on: .purchaseCommitted)])
        let finding = LostOrderCheck.check(gap.evidence)
        #expect(finding.violations == 1 && finding.incidents.map(\.kind) == [.unannouncedOrder])
        #expect(finding.incidents[0].requests == [0])
        let outbox = Self.shop(.outbox, [Self.crash(on: .purchaseCommitted)])
        #expect(outbox.requests[0].outcome != .success)
        #expect(LostOrderCheck.check(outbox.evidence).violations == 0)
        #expect(outbox.world.history.deliveredEvents == 2)
    }

    @Test("What a relay could not take out it publishes again: at least once")
    func twice() {
        // The second commit is the relay's, and lost with the machine.
        let failure = CrashFault(.itself, how: .host, restartAfter: .milliseconds(500))
        let rig = Self.shop(.outbox, [Fault(.crash(failure), .on(EventTrigger(.mysqlPrepare, nth: 2)))])
        #expect(rig.evidence.effects.count { $0.kind == .publicationTaken && $0.request == 0 } == 2)
        #expect(LostOrderCheck.check(rig.evidence).violations == 0)
        #expect(rig.primary.unpublishedEvents.isEmpty)
    }

    @Test("Events that nobody relays are leftovers, and break I7")
    func nobodyRelays() {
        let rig = Self.shop(
            .outbox,
            [Fault(.crash(CrashFault(.named("app1"))), .on(EventTrigger(.mysqlCommit)))], servers: ["app1"])
        #expect(rig.primary.unpublishedEvents.map(\.order) == [0])
        #expect(LivenessCheck.check(rig.evidence).incidents.contains { $0.text.contains("wait in the outbox") })
    }

    @Test("What is published inside of a transaction is out even if that never commits")
    func insideTransaction() {
        func rig(_ publish: PublishPoint) -> ShopRig {
            Self.shop(
                publish,
                [Fault(.crash(CrashFault(.named("mysql-primary"), how: .host)), .on(EventTrigger(.mysqlPrepare)))])
        }
        #expect(VisibilityCheck.check(rig(.insideTransaction).evidence).incidents.map(\.kind) == [.phantomEvent])
        #expect(VisibilityCheck.check(rig(.outbox).evidence).violations == 0)
    }
}

@Suite("Deadlines that requests carry")
struct DeadlineTests {
    /// Three purchases for one connection; each takes it for 35 ms, and the users wait for 60.
    private static func rig(_ check: DeadlineCheck, margin: TimeSpan = .zero) -> ShopRig {
        ShopRig(
            .shop([buy(0), buy(1, at: 1), buy(2, at: 2)]) {
                $0.topology.application.primaryPool.size = 1
                $0.topology.promises.nothingAfterGiveUp = .milliseconds(5)
                $0.topology.purchase.deadline.check = check
                $0.topology.purchase.deadline.margin = margin
                $0.topology.purchase.stockCheck = .none
                $0.workload.giveUp = .milliseconds(60)
            }
        ).run()
    }

    @Test("Without a look at the deadline users who have gone buy all the same, and I9 says so where that is promised")
    func never() {
        let rig = Self.rig(.never)
        #expect(rig.requests.map(\.outcome) == [.success, .timedOut, .timedOut])
        #expect(rig.evidence.orders.count == 3)
        let finding = VisibilityCheck.check(rig.evidence)
        #expect(finding.incidents.map(\.kind) == [.zombieOrder, .zombieOrder])
        #expect(finding.violations == 2)
    }

    @Test("A look at the start is too early for what waits for a connection; one before the commit is not")
    func commit() {
        #expect(Self.rig(.start).evidence.orders.count == 3)
        let rig = Self.rig(.commit, margin: .milliseconds(10))
        #expect(rig.requests.map(\.outcome) == [.success, .timedOut, .timedOut])
        #expect(rig.evidence.orders.map(\.trace) == [0])
        #expect(rig.stock(1) == 10 && rig.cachedStock(1) == 10)
        #expect(VisibilityCheck.check(rig.evidence).violations == 0)
        #expect(rig.primary.openTransactions == 0)
    }

    @Test("What has waited too long for a thread is not begun")
    func start() {
        func rig(_ check: DeadlineCheck) -> ShopRig {
            ShopRig(
                .shop([buy(0), buy(1), buy(2)]) {
                    $0.topology.application.threads = .limited(1)
                    $0.topology.purchase.deadline.check = check
                    $0.workload.giveUp = .milliseconds(60)
                }
            ).run()
        }
        #expect(rig(.never).count(.purchaseBegun) == 3)
        #expect(rig(.start).count(.purchaseBegun) == 2)
    }
}
