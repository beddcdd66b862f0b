import Topology

/// One request's connection, as its server's end sees it: a server that watches learns here that its client hung up.
package final class Exchange: @unchecked Sendable {
    /// The client has closed its end, and the server knows.
    package private(set) var isHungUp = false
    /// What the server waits for on behalf of this client.
    private var waiter: Waiter?

    package init() {}

    /// The client is gone: whatever is waited for on its behalf ends with `HungUp`.
    package func hangUp(in universe: Universe) {
        isHungUp = true
        if let waiter { universe.wake(waiter, reason: .hungUp) }
    }

    /// Suspends a task until its ticket is woken, the time-out has passed, or the client hangs up, if it has not yet.
    @inline(__always)
    nonisolated(nonsending) func wait(
        _ waiter: Waiter, of process: NodeProcess, timeout: TimeSpan? = nil
    ) async throws -> WakeReason {
        self.waiter = waiter
        defer { self.waiter = nil }
        if isHungUp { process.universe.wake(waiter, reason: .hungUp) }
        return try await process.wait(waiter, timeout: timeout)
    }
}

/// The client on whose behalf a server waited is gone.
package struct HungUp: Error {
    package init() {}
}

extension Network {
    /// A client that waits no longer closes its connection; a server that watches its clients learns of it.
    func hangUp<Server: HTTPBackend>(_ exchange: Exchange, from client: NodeProcess, to server: Server) {
        guard server.watchesClients else { return }
        send(from: client, to: server.process) { delay in
            server.spawn(after: delay) { exchange.hangUp(in: $0.universe) }
        }
    }
}
