import Testing
import Topology

@testable import SimNodes

@Suite("Schedules")
struct ScheduleTests {
    @Test("Ties are drawn: every order of the events of one instant comes up, and time still decides")
    func ties() {
        var orders: Set<[UInt]> = []
        for seed in 0..<200 as Range<UInt64> {
            var wheel = EventWheel()
            defer { wheel.deallocate() }
            wheel.ties = RandomStream(seed: seed, name: "ties")
            for payload in 1...3 as ClosedRange<UInt> {
                wheel.insert(Event(time: 5_000, payload: payload, owner: 0, incarnation: 0))
            }
            wheel.insert(Event(time: 4_999, payload: 0, owner: 0, incarnation: 0))
            wheel.insert(Event(time: 5_001, payload: 4, owner: 0, incarnation: 0))
            let order = (0..<5).map { _ in wheel.removeFirst().payload }
            #expect(order.first == 0 && order.last == 4)
            orders.insert(order)
        }
        #expect(orders.count == 6)
    }

    private static func run(_ schedule: Schedule, seed: UInt64 = 4) throws -> RunResult {
        var scenario = try TestFiles.scenario("configs/scenarios/property-small.json")
        scenario.faults = []
        scenario.workload.arrive = .atOnce
        scenario.workload.for = nil
        scenario.schedule = schedule
        return Simulation.run(scenario, seed: seed)
    }

    @Test("A drawn order is the same whenever the seed is, and another one than without")
    func replays() throws {
        let drawn = try Self.run(.randomTies)
        #expect(try Self.run(.randomTies).digest == drawn.digest)
        #expect(try Self.run(.asScheduled).digest != drawn.digest)
        #expect(drawn.programFaults.isEmpty)
    }

    @Test("In any order of ties a sale without faults keeps every invariant", arguments: 0..<12 as Range<UInt64>)
    func sound(seed: UInt64) throws {
        let result = try Self.run(.randomTies, seed: seed)
        for invariant in result.invariants { #expect(invariant.holds, "\(invariant.id): \(invariant.detail)") }
        #expect(result.programFaults.isEmpty)
    }

    @Test("Messages of nodes of low priority are late, each half as much as the next lower one's")
    func priorities() throws {
        func mean(_ schedule: Schedule) throws -> TimeSpan {
            let flows = try Self.run(schedule).flows
            let success = try #require(flows.first?.outcomes.first { $0.name == "success" })
            return try #require(success.latency.mean)
        }
        let normal = try mean(.asScheduled)
        let late = PrioritySchedule(lowest: ["redis-master"], delay: .milliseconds(20))
        // A purchase waits for several answers of Redis.
        #expect(try mean(.priorities(late)) - normal > .milliseconds(60))
        let less = PrioritySchedule(lowest: ["sentinel1", "redis-master"], delay: .milliseconds(20))
        let between = try mean(.priorities(less)) - normal
        let most = try mean(.priorities(late)) - normal
        #expect(between > .milliseconds(30) && between < most)
    }

    @Test("At a change another node becomes the lowest")
    func changes() throws {
        let schedule = PrioritySchedule(
            lowest: ["sentinel1"], delay: .milliseconds(50),
            changes: [PriorityChange(at: .milliseconds(100), node: "redis-master")])
        let changed = try Self.run(.priorities(schedule))
        let unchanged = try Self.run(.priorities(PrioritySchedule(lowest: ["sentinel1"], delay: .milliseconds(50))))
        #expect(changed.duration > unchanged.duration + .milliseconds(100))
    }
}
