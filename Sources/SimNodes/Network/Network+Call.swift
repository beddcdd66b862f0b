import Topology

extension Network {
    /// When Linux gives up on an unanswered segment (tcp_retries2 = 15) and reports the connection broken.
    static let transmissionLimit = TimeSpan.milliseconds(924_600)

    /// Opens a connection, calls over it and closes it: a request of its own, as a proxy without keep-alive sends it.
    public nonisolated(nonsending) func connectAndCall<Server: Node, Reply: Sendable>(
        from client: NodeProcess, to server: Server, connectTimeout: TimeSpan?, timeout: TimeSpan?,
        _ handler: @escaping @Sendable (isolated Server) async throws -> Reply
    ) async throws -> Reply {
        try await shakeHands(from: client, with: server.process, timeout: connectTimeout)
        return try await call(from: client, to: server, timeout: timeout, handler)
    }

    /// Has `handler` run at the server and returns its answer: one latency there, the work, one latency back.
    ///
    /// The work is a task of the server's process. It goes on when the caller's time-out ends the wait, or the caller
    /// dies; it ends with the server's process.
    /// - Parameter connection: where given, keeps the order of calls and answers, and breaks with the server's death.
    /// - Throws: `NetworkError`, or `Halted`.
    @inline(__always)
    public nonisolated(nonsending) func call<Server: Node, Reply: Sendable>(
        from client: NodeProcess, to server: Server, over connection: Connection? = nil, timeout: TimeSpan? = nil,
        _ handler: @escaping @Sendable (isolated Server) async throws -> Reply
    ) async throws -> Reply {
        let call = ClosureCall<Reply?>(
            through: self, from: client, to: server.process, over: connection, empty: nil
        ) { call, isRepeated in
            let reply = try await handler(server)
            if !isRepeated { call.answer = reply }
        }
        try await make(call, to: server, timeout: timeout)
        return call.answer!
    }

    /// Makes a call, and comes back when the reply to it has.
    @inline(__always)
    nonisolated(nonsending) func make<Server: Node>(
        _ call: Call, to server: Server, timeout: TimeSpan?
    ) async throws {
        try begin(call, to: server)
        call.client.openCalls += 1
        defer { call.client.openCalls -= 1 }
        // A socket without a time-out still breaks when the kernel gives up.
        let reason = try await call.client.wait(call.waiter, timeout: timeout ?? Self.transmissionLimit)
        try check(reason, hasTimeout: timeout != nil)
    }

    /// The same on behalf of a client: its hanging up ends the wait too, with `HungUp`.
    @inline(__always)
    nonisolated(nonsending) func make<Server: Node>(
        _ call: Call, to server: Server, timeout: TimeSpan?, for outer: Exchange
    ) async throws {
        try begin(call, to: server)
        call.client.openCalls += 1
        defer { call.client.openCalls -= 1 }
        let reason = try await outer.wait(call.waiter, of: call.client, timeout: timeout ?? Self.transmissionLimit)
        if reason == .hungUp { throw HungUp() }
        try check(reason, hasTimeout: timeout != nil)
    }

    /// Sends the request on its way.
    @inline(__always)
    private func begin<Server: Node>(_ call: Call, to server: Server) throws {
        if let connection = call.connection, !connection.isOpen { throw NetworkError.closed }
        call.waiter = call.client.makeWaiter()
        register(call, at: server.process)
        let link = link(from: call.client, to: server.process)
        if link.isCut {
            link.hold(since: universe.now) { [self] in deliver(call, to: server, after: $0) }
        } else {
            let delay = link.transit(retransmission: retransmission)
            deliver(call, to: server, after: delay)
            // Within a connection TCP drops what comes twice.
            if call.connection == nil, let later = link.duplicate() {
                repeatCall(call, to: server, after: delay + later)
            }
        }
    }

    @inline(__always)
    private func check(_ reason: WakeReason, hasTimeout: Bool) throws {
        switch reason {
        case .signalled: return
        case .refused: throw NetworkError.refused
        case .timedOut where hasTimeout: throw NetworkError.timedOut
        default: throw NetworkError.reset
        }
    }

    /// The request is on its way and will arrive after `delay`.
    private func deliver<Server: Node>(_ call: Call, to server: Server, after delay: TimeSpan) {
        let target = server.process
        let connection = call.connection
        if target.isDown || connection?.isDeadAtServer == true || connection == nil && !target.isListening {
            return bounce(call, after: delay)
        }
        target.send(call, after: connection?.orderedAtServer(delay) ?? delay)
    }

    /// A request comes a second time, over another connection: the work is done again, its answer goes nowhere.
    private func repeatCall<Server: Node>(_ call: Call, to server: Server, after delay: TimeSpan) {
        if server.process.isDown || !server.process.isListening { return }
        server.spawn(after: delay) { _ in
            do { try await call.runAgain() } catch is ConnectionAborted {}
        }
    }

    /// Nobody is there any more: the machine answers with a reset, which ends the connection too, or not at all.
    private func bounce(_ call: Call, after delay: TimeSpan) {
        let server = call.server
        let connection = call.connection
        unregister(call, at: server)
        if server.isHostDown { return }
        send(from: server, to: call.client) { [universe] back in
            let arrival = delay + back
            universe.wake(call.waiter, reason: connection == nil ? .refused : .reset, after: arrival)
            connection?.breakOff(after: arrival)
        }
    }

    /// The server's answer is on its way back.
    func answer(_ call: Call, reason: WakeReason) {
        let server = call.server
        let connection = call.connection
        unregister(call, at: server)
        let link = link(from: server, to: call.client)
        if link.isCut {
            link.hold(since: universe.now) { [universe] delay in
                universe.wake(call.waiter, reason: reason, after: connection?.orderedAtClient(delay) ?? delay)
            }
        } else {
            let delay = link.transit(retransmission: retransmission)
            universe.wake(call.waiter, reason: reason, after: connection?.orderedAtClient(delay) ?? delay)
        }
    }
}
