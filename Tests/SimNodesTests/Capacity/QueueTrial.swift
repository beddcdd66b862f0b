import Topology

@testable import SimNodes

/// A queue whose answer is known exactly, and its simulation with the model's own parts.
struct QueueTrial: Sendable {
    /// In Kendall's notation, with what is measured.
    let name: String
    /// What theory says: a mean wait in seconds, a share, or a rate a second.
    let exact: Double
    /// What one run says.
    let measure: @Sendable (_ seed: UInt64) -> Double

    /// Customers before the measurement begins, and those that are measured.
    static let warmUp = 150
    static let measured = 1_500
}

// MARK: - Stations

extension QueueTrial {
    /// Mean wait at a `ServiceStation` with Poisson arrivals.
    static func wait(_ name: String, servers: Int, utilisation: Double, service: Distribution) throws -> QueueTrial {
        let rate = utilisation * Double(servers) / service.mean
        let exact =
            servers == 1
            ? try MG1Queue(
                arrivalRate: rate, serviceTime: service.mean,
                serviceVariability: service.squaredCoefficientOfVariation
            ).steadyState.meanWait
            : try MMcQueue(arrivalRate: rate, serviceTime: service.mean, servers: servers).steadyState.meanWait
        let gap = Distribution.exponential(mean: TimeSpan(seconds: 1 / rate))
        return QueueTrial(name: "\(name), wait", exact: exact) { seed in
            let universe = Universe(seed: seed)
            defer { universe.end() }
            let peer = Peer("peer", universe)
            let station = ServiceStation("cpu", servers: servers, process: peer.process)
            let (gaps, times) = (Sampler(gap), Sampler(service))
            peer.spawn { peer in
                var (arrivals, demands) = (peer.process.randomStream("gap"), peer.process.randomStream("demand"))
                for number in 0..<(warmUp + measured) {
                    try await peer.process.sleep(gaps.sample(using: &arrivals))
                    if number == warmUp {
                        station.settle()
                        station.meter.restart(at: peer.now)
                    }
                    let demand = times.sample(using: &demands)
                    peer.spawn { _ in try await station.serve(demand) }
                }
            }
            universe.run()
            station.settle()
            return station.meter.waits.mean?.seconds ?? 0
        }
    }

    /// Throughput of users who think, and ask one station after the other.
    static func loop(_ name: String, users: Int, think: Double, stations: [(servers: Int, mean: Double)]) throws
        -> QueueTrial
    {
        let network = try ClosedNetwork(
            population: users, thinkTime: think,
            stations: stations.enumerated().map { number, station in
                ClosedNetwork.Station("s\(number)", .servers(station.servers), demands: [station.mean])
            })
        let isSimple = stations.allSatisfy { $0.servers == 1 }
        let exact =
            isSimple
            ? try MeanValueAnalysis.solve(network).throughput : try NetworkConvolution(network).solve().throughput
        return QueueTrial(name: "\(name), throughput", exact: exact) { seed in
            let universe = Universe(seed: seed)
            defer { universe.end() }
            let peer = Peer("peer", universe)
            let places = stations.enumerated().map { number, station in
                ServiceStation("s\(number)", servers: station.servers, process: peer.process)
            }
            let times = stations.map { Sampler(.exponential(mean: TimeSpan(seconds: $0.mean))) }
            return rounds(peer, users: users, think: think, length: 600 / exact) { _, random in
                for (place, time) in zip(places, times) { try await place.serve(time.sample(using: &random)) }
            }
        }
    }

    /// Rounds a second of so many users, after a warm-up of a third of the length.
    fileprivate static func rounds(
        _ peer: Peer, users: Int, think: Double, length: Double,
        _ work: @escaping @Sendable (isolated Peer, inout RandomStream) async throws -> Void
    ) -> Double {
        let thinks = Sampler(.exponential(mean: TimeSpan(seconds: think)))
        let begin = Instant.zero + TimeSpan(seconds: length / 3)
        for user in 0..<users {
            peer.spawn { peer in
                var random = peer.process.randomStream("user\(user)")
                while true {
                    try await peer.process.sleep(thinks.sample(using: &random))
                    try await work(peer, &random)
                    if peer.now > begin { peer.count() }
                }
            }
        }
        peer.universe.run(until: begin + TimeSpan(seconds: length))
        return Double(peer.assumeIsolated { $0.counter }) / length
    }
}

