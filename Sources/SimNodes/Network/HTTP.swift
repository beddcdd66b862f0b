import Topology

/// What a user sends.
///
/// An object, since it passes through a dozen functions, each of which keeps it while it waits.
package final class HTTPRequest: Sendable {
    package enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
    }

    /// The request's number in the history; it travels as a trace header and decides nothing.
    package let number: Int
    package let flow: Flow
    package let user: Int
    package let product: Int
    package let quantity: Int
    /// The idempotency key: the same for repetitions, unless the retry policy makes a new one.
    package let key: UInt64
    /// Until when the user waits, by the user's clock; it travels as a header.
    package let deadline: Instant?
    /// The cookie that the answer to the user's last purchase set.
    package let mark: SessionMark?

    /// Views are GET, purchases POST: what a proxy may repeat depends on it.
    package var method: Method { flow == .view ? .get : .post }

    package init(
        number: Int, flow: Flow, user: Int, product: Int, quantity: Int, key: UInt64, deadline: Instant? = nil,
        mark: SessionMark? = nil
    ) {
        self.number = number
        self.flow = flow
        self.user = user
        self.product = product
        self.quantity = quantity
        self.key = key
        self.deadline = deadline
        self.mark = mark
    }
}

/// What a session cookie says of its user's last purchase.
package struct SessionMark: Sendable {
    /// When it was answered, by the server's clock.
    package let at: Instant
    /// What a database must have executed to show it, where the server looked.
    package var transactions: GTIDSet?

    init(at: Instant) { self.at = at }
}

/// What the user gets back.
package struct HTTPResponse: Sendable {
    package let status: Int
    package let body: Body
    /// A cookie for the user's browser.
    package var mark: SessionMark?

    package enum Body: Sendable, Hashable {
        case product(stock: Int, version: Int, fromCache: Bool)
        case orderPlaced
        case insufficientStock
        case productBeingProcessed
        /// This user, or this request, has an order, or is getting one.
        case alreadyOrdered
        /// An error page; the text is what the log says.
        case error(String)
        /// The connection closed after the headers, in the middle of the body.
        case truncated
        /// What came has a header that is none.
        case invalidHeader
    }

    package init(_ status: Int, _ body: Body) {
        self.status = status
        self.body = body
    }
}

/// A server that answers the shop's requests: an application server, or a proxy in front of some.
package protocol HTTPBackend: Listener {
    /// Whether it notices that a client hangs up while it works on the request: nginx does, a Tomcat doesn't.
    nonisolated var watchesClients: Bool { get }

    /// Answers a request; called through `Network.call`, as a task of this server.
    ///
    /// - Throws: `ConnectionAborted` to reset the connection instead, or `Halted`.
    func handle(_ request: HTTPRequest, for client: Exchange) async throws -> HTTPResponse

    /// Has this server answer a request that comes over the network; called through `Network.request`.
    ///
    /// A requirement with one implementation, so that each kind of server has a version of its own: callers hold
    /// `any HTTPBackend`, and a generic version would ask the runtime for types at every step.
    nonisolated(nonsending) func answer(
        _ request: HTTPRequest, from client: NodeProcess, over connection: Connection?, life: UInt32?,
        timeout: TimeSpan?, for outer: Exchange?, through network: Network
    ) async throws -> HTTPResponse

    /// Answers a balancer's probe (`health_check`) with a status; 200 unless the server knows better.
    func answerHealthCheck() async throws -> Int
}

extension HTTPBackend {
    package nonisolated var watchesClients: Bool { false }

    package func answerHealthCheck() async throws -> Int { 200 }

    /// HTTP has no session that would end with its connection: the request goes on, as Tomcat's does.
    package func connectionClosed(_ id: Connection.ID) async throws {}
}

extension Network {
    /// Has a server answer a request; if the time-out ends the wait, or the client on whose behalf it is made hangs up,
    /// the server's end closes too.
    ///
    /// - Parameters:
    ///   - connection: a kept one; the caller closes it when this throws.
    ///   - life: the life of the server that the connection was made with, where it is not a kept one.
    /// - Throws: `NetworkError`, `HungUp`, or `Halted`.
    @inline(__always)
    package nonisolated(nonsending) func request<Server: HTTPBackend>(
        _ request: HTTPRequest, from client: NodeProcess, to server: Server, over connection: Connection? = nil,
        life: UInt32? = nil, timeout: TimeSpan?, for outer: Exchange? = nil
    ) async throws -> HTTPResponse {
        try await server.answer(
            request, from: client, over: connection, life: life, timeout: timeout, for: outer, through: self)
    }
}

extension HTTPBackend {
    package nonisolated(nonsending) func answer(
        _ request: HTTPRequest, from client: NodeProcess, over connection: Connection?, life: UInt32?,
        timeout: TimeSpan?, for outer: Exchange?, through network: Network
    ) async throws -> HTTPResponse {
        let call = HTTPCall(request, through: network, from: client, to: self, over: connection, life: life)
        do {
            if let outer {
                try await network.make(call, to: self, timeout: timeout, for: outer)
            } else {
                try await network.make(call, to: self, timeout: timeout)
            }
            return call.response!
        } catch NetworkError.timedOut {
            network.hangUp(call.exchange, from: client, to: self)
            throw NetworkError.timedOut
        } catch let ended as HungUp {
            network.hangUp(call.exchange, from: client, to: self)
            throw ended
        }
    }
}

/// A request on its way to a server, with the connection's end there and the place for the response.
private final class HTTPCall: Call, @unchecked Sendable {
    private let request: HTTPRequest
    private let backend: any HTTPBackend
    private let life: UInt32?
    let exchange = Exchange()
    private(set) var response: HTTPResponse?

    init(
        _ request: HTTPRequest, through network: Network, from client: NodeProcess, to backend: any HTTPBackend,
        over connection: Connection?, life: UInt32?
    ) {
        (self.request, self.backend, self.life) = (request, backend, life)
        super.init(through: network, from: client, to: backend.process, over: connection)
    }

    override nonisolated(nonsending) func run() async throws {
        try await respond {
            try requireSameLife()
            response = try await backend.handle(request, for: exchange)
        }
    }

    override nonisolated(nonsending) func runAgain() async throws {
        try requireSameLife()
        _ = try await backend.handle(request, for: exchange)
    }

    /// Segments held by a partition may arrive after a restart: the new life knows nothing of the connection.
    @inline(__always)
    private func requireSameLife() throws {
        if let life, server.incarnation != life { throw ConnectionAborted() }
    }
}
