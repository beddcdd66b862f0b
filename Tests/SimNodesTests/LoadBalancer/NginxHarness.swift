import Topology

@testable import SimNodes

/// Plays the servers of a vector against an upstream, one event after the other, on a clock that only waiting moves.
struct NginxHarness {
    struct Outcome: Equatable {
        var tried: [String] = []
        var status = 0
        var isTruncated = false
        var elapsed = TimeSpan.zero
        var log: [NginxUpstream.LogMessage] = []
    }

    private struct Running {
        var request: NginxUpstream.Request
        var outcome = Outcome()
        let startedAt: Instant
        let isHeld: Bool
    }

    let vector: NginxVector
    var upstream: NginxUpstream
    var now: Instant
    private var states: [String: String] = [:]
    private var held: [(id: String, running: Running)] = []
    private var ended: [String: Outcome] = [:]

    init(_ vector: NginxVector, startingAt start: Instant) {
        self.vector = vector
        upstream = vector.makeUpstream()
        now = start
    }

    mutating func sleep(_ milliseconds: Int64) { now += .milliseconds(milliseconds) }

    mutating func send(_ request: NginxVector.ClientRequest) -> Outcome? {
        run(request, isHeld: false)
        return ended.removeValue(forKey: request.id)
    }

    mutating func start(_ request: NginxVector.ClientRequest) { run(request, isHeld: true) }

    /// The request that a server holds may be answered now; one that ended already is left alone.
    mutating func release(_ id: String) {
        guard let index = held.firstIndex(where: { $0.id == id }) else { return }
        var running = held.remove(at: index).running
        deliver(200, to: &running, id)
    }

    mutating func finish(_ id: String) -> Outcome? { ended.removeValue(forKey: id) }

    mutating func abort(_ id: String) -> Outcome? {
        guard let index = held.firstIndex(where: { $0.id == id }) else { return nil }
        var running = held.remove(at: index).running
        running.outcome.status = upstream.clientAborted(&running.request, now: now, log: &running.outcome.log)
        return running.outcome
    }

    mutating func set(_ server: String, to state: String) {
        states[server] = state
        guard state == "crashed" else { return }
        let all = held
        held = []
        for (id, running) in all {
            var running = running
            guard let peer = running.request.peer, upstream.peers[peer].server.name == server else {
                held.append((id, running))
                continue
            }
            let step = upstream.failed(&running.request, .resetBeforeHeader, now: now, log: &running.outcome.log)
            follow(step, &running, id)
        }
    }

    private mutating func run(_ request: NginxVector.ClientRequest, isHeld: Bool) {
        var running = Running(
            request: upstream.request(isIdempotent: NginxUpstream.isIdempotent(method: request.method), now: now),
            startedAt: now, isHeld: isHeld)
        let step = upstream.begin(&running.request, now: now, log: &running.outcome.log)
        follow(step, &running, request.id)
    }

    private mutating func deliver(_ status: Int, to running: inout Running, _ id: String) {
        let step = upstream.answered(&running.request, status: status, now: now, log: &running.outcome.log)
        if step == .passOn { running.outcome.status = status }
        follow(step, &running, id)
    }

    private mutating func follow(_ first: NginxUpstream.NextStep, _ running: inout Running, _ id: String) {
        var step = first
        while true {
            switch step {
            case .passOn:
                upstream.finished(&running.request, now: now)
                end(running, id)
                return
            case .answer(let status):
                running.outcome.status = status
                end(running, id)
                return
            case .tryNext(let peer):
                let name = upstream.peers[peer].server.name
                running.outcome.tried.append(name)
                guard let next = attempt(&running, at: states[name] ?? "up", id) else { return }
                step = next
            }
        }
    }

    private mutating func end(_ running: Running, _ id: String) {
        var outcome = running.outcome
        outcome.elapsed = now - running.startedAt
        ended[id] = outcome
    }

    /// What the server does with the attempt; `nil` if the request is now held there or over.
    private mutating func attempt(
        _ running: inout Running, at state: String, _ id: String
    ) -> NginxUpstream.NextStep? {
        switch state {
        case "refusing", "crashed":
            return upstream.failed(&running.request, .connectRefused, now: now, log: &running.outcome.log)
        case "unreachable":
            now += .milliseconds(vector.upstream.connectTimeoutMs)
            return upstream.failed(&running.request, .connectTimeout, now: now, log: &running.outcome.log)
        default: break
        }
        running.request.isSent = true
        if running.isHeld {
            held.append((id, running))
            return nil
        }
        switch state {
        case "up": return answer(200, &running)
        case "hanging":
            now += .milliseconds(vector.upstream.readTimeoutMs)
            return upstream.failed(&running.request, .readTimeout, now: now, log: &running.outcome.log)
        case "closing_mid_response":
            return upstream.failed(&running.request, .closedBeforeHeader, now: now, log: &running.outcome.log)
        case "closing_mid_body":
            _ = answer(200, &running)
            upstream.truncated(&running.request, now: now, log: &running.outcome.log)
            running.outcome.isTruncated = true
            end(running, id)
            return nil
        default: return answer(Int(state) ?? 0, &running)
        }
    }

    private mutating func answer(_ status: Int, _ running: inout Running) -> NginxUpstream.NextStep {
        let step = upstream.answered(&running.request, status: status, now: now, log: &running.outcome.log)
        if step == .passOn { running.outcome.status = status }
        return step
    }
}
