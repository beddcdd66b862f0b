extension NginxUpstream {
    /// A line of the error log, without time, process and connection details.
    package struct LogMessage: Hashable, Sendable {
        /// nginx's levels, of which the upstream uses these.
        package enum Level: String, Sendable {
            case error = "error"
            case warn, info
        }

        /// What happened.
        package enum Event: Hashable, Sendable {
            /// The attempt came to nothing.
            case failed(Failure)
            /// Logged when a failure takes a peer out for `fail_timeout`.
            case serverDisabled
            /// No peer was eligible.
            case noLiveUpstreams
            /// The upstream closed in the middle of the body.
            case closedInBody
            /// The client went away first.
            case clientClosed
        }

        /// What nginx was doing (`log->action`).
        package enum Phase: String, Sendable {
            case connecting = "connecting to upstream"
            case sending = "sending request to upstream"
            case readingHeader = "reading response header from upstream"
            case readingBody = "reading upstream"
        }

        /// What happened.
        package let event: Event
        /// What nginx was doing when it happened.
        package let phase: Phase
        /// The peer in question; `nil` where there was none.
        package let peer: Int?

        /// How loud the line is.
        package var level: Level {
            switch event {
            case .failed, .noLiveUpstreams, .closedInBody: .error
            case .serverDisabled: .warn
            case .clientClosed: .info
            }
        }

        /// The line as nginx 1.22 on Linux writes it.
        package var text: String { "\(event.text) while \(phase.rawValue)" }
    }
}

extension NginxUpstream.LogMessage.Event {
    fileprivate var text: String {
        switch self {
        case .failed(.connectRefused): "connect() failed (111: Connection refused)"
        case .failed(.connectUnreachable): "connect() failed (113: No route to host)"
        case .failed(.connectTimeout), .failed(.readTimeout):
            "upstream timed out (110: Connection timed out)"
        case .failed(.closedBeforeHeader), .closedInBody: "upstream prematurely closed connection"
        case .failed(.resetBeforeHeader): "recv() failed (104: Connection reset by peer)"
        case .failed(.invalidHeader): "upstream sent invalid header"
        case .serverDisabled: "upstream server temporarily disabled"
        case .noLiveUpstreams: "no live upstreams"
        case .clientClosed:
            "epoll_wait() reported that client prematurely closed connection, so upstream connection is closed too"
        }
    }
}

extension NginxUpstream.Failure {
    /// What nginx was doing when it noticed.
    var phase: NginxUpstream.LogMessage.Phase {
        switch self {
        case .connectRefused, .connectUnreachable, .connectTimeout: .connecting
        case .readTimeout, .closedBeforeHeader, .resetBeforeHeader, .invalidHeader: .readingHeader
        }
    }
}
