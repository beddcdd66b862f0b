import Testing
import Topology

@testable import SimNodes

@Suite("Cascade") struct CascadeTests {
    private func resource(
        _ name: String, capacity: Int, utilisation: Double = 0, queue: Double = 0, served: Int = 0,
        busiest: BusiestServer? = nil, onset: ResourceOnset = ResourceOnset()
    ) -> ResourceResult {
        var waits = LatencyHistogram()
        waits.record(.zero, times: served)
        return ResourceResult(
            name: name, capacity: capacity, utilisation: utilisation, meanQueue: queue, maximumQueue: Int(queue),
            maximumInUse: capacity, waits: waits, rejections: 0, timeouts: 0,
            busiest: busiest, onset: onset)
    }

    private func at(_ milliseconds: Int64) -> Instant { .zero + .milliseconds(milliseconds) }
    private let limit = TimeSpan.milliseconds(50)

    /// The primary's flush is slow, so connections are held for long, so the pools run dry, so requests give up.
    private func run() throws -> RunResult {
        var scenario = Scenario()
        scenario.topology = try ScenarioLoader.load(
            text: """
                {"topology": {"application": {"servers": ["app1", "app2"]}, "redis": {"master": "r"}, "mysql": {"primary": "db"}},
                 "workload": {"users": 1}}
                """
        ).topology
        return InventedTrials.run(
            scenario, seed: 1,
            milestones: [
                Milestone(at: at(90), kind: .fault, node: "db", text: "its disk is slow"),
                Milestone(at: at(95), kind: .breakage, node: "app1", text: "first error"),
                Milestone(at: at(96), kind: .reaction, node: "manager", text: "looks"),
                Milestone(at: at(97), kind: .breakage, node: "app2", text: "first error"),
                Milestone(at: at(900), kind: .breakage, node: "app1.primaryPool", text: "first wait timed out"),
            ],
            resources: [
                resource(
                    "app1.primaryPool", capacity: 10, utilisation: 1, queue: 30, served: 100,
                    onset: .init(timeout: at(900), beyond: [(limit, at(310))])),
                resource(
                    "app2.primaryPool", capacity: 10, utilisation: 1, queue: 30, served: 100,
                    onset: .init(beyond: [(limit, at(305)), (.seconds(1), at(400))])),
                resource(
                    "db.flush", capacity: 1, utilisation: 0.9, queue: 12, served: 150,
                    onset: .init(beyond: [(limit, at(100))])),
                resource("db.storage", capacity: 8, utilisation: 0.1, queue: 0, served: 900),
                resource(
                    "nginx.worker", capacity: 4, onset: .init(rejection: at(500), beyond: [(.milliseconds(1), at(1))])),
            ])
    }

    @Test func whatHurtFirstComesFirst() throws {
        let steps = Cascade(try run(), limit: limit).steps
        #expect(
            steps.map(\.subjects) == [
                ["db"], ["app1", "app2"], ["db.flush"], ["app2.primaryPool", "app1.primaryPool"], ["nginx.worker"],
            ])
        #expect(steps.map(\.at) == [90, 95, 100, 305, 500].map { at($0) })
        #expect(
            steps.map(\.symptom) == [
                .fault("its disk is slow"), .breakage("first error"), .queue(limit), .queue(limit), .rejection,
            ])
    }

    @Test func thePoolBlamesWhatItsConnectionsWaitFor() throws {
        let steps = Cascade(try run(), limit: limit).steps
        // In one second ten connections served 100 customers: each for 100 ms, of which 12 s / 100 in the flush's queue.
        #expect(steps[3].reason == Cascade.Reason(capacity: 10, each: 0.1, waitsFor: "db.flush", waiting: 0.12))
        #expect(steps[3].reason?.ceiling == 100)
        #expect(steps[2].reason?.waitsFor == nil)
        #expect(abs(try #require(steps[2].reason).each - 0.006) < 1e-12)
        #expect(steps[0].reason == nil, "faults need none")
    }

    @Test func aLockTellsOfItsBusiestProduct() throws {
        let busiest = BusiestServer(number: 7, utilisation: 0.9, customers: 20, each: 0.045)
        let lock = resource(
            "redis.productLock", capacity: 500, utilisation: 0.01, queue: 3, served: 100, busiest: busiest,
            onset: .init(beyond: [(limit, at(20))]))
        let run = try run()
        let steps = Cascade(InventedTrials.run(run.scenario, seed: 1, resources: run.resources + [lock]), limit: limit)
            .steps
        #expect(steps[0].subjects == ["redis.productLock"])
        // Thirty wait for a connection at each server, a second long, for the sake of the hundred who had a lock.
        #expect(
            steps[0].reason
                == Cascade.Reason(
                    capacity: 1, each: 0.045, waitsFor: "app1.primaryPool", waiting: 0.3, busiest: busiest))
        #expect(abs((steps[0].reason?.ceiling ?? 0) - 22.2) < 0.1)
    }

    @Test func aQueueWithinTheLimitIsNoTrouble() throws {
        let steps = Cascade(try run(), limit: .seconds(1)).steps
        #expect(!steps.contains { $0.subjects.contains("db.flush") })
        #expect(steps.last?.symptom == .timeout)
    }
}
