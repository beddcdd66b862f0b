import Topology

/// Telling the user that the order is placed before it is.
extension AppServer {
    /// The order follows in the background, or doesn't.
    func answerAtOnce(_ request: HTTPRequest) -> HTTPResponse {
        spawn { server in
            do { _ = try await server.placeOrder(request) } catch is StepFailure {}
        }
        return HTTPResponse(200, .orderPlaced)
    }

    /// Waits for the reservation in Redis only; who gets none, hears so.
    func answerEarly(_ request: HTTPRequest) async throws -> HTTPResponse {
        let early = EarlyAnswer(process)
        spawn { server in
            do {
                early.give(try await server.placeOrder(request, early: early))
            } catch let failure as StepFailure {
                early.give(failure.response)
            }
        }
        return try await early.wait()
    }
}

/// Where a request waits for its answer while the work on it may take longer.
final class EarlyAnswer: @unchecked Sendable {
    private let process: NodeProcess
    private let waiter: Waiter
    private var response: HTTPResponse?

    init(_ process: NodeProcess) {
        self.process = process
        waiter = process.makeWaiter()
    }

    /// Only the first answer counts.
    func give(_ response: HTTPResponse) {
        guard self.response == nil else { return }
        self.response = response
        process.universe.wake(waiter)
    }

    /// - Throws: `Halted`.
    nonisolated(nonsending) func wait() async throws -> HTTPResponse {
        while true {
            if let response { return response }
            _ = try await process.wait(waiter)
        }
    }
}
