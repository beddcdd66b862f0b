import Topology

/// A server of a recording: it behaves as the state that it was put into.
actor RecordedBackend: HTTPBackend {
    enum State: Hashable, Sendable {
        case up
        /// Refuses connections; what is open goes on.
        case refusing
        /// Refuses connections; what was open is reset.
        case crashed
        /// Attempts to connect stay unanswered; what is open goes on.
        case unreachable
        /// Accepts and never answers.
        case hanging
        /// Closes in the middle of the header.
        case closingMidResponse
        /// Closes in the middle of the body.
        case closingMidBody
        /// Answers with a header that is none, and closes.
        case invalidHeader
        case status(Int)

        /// From the word of the format.
        init?(word: String) {
            switch word {
            case "up": self = .up
            case "refusing": self = .refusing
            case "crashed": self = .crashed
            case "unreachable": self = .unreachable
            case "hanging": self = .hanging
            case "closing_mid_response": self = .closingMidResponse
            case "closing_mid_body": self = .closingMidBody
            case "invalid_header": self = .invalidHeader
            default:
                guard let status = Int(word), (200..<600).contains(status) else { return nil }
                self = .status(status)
            }
        }
    }

    nonisolated let process: NodeProcess
    private let network: Network
    private var state = State.up
    /// Requests that wait until they may be answered, in the order in which they came.
    private var held: [(number: Int, waiter: Waiter)] = []

    init(process: NodeProcess, network: Network) {
        self.process = process
        self.network = network
    }

    /// Takes on a state; requests that are held already stay so, unless it crashes.
    func become(_ state: State, closingIdleConnections: Bool) {
        self.state = state
        if state == .crashed {
            // What nginx does next depends on the order; the recorded servers reset what they hold in this one.
            for request in held { universe.wake(request.waiter, reason: .reset) }
            held = []
            return spawn { $0.process.crash() }
        }
        process.start()
        if closingIdleConnections { network.closeIdleConnections(at: process) }
        process.isListening = state != .refusing
        process.isBacklogFull = state == .unreachable
    }

    /// Whether the request is here and waits to be released.
    func holds(_ number: Int) -> Bool { held.contains { $0.number == number } }

    /// The request may be answered now, if it is here.
    func release(_ number: Int) {
        guard let place = held.firstIndex(where: { $0.number == number }) else { return }
        universe.wake(held.remove(at: place).waiter)
    }

    /// What nginx has given up is not held any longer.
    nonisolated var watchesClients: Bool { true }

    func handle(_ request: HTTPRequest, for client: Exchange) async throws -> HTTPResponse {
        if request.user == RecordedClient.patientUser {
            let waiter = process.makeWaiter()
            held.append((request.number, waiter))
            if try await client.wait(waiter, of: process) != .signalled {
                held.removeAll { $0.waiter == waiter }
                throw ConnectionAborted()
            }
        }
        switch state {
        case .up, .refusing, .crashed, .unreachable: return HTTPResponse(200, .orderPlaced)
        case .hanging:
            _ = try await process.wait(process.makeWaiter())
            throw ConnectionAborted()
        case .closingMidResponse: throw ConnectionAborted()
        case .closingMidBody: return HTTPResponse(200, .truncated)
        case .invalidHeader: return HTTPResponse(200, .invalidHeader)
        case .status(let status): return HTTPResponse(status, .error("recorded"))
        }
    }
}
