import Foundation
import Testing
import Topology

@testable import SimNodes

/// Costs in events and in what the kernel holds, not in seconds.
@Suite struct KernelCostTests {
    @Test func aClientCostsTheSameNumberOfEventsAmongTenThousand() {
        func eventsPerClient(_ clients: Int) -> Double {
            // A pool that never makes anybody wait, so that only the cache's dice differ.
            Double(ClosedLoop.run(clients: clients, iterations: 10, connections: clients).events) / Double(clients)
        }
        let (few, many) = (eventsPerClient(100), eventsPerClient(10_000))
        // 10 × (5 events, and 2 more for the 17 % that miss), give or take what 1000 throws may differ.
        let tolerance: Double = 80 * (0.17 * 0.83 / 1_000).squareRoot()
        #expect(abs(few - many) < tolerance)
        let expected: Double = 10 * (5 + 2 * 0.17)
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

    /// Memory grows in proportion. In a process of its own, whose memory nobody else uses.
    ///
    /// A suspended task of Swift 6.3 holds 1.6 KiB in release (304 bytes, a slab of 1016, its closures), and a call two of
    /// them: the caller's and the handler's. Debug frames need two more slabs each.
    @Test func aWaitingRequestCostsTheSameAmongMany() async {
        await #expect(processExitsWith: .success) {
            let universe = Universe(seed: 1)
            let network = Network(universe, constant: .milliseconds(1))
            let (client, server) = (Peer("client", universe), Peer("server", universe))
            var asked = 0
            func bytesPerRequest(_ requests: Int) -> Int {
                let before = Self.residentBytes()
                for _ in 0..<requests {
                    client.spawn { client in
                        try await network.call(from: client.process, to: server) { server in
                            _ = try await server.process.wait(server.process.makeWaiter())
                        }
                    }
                }
                universe.run(until: universe.now + .seconds(1))
                asked += requests
                #expect(universe.suspendedTasks == 2 * asked)
                return (Self.residentBytes() - before) / requests
            }
            // A first round, so that what grows only once is not counted.
            _ = bytesPerRequest(2_000)
            let (few, many) = (bytesPerRequest(4_000), bytesPerRequest(30_000))
            #expect(few > 1_000 && many > 1_000 && many < 8_192, "\(few) and \(many) bytes")
            #expect(abs(few - many) < 600, "\(few) and \(many) bytes")
            universe.end()
        }
    }

    private static func residentBytes() -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        return Int(text.split(separator: " ")[1])! * 4_096
    }
}
