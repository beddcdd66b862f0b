import Testing
import Topology

@testable import SimNodes

@Suite("Faults of links: delay, loss, partition")
struct LinkFaultTests {
    private static let view = ShopTimes.visit + ShopTimes.view + ShopTimes.command

    private static func shop(_ fault: Fault, _ arrivals: [TraceArrival], watched: Int = 0) -> ShopRig {
        ShopRig(
            .shop(arrivals) {
                $0.workload.warmCache = 1
                $0.faults = [fault]
            }, watched: watched
        ).run(rest: .seconds(10))
    }

    @Test("A delay is added in both directions while it lasts")
    func delay() {
        let fault = DelayFault(
            FaultSides(["app1"], ["redis"]), by: .constant(.milliseconds(10)), for: .seconds(1))
        let rig = Self.shop(
            Fault(.delay(fault), .at(.milliseconds(500))), [look(0), look(0, at: 600), look(0, at: 2_000)])
        #expect(rig.requests.map(\.latency) == [Self.view, Self.view + .milliseconds(20), Self.view])
        #expect(rig.faults[0].hadEffect)
        let texts = rig.world.timeline.milestones.filter { $0.kind == .fault }.map(\.text)
        #expect(texts == ["app1 – redis delayed", "app1 – redis no longer delayed"])
    }

    @Test("Two delays of the same link add up, and end one by one")
    func twoDelays() {
        func fault(_ span: Int64) -> Fault {
            Fault(
                .delay(
                    DelayFault(
                        FaultSides(["application"], ["redis-master"]), by: .constant(.milliseconds(10)),
                        for: .milliseconds(span))), .at(.zero))
        }
        let rig = ShopRig(
            .shop([look(0, at: 100), look(0, at: 700), look(0, at: 1_200)]) {
                $0.workload.warmCache = 1
                $0.faults = [fault(500), fault(1_000)]
            }
        ).run()
        #expect(
            rig.requests.map(\.latency) == [
                Self.view + .milliseconds(40), Self.view + .milliseconds(20), Self.view,
            ])
    }

    @Test("Lost segments are sent again: later, but none is missing")
    func loss() {
        let fault = LossFault(FaultSides(["users"], ["application"]), probability: 0.3, for: .seconds(10))
        let rig = Self.shop(Fault(.loss(fault), .at(.zero)), (0..<60).map { look(0, at: Int64($0) * 97) })
        #expect(rig.requests.allSatisfy { $0.outcome == .success })
        let late = rig.requests.count { $0.latency! >= Self.view + .milliseconds(200) }
        // Half of them lose a segment on the way there or back.
        #expect((15...45).contains(late))
        #expect(rig.requests.count { $0.latency! == Self.view } == 60 - late)
        #expect(rig.faults[0].hadEffect)
    }

    @Test("A link that loses everything is cut, and gets through when it is mended")
    func totalLoss() {
        let fault = LossFault(FaultSides(["users"], ["application"]), probability: 1, for: .seconds(1))
        let rig = Self.shop(Fault(.loss(fault), .at(.zero)), [look(0, at: 100), look(0, at: 5_000)])
        #expect(rig.requests.map(\.outcome) == [.success, .success])
        #expect(rig.latency(0)! > .milliseconds(900))
        #expect(rig.latency(1) == Self.view)
    }

    @Test("A partition holds what is sent until it is healed; who doesn't need the link notices nothing")
    func partition() {
        let fault = PartitionFault(FaultSides(["application"], ["mysql"]), for: .seconds(2))
        let rig = Self.shop(
            Fault(.partition(fault), .at(.milliseconds(500))),
            [buy(0), buy(1, at: 600), look(0, at: 700), buy(2, at: 9_000)])
        #expect(rig.requests.map(\.outcome) == [.success, .success, .success, .success])
        #expect(rig.latency(1)! > .milliseconds(1_900) + ShopTimes.sale - .milliseconds(10))
        #expect(rig.latency(2) == Self.view)
        #expect(rig.latency(3) == ShopTimes.sale)
        #expect(rig.faults[0].hadEffect)
        let texts = rig.world.timeline.milestones.filter { $0.kind == .fault }.map(\.text)
        #expect(texts == ["application – mysql cut", "application – mysql healed"])
    }

    @Test("Cut one way, the work is done and its answer held; the other way it isn't begun")
    func oneWay() {
        func rig(_ from: String, _ to: String) -> ShopRig {
            let fault = PartitionFault(FaultSides([from], [to]), direction: .forward, for: .seconds(2))
            return Self.shop(
                Fault(.partition(fault), .on(EventTrigger(.purchaseInserted))), [buy(0)], watched: 1)
        }
        func at(_ site: EventSite, _ rig: ShopRig) -> TimeSpan { rig.trail.first { $0.site == site }!.at }
        let mute = rig("mysql", "application")
        #expect(at(.mysqlCommit, mute) < .milliseconds(100))
        #expect(at(.purchaseCommitted, mute) > .seconds(2))
        let deaf = rig("application", "mysql")
        #expect(at(.mysqlCommit, deaf) > .seconds(2))
        #expect([mute.outcome(0), deaf.outcome(0)] == [.success, .success])
    }

    @Test("Whoever gives up in a one-way cut doesn't know that the order was placed")
    func placedUnknown() {
        let rig = ShopRig(
            .shop([buy(0)]) {
                $0.workload.giveUp = .seconds(1)
                $0.faults = [
                    Fault(
                        .partition(
                            PartitionFault(
                                FaultSides(["mysql"], ["application"]), direction: .forward, for: .seconds(3))),
                        .on(EventTrigger(.purchaseInserted)))
                ]
            }
        ).run(rest: .seconds(10))
        #expect(rig.outcome(0) == .timedOut)
        #expect(rig.primary.orders.count == 1)
        #expect(LivenessCheck.check(rig.evidence).violations == 0)
    }

    @Test("A partition that is never healed leaves its purchase unfinished, and the user with his patience")
    func forEver() {
        let rig = ShopRig(
            .shop([buy(0)]) {
                $0.workload.giveUp = .seconds(5)
                $0.faults = [
                    Fault(.partition(PartitionFault(FaultSides(["application"], ["mysql"]))), .at(.milliseconds(20)))
                ]
            }
        ).run()
        #expect(rig.latency(0) == .seconds(5))
        #expect(LivenessCheck.check(rig.evidence).violations > 0)
        #expect(rig.evidence.leftovers.map { "\($0.node): \($0.text)" }.contains("mysql-primary: 1 open transactions"))
    }
}
