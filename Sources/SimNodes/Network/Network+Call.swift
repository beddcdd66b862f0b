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
        let call = try begin(from: client, to: server, over: connection, handler)
        // A socket without a time-out still breaks when the kernel gives up.
        let reason = try await client.wait(call.waiter, timeout: timeout ?? Self.transmissionLimit)
        return try outcome(of: call, reason, hasTimeout: timeout != nil)
    }

    /// The same on behalf of a client: its hanging up ends the wait too, with `HungUp`.
    @inline(__always)
    nonisolated(nonsending) func call<Server: Node, Reply: Sendable>(
        from client: NodeProcess, to server: Server, over connection: Connection?, timeout: TimeSpan?,
        for outer: Exchange, _ handler: @escaping @Sendable (isolated Server) async throws -> Reply
    ) async throws -> Reply {
        let call = try begin(from: client, to: server, over: connection, handler)
        let reason = try await outer.wait(call.waiter, of: client, timeout: timeout ?? Self.transmissionLimit)
        if reason == .hungUp { throw HungUp() }
        return try outcome(of: call, reason, hasTimeout: timeout != nil)
    }

    /// Sends the request on its way.
    @inline(__always)
    private func begin<Server: Node, Reply: Sendable>(
        from client: NodeProcess, to server: Server, over connection: Connection?,
        _ handler: @escaping @Sendable (isolated Server) async throws -> Reply
    ) throws -> Call<Reply?> {
        if let connection, !connection.isOpen { throw NetworkError.closed }
        let call = Call<Reply?>(client: client, connection: connection?.id ?? .none, empty: nil)
        register(call, at: server.process)
        let link = link(from: client, to: server.process)
        if link.isCut {
            link.hold(since: universe.now) { [self] in deliver(call, to: server, over: connection, after: $0, handler) }
        } else {
            let delay = link.transit(retransmission: retransmission)
            deliver(call, to: server, over: connection, after: delay, handler)
            // Within a connection TCP drops what comes twice.
            if connection == nil, let later = link.duplicate() { repeatCall(to: server, after: delay + later, handler) }
        }
        return call
    }

    @inline(__always)
    private func outcome<Reply: Sendable>(
        of call: Call<Reply?>, _ reason: WakeReason, hasTimeout: Bool
    ) throws -> Reply {
        switch reason {
        case .signalled: return call.answer!
        case .refused: throw NetworkError.refused
        case .timedOut where hasTimeout: throw NetworkError.timedOut
        default: throw NetworkError.reset
        }
    }

    /// The request is on its way and will arrive after `delay`.
    private func deliver<Server: Node, Reply: Sendable>(
        _ call: Call<Reply?>, to server: Server, over connection: Connection?, after delay: TimeSpan,
        _ handler: @escaping @Sendable (isolated Server) async throws -> Reply
    ) {
        let target = server.process
        if target.isDown || connection?.isDeadAtServer == true || connection == nil && !target.isListening {
            return bounce(call, from: target, over: connection, after: delay)
        }
        let arrival = connection?.orderedAtServer(delay) ?? delay
        server.spawn(after: arrival) { [self] node in
            // Closed while the request was on its way: the caller has been told.
            if let connection, connection.isDeadAtServer { return }
            do {
                call.answer = try await handler(node)
            } catch is ConnectionAborted {
                answer(call, from: target, over: connection, reason: .reset)
                connection?.closeFromServer()
                return
            }
            answer(call, from: target, over: connection, reason: .signalled)
        }
    }

    /// A request comes a second time, over another connection: the work is done again, its answer goes nowhere.
    private func repeatCall<Server: Node, Reply: Sendable>(
        to server: Server, after delay: TimeSpan,
        _ handler: @escaping @Sendable (isolated Server) async throws -> Reply
    ) {
        if server.process.isDown || !server.process.isListening { return }
        server.spawn(after: delay) { node in
            do { _ = try await handler(node) } catch is ConnectionAborted {}
        }
    }

    /// Nobody is there any more: the machine answers with a reset, which ends the connection too, or not at all.
    private func bounce(_ call: AnyCall, from server: NodeProcess, over connection: Connection?, after delay: TimeSpan)
    {
        unregister(call, at: server)
        if server.isHostDown { return }
        send(from: server, to: call.client) { [universe] back in
            let arrival = delay + back
            universe.wake(call.waiter, reason: connection == nil ? .refused : .reset, after: arrival)
            connection?.breakOff(after: arrival)
        }
    }

    private func answer(_ call: AnyCall, from server: NodeProcess, over connection: Connection?, reason: WakeReason) {
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
