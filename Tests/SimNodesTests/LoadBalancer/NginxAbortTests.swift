import Testing
import Topology

@testable import SimNodes

@Suite("nginx: users who hang up, and bodies that break off")
struct NginxAbortTests {
    private func busy(_ fixture: NginxFixture) -> [Int] {
        fixture.nginx.assumeIsolated { $0.upstreams[0].peers.map(\.connections) }
    }

    @Test("Who hangs up ends the request to the server, which works on all the same", arguments: [0, 8])
    func hangUp(_ keepalive: Int) {
        let fixture = NginxFixture(
            work: [.milliseconds(500), .milliseconds(500)], latency: .milliseconds(1)
        ) {
            $0.policy = .leastConnections
            $0.keepalive = keepalive
        }
        let gone = fixture.ask(.purchase, patience: .milliseconds(100))
        fixture.run(until: .microseconds(100_900))
        #expect(busy(fixture) == [1, 0])
        // One hop later nginx knows, and the place is free while the server is still at work.
        fixture.run(until: .microseconds(101_100))
        #expect(busy(fixture) == [0, 0])
        #expect(fixture.nginx.openRequests == 0)
        #expect(fixture.nginx.answers(status: 499) == 1)
        fixture.run(until: .seconds(1))
        #expect(fixture.users.answer(gone) == .init(error: .timedOut, elapsed: .milliseconds(100)))
        #expect(fixture["app1"].finishedRequests == [gone])
        // Neither a failure of the server nor a connection to be kept.
        #expect(fixture.nginx.failures(of: "app1") == 0)
        #expect(fixture.nginx.assumeIsolated { $0.workers[0].kept.isEmpty })
        let next = fixture.ask(at: .seconds(2))
        fixture.run(until: .seconds(3))
        #expect(fixture.users.answer(next)?.status == 200)
    }

    @Test("With proxy_ignore_client_abort the request goes on to its end")
    func ignored() {
        let fixture = NginxFixture(work: [.milliseconds(500), .zero], latency: .milliseconds(1)) {
            $0.ignoreClientAbort = true
        }
        fixture.ask(.purchase, patience: .milliseconds(100))
        fixture.run(until: .milliseconds(400))
        #expect(busy(fixture) == [1, 0])
        fixture.run(until: .seconds(1))
        #expect(busy(fixture) == [0, 0])
        #expect(fixture.nginx.answers(status: 499) == 0)
        #expect(fixture.nginx.answers(status: 200) == 1)
    }

    @Test("Who hangs up while nginx connects to a dead machine does not make it wait on")
    func whileConnecting() {
        let fixture = NginxFixture(latency: .milliseconds(1)) { $0.connectTimeout = .seconds(60) }
        fixture["app1"].process.crash(takingHost: true)
        let gone = fixture.ask(patience: .seconds(2))
        fixture.run(until: .milliseconds(2_100))
        #expect(fixture.nginx.openRequests == 0)
        #expect(fixture.tried[gone] == ["app1"])
        #expect(fixture.nginx.failures(of: "app1") == 0)
        #expect(fixture["app2"].handledRequests == [])
    }

    /// nginx looks at the client when it has begun to connect; over a kept connection the request is sent by then.
    @Test("Who has hung up before nginx comes to the request", arguments: [(0, false), (8, true)])
    func beforeItsTurn(_ keepalive: Int, _ isSent: Bool) {
        let fixture = NginxFixture(servers: ["app1"]) {
            $0.keepalive = keepalive
            $0.serviceTime = .constant(.milliseconds(10))
        }
        fixture.ask()
        let gone = fixture.ask(at: .seconds(1), .purchase, patience: .milliseconds(5))
        fixture.run(until: .seconds(2))
        #expect(fixture.nginx.answers(status: 499) == 1)
        #expect(fixture.tried[gone] == ["app1"])
        #expect(fixture["app1"].handledRequests.contains(gone) == isSent)
        #expect(busy(fixture) == [0])
    }

    @Test("Hanging up as the answer comes is too late to matter")
    func crossing() {
        let fixture = NginxFixture(work: [.milliseconds(10)], latency: .milliseconds(1))
        // There: 1 + 2 + 1, work 10, back 2: the answer leaves nginx at 15 ms.
        let gone = fixture.ask(patience: .microseconds(15_500))
        fixture.run(until: .seconds(1))
        #expect(fixture.users.answer(gone)?.error == .timedOut)
        #expect(fixture.nginx.answers(status: 200) == 1)
        #expect(fixture.nginx.answers(status: 499) == 0)
    }

    @Test("A body that breaks off is passed on as it is", arguments: [Flow.view, .purchase], [0, 8])
    func truncated(_ flow: Flow, _ keepalive: Int) {
        let fixture = NginxFixture { $0.keepalive = keepalive }
        fixture["app1"].behave(.truncating)
        let broken = fixture.ask(flow)
        fixture.run(until: .seconds(1))
        #expect(fixture.users.answer(broken) == .init(status: 200, isTruncated: true, elapsed: .zero))
        #expect(fixture.tried[broken] == ["app1"])
        #expect(fixture.nginx.assumeIsolated { $0.workers[0].kept.isEmpty })
        // No failure of the server: with max_fails 1 it is asked again in its turn.
        fixture.ask(at: .seconds(1))
        let again = fixture.ask(at: .milliseconds(1_001))
        fixture.run(until: .seconds(2))
        #expect(fixture.tried[again] == ["app1"])
    }

    @Test("An answer that is not passed on closes its connection, as nginx does not read its body")
    func retriedAnswersAreNotKept() {
        let fixture = NginxFixture {
            $0.keepalive = 8
            $0.nextUpstream = [.error, .http503]
        }
        fixture["app1"].behave(.status(503))
        let number = fixture.ask()
        fixture.run(until: .seconds(1))
        #expect(fixture.tried[number] == ["app1", "app2"])
        #expect(fixture.nginx.assumeIsolated { $0.workers[0].keepalive.idleCount } == 1)
    }
}
