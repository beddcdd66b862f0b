extension NginxUpstream {
    /// The conditions of `proxy_next_upstream`: after which outcomes a request may be passed to the next server.
    package struct NextUpstream: OptionSet, Hashable, Sendable {
        /// One bit a condition.
        package let rawValue: UInt16

        /// A set from its bits.
        package init(rawValue: UInt16) { self.rawValue = rawValue }

        /// Connection refused, reset, or closed before the header was complete.
        package static let error = NextUpstream(rawValue: 1 << 0)
        /// A connect, send or read time-out.
        package static let timeout = NextUpstream(rawValue: 1 << 1)
        /// An empty or invalid answer.
        package static let invalidHeader = NextUpstream(rawValue: 1 << 2)
        /// The peer answered 500.
        package static let http500 = NextUpstream(rawValue: 1 << 3)
        /// The peer answered 502.
        package static let http502 = NextUpstream(rawValue: 1 << 4)
        /// The peer answered 503.
        package static let http503 = NextUpstream(rawValue: 1 << 5)
        /// The peer answered 504.
        package static let http504 = NextUpstream(rawValue: 1 << 6)
        /// The peer answered 403; never a failure.
        package static let http403 = NextUpstream(rawValue: 1 << 7)
        /// The peer answered 404; never a failure.
        package static let http404 = NextUpstream(rawValue: 1 << 8)
        /// The peer answered 429.
        package static let http429 = NextUpstream(rawValue: 1 << 9)
        /// Lets POST, LOCK and PATCH be repeated although they were already sent: they may run twice.
        package static let nonIdempotent = NextUpstream(rawValue: 1 << 10)

        /// nginx's default, `error timeout`.
        package static let standard: NextUpstream = [.error, .timeout]
        /// `off`: never another server; failures count all the same.
        package static let off: NextUpstream = []

        /// The condition for an answer with this status, if there is one (`ngx_http_upstream_next_errors`).
        package init?(status: Int) {
            switch status {
            case 500: self = .http500
            case 502: self = .http502
            case 503: self = .http503
            case 504: self = .http504
            case 403: self = .http403
            case 404: self = .http404
            case 429: self = .http429
            default: return nil
            }
        }

        /// The condition that a word of the directive stands for; `off` and unknown words have none.
        package init?(word: String) {
            switch word {
            case "error": self = .error
            case "timeout": self = .timeout
            case "invalid_header": self = .invalidHeader
            case "non_idempotent": self = .nonIdempotent
            default:
                guard word.hasPrefix("http_"), let status = Int(word.dropFirst(5)) else { return nil }
                self.init(status: status)
            }
        }
    }
}
