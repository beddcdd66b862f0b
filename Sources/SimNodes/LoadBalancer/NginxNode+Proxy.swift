import Topology

/// The way of one request through a worker.
extension NginxNode {
    func proxy(_ request: HTTPRequest, for client: Exchange, worker: Int) async throws -> HTTPResponse {
        let group = worker % upstreams.count
        var log: [NginxUpstream.LogMessage] = []
        var tried: [Int] = []
        let isIdempotent = NginxUpstream.isIdempotent(method: request.method.rawValue)
        var open = upstreams[group].request(isIdempotent: isIdempotent, now: process.wallClock)
        var wasTried = false
        var step = upstreams[group].begin(&open, now: process.wallClock, log: &log)
        while true {
            if !log.isEmpty { note(log) }
            switch step {
            case .answer(let status):
                let cause = log.last { $0.level == .error }?.text ?? ""
                noteErrorPage(status, cause)
                return conclude(request, tried, HTTPResponse(status, .error(cause)))
            case .tryNext(let peer):
                log.removeAll()
                if wasTried { world.sometimes(.balancerWentOn) }
                wasTried = true
                attempts[peer] += 1
                if accessLog != nil { tried.append(peer) }
                do {
                    let answer = try await attempt(
                        request, for: client, at: backends[peer], peer: peer, worker: worker, &open)
                    step = upstreams[group].answered(
                        &open, status: answer.response.status, now: process.wallClock, log: &log)
                    guard step == .passOn else {
                        failures[peer] += 1
                        answer.carrier?.connection.close()
                        continue
                    }
                    passOn(answer, &open, peer: peer, worker: worker, log: &log)
                    return conclude(request, tried, answer.response)
                } catch let failed as FailedAttempt {
                    failures[peer] += 1
                    step = upstreams[group].failed(&open, failed.failure, now: process.wallClock, log: &log)
                } catch is HungUp {
                    let status = abandon(&open, peer: peer, group: group, log: &log)
                    return conclude(request, tried, HTTPResponse(status, .error(log.last?.text ?? "")))
                }
            case .passOn:
                preconditionFailure("there is no answer to pass on")
            }
        }
    }

    /// The header goes to the user, and with it what came of the body; nothing can be retried any more.
    private func passOn(
        _ answer: Answer, _ open: inout NginxUpstream.Request, peer: Int, worker: Int,
        log: inout [NginxUpstream.LogMessage]
    ) {
        let group = worker % upstreams.count
        let wasOut = upstreams[group].isOut(peer)
        if answer.response.body == .truncated {
            upstreams[group].truncated(&open, now: process.wallClock, log: &log)
            note(log)
            answer.carrier?.connection.close()
        } else {
            upstreams[group].finished(&open, now: process.wallClock)
            if let carrier = answer.carrier { keep(carrier, peer: peer, worker: worker) }
        }
        if wasOut, !upstreams[group].isOut(peer) { noteBack(peer) }
    }

    /// The user has hung up: the server's connection is closed and its place free, while it goes on working.
    private func abandon(
        _ open: inout NginxUpstream.Request, peer: Int, group: Int, log: inout [NginxUpstream.LogMessage]
    ) -> Int {
        let wasOut = upstreams[group].isOut(peer)
        let status = upstreams[group].clientAborted(&open, now: process.wallClock, log: &log)
        note(log)
        if wasOut, !upstreams[group].isOut(peer) { noteBack(peer) }
        return status
    }

    private func conclude(_ request: HTTPRequest, _ tried: [Int], _ response: HTTPResponse) -> HTTPResponse {
        answers[response.status] += 1
        accessLog?(
            AccessLogEntry(request: request, tried: tried.map { servers[$0].name }, status: response.status))
        return response
    }
}

extension NginxUpstream {
    /// Whether failures have taken the peer out, until a probe succeeds.
    fileprivate func isOut(_ peer: Int) -> Bool {
        let maxFails = peers[peer].server.maxFails
        return !isSingle && maxFails > 0 && peers[peer].fails >= maxFails
    }
}
