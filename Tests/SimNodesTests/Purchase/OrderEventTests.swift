import Testing
import Topology

@testable import SimNodes

@Suite("Order events over pub/sub")
struct OrderEventTests {
    private static func shop(
        _ purchases: Int, subscribers: Int, delay: TimeSpan = .zero, _ change: (inout Scenario) -> Void = { _ in }
    ) -> Scenario {
        .shop((0..<purchases).map { buy($0 % 3, at: Int64($0) * 200) }) {
            var settings = SubscriberSettings()
            settings.count = subscribers
            settings.delay = .constant(delay)
            $0.workload.subscribers = settings
            change(&$0)
        }
    }

    @Test("Each subscriber gets each order once")
    func delivery() {
        let rig = ShopRig(Self.shop(9, subscribers: 3)).run()
        #expect(rig.world.history.publishedEvents == 9)
        #expect(rig.world.history.deliveredEvents == 27)
    }

    @Test("Slow or absent subscribers do not slow the purchase down", arguments: [0, 1, 5])
    func independence(subscribers: Int) {
        let rig = ShopRig(
            Self.shop(3, subscribers: max(1, subscribers), delay: .seconds(3)) {
                if subscribers == 0 { $0.workload.subscribers = nil }
            }
        ).run()
        #expect(rig.requests.allSatisfy { $0.latency == ShopTimes.sale })
    }

    @Test("What is published while a subscriber is away is lost to it, and nobody is told")
    func loss() {
        let rig = ShopRig(
            Self.shop(10, subscribers: 1) {
                $0.faults = [
                    Fault(
                        .crash(CrashFault(.named("subscriber1"), restartAfter: .seconds(60))), .at(.milliseconds(900)))
                ]
            }
        ).run()
        #expect(rig.requests.allSatisfy { $0.outcome == .success })
        #expect(rig.world.history.publishedEvents == 10)
        #expect(rig.world.history.deliveredEvents == 5)
    }
}
