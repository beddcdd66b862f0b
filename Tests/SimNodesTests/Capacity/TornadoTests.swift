import Testing
import Topology

@testable import SimNodes

@Suite struct TornadoTests {
    private static func measure(
        allowance: UInt64 = .max, binding: String? = nil,
        _ latency: @escaping @Sendable (Scenario, UInt64) -> Double
    ) throws -> Tornado {
        let laboratory = InventedSale.laboratory {
            ["view.success.p99": latency($0, $1), "throughput": Double($0.topology.application.cores)]
        }
        return try #require(
            try Tornado.measure(
                InventedSale.scenario(), seeds: 1..<3, by: laboratory, binding: binding,
                allowance: allowance))
    }

    @Test func inputsAreRankedByWhatTheyChange() throws {
        let tornado = try Self.measure { scenario, seed in
            // Seeds differ far more than inputs; they are the same for every input.
            Double(seed) * Double(scenario.workload.users) * Double(scenario.topology.application.cores).squareRoot()
        }
        #expect(tornado.inputs.prefix(2).map(\.name) == ["users", "cores of an application server"])
        let users = try #require(tornado.inputs.first)
        #expect(abs((users.less?.latency ?? 0) + 0.2) < 1e-9 && abs((users.more?.latency ?? 0) - 0.2) < 1e-9)
        #expect(users.less?.settings == ["workload.users=800"] && users.more?.settings == ["workload.users=1200"])
        let cores = tornado.inputs[1]
        // 8 cores: 6 and 10.
        #expect(abs((cores.less?.throughput ?? 0) + 0.25) < 1e-9 && abs((cores.more?.throughput ?? 0) - 0.25) < 1e-9)
        #expect(tornado.inputs.dropFirst(2).allSatisfy { $0.latencySwing == 0 && $0.throughputSwing == 0 })
        #expect(tornado.untried.isEmpty)
    }

    @Test func whatCannotBeMultipliedIsLeftOut() throws {
        let tornado = try Self.measure { _, _ in 1 }
        let names = tornado.inputs.map(\.name)
        #expect(!names.contains("arrivals"), "all come at once")
        #expect(!names.contains("balancer: workers"), "there is no balancer")
        #expect(names.contains("database: reading") && names.contains("time of a Redis command"))
    }

    @Test func whatHasToDoWithWhatBindsComesFirst() throws {
        let tornado = try Self.measure(allowance: 5_000, binding: "productLock") { _, _ in 1 }
        #expect(tornado.inputs.map(\.name) == ["users", "CPU time of a request"])
        #expect(tornado.untried.prefix(2) == ["database: locking and writing", "database: log flush"])
        #expect(tornado.untried.contains("pools of connections"))
    }

    @Test func whatThereWereNoRunsForIsTold() throws {
        let tornado = try Self.measure(allowance: 5_000) { _, _ in 1 }
        #expect(tornado.inputs.count == 2 && tornado.untried.count > 5)
        #expect(tornado.runs == 1, "two runs of everything would cost more than there is")
        #expect(try Self.measure { _, _ in 1 }.runs == 2)
    }
}
