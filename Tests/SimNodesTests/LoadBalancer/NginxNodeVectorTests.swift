import Testing
import Topology

@testable import SimNodes

/// The recordings of a real nginx, played by actors in virtual time.
@Suite struct NginxNodeVectorTests {
    /// A body that breaks off and a client who hangs up have no counterpart in calls.
    static let names = NginxVector.names.filter { $0 != "closing_mid_body" && $0 != "client_abort_frees_the_server" }

    @Test func nearlyAllAreReplayed() { #expect(Self.names.count == 34) }

    @Test(arguments: names, [0, 350, 999] as [Int64]) func replay(_ name: String, phase: Int64) throws {
        try play(name, phase: phase, keepalive: 0)
    }

    @Test(arguments: names) func replayWithKeptConnections(_ name: String) throws {
        try play(name, phase: 0, keepalive: 16)
    }

    private func play(_ name: String, phase: Int64, keepalive: Int) throws {
        let vector = try NginxVector.load(name)
        let fixture = NginxFixture(servers: vector.upstream.servers.map(\.name)) {
            vector.configure(&$0)
            $0.keepalive = keepalive
        }
        var moment = TimeSpan.milliseconds(phase)
        var numbers: [String: Int] = [:]
        for (index, step) in vector.steps.enumerated() {
            let place: Comment = "\(name) from \(phase) ms, step \(index)"
            fixture.run(until: moment)
            if let request = step.request {
                let number = fixture.ask(at: moment, request.method == "POST" ? .purchase : .view)
                fixture.world.universe.run(until: .zero + moment + .milliseconds(1))
                while fixture.users.answer(number) == nil {
                    moment += .milliseconds(1)
                    fixture.run(until: moment)
                }
                expect(number, step, fixture, place)
            } else if let request = step.start {
                numbers[request.id] = fixture.ask(
                    at: moment, request.method == "POST" ? .purchase : .view, isHeld: true)
            } else if let id = step.release {
                for backend in fixture.backends { backend.release(numbers[id]!) }
            } else if let id = step.finish {
                expect(numbers[id]!, step, fixture, place)
            } else if let server = step.server, let state = step.becomes {
                fixture[server].become(state)
            } else if let pause = step.sleepMs {
                moment += .milliseconds(pause)
            } else {
                Issue.record("unknown step: \(place)")
            }
            // Everything that costs no time in the recording happens between two milliseconds here.
            moment = max(moment, fixture.world.now - .zero) + .microseconds(1)
        }
        fixture.run(until: moment + .seconds(1))
        #expect(fixture.nginx.openRequests == 0, "\(name)")
        #expect(fixture.nginx.assumeIsolated { $0.upstreams[0].openRequests } == 0, "\(name)")
    }

    private func expect(_ number: Int, _ step: NginxVector.Step, _ fixture: NginxFixture, _ place: Comment) {
        guard let answer = fixture.users.answer(number) else {
            Issue.record("the request has not ended: \(place)")
            return
        }
        #expect(fixture.tried[number] ?? [] == step.tried, place)
        #expect(answer.status == step.status, place)
        if let range = step.elapsedMs {
            #expect(answer.elapsed.milliseconds >= range.min && answer.elapsed.milliseconds <= range.max, place)
        } else if step.request != nil {
            #expect(answer.elapsed == .zero, place)
        }
    }
}

extension ScriptedBackend {
    /// Takes on a state of the recordings.
    nonisolated func become(_ state: String) {
        if state == "refusing" || state == "crashed" || state == "unreachable" {
            process.start()
            process.crash(takingHost: state == "unreachable")
            return
        }
        process.start()
        switch state {
        case "up": behave(.up)
        case "hanging": behave(.hanging)
        case "closing_mid_response": behave(.closing)
        default: behave(.status(Int(state)!))
        }
    }
}

extension NginxVector {
    /// The recording's directives as a topology would state them.
    func configure(_ settings: inout LoadBalancerSettings) {
        settings.policy = upstream.policy == "least_conn" ? .leastConnections : .roundRobin
        settings.servers = upstream.servers.map { recorded in
            var server = UpstreamServer(name: recorded.name, weight: recorded.weight)
            server.maxFails = recorded.maxFails
            server.failTimeout = .milliseconds(recorded.failTimeoutMs)
            server.backup = recorded.backup
            server.maxConnections = recorded.maxConns
            server.down = recorded.down
            return server
        }
        settings.nextUpstream = []
        for word in upstream.nextUpstream {
            let name = word.split(separator: "_").enumerated()
                .map { $0.offset == 0 ? String($0.element) : $0.element.capitalized }.joined()
            settings.nextUpstream.insert(NextUpstreamCondition(rawValue: name)!)
        }
        if upstream.nonIdempotent { settings.nextUpstream.insert(.nonIdempotent) }
        settings.tries = upstream.nextUpstreamTries
        settings.nextUpstreamTimeout = .milliseconds(upstream.nextUpstreamTimeoutMs)
        settings.connectTimeout = .milliseconds(upstream.connectTimeoutMs)
        settings.readTimeout = .milliseconds(upstream.readTimeoutMs)
    }
}
