import Foundation
import Testing
import Topology

@testable import SimNodes

/// Costs in events and in what the kernel holds, not in seconds.
@Suite struct KernelCostTests {
    @Test func aClientCostsTheSameNumberOfEventsAmongAThousand() {
        func eventsPerClient(_ clients: Int) -> Double {
            // A pool that never makes anybody wait, so that only the cache's dice differ.
            Double(ClosedLoop.run(clients: clients, iterations: 20, connections: clients).events) / Double(clients)
        }
        let (few, many) = (eventsPerClient(100), eventsPerClient(3_000))
        // 20 × (5 events, and 2 more for the 17 % that miss), give or take what 2000 throws may differ.
        let tolerance: Double = 160 * (0.17 * 0.83 / 2_000).squareRoot()
        #expect(abs(few - many) < tolerance)
        let expected: Double = 20 * (5 + 2 * 0.17)
        #expect(abs(many - expected) < 0.5)
    }

    @Test(arguments: [100, 10_000])
    func aCallCostsThreeEventsHoweverManyThereAre(clients: Int) {
        let universe = Universe(seed: 1)
        let network = Network(universe, constant: .milliseconds(1))
        let (client, server) = (Peer("client", universe), Peer("server", universe))
        for _ in 0..<clients {
            client.spawn { client in
                for _ in 0..<3 {
                    try await network.call(from: client.process, to: server, timeout: .seconds(30)) { $0.count() }
                }
            }
        }
        // One event starts the client; each call is a task at the server and the wake of the caller.
        universe.run()
        #expect(universe.executedEvents == UInt64(clients * (1 + 3 * 2)))
        universe.end()
    }

    /// Of a hundred thousand answered calls, no time-out stays behind in the wheel, and no waiter in its table.
    @Test func answeredCallsLeaveNothingBehind() {
        let universe = Universe(seed: 1)
        let network = Network(universe, constant: .milliseconds(1))
        let (client, server) = (Peer("client", universe), Peer("server", universe))
        for number in 0..<50 {
            client.spawn { client in
                for _ in 0..<200 {
                    let timeout = TimeSpan.seconds(Int64(10 + number % 5))
                    try await network.call(from: client.process, to: server, timeout: timeout) { $0.count() }
                }
            }
        }
        universe.run(until: .zero + .milliseconds(401))
        server.assumeIsolated { #expect($0.counter == 10_000) }
        // One for each distinct length.
        #expect(universe.core.pointee.events.count == 5)
        #expect(universe.suspendedTasks == 0 && network.callsInFlight(at: server.process) == 0)
        var waiters = Set<UInt32>()
        for _ in 0..<50 { waiters.insert(client.process.makeWaiter().index) }
        #expect(waiters.count == 50 && waiters.max()! < 50)
        universe.end()
    }

    /// Contract 8: a waiting request costs less than 1.5 KiB. In a process of its own, whose memory nobody else uses.
    @Test func aWaitingRequestCostsLessThanItsShare() async {
        await #expect(processExitsWith: .success) {
            let requests = 40_000
            let universe = Universe(seed: 1)
            let network = Network(universe, constant: .milliseconds(1))
            let (client, server) = (Peer("client", universe), Peer("server", universe))
            func ask(times: Int) {
                for _ in 0..<times {
                    client.spawn { client in
                        try await network.call(from: client.process, to: server, timeout: .seconds(30)) { server in
                            _ = try await server.process.wait(server.process.makeWaiter())
                        }
                    }
                }
            }
            // A first round, so that what grows only once is not counted.
            ask(times: 2_000)
            universe.run(until: Instant.zero + .seconds(1))
            let before = Self.residentBytes()
            ask(times: requests)
            universe.run(until: Instant.zero + .seconds(2))
            let cost = (Self.residentBytes() - before) / requests
            #expect(universe.suspendedTasks == 2 * (requests + 2_000))
            #expect(cost < 1_536 && cost > 100, "\(cost) bytes")
            universe.end()
        }
    }

    private static func residentBytes() -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        return Int(text.split(separator: " ")[1])! * 4_096
    }
}
