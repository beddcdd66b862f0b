import Testing
import Topology

@testable import SimNodes

@Suite("The ledger of faults, and the runs it makes invalid")
struct FaultLedgerTests {
    private static func result(_ faults: [Fault], _ arrivals: [TraceArrival] = [buy(0)]) -> RunResult {
        Simulation.run(.shop(arrivals) { $0.faults = faults }, seed: 1)
    }

    @Test(
        "A fault whose moment never comes makes the run invalid",
        arguments: [
            FaultTrigger.on(EventTrigger(.purchaseCommitted, nth: 2)), .on(EventTrigger(.mysqlPromoted)),
            .on(EventTrigger(.purchaseBegun, node: "redis-master")), .at(.seconds(500)),
        ])
    func never(_ trigger: FaultTrigger) {
        let result = Self.result([Fault(.crash(CrashFault(.named("redis-master"))), trigger)])
        #expect(result.verdict.kind == .invalid)
        #expect(result.verdict.exitCode == 112)
        #expect(result.verdict.reason.contains("its moment never came"))
        #expect(result.faults[0].appliedAt == nil)
        #expect(!result.faults[0].hadEffect)
    }

    @Test("A fault that changes nothing makes the run invalid")
    func idle() {
        let sides = FaultSides(["application"], ["mysql"])
        let idle: [FaultAction] = [
            .slow(SlowFault(.named("app1"), factor: 1)),
            .loss(LossFault(sides, probability: 0)),
            .delay(DelayFault(sides, by: .constant(.zero))),
            .partition(PartitionFault(FaultSides(["users"], ["redis"]))),
        ]
        for action in idle {
            let result = Self.result([Fault(action, .at(.zero))])
            #expect(result.verdict.kind == .invalid)
            #expect(result.verdict.reason.hasSuffix("it changed nothing"))
            #expect(result.faults[0].appliedAt == .zero)
        }
    }

    @Test("To crash what is down already changes nothing")
    func twice() {
        let crash = CrashFault(.named("app1"))
        let result = Self.result([
            Fault(.crash(crash), .at(.milliseconds(10))), Fault(.crash(crash), .at(.milliseconds(20))),
        ])
        #expect(result.faults.map(\.hadEffect) == [true, false])
        #expect(result.verdict.kind == .invalid)
    }

    @Test("Faults are listed as planned, and two of the same moment both strike")
    func planned() {
        let event = EventTrigger(.purchaseBegun)
        let result = Self.result([
            Fault(.crash(CrashFault(.named("redis-master"), restartAfter: .seconds(3))), .at(.milliseconds(30))),
            Fault(.pause(PauseFault(.itself, for: .seconds(1))), .on(event)),
            Fault(.slow(SlowFault(.named("mysql-primary"), factor: 2)), .on(event)),
        ])
        #expect(
            result.faults.map(\.description) == [
                "crash redis-master (back after 3.0 s) at 0.03 s",
                "pause the node that is there for 1.0 s on purchase.begun number 1",
                "slow mysql-primary by 2.0 on purchase.begun number 1",
            ])
        #expect(result.faults.allSatisfy { $0.hadEffect })
        #expect(result.faults[1].appliedAt == result.faults[2].appliedAt)
        #expect(result.verdict.kind != .invalid)
    }

    @Test("Affected are requests that were under way while it lasted and had to be repeated or didn't end well")
    func affected() {
        let result = Simulation.run(
            .shop([look(0), look(0, at: 600), look(1, at: 700), look(2, at: 5_000)]) {
                $0.workload.warmCache = 1
                $0.workload.retry.policy = .fixed
                $0.workload.retry.attempts = 10
                $0.faults = [
                    Fault(.crash(CrashFault(.named("app1"), restartAfter: .seconds(1))), .at(.milliseconds(500)))
                ]
            }, seed: 1)
        #expect(result.faults[0].requestsAffected == 2)
        #expect(result.metrics["all.success.count"] == 4)
        #expect(result.verdict.kind == .holds)
    }

    @Test("A sale to which nobody comes measures nothing")
    func nobody() {
        let scenario = Scenario.shop {
            var stage = RateStage()
            stage.rate = Rate(perSecond: 0)
            $0.workload.arrive = .stages([stage])
        }
        let result = Simulation.run(scenario, seed: 1)
        #expect(result.verdict.kind == .invalid)
        #expect(result.verdict.reason.contains("no request"))
    }
}
