import Topology

@testable import SimNodes

/// A client, a server and somebody who breaks things, one millisecond apart from each other.
struct NetworkBench {
    let universe: Universe
    let network: Network
    let client: Peer
    let server: Peer
    let faults: Peer
    let log = Log()

    init(seed: UInt64 = 1, latency: TimeSpan = .milliseconds(1), retransmission: TimeSpan = .milliseconds(200)) {
        self.init(seed: seed, retransmission: retransmission, law: .constant(latency))
    }

    init(seed: UInt64 = 1, retransmission: TimeSpan = .milliseconds(200), law: Distribution) {
        universe = Universe(seed: seed)
        let sampler = Sampler(law)
        network = Network(universe: universe, retransmission: retransmission) { _, _ in sampler }
        client = Peer("client", universe, log: log)
        server = Peer("server", universe, log: log)
        faults = Peer("faults", universe, log: log)
    }

    /// Calls at a moment and notes when and how it ended.
    func call(
        at begin: Int64, work: Int64 = 0, timeout: TimeSpan? = nil, _ name: String = "call", over: Connection? = nil
    ) {
        let (network, server, log) = (network, server, log)
        client.spawn(after: .milliseconds(begin)) { client in
            let result = try await outcome {
                try await network.call(from: client.process, to: server, over: over, timeout: timeout) { server in
                    if work > 0 { try await server.process.sleep(.milliseconds(work)) }
                    server.count()
                    return "ok"
                }
            }
            log.note("\(name) \(result)", client.now)
        }
    }

    /// Connects at time zero and gives the connection to `body`, a task of the client.
    func connected(_ body: @escaping @Sendable (isolated Peer, Connection) async throws -> Void) {
        let (network, server) = (network, server)
        client.spawn { client in
            let connection = try await network.connect(from: client.process, to: server)
            try await body(client, connection)
        }
    }

    func connect(at begin: Int64, timeout: TimeSpan? = nil, _ name: String = "connect") {
        let (network, server, log) = (network, server, log)
        client.spawn(after: .milliseconds(begin)) { client in
            let result = try await outcome {
                _ = try await network.connect(from: client.process, to: server, timeout: timeout)
                return "open"
            }
            log.note("\(name) \(result)", client.now)
        }
    }

    var effects: Int { server.assumeIsolated { $0.counter } }

    func run() -> [String] {
        universe.run()
        universe.end()
        return log.lines
    }
}
