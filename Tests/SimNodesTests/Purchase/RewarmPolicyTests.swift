import Testing
import Topology

@testable import SimNodes

@Suite("Loading the stock in Redis again")
struct RewarmPolicyTests {
    private func rig(
        _ arrivals: [TraceArrival], _ change: (inout Scenario, inout RewarmPolicy) -> Void
    ) -> ShopRig {
        ShopRig(
            .shop(arrivals) { scenario in
                scenario.topology.purchase.stockCheck = .decrementFirst
                scenario.topology.purchase.lock.kind = .none
                scenario.topology.purchase.transaction.idempotencyKey = .unique
                scenario.topology.purchase.reservation.record = .perKey
                scenario.topology.purchase.reservation.giveBack = .recorded
                var rewarm = RewarmPolicy()
                change(&scenario, &rewarm)
                scenario.topology.purchase.rewarm = rewarm
            }
        ).run()
    }

    private let flush = Fault(.flushAll(FlushAllFault(.named("redis-master"))), .at(.milliseconds(200)))

    @Test(
        "A stock that is gone counts as sold out, or is loaded when somebody asks for it",
        arguments: RewarmMethod.allCases)
    func onMissing(_ how: RewarmMethod) {
        func rig(_ when: RewarmOccasion) -> ShopRig {
            self.rig([buy(0, quantity: 3), buy(0, at: 500, quantity: 3)]) {
                $0.faults = [flush]
                ($1.when, $1.how) = (when, how)
            }
        }
        #expect(rig(.never).requests.map(\.outcome) == [.success, .insufficientStock])
        let loaded = rig(.onMissing)
        #expect(loaded.requests.map(\.outcome) == [.success, .success])
        #expect((loaded.stock(0), loaded.cachedStock(0)) == (4, 4))
        #expect(loaded.world.situations.reached.contains(.stockRewarmed))
    }

    /// A connection breaks and comes back while a sale has taken its units and not yet committed.
    private func reconnected(_ how: RewarmMethod) -> ShopRig {
        rig([buy(0, quantity: 3)]) {
            ($1.when, $1.how) = (.onReconnect, how)
            let cut = ResetFault(FaultSides(["app1"], ["redis-master"]))
            $0.faults = [Fault(.reset(cut), .on(EventTrigger(.purchaseRowLocked)))]
        }
    }

    @Test("SET after a reconnection forgets what has been taken; SET NX and the script that waits for quiet don't")
    func onReconnect() {
        let overwritten = reconnected(.set)
        #expect(overwritten.outcome(0) == .success)
        #expect((overwritten.stock(0), overwritten.cachedStock(0)) == (7, 10))
        for how in [RewarmMethod.setIfAbsent, .setIfQuiet] {
            let kept = reconnected(how)
            #expect((kept.stock(0), kept.cachedStock(0)) == (7, 7))
        }
    }

    @Test("A job mends what nobody notices")
    func periodically() {
        func left(_ how: RewarmMethod) -> Int64? {
            rig([buy(1)]) {
                $0.workload.stock = 10
                ($1.when, $1.how, $1.every) = (.periodically, how, .seconds(1))
                $0.topology.purchase.cache.update = .decrement
                $0.faults = [flush]
            }.cachedStock(0)
        }
        #expect(left(.setIfAbsent) == 10)
        #expect(left(.setIfQuiet) == 10)
    }
}
