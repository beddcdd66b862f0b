import Testing
import Topology

@testable import SimNodes

/// Single runs of the station, in which Little's law holds exactly; and exact means within the interval of replications.
@Suite struct ResourcesQueueingTests {
    private struct Measured {
        var wait: [Double] = []
        var queue: [Double] = []
        var utilisation: [Double] = []
    }

    /// Independent runs of an open queue: seconds waited, queue length, utilisation of each.
    private static func open(
        servers: Int, every interval: TimeSpan, service: Distribution, runs: UInt64 = 10, customers: Int = 1_500
    ) -> Measured {
        var measured = Measured()
        let times = Sampler(service)
        for seed in 1...runs {
            let universe = Universe(seed: seed)
            let peer = Peer("peer", universe)
            let station = ServiceStation("cpu", servers: servers, process: peer.process)
            let gaps = Sampler(.exponential(mean: interval))
            peer.spawn { peer in
                var (arrivals, demands) = (peer.process.randomStream("gap"), peer.process.randomStream("demand"))
                for _ in 0..<customers {
                    try await peer.process.sleep(gaps.sample(using: &arrivals))
                    let demand = times.sample(using: &demands)
                    peer.spawn { _ in try await station.serve(demand) }
                }
            }
            universe.run()
            station.settle()
            let span = universe.now - Instant.zero
            measured.wait.append(station.meter.waits.mean!.seconds)
            measured.queue.append(station.meter.queue.mean(until: universe.now))
            measured.utilisation.append(station.meter.utilisation(over: span))
            // Little's law holds in every single run, whatever the chances: L = λ × W.
            let rate = Double(customers) / span.seconds
            #expect(abs(measured.queue.last! - rate * measured.wait.last!) < 1e-6 * (1 + measured.queue.last!))
            universe.end()
        }
        return measured
    }

    private static func check(_ measured: Measured, _ exact: SteadyState) {
        let wait = ConfidenceInterval(replications: measured.wait, level: 0.99)
        #expect(wait.contains(exact.meanWait), "\(wait) does not contain \(exact.meanWait)")
        #expect(wait.relativeHalfWidth < 0.35)
        let busy = ConfidenceInterval(replications: measured.utilisation, level: 0.99)
        #expect(busy.contains(exact.utilisation), "\(busy) does not contain \(exact.utilisation)")
    }

    @Test func oneServerWithExponentialService() throws {
        Self.check(
            Self.open(servers: 1, every: .milliseconds(10), service: .exponential(mean: .milliseconds(6))),
            try MMcQueue(arrivalRate: 100, serviceTime: 0.006, servers: 1).steadyState)
    }

    @Test func fourServersWithExponentialService() throws {
        Self.check(
            Self.open(servers: 4, every: .milliseconds(10), service: .exponential(mean: .milliseconds(30))),
            try MMcQueue(arrivalRate: 100, serviceTime: 0.030, servers: 4).steadyState)
    }

    @Test func oneServerWithConstantService() throws {
        Self.check(
            Self.open(servers: 1, every: .milliseconds(10), service: .constant(.milliseconds(7))),
            try MD1Queue(arrivalRate: 100, serviceTime: 0.007).steadyState)
    }

    @Test func manyServersAreNearlyAlwaysFree() {
        let measured = Self.open(
            servers: 50, every: .milliseconds(10), service: .exponential(mean: .milliseconds(30)), runs: 3)
        #expect(measured.wait == [0, 0, 0])
    }
}
