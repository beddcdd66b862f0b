import Topology

/// The closed loop that the same-workload comparisons with other engines run: N clients, each a chain of delays through
/// a balancer, an application, a cache and, now and then, one of a few connections.
public enum ClosedLoop {
    public struct Outcome: Sendable {
        public let events: UInt64
        public let virtualTime: Instant
        public let digest: TraceDigest
    }

    public static func run(clients: Int, iterations: Int, connections: Int = 300, seed: UInt64 = 7) -> Outcome {
        let universe = Universe(seed: seed)
        let pool = Pool(process: universe.makeProcess("pool"), size: connections)
        let cache = Cache(process: universe.makeProcess("cache"), seed: seed)
        let application = Application(process: universe.makeProcess("application"), cache: cache, pool: pool)
        let balancer = Balancer(process: universe.makeProcess("balancer"), application: application)
        let group = ClientGroup(
            process: universe.makeProcess("clients"), balancer: balancer, iterations: iterations)
        for _ in 0..<clients { group.spawn { try await $0.client() } }
        universe.run()
        // As in the other engines, an event is a delay that ended: neither a client's start nor a wake from the queue.
        let waits = pool.assumeIsolated { UInt64($0.waits) }
        return Outcome(
            events: universe.executedEvents - UInt64(clients) - waits, virtualTime: universe.now,
            digest: universe.digest)
    }

    actor ClientGroup: Node {
        nonisolated let process: NodeProcess
        private let balancer: Balancer
        private let iterations: Int
        init(process: NodeProcess, balancer: Balancer, iterations: Int) {
            self.process = process
            self.balancer = balancer
            self.iterations = iterations
        }
        func client() async throws {
            for _ in 0..<iterations {
                try await process.sleep(.microseconds(500))
                try await balancer.forward()
                try await process.sleep(.microseconds(500))
            }
        }
    }

    actor Balancer: Node {
        nonisolated let process: NodeProcess
        private let application: Application
        init(process: NodeProcess, application: Application) {
            self.process = process
            self.application = application
        }
        func forward() async throws {
            try await process.sleep(.milliseconds(1))
            try await application.view()
            try await process.sleep(.milliseconds(1))
        }
    }

    actor Application: Node {
        nonisolated let process: NodeProcess
        private let cache: Cache
        private let pool: Pool
        init(process: NodeProcess, cache: Cache, pool: Pool) {
            self.process = process
            self.cache = cache
            self.pool = pool
        }
        func view() async throws {
            if try await cache.lookUp() { return }
            try await pool.use(for: .milliseconds(15))
            try await process.sleep(.milliseconds(1))
        }
    }

    actor Cache: Node {
        nonisolated let process: NodeProcess
        private var random: RandomStream
        init(process: NodeProcess, seed: UInt64) {
            self.process = process
            random = RandomStream(seed: seed, name: "cache")
        }
        func lookUp() async throws -> Bool {
            try await process.sleep(.milliseconds(1))
            return random.uniform() < 0.83
        }
    }

    actor Pool: Node {
        nonisolated let process: NodeProcess
        private var free: Int
        /// Clients that had to queue for a connection, so far.
        private(set) var waits = 0
        private var waiting: [Waiter] = []
        private var head = 0
        init(process: NodeProcess, size: Int) {
            self.process = process
            free = size
        }
        func use(for span: TimeSpan) async throws {
            if free > 0 {
                free -= 1
            } else {
                let waiter = process.makeWaiter()
                waits += 1
                waiting.append(waiter)
                _ = try await process.wait(waiter)
            }
            try await process.sleep(span)
            if head < waiting.count {
                process.universe.wake(waiting[head])
                head += 1
            } else {
                free += 1
            }
        }
    }
}
