import Testing
import Topology

@testable import SimNodes

/// The station and the pool against exact formulas: the true mean within the interval of replications.
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

    private static func check(_ measured: Measured, _ exact: QueueingFormulas.Steady) {
        let wait = ConfidenceInterval(replications: measured.wait, level: 0.99)
        #expect(wait.contains(exact.meanWait), "\(wait) does not contain \(exact.meanWait)")
        #expect(wait.relativeHalfWidth < 0.35)
        let busy = ConfidenceInterval(replications: measured.utilisation, level: 0.99)
        #expect(busy.contains(exact.utilisation), "\(busy) does not contain \(exact.utilisation)")
    }

    @Test func oneServerWithExponentialService() {
        Self.check(
            Self.open(servers: 1, every: .milliseconds(10), service: .exponential(mean: .milliseconds(6))),
            QueueingFormulas.mm1(arrivalRate: 100, service: 0.006))
    }

    @Test func fourServersWithExponentialService() {
        Self.check(
            Self.open(servers: 4, every: .milliseconds(10), service: .exponential(mean: .milliseconds(30))),
            QueueingFormulas.mmc(arrivalRate: 100, service: 0.030, servers: 4))
    }

    @Test func oneServerWithConstantService() {
        Self.check(
            Self.open(servers: 1, every: .milliseconds(10), service: .constant(.milliseconds(7))),
            QueueingFormulas.md1(arrivalRate: 100, service: 0.007))
    }

    @Test func manyServersAreNearlyAlwaysFree() {
        let measured = Self.open(
            servers: 50, every: .milliseconds(10), service: .exponential(mean: .milliseconds(30)), runs: 3)
        #expect(measured.wait == [0, 0, 0])
    }

    /// Users who think, ask one of the servers and wait for the answer.
    private static func closed(
        users: Int, think: TimeSpan, service: TimeSpan, loops: Int,
        serve: (Peer) -> @Sendable (isolated Peer, TimeSpan) async throws -> Void
    ) -> (responses: [Double], throughputs: [Double]) {
        var (responses, throughputs): ([Double], [Double]) = ([], [])
        final class Total: @unchecked Sendable { var span = TimeSpan.zero, count = 0 }
        for seed in 1...10 as ClosedRange<UInt64> {
            let universe = Universe(seed: seed)
            let peer = Peer("peer", universe)
            let (thinks, times) = (Sampler(.exponential(mean: think)), Sampler(.exponential(mean: service)))
            let work = serve(peer)
            let total = Total()
            for user in 0..<users {
                peer.spawn { peer in
                    var random = peer.process.randomStream("user\(user)")
                    while true {
                        try await peer.process.sleep(thinks.sample(using: &random))
                        let begin = peer.now
                        try await work(peer, times.sample(using: &random))
                        // The first second is warm-up.
                        guard begin > .zero + .seconds(1) else { continue }
                        total.span = total.span + (peer.now - begin)
                        total.count += 1
                    }
                }
            }
            let length = TimeSpan.milliseconds(Int64(loops) * 10)
            universe.run(until: .zero + .seconds(1) + length)
            responses.append(total.span.seconds / Double(total.count))
            throughputs.append(Double(total.count) / length.seconds)
            universe.end()
        }
        return (responses, throughputs)
    }

    private static func check(
        _ measured: (responses: [Double], throughputs: [Double]), _ exact: QueueingFormulas.Steady
    ) {
        let response = ConfidenceInterval(replications: measured.responses, level: 0.99)
        let throughput = ConfidenceInterval(replications: measured.throughputs, level: 0.99)
        #expect(response.contains(exact.meanResponse), "\(response) does not contain \(exact.meanResponse)")
        #expect(throughput.contains(exact.throughput), "\(throughput) does not contain \(exact.throughput)")
        #expect(response.relativeHalfWidth < 0.1)
    }

    @Test func aFiniteCrowdAtAStation() {
        let measured = Self.closed(users: 30, think: .milliseconds(100), service: .milliseconds(20), loops: 800) {
            peer in
            let station = ServiceStation("cpu", servers: 4, process: peer.process)
            return { _, span in try await station.serve(span) }
        }
        Self.check(measured, QueueingFormulas.closed(users: 30, think: 0.1, service: 0.02, servers: 4))
    }

    /// HikariCP's pool as the finite resource: a connection held for as long as the query takes.
    @Test func aFiniteCrowdAtAConnectionPool() {
        final class Shell: @unchecked Sendable {
            var pool = ConnectionPool<Waiter>(
                settings: .init(maximumPoolSize: 5, connectionTimeout: .seconds(3_600), maxLifetime: .zero))
            var handed: [Waiter: PooledConnection] = [:]
            var actions: [ConnectionPool<Waiter>.Action] = []
            func perform(_ universe: Universe) {
                for case .hand(let connection, let waiter) in actions {
                    handed[waiter] = connection
                    universe.wake(waiter)
                }
                actions.removeAll(keepingCapacity: true)
            }
        }
        let measured = Self.closed(users: 20, think: .milliseconds(50), service: .milliseconds(15), loops: 800) {
            peer in
            let shell = Shell()
            for _ in 0..<5 { _ = shell.pool.preload(random: 0, now: .zero, actions: &shell.actions) }
            return { peer, span in
                let waiter = peer.process.makeWaiter()
                let connection: PooledConnection
                switch shell.pool.borrow(waiter, now: peer.now, actions: &shell.actions) {
                case .connection(let idle):
                    // The ticket was not needed; waited for at once, it is free again.
                    peer.universe.wake(waiter)
                    connection = idle
                case .validate(let stale):
                    peer.universe.wake(waiter)
                    connection = stale
                default: connection = PooledConnection(slot: -1, serial: -1)
                }
                shell.perform(peer.universe)
                _ = try await peer.process.wait(waiter)
                let mine = shell.handed.removeValue(forKey: waiter) ?? connection
                try await peer.process.sleep(span)
                shell.pool.giveBack(mine, now: peer.now, actions: &shell.actions)
                shell.perform(peer.universe)
            }
        }
        Self.check(measured, QueueingFormulas.closed(users: 20, think: 0.05, service: 0.015, servers: 5))
    }
}
