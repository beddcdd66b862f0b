import Topology

/// The life of a request: `begin`, then for each attempt one of `failed`, `answered` (and `finished` or `truncated`
/// after `.passOn`), or `clientAborted`.
extension NginxUpstream {
    /// Chooses the first peer for a request; `.answer(502)` when none is live.
    package mutating func begin(_ request: inout Request, now: Instant, log: inout [LogMessage]) -> NextStep {
        connect(&request, now: now, log: &log)
    }

    /// The attempt failed before an answer began: counts the failure and decides between another peer and an error page.
    package mutating func failed(
        _ request: inout Request, _ failure: Failure, now: Instant, log: inout [LogMessage]
    ) -> NextStep {
        let peer = request.peer
        let message = LogMessage(event: .failed(failure), phase: failure.phase, peer: peer)
        let isTimeout = failure.condition == .timeout
        // A time-out is logged after the peer was released, everything else when it is noticed.
        if !isTimeout { log.append(message) }
        if release(&request, failed: true, now: now) {
            log.append(LogMessage(event: .serverDisabled, phase: failure.phase, peer: peer))
        }
        if isTimeout { log.append(message) }
        // The connection may have been closed long ago, so the peer gets, or another one, a try for free.
        if request.usesKeptConnection && failure.condition == .error { request.tries += 1 }
        guard request.tries > 0, mayTryNext(request, after: failure.condition, now: now) else {
            return .answer(failure.status)
        }
        return connect(&request, now: now, log: &log)
    }

    /// The header came, with this status: either it is passed on, or the attempt counts as failed and another peer follows.
    ///
    /// An error status that is not retried, for whatever cause, is no failure of the peer.
    package mutating func answered(
        _ request: inout Request, status: Int, now: Instant, log: inout [LogMessage]
    ) -> NextStep {
        precondition(request.peer != nil, "the request is open at no peer")
        guard status >= 300, let condition = NextUpstream(status: status), request.tries > 1,
            mayTryNext(request, after: condition, now: now)
        else { return .passOn }
        let peer = request.peer
        let isFailure = condition != .http403 && condition != .http404
        if release(&request, failed: isFailure, now: now) {
            log.append(LogMessage(event: .serverDisabled, phase: .readingHeader, peer: peer))
        }
        return connect(&request, now: now, log: &log)
    }

    /// The answer was passed on to its end.
    package mutating func finished(_ request: inout Request, now: Instant) {
        _ = release(&request, failed: false, now: now)
    }

    /// The body broke off: the client, which has its status already, gets a truncated one; no failure counts.
    package mutating func truncated(_ request: inout Request, now: Instant, log: inout [LogMessage]) {
        log.append(LogMessage(event: .closedInBody, phase: .readingBody, peer: request.peer))
        _ = release(&request, failed: false, now: now)
    }

    /// The client is gone and the upstream connection closes too; returns the status for the access log, 499.
    package mutating func clientAborted(_ request: inout Request, now: Instant, log: inout [LogMessage]) -> Int {
        let phase: LogMessage.Phase = request.isSent ? .sending : .connecting
        log.append(LogMessage(event: .clientClosed, phase: phase, peer: request.peer))
        _ = release(&request, failed: false, now: now)
        return 499
    }

    private mutating func connect(_ request: inout Request, now: Instant, log: inout [LogMessage]) -> NextStep {
        request.isSent = false
        request.usesKeptConnection = false
        guard let peer = choose(&request, now: now) else {
            log.append(LogMessage(event: .noLiveUpstreams, phase: .connecting, peer: nil))
            return .answer(502)
        }
        request.peer = peer
        return .tryNext(peer)
    }

    private func mayTryNext(_ request: Request, after condition: NextUpstream, now: Instant) -> Bool {
        var needed = condition
        if request.isSent && !request.isIdempotent { needed.insert(.nonIdempotent) }
        guard settings.nextUpstream.isSuperset(of: needed) else { return false }
        let limit = settings.nextUpstreamTimeout
        return limit == .zero || now.milliseconds - request.startedAt.milliseconds < limit.nanoseconds / 1_000_000
    }
}
