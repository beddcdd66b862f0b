import Testing
import Topology

@testable import SimNodes

/// Liveness is judged when everything is healed: faults without an end are ended where something is not at rest.
@Suite("Healing at the end of faults that have none of their own")
struct HealingTests {
    private static func run(_ settings: [String]) throws -> RunResult {
        let common = ["workload.users=12", "workload.giveUp=5s", "until=20s", "rest=30s"]
        return Simulation.run(
            try TestFiles.scenario("configs/scenarios/property-small.json", common + settings), seed: 1)
    }

    private static func liveness(_ result: RunResult) -> Int? { result.invariants.first { $0.id == "I7" }?.count }

    /// The relays of an outbox reach no Redis: what they have to publish waits for the link.
    private static let outbox = [#"purchase.publish="outbox""#, "promises.eventPerOrder=true"]

    @Test("What waits only for the end of a fault is not stuck")
    func heals() throws {
        let cut = try Self.run(
            Self.outbox + [
                "purchase.lock.kind=none", "purchase.stockCheck=none", "purchase.cache.update=none",
                #"faults=[{"partition": ["application", "redis"], "at": "0s"}]"#,
            ])
        #expect(Self.liveness(cut) == 0)
        #expect(cut.milestones.contains { $0.text == "all that is still broken is put right" })
        #expect(cut.milestones.contains { $0.text == "application – redis healed" })
    }

    @Test("What is stuck for another reason stays so")
    func staysStuck() throws {
        let lost = try Self.run([
            "purchase.lock.acquire=setnxThenExpire",
            "workload.products=1", #"faults=[{"crash": "app1", "on": "redis.lockAcquired"}]"#,
        ])
        #expect(Self.liveness(lost) ?? 0 > 0)
    }

    @Test("What comes to rest by itself is left as it is")
    func leavesAlone() throws {
        let result = try Self.run([#"faults=[{"crash": "app1", "at": "0.2s"}]"#])
        #expect(Self.liveness(result) == 0)
        #expect(!result.milestones.contains { $0.text.contains("put right") || $0.text.contains("up again") })
    }

    /// A failover manager whose every message is later than it waits for an answer sees nobody, for ever: seeds 21478 and
    /// 24397 of the mended design.
    @Test("Liveness asks for a fair schedule in the end: then nobody's messages are late any more")
    func endsLateness() {
        let rig = ShopRig(.shop([buy(0)]))
        let process = rig.system.applications[0].process
        let director = rig.system.director
        director.assumeIsolated {
            $0.follow(.priorities(PrioritySchedule(lowest: [process.name], delay: .milliseconds(740))))
        }
        #expect(process.lateness == .milliseconds(740))
        let healed = director.assumeIsolated { $0.healAll() }
        #expect(healed && process.lateness == .zero)
        let healedAgain = director.assumeIsolated { $0.healAll() }
        #expect(!healedAgain)
    }
}
