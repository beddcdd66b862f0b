import Topology

/// The clients of a recording: each request has one of its own, which may hang up.
actor RecordedClient: Node {
    /// The user whose requests are held at their server until they are released.
    static let patientUser = 1

    /// What a client saw in the end.
    struct Ending: Sendable {
        /// Nil when no status line came.
        var status: Int?
        var isTruncated = false
        var elapsed: TimeSpan
    }

    nonisolated let process: NodeProcess
    private let network: Network
    private var endings: [Int: Ending] = [:]
    private var connections: [Int: Exchange] = [:]

    init(process: NodeProcess, network: Network) {
        self.process = process
        self.network = network
    }

    func ending(of number: Int) -> Ending? { endings[number] }

    func hangUp(_ number: Int) { connections[number]?.hangUp(in: universe) }

    func ask(_ number: Int, of nginx: NginxNode, _ flow: Flow, isHeld: Bool) async throws {
        let request = HTTPRequest(
            number: number, flow: flow, user: isHeld ? Self.patientUser : 0, product: 0, quantity: 1,
            key: UInt64(number))
        let connection = Exchange()
        connections[number] = connection
        let start = now
        var ending = Ending(elapsed: .zero)
        do {
            let response = try await network.request(
                request, from: process, to: nginx, timeout: nil, for: connection)
            ending.status = response.status
            ending.isTruncated = response.body == .truncated
        } catch is NetworkError {
            // No status line came.
        } catch is HungUp {
            // It went by itself.
        }
        ending.elapsed = now - start
        endings[number] = ending
    }
}