// MARK: - The front of a Tomcat

extension QueueTrial {
    /// Share of requests without an answer at an `Admission` with so many threads and room for so many requests in all.
    static func loss(
        _ name: String, threads: Int, capacity: Int, backlog: Int = 0, utilisation: Double
    ) throws -> QueueTrial {
        let service = 0.1
        let rate = utilisation * Double(threads) / service
        let exact =
            threads == capacity
            ? ErlangB.blocking(load: rate * service, servers: threads) ?? .nan
            : try MMcKQueue(arrivalRate: rate, serviceTime: service, servers: threads, capacity: capacity).steadyState
                .lossProbability
        return QueueTrial(name: "\(name), loss", exact: exact) { seed in
            let universe = Universe(seed: seed)
            defer { universe.end() }
            let peer = Peer("peer", universe)
            let front = Front(threads: threads, connections: capacity - backlog, backlog: backlog)
            let gaps = Sampler(.exponential(mean: TimeSpan(seconds: 1 / rate)))
            let times = Sampler(.exponential(mean: TimeSpan(seconds: service)))
            peer.spawn { peer in
                var (arrivals, demands) = (peer.process.randomStream("gap"), peer.process.randomStream("demand"))
                for number in 0..<(warmUp + measured) {
                    try await peer.process.sleep(gaps.sample(using: &arrivals))
                    let demand = times.sample(using: &demands)
                    peer.spawn { try await front.serve(number, demand, at: $0) }
                }
            }
            universe.run()
            return Double(front.unanswered.count { $0 >= warmUp }) / Double(measured)
        }
    }

    /// `Admission` with threads that take their time.
    private final class Front: @unchecked Sendable {
        private var machine: Admission<Int>
        private var waiters: [Int: Waiter] = [:]
        private(set) var unanswered: [Int] = []

        init(threads: Int, connections: Int, backlog: Int) {
            machine = Admission(
                settings: .init(
                    threads: .platform(maximum: threads), maxConnections: connections, acceptCount: backlog))
        }

        func serve(_ number: Int, _ demand: TimeSpan, at peer: isolated Peer) async throws {
            guard machine.connect(number) != .unanswered else { return unanswered.append(number) }
            if machine.arrived(number) != .runs {
                let waiter = peer.process.makeWaiter()
                waiters[number] = waiter
                _ = try await peer.process.wait(waiter)
            }
            try await peer.process.sleep(demand)
            var started: [Int] = []
            machine.finished(number, started: &started)
            machine.closed(number, started: &started)
            for other in started {
                if let waiter = waiters.removeValue(forKey: other) { peer.universe.wake(waiter) }
            }
        }
    }
}

// MARK: - HikariCP

extension QueueTrial {
    /// Share of borrowers who give up: after exponential patience at a `ConnectionPool` (Erlang A).
    static func impatience(_ name: String, connections: Int, utilisation: Double, patience: Double) throws -> QueueTrial
    {
        let holding = 0.1
        let rate = utilisation * Double(connections) / holding
        let exact = try ErlangA(
            arrivalRate: rate, serviceTime: holding, servers: connections, patience: patience
        ).abandonment
        return QueueTrial(name: "\(name), giving up", exact: exact) { seed in
            let universe = Universe(seed: seed)
            defer { universe.end() }
            let peer = Peer("peer", universe)
            let pool = Pool(connections)
            let gaps = Sampler(.exponential(mean: TimeSpan(seconds: 1 / rate)))
            let times = Sampler(.exponential(mean: TimeSpan(seconds: holding)))
            let patiences = Sampler(.exponential(mean: TimeSpan(seconds: patience)))
            peer.spawn { peer in
                var arrivals = peer.process.randomStream("gap")
                var (demands, tempers) = (peer.process.randomStream("demand"), peer.process.randomStream("patience"))
                for number in 0..<(warmUp + measured) {
                    try await peer.process.sleep(gaps.sample(using: &arrivals))
                    let (demand, limit) = (times.sample(using: &demands), patiences.sample(using: &tempers))
                    peer.spawn { peer in
                        let isServed = try await pool.hold(demand, patience: limit, at: peer)
                        if !isServed, number >= warmUp { peer.count() }
                    }
                }
            }
            universe.run()
            return Double(peer.assumeIsolated { $0.counter }) / Double(measured)
        }
    }

