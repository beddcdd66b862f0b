import Testing
import Topology

@testable import SimNodes

/// A user buys, and looks at once: at a cache that nobody invalidates, and at a replica that needs its time.
@Suite("Reading one's own writes")
struct OwnWritesTests {
    private static func rig(
        _ source: OwnWritesSource, lag: TimeSpan = .milliseconds(200),
        _ change: (inout Scenario) -> Void = { _ in }
    ) -> ShopRig {
        var arrivals = [buy(0), look(0, at: 100), look(0, at: 110), look(0, at: 2_000)]
        for (index, user) in [7, 7, 8, 7].enumerated() { arrivals[index].user = user }
        return ShopRig(
            .shop(arrivals) {
                $0.workload.warmCache = 1
                $0.topology.promises.readYourWrites = true
                $0.topology.mysql?.replicas = ["mysql-replica"]
                $0.topology.mysql?.replication.applyTime = .constant(lag)
                $0.topology.view.ownWrites.source = source
                $0.topology.view.ownWrites.for = .seconds(1)
                change(&$0)
            }
        ).run()
    }

    @Test("Served as everybody else, a user doesn't see the own purchase, and I6 says so")
    func asOthers() {
        let rig = Self.rig(.asOthers)
        #expect(rig.requests.dropFirst().map(\.shownVersion) == [0, 0, 0])
        let finding = StaleCacheCheck.check(rig.evidence)
        #expect(finding.incidents.count { $0.kind == .ownWriteUnseen } == 2)
    }

    @Test("Pinned to the primary a user sees it at once, as long as the session is marked")
    func primary() {
        let rig = Self.rig(.primary)
        #expect(rig.requests.dropFirst().map(\.shownVersion) == [1, 0, 0])
        #expect(
            rig.latency(1) == ShopTimes.visit + ShopTimes.view + ShopTimes.statement(ShopTimes.select))
        let long = Self.rig(.primary) { $0.topology.view.ownWrites.for = .seconds(5) }
        #expect(long.requests.dropFirst().map(\.shownVersion) == [1, 0, 1])
        #expect(
            StaleCacheCheck.check(long.evidence).incidents.count { $0.kind == .ownWriteUnseen } == 0)
    }

    @Test("Or the view waits until the replica has it")
    func caughtUpReplica() {
        let rig = Self.rig(.caughtUpReplica)
        #expect(rig.requests[1].shownVersion == 1)
        // Committed at some 45 ms, and applied 200 ms later.
        #expect(rig.latency(1)! > .milliseconds(120) && rig.latency(1)! < .milliseconds(200))
    }

    @Test("If that takes too long, the primary is asked")
    func replicaTooSlow() {
        let rig = Self.rig(.caughtUpReplica, lag: .seconds(5)) {
            $0.topology.view.ownWrites.timeout = .milliseconds(100)
        }
        #expect(rig.requests[1].shownVersion == 1)
        #expect(rig.latency(1)! > .milliseconds(100) && rig.latency(1)! < .milliseconds(150))
    }
}
