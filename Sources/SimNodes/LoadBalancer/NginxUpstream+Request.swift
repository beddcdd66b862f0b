import Topology

extension NginxUpstream {
    /// What one client request remembers between its attempts (`ngx_http_upstream_t` and its peer data).
    package struct Request: Sendable {
        /// False for POST, LOCK and PATCH, the methods that are not repeated once sent.
        package let isIdempotent: Bool
        /// When the request came to the upstream; `proxy_next_upstream_timeout` counts from here.
        package let startedAt: Instant
        /// The peer it is open at, while it is.
        package internal(set) var peer: Int?
        /// Attempts left, this one included while it is open.
        package internal(set) var tries: Int
        /// Whether the actor began to write the request to the present peer; set once the connection stands.
        package var isSent = false
        /// Whether the present attempt uses a kept-alive connection; its failure grants an extra try.
        package var usesKeptConnection = false

        var tried = TriedPeers()
        var usesBackups = false

        init(isIdempotent: Bool, startedAt: Instant, tries: Int) {
            self.isIdempotent = isIdempotent
            self.startedAt = startedAt
            self.tries = tries
        }
    }

    /// What the balancer does next with a request.
    package enum NextStep: Hashable, Sendable {
        /// Connect to this peer.
        case tryNext(Int)
        /// Answer the client with this status and a page of nginx's own; nothing is open upstream any more.
        case answer(Int)
        /// Pass the upstream's answer to the client; the peer counts as busy until `finished`.
        case passOn
    }

    /// How an attempt failed before its answer began.
    package enum Failure: Hashable, Sendable {
        /// Nobody listens there.
        case connectRefused
        /// No route to the host.
        case connectUnreachable
        /// `proxy_connect_timeout` is over.
        case connectTimeout
        /// `proxy_read_timeout` is over.
        case readTimeout
        /// The peer closed before the header was complete.
        case closedBeforeHeader
        /// The peer's side of the connection was reset before the header was complete.
        case resetBeforeHeader
        /// What came is no HTTP header.
        case invalidHeader
    }

    /// Whether nginx repeats a request of this method although it was sent: all but POST, LOCK and PATCH.
    package static func isIdempotent(method: String) -> Bool {
        switch method {
        case "POST", "LOCK", "PATCH": false
        default: true
        }
    }

    /// A request that has just come in.
    package func request(isIdempotent: Bool, now: Instant) -> Request {
        Request(isIdempotent: isIdempotent, startedAt: now, tries: initialTries)
    }

    /// The bitmap of the peers a request has been at; without allocation up to 64 peers, as in nginx.
    struct TriedPeers: Sendable {
        private var low: UInt64 = 0
        private var high: [UInt64] = []

        func contains(_ peer: Int) -> Bool {
            if peer < 64 { return low & (1 << UInt64(peer)) != 0 }
            let word = peer / 64 - 1
            return word < high.count && high[word] & (1 << UInt64(peer % 64)) != 0
        }

        mutating func insert(_ peer: Int) {
            if peer < 64 {
                low |= 1 << UInt64(peer)
                return
            }
            let word = peer / 64 - 1
            while high.count <= word { high.append(0) }
            high[word] |= 1 << UInt64(peer % 64)
        }
    }
}

extension NginxUpstream.Failure {
    /// The `proxy_next_upstream` condition that must be listed for a retry.
    var condition: NginxUpstream.NextUpstream {
        switch self {
        case .connectRefused, .connectUnreachable, .closedBeforeHeader, .resetBeforeHeader: .error
        case .connectTimeout, .readTimeout: .timeout
        case .invalidHeader: .invalidHeader
        }
    }

    /// What the client gets if it is not tried elsewhere: 504 after a time-out, else 502.
    package var status: Int { condition == .timeout ? 504 : 502 }
}
