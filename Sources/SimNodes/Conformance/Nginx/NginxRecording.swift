import Topology

/// What a real nginx did with requests while its servers failed, step by step; `Tests/Fixtures/README.md` has the format.
package struct NginxRecording: ReplayableRecording {
    /// What became of a request.
    struct Outcome: Hashable, Sendable {
        /// The servers that nginx tried, in order.
        var tried: [String]
        /// What the client got, or what the access log says of a client that hung up.
        var status: Int
        /// The connection closed before the end of the body.
        var isTruncated = false
    }

    /// A client's request.
    struct Ask: Hashable, Sendable {
        var id: String
        var flow: Flow
    }

    /// One step.
    enum Step: Sendable {
        /// A request from its beginning to its end; without a time it is answered at once.
        case request(Ask, Outcome, elapsed: ClosedRange<TimeSpan>?)
        /// A request that its server holds.
        case start(Ask)
        /// The server that holds the request may answer.
        case release(String)
        /// The held request has ended.
        case finish(String, Outcome)
        /// The client hangs up; without an outcome nginx goes on.
        case abort(String, Outcome?)
        case change(server: String, RecordedBackend.State)
        case sleep(TimeSpan)
    }

    let settings: LoadBalancerSettings
    let steps: [Step]

    package var obstacle: String? { nil }

    /// Replays it from several phases of the clock's second, which no recording depends on.
    package func replay(as flavor: ReplayFlavor) -> Disagreement? {
        for phase in [0, 350, 999] as [Int64] {
            if let difference = replay(from: .milliseconds(phase)) { return difference }
        }
        return nil
    }

    /// Replays it once, on a clock that begins so long after a full second.
    ///
    /// - Parameter keepalive: other than recorded; then servers close idle connections whenever they change.
    func replay(from phase: TimeSpan, keepalive: Int? = nil) -> Disagreement? {
        var settings = settings
        if let keepalive { settings.keepalive = keepalive }
        let replay = NginxReplay(settings, keepsIdleConnections: keepalive == nil, startingAt: .zero + phase)
        defer { replay.end() }
        for (index, step) in steps.enumerated() {
            guard let difference = replay.perform(step) else { continue }
            return Disagreement(
                step: index + 1, expected: difference.expected,
                actual: "\(difference.actual) (clock begins at \(phase))")
        }
        let open = replay.openRequests
        return open == 0 ? nil : Disagreement(step: nil, expected: "no request open", actual: "\(open)")
    }
}
