import Testing
import Topology

@testable import SimNodes

@Suite("Shutdown of an application server")
struct GracefulShutdownTests {
    private static func restart(_ mode: ShutdownMode, timeout: TimeSpan = .seconds(30)) -> ShopRig {
        ShopRig(
            .shop([buy(0), buy(1, at: 30)]) {
                $0.topology.application.shutdown = mode
                $0.topology.application.shutdownTimeout = timeout
                $0.faults = [Fault(.restart(RestartFault("app1")), .at(.milliseconds(20)))]
            }
        ).run()
    }

    @Test("Gracefully, what is under way is finished and what is new is refused")
    func graceful() {
        let rig = Self.restart(.graceful)
        #expect(rig.outcome(0) == .success)
        #expect(rig.latency(0) == ShopTimes.sale)
        #expect(rig.outcome(1) == .rejected)
        #expect(rig.primary.orders.map(\.trace) == [0])
        #expect(rig.system.applications[0].process.incarnation == 1)
        #expect(rig.system.applications[0].process.isListening)
    }

    @Test("Immediately, what is under way is cut off")
    func immediate() {
        let rig = Self.restart(.immediate)
        #expect(rig.outcome(0) == .unknown)
        #expect(rig.primary.orders.isEmpty)
    }

    @Test("A drain that takes too long is cut off as well")
    func impatient() {
        let rig = Self.restart(.graceful, timeout: .milliseconds(5))
        #expect(rig.outcome(0) == .unknown)
        #expect(rig.system.applications[0].process.incarnation == 1)
    }
}