    /// Share of borrowers who run into `connectionTimeout` at a `DatabasePool` (M/M/c + D).
    static func timeout(_ name: String, connections: Int, utilisation: Double, timeout: TimeSpan) throws -> QueueTrial {
        let holding = 0.2
        let rate = utilisation * Double(connections) / holding
        let exact = try MMcDQueue(
            arrivalRate: rate, serviceTime: holding, servers: connections, patience: timeout.seconds
        ).abandonment
        return QueueTrial(name: "\(name), time-outs", exact: exact) { seed in
            let fixture = PoolFixture(seed: seed, size: connections) { settings in
                settings.connectionTimeout = timeout
                settings.aliveBypassWindow = .seconds(3_600)
                settings.maxLifetime = .zero
            }
            let gaps = Sampler(.exponential(mean: TimeSpan(seconds: 1 / rate)))
            let times = Sampler(.exponential(mean: TimeSpan(seconds: holding)))
            var (arrivals, demands) = (RandomStream(seed: seed, name: "gap"), RandomStream(seed: seed, name: "demand"))
            var moment = TimeSpan.zero
            for _ in 0..<(warmUp + measured) {
                moment += gaps.sample(using: &arrivals)
                fixture.ask(at: moment, holding: times.sample(using: &demands))
            }
            fixture.run(until: moment + .seconds(30))
            let outcome = fixture.user.outcome.filter { $0.number >= warmUp }
            return Double(outcome.count { $0.waited == nil }) / Double(outcome.count)
        }
    }

    /// Throughput of users who think, and hold one of the pool's connections.
    static func poolLoop(_ name: String, users: Int, think: Double, connections: Int) throws -> QueueTrial {
        let holding = 0.1
        let network = try ClosedNetwork(
            population: users, thinkTime: think,
            stations: [ClosedNetwork.Station("pool", .servers(connections), demands: [holding])])
        let exact = try NetworkConvolution(network).solve().throughput
        return QueueTrial(name: "\(name), throughput", exact: exact) { seed in
            let universe = Universe(seed: seed)
            defer { universe.end() }
            let pool = Pool(connections)
            let times = Sampler(.exponential(mean: TimeSpan(seconds: holding)))
            return rounds(Peer("peer", universe), users: users, think: think, length: 600 / exact) { peer, random in
                _ = try await pool.hold(times.sample(using: &random), patience: .seconds(3_600), at: peer)
            }
        }
    }

    /// `ConnectionPool` with borrowers that take their time.
    private final class Pool: @unchecked Sendable {
        private var machine: ConnectionPool<Waiter>
        private var handed: [Waiter: PooledConnection] = [:]
        private var actions: [ConnectionPool<Waiter>.Action] = []

        init(_ connections: Int) {
            machine = ConnectionPool(
                settings: ConnectionPoolSettings(
                    maximumPoolSize: connections, connectionTimeout: .seconds(36_000), maxLifetime: .zero,
                    aliveBypassWindow: .seconds(36_000)))
            for _ in 0..<connections { _ = machine.preload(random: 0, now: .zero, actions: &actions) }
            actions.removeAll()
        }

        /// Whether it got a connection before its patience ended.
        func hold(_ span: TimeSpan, patience: TimeSpan, at peer: isolated Peer) async throws -> Bool {
            let waiter = peer.process.makeWaiter()
            let mine: PooledConnection
            if case .connection(let idle) = machine.borrow(waiter, now: peer.now, actions: &actions) {
                // The ticket was not needed; waited for at once, it is free again.
                peer.universe.wake(waiter)
                _ = try await peer.process.wait(waiter)
                mine = idle
            } else {
                perform(peer.universe)
                _ = try await peer.process.wait(waiter, timeout: patience)
                guard let given = handed.removeValue(forKey: waiter) else {
                    _ = machine.timedOut(waiter, now: peer.now)
                    return false
                }
                mine = given
            }
            try await peer.process.sleep(span)
            machine.giveBack(mine, now: peer.now, actions: &actions)
            perform(peer.universe)
            return true
        }

        private func perform(_ universe: Universe) {
            for case .hand(let connection, let waiter) in actions {
                handed[waiter] = connection
                universe.wake(waiter)
            }
            actions.removeAll(keepingCapacity: true)
        }
    }
}
