import Topology

/// One attempt at one server: connecting, or taking a kept connection, and the request over it.
extension NginxNode {
    /// A connection to a server that may carry several requests.
    struct UpstreamConnection {
        let connection: Connection
        let openedAt: Instant
        /// Requests it has carried.
        var requests = 0
    }

    func attempt<Backend: HTTPBackend>(
        _ request: HTTPRequest, at backend: Backend, peer: Int, worker: Int, _ open: inout NginxUpstream.Request
    ) async throws -> Attempt {
        if settings.keepalive > 0 {
            return try await attemptWithKeepalive(request, at: backend, peer: peer, worker: worker, &open)
        }
        do {
            try await world.network.shakeHands(
                from: process, with: backend.process, timeout: settings.connectTimeout)
        } catch let error as NetworkError {
            return .failed(error.failureToConnect)
        }
        open.isSent = true
        let life = backend.process.incarnation
        do {
            let response = try await world.network.call(
                from: process, to: backend, timeout: settings.readTimeout
            ) { server in
                // Segments held by a partition may arrive after a restart: the new life knows nothing of the connection.
                if server.process.incarnation != life { throw ConnectionAborted() }
                return try await server.handle(request)
            }
            return .answered(response)
        } catch let error as NetworkError {
            return .failed(error.failureToAnswer)
        }
    }

    private func attemptWithKeepalive<Backend: HTTPBackend>(
        _ request: HTTPRequest, at backend: Backend, peer: Int, worker: Int, _ open: inout NginxUpstream.Request
    ) async throws -> Attempt {
        var carrier: UpstreamConnection
        if let kept = takeKept(peer: peer, worker: worker) {
            carrier = kept
            open.usesKeptConnection = true
        } else {
            do {
                let connection = try await world.network.connect(
                    from: process, to: backend, timeout: settings.connectTimeout)
                carrier = UpstreamConnection(connection: connection, openedAt: now)
            } catch let error as NetworkError {
                return .failed(error.failureToConnect)
            }
        }
        // nginx asks a socket for its error before it writes, so a request on one known to be broken counts as unsent.
        open.isSent = carrier.connection.isOpen
        carrier.requests += 1
        do {
            let response = try await world.network.call(
                from: process, to: backend, over: carrier.connection, timeout: settings.readTimeout
            ) { try await $0.handle(request) }
            keep(carrier, peer: peer, worker: worker)
            return .answered(response)
        } catch let error as NetworkError {
            carrier.connection.close()
            return .failed(error.failureToAnswer)
        }
    }

    // MARK: - Kept connections

    private func takeKept(peer: Int, worker: Int) -> UpstreamConnection? {
        guard let id = workers[worker].keepalive.take(peer: peer) else { return nil }
        let kept = workers[worker].kept.removeValue(forKey: id)
        kept?.connection.onReset = nil
        return kept
    }

    private func keep(_ carrier: UpstreamConnection, peer: Int, worker: Int) {
        let connection = carrier.connection
        guard connection.isOpen else { return }
        let put = workers[worker].keepalive.put(
            connection.id, peer: peer, requests: carrier.requests, openedAt: carrier.openedAt, now: now)
        if put == .close { return connection.close() }
        if case .keptClosing(let oldest) = put { drop(oldest, worker: worker) }
        workers[worker].kept[connection.id] = carrier
        connection.onReset = { [unowned self, id = connection.id] delay in
            spawn(after: delay) { $0.serverClosed(id, worker: worker) }
        }
        if !workers[worker].isExpiring {
            workers[worker].isExpiring = true
            spawn { try await $0.expireKept(worker: worker) }
        }
    }

    private func serverClosed(_ id: Connection.ID, worker: Int) {
        if workers[worker].keepalive.closedByServer(id) { workers[worker].kept[id] = nil }
    }

    private func expireKept(worker: Int) async throws {
        while let deadline = workers[worker].keepalive.nextDeadline {
            try await process.sleep(until: deadline)
            var closing: [Connection.ID] = []
            workers[worker].keepalive.expire(now: now, closing: &closing)
            for id in closing { drop(id, worker: worker) }
        }
        workers[worker].isExpiring = false
    }

    private func drop(_ id: Connection.ID, worker: Int) {
        workers[worker].kept.removeValue(forKey: id)?.connection.close()
    }
}

extension NetworkError {
    /// What a failed handshake means to nginx.
    fileprivate var failureToConnect: NginxUpstream.Failure {
        self == .connectTimedOut ? .connectTimeout : .connectRefused
    }

    /// What a failed request means to nginx.
    fileprivate var failureToAnswer: NginxUpstream.Failure {
        switch self {
        case .timedOut, .connectTimedOut: .readTimeout
        case .reset: .closedBeforeHeader
        // The process died between the handshake and the request: its machine answers with a reset.
        case .refused, .closed: .resetBeforeHeader
        }
    }
}
