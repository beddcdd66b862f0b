import Testing
import Topology

@testable import SimNodes

@Suite struct NetworkCallTests {
    @Test func timeoutsFireAtTheirDeadlineWhileTheWorkGoesOn() {
        let bench = NetworkBench()
        bench.call(at: 0, work: 100, timeout: .milliseconds(50), "short")
        bench.call(at: 0, work: 100, timeout: .milliseconds(102), "exact")
        bench.call(at: 0, work: 100, timeout: .milliseconds(103), "long")
        bench.faults.at(60) { #expect(bench.effects == 0 && bench.log.lines == ["50 short timedOut"]) }
        // The deadline was set before the answer was sent, so at the same instant it comes first.
        #expect(bench.run() == ["50 short timedOut", "102 exact timedOut", "102 long ok"])
        #expect(bench.effects == 3)
    }

    @Test func aLateAnswerDoesNotReachTheNextCall() {
        let bench = NetworkBench()
        bench.client.spawn { [network = bench.network, server = bench.server, log = bench.log] client in
            for (work, name) in [(100, "first"), (60, "second"), (1, "third")] {
                let result = try await outcome {
                    try await network.call(from: client.process, to: server, timeout: .milliseconds(50)) { server in
                        try await server.process.sleep(.milliseconds(Int64(work)))
                        return name
                    }
                }
                log.note(result, client.now)
            }
        }
        #expect(bench.run() == ["50 timedOut", "100 timedOut", "103 third"])
    }

    @Test func tenThousandCallsAtOnceAllTakeExactlyTheLatency() {
        let bench = NetworkBench(latency: .microseconds(750))
        final class Times: @unchecked Sendable { var ends: [Instant] = [] }
        let times = Times()
        for _ in 0..<10_000 {
            bench.client.spawn { [network = bench.network, server = bench.server] client in
                try await network.call(from: client.process, to: server) { $0.count() }
                times.ends.append(client.now)
            }
        }
        bench.universe.run(until: .zero + .seconds(1))
        #expect(times.ends == [Instant](repeating: .zero + .microseconds(1_500), count: 10_000))
        bench.universe.end()
    }

    @Test func aConnectionKeepsItsOrderThoughTheLatencyVaries() {
        let bench = NetworkBench(law: .exponential(mean: .milliseconds(20)))
        final class Order: @unchecked Sendable { var served: [Int] = [], answered: [Int] = [], loose: [Int] = [] }
        let order = Order()
        bench.connected { [network = bench.network, server = bench.server] client, connection in
            for number in 0..<200 {
                client.spawn(after: .milliseconds(Int64(number))) { client in
                    try await network.call(from: client.process, to: server, over: connection) { _ in
                        order.served.append(number)
                    }
                    order.answered.append(number)
                }
                client.spawn(after: .milliseconds(Int64(number))) { client in
                    try await network.call(from: client.process, to: server) { _ in order.loose.append(number) }
                }
            }
        }
        // Cut for a while each way, so that what was held must not overtake either.
        bench.faults.at(60) { [network = bench.network, server = bench.server, client = bench.client] in
            network.cut(from: server.process, to: client.process)
            network.cut(from: client.process, to: server.process)
        }
        bench.faults.at(170) { [network = bench.network, server = bench.server, client = bench.client] in
            network.heal(from: server.process, to: client.process)
            network.heal(from: client.process, to: server.process)
        }
        _ = bench.run()
        #expect(order.served == Array(0..<200) && order.answered == Array(0..<200))
        #expect(order.loose.count == 200 && order.loose != Array(0..<200))
    }

    @Test func connectAndCallCostsTwoRoundTrips() {
        let bench = NetworkBench()
        bench.client.spawn { [network = bench.network, server = bench.server, log = bench.log] client in
            let reply = try await network.connectAndCall(
                from: client.process, to: server, connectTimeout: .seconds(1), timeout: .seconds(1)
            ) { try await $0.work(.milliseconds(10)) }
            log.note("\(reply)", client.now)
        }
        #expect(bench.run() == ["14 1"])
    }
}
