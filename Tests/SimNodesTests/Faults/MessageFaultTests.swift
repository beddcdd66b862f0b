import Testing
import Topology

@testable import SimNodes

@Suite("Faults of messages: reordering, duplication, resets")
struct MessageFaultTests {
    private static let view = ShopTimes.visit + ShopTimes.view + ShopTimes.command
    private static let toUsers = FaultSides(["users"], ["application"])

    @Test("Segments that are held back are overtaken; none is missing, the others are on time")
    func reorder() {
        let fault = ReorderFault(Self.toUsers, probability: 0.3, by: .constant(.milliseconds(50)))
        let rig = FaultRig.shop([Fault(.reorder(fault), .at(.zero))], (0..<60).map { look(0, at: Int64($0) * 7) })
        #expect(rig.requests.allSatisfy { $0.outcome == .success })
        let late = rig.requests.count { $0.latency! > Self.view }
        #expect((15...45).contains(late))
        #expect(rig.requests.count { $0.latency == Self.view } == 60 - late)
        #expect(rig.faults[0].hadEffect)
    }

    @Test("Within a connection the order stays: who was not held back waits behind who was")
    func orderWithinConnection() {
        let fault = ReorderFault(
            FaultSides(["app1"], ["redis-master"]), probability: 0.5, by: .constant(.milliseconds(20)))
        let rig = FaultRig.shop([Fault(.reorder(fault), .at(.zero))], (0..<40).map { look(0, at: 100 + Int64($0)) })
        let answers = rig.requests.map { $0.intended + $0.latency! }
        #expect(answers == answers.sorted())
        #expect(answers.last! - answers.first! >= .milliseconds(39))
        #expect(rig.faults[0].hadEffect)
    }

    private static func duplicate(_ probability: Double) -> Fault {
        Fault(
            .duplicate(DuplicateFault(toUsers, probability: probability, by: .constant(.milliseconds(500)))), .at(.zero)
        )
    }

    @Test("A request that comes twice is served twice, unless a key says that it is the same")
    func duplicate() {
        let twice = FaultRig.shop([Self.duplicate(1)], [buy(0)])
        #expect(twice.requests.map(\.outcome) == [.success])
        #expect(twice.latency(0) == ShopTimes.sale)
        #expect(twice.primary.orders.map(\.trace) == [0, 0])
        #expect(twice.stock(0) == 8)
        #expect(twice.faults[0].hadEffect)
        let once = FaultRig.shop([Self.duplicate(1)], [buy(0)]) {
            $0.topology.purchase.transaction.idempotencyKey = .unique
        }
        #expect(once.primary.orders.count == 1)
        #expect(once.stock(0) == 9)
    }

    @Test("Connections to the database that were reset fail their next borrower, if nobody tries them out")
    func resetIdle() {
        func rig(_ window: TimeSpan) -> ShopRig {
            FaultRig.shop(
                [Fault(.reset(ResetFault(FaultSides(["application"], ["mysql"]))), .at(.milliseconds(500)))],
                [buy(0), buy(1, at: 2_000)]
            ) { $0.topology.application.primaryPool.aliveBypassWindow = window }
        }
        let blind = rig(.seconds(3_600))
        #expect(blind.requests.map(\.outcome) == [.success, .rejected])
        #expect(blind.faults[0].hadEffect)
        #expect(blind.primary.openTransactions == 0)
        #expect(rig(.milliseconds(500)).requests.map(\.outcome) == [.success, .success])
    }

    @Test("A reset between the commit and its answer leaves the user in the dark, and the order in the database")
    func resetCommit() {
        let rig = FaultRig.shop(
            [Fault(.reset(ResetFault(FaultSides(["mysql"], ["app1"]))), .on(EventTrigger(.mysqlCommit)))], [buy(0)])
        #expect(rig.requests.map(\.outcome) == [.unknown])
        #expect(rig.primary.orders.map(\.trace) == [0])
        // Before the commit nothing is left of it.
        let early = FaultRig.shop(
            [Fault(.reset(ResetFault(FaultSides(["mysql"], ["app1"]))), .on(EventTrigger(.purchaseInserted)))], [buy(0)]
        )
        #expect(early.primary.orders.isEmpty)
        #expect(early.primary.openTransactions == 0)
    }

    @Test("Lettuce sends a command again whose answer a reset took: the lock turns its own holder away")
    func resetRedis() {
        let reset = Fault(.reset(ResetFault(FaultSides(["app1"], ["redis-master"]))), .on(EventTrigger(.redisWrite)))
        let rig = FaultRig.shop([reset], [buy(0)])
        #expect(rig.requests.map(\.outcome) == [.lockNotAcquired])
        #expect(rig.faults[0].hadEffect)
        let once = FaultRig.shop([reset], [buy(0)]) { $0.topology.application.redisClient.replay = .atMostOnce }
        #expect(once.requests.map(\.outcome) == [.unknown])
    }

    @Test("A user whose connection is reset doesn't know, and the server goes on")
    func resetUser() {
        let rig = FaultRig.shop(
            [Fault(.reset(ResetFault(Self.toUsers)), .on(EventTrigger(.purchaseBegun)))], [buy(0)])
        #expect(rig.requests.map(\.outcome) == [.unknown])
        #expect(rig.primary.orders.map(\.trace) == [0])
    }

    @Test("A replica whose connection is reset connects again, and lacks nothing")
    func resetReplication() {
        let rig = FaultRig.shop(
            [
                Fault(.reset(ResetFault(FaultSides(["mysql-replica"], ["mysql-primary"]))), .at(.seconds(1))),
                Fault(.reset(ResetFault(FaultSides(["redis-slave"], ["redis-master"]))), .at(.seconds(1))),
            ], [buy(0), buy(1, at: 1_000), buy(2, at: 3_000)]
        ) {
            $0.watchMySQL(isWatched: false)
            $0.topology.redis?.replicas = ["redis-slave"]
        }
        #expect(rig.faults.allSatisfy { $0.hadEffect })
        #expect(rig.system.isReplicated)
        #expect(rig.system.databases[1].orders.count == 3)
    }

    @Test("A share of the connections is drawn from the seed")
    func share() {
        func broken(_ share: Double, seed: UInt64) -> String {
            let sides = FaultSides(["application"], ["mysql"])
            let rig = FaultRig.shop(
                [Fault(.reset(ResetFault(sides, share: share)), .at(.milliseconds(500)))], [buy(0)], seed: seed)
            return rig.world.timeline.milestones.first { $0.kind == .fault }!.text
        }
        #expect(broken(1, seed: 1) == "application – mysql: 10 connections reset")
        #expect(broken(0.5, seed: 1) == broken(0.5, seed: 1))
        #expect(Set((0..<8).map { broken(0.5, seed: $0) }).count > 1)
    }

    @Test("What strikes no message changes nothing")
    func idle() {
        let sides = FaultSides(["application"], ["mysql"])
        #expect(
            FaultRig.isIdle(
                Fault(.reorder(ReorderFault(sides, probability: 0, by: .constant(.milliseconds(9)))), .at(.zero))))
        #expect(FaultRig.isIdle(Self.duplicate(0)))
        #expect(FaultRig.isIdle(Fault(.reset(ResetFault(sides, share: 0)), .at(.zero))))
        #expect(FaultRig.isIdle(Fault(.reset(ResetFault(FaultSides(["users"], ["mysql"]))), .at(.zero))))
    }
}
