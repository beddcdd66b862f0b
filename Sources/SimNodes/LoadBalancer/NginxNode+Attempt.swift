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

    /// An answer whose header has come.
    struct Answer {
        let response: HTTPResponse
        /// The connection that it came over, if that may be kept.
        let carrier: UpstreamConnection?

        /// - Throws: `FailedAttempt` when the header is none.
        init(_ response: HTTPResponse, _ carrier: UpstreamConnection?) throws(FailedAttempt) {
            if response.body == .invalidHeader {
                carrier?.connection.close()
                throw FailedAttempt(failure: .invalidHeader)
            }
            (self.response, self.carrier) = (response, carrier)
        }
    }

    /// An attempt that came to nothing before a header.
    struct FailedAttempt: Error {
        let failure: NginxUpstream.Failure
    }

    /// - Throws: `FailedAttempt`, `HungUp` when the user does, or `Halted`.
    @inline(__always)
    func attempt(
        _ request: HTTPRequest, for client: Exchange, at backend: any HTTPBackend, peer: Int, worker: Int,
        _ open: inout NginxUpstream.Request
    ) async throws -> Answer {
        if settings.keepalive > 0 {
            return try await attemptWithKeepalive(request, for: client, at: backend, peer: peer, worker: worker, &open)
        }
        try await connect(to: backend, for: client)
        open.isSent = true
        do {
            let response = try await world.network.request(
                request, from: process, to: backend, life: backend.process.incarnation,
                timeout: settings.readTimeout, for: client)
            return try Answer(response, nil)
        } catch let error as NetworkError {
            throw FailedAttempt(failure: error.failureToAnswer)
        }
    }

    @inline(__always)
    private func attemptWithKeepalive(
        _ request: HTTPRequest, for client: Exchange, at backend: any HTTPBackend, peer: Int, worker: Int,
        _ open: inout NginxUpstream.Request
    ) async throws -> Answer {
        var carrier: UpstreamConnection
        if let kept = takeKept(peer: peer, worker: worker) {
            carrier = kept
            open.usesKeptConnection = true
        } else {
            try await connect(to: backend, for: client)
            let connection = world.network.establish(from: process, to: backend)
            carrier = UpstreamConnection(connection: connection, openedAt: now)
        }
        // nginx asks a socket for its error before it writes, so a request on one known to be broken counts as unsent.
        open.isSent = carrier.connection.isOpen
        carrier.requests += 1
        do {
            let response = try await world.network.request(
                request, from: process, to: backend, over: carrier.connection, timeout: settings.readTimeout,
                for: client)
            return try Answer(response, carrier)
        } catch let error as NetworkError {
            carrier.connection.close()
            throw FailedAttempt(failure: error.failureToAnswer)
        } catch let end as HungUp {
            carrier.connection.close()
            throw end
        }
    }

    private func connect(to backend: any HTTPBackend, for client: Exchange) async throws {
        do {
            try await world.network.shakeHands(
                from: process, with: backend.process, timeout: settings.connectTimeout, for: client)
        } catch let error as NetworkError {
            throw FailedAttempt(failure: error == .connectTimedOut ? .connectTimeout : .connectRefused)
        }
    }

    // MARK: - Kept connections

    private func takeKept(peer: Int, worker: Int) -> UpstreamConnection? {
        guard let id = workers[worker].keepalive.take(peer: peer) else { return nil }
        let kept = workers[worker].kept.removeValue(forKey: id)
        kept?.connection.onReset = nil
        return kept
    }

    func keep(_ carrier: UpstreamConnection, peer: Int, worker: Int) {
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
