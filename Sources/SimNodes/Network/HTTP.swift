import Topology

/// What a user sends.
package struct HTTPRequest: Sendable {
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

    /// Views are GET, purchases POST: what a proxy may repeat depends on it.
    package var method: Method { flow == .view ? .get : .post }

    package init(number: Int, flow: Flow, user: Int, product: Int, quantity: Int, key: UInt64) {
        self.number = number
        self.flow = flow
        self.user = user
        self.product = product
        self.quantity = quantity
        self.key = key
    }
}

/// What the user gets back.
package struct HTTPResponse: Sendable {
    package let status: Int
    package let body: Body

    package enum Body: Sendable, Hashable {
        case product(stock: Int, version: Int, fromCache: Bool)
        case orderPlaced
        case insufficientStock
        case productBeingProcessed
        /// An error page; the text is what the log says.
        case error(String)
    }

    package init(_ status: Int, _ body: Body) {
        self.status = status
        self.body = body
    }
}

/// A server that answers the shop's requests: an application server, or a proxy in front of some.
package protocol HTTPBackend: Listener {
    /// Answers a request; called through `Network.call`, as a task of this server.
    ///
    /// - Throws: `ConnectionAborted` to reset the connection instead, or `Halted`.
    func handle(_ request: HTTPRequest) async throws -> HTTPResponse

    /// Answers a balancer's probe (`health_check`) with a status; 200 unless the server knows better.
    func answerHealthCheck() async throws -> Int
}

extension HTTPBackend {
    package func answerHealthCheck() async throws -> Int { 200 }

    /// HTTP has no session that would end with its connection: the request goes on, as Tomcat's does.
    package func connectionClosed(_ id: Connection.ID) async throws {}
}
