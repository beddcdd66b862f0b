import Testing
import Topology

@testable import SimNodes

@Suite("Faults of replicas: stall, lag")
struct ReplicationFaultTests {
    private static func stall(
        _ node: String, _ part: ReplicationPart = .receive, _ span: TimeSpan = .seconds(5)
    ) -> Fault {
        Fault(.replicationStall(ReplicationStallFault(.named(node), part: part, for: span)), .at(.milliseconds(500)))
    }

    private static func mysql(_ faults: [Fault], _ change: (inout Scenario) -> Void = { _ in }) -> ShopRig {
        FaultRig.shop(faults, [buy(0, at: 1_000), buy(1, at: 2_000), buy(2, at: 3_000)], rest: .milliseconds(500)) {
            $0.watchMySQL(isWatched: false)
            $0.topology.mysql?.replication.netTimeout = .seconds(60)
            change(&$0)
        }
    }

    @Test("A receiver that stands still has nothing, then everything, over the same connection")
    func receiver() {
        let rig = Self.mysql([Self.stall("mysql-replica")])
        let replica = rig.system.databases[1]
        #expect(rig.requests.allSatisfy { $0.latency == ShopTimes.sale })
        #expect(replica.receivedPosition == 0)
        #expect(replica.isReceivingFromSource)
        rig.world.universe.run(until: rig.world.opening + .seconds(6))
        #expect(replica.orders.map(\.trace) == [0, 1, 2])
        #expect(rig.faults[0].hadEffect)
        let lost = rig.world.timeline.milestones.contains { $0.text.hasPrefix("loses its connection") }
        #expect(!lost)
    }

    @Test("A receiver that stands still for longer than the heartbeat's patience reconnects, and lacks nothing")
    func receiverTimesOut() {
        let rig = Self.mysql([Self.stall("mysql-replica")]) { $0.topology.mysql?.replication.netTimeout = .seconds(2) }
        #expect(rig.world.timeline.milestones.contains { $0.text.contains("has heard nothing from mysql-primary") })
        rig.world.universe.run(until: rig.world.opening + .seconds(12))
        #expect(rig.system.databases[1].orders.map(\.trace) == [0, 1, 2])
    }

    @Test("Semi-synchronous commits wait for a receiver that stands still, until they no longer do")
    func semiSync() {
        let rig = Self.mysql([Self.stall("mysql-replica")]) {
            $0.topology.mysql?.replication.mode = .semiSynchronous
            $0.topology.mysql?.replication.timeout = .seconds(2)
        }
        #expect(rig.latency(0)! > .seconds(2))
        #expect(rig.requests.allSatisfy { $0.outcome == .success })
        #expect(!rig.primary.isSemiSynchronous)
    }

    @Test("An applier that stands still has received everything and shows nothing")
    func applier() {
        let rig = Self.mysql([Self.stall("mysql-replica", .apply)])
        let replica = rig.system.databases[1]
        #expect(replica.receivedPosition == 3)
        #expect(replica.orders.isEmpty)
        rig.world.universe.run(until: rig.world.opening + .seconds(6))
        #expect(replica.orders.map(\.trace) == [0, 1, 2])
        #expect(rig.faults[0].hadEffect)
    }

    @Test("A replica that lags shows a view what is no longer so")
    func lag() {
        func rig(_ faults: [Fault]) -> ShopRig {
            FaultRig.shop(faults, [buy(0), look(0, at: 600), look(1, at: 700)]) {
                $0.watchMySQL(isWatched: false)
                $0.workload.warmCache = 0
            }
        }
        let lag = ApplyLagFault(.named("mysql-replica"), by: .constant(.seconds(3)), for: .seconds(10))
        let late = rig([Fault(.applyLag(lag), .at(.zero))])
        #expect(late.world.history.staleReads == 1)
        #expect(late.faults[0].hadEffect)
        #expect(late.system.isReplicated)
        #expect(rig([]).world.history.staleReads == 0)
    }

    @Test("A Redis replica that reads nothing stays connected and acknowledges nothing new; then it has it all")
    func redis() {
        let rig = FaultRig.shop(
            [Self.stall("redis-slave")], [buy(0), buy(1, at: 1_000), buy(2, at: 6_500)], rest: .zero
        ) {
            $0.topology.redis?.replicas = ["redis-slave"]
            $0.topology.purchase.lock.waitForReplicas = 1
            $0.topology.purchase.lock.waitTimeout = .milliseconds(300)
        }
        #expect(rig.requests.map(\.outcome) == [.success, .rejected, .success])
        #expect(rig.system.isReplicated)
        #expect(!rig.world.timeline.milestones.contains { $0.text.contains("resync") })
        #expect(rig.faults[0].hadEffect)
    }

    @Test("Nothing to receive, nothing to apply: nothing changed")
    func idle() {
        func hadEffect(_ fault: Fault, _ arrival: TraceArrival) -> Bool {
            let result = Simulation.run(
                .shop([arrival]) {
                    $0.watchMySQL(isWatched: false)
                    $0.topology.mysql?.replication.netTimeout = .seconds(60)
                    $0.workload.warmCache = 1
                    $0.topology.view.cacheTTL = .seconds(300)
                    $0.faults = [fault]
                }, seed: 1)
            #expect((result.verdict.kind == .invalid) == !result.faults[0].hadEffect)
            return result.faults[0].hadEffect
        }
        #expect(!hadEffect(Self.stall("mysql-replica"), look(0, at: 600)))
        #expect(!hadEffect(Self.stall("mysql-primary"), buy(0, at: 600)))
        #expect(!hadEffect(Self.stall("mysql-replica", .apply), look(0, at: 600)))
        let lag = ApplyLagFault(.named("mysql-replica"), by: .constant(.zero))
        #expect(!hadEffect(Fault(.applyLag(lag), .at(.zero)), buy(0)))
    }
}
