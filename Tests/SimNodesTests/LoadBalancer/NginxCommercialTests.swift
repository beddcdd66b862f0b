import Testing
import Topology

@testable import SimNodes

@Suite("nginx: slow_start, mandatory checks, zone, keepalive directives")
struct NginxCommercialTests {
    private typealias Server = NginxUpstream.Server

    /// How many of 100 requests, spread over the second from `moment` on, each peer gets.
    private func shares(_ upstream: inout NginxUpstream, from moment: TimeSpan) -> [Int] {
        var counts = [Int](repeating: 0, count: upstream.peers.count)
        var log: [NginxUpstream.LogMessage] = []
        for index in 0..<100 {
            let now = Instant.zero + moment + .milliseconds(Int64(index) * 10)
            var request = upstream.request(isIdempotent: true, now: now)
            guard case .tryNext(let peer) = upstream.begin(&request, now: now, log: &log) else { continue }
            counts[peer] += 1
            upstream.finished(&request, now: now)
        }
        return counts
    }

    @Test(
        "A server that is back gets its share bit by bit",
        arguments: [NginxUpstream.Policy.roundRobin, .leastConnections])
    func slowStart(_ policy: NginxUpstream.Policy) {
        var upstream = NginxUpstream(
            servers: [Server(name: "app1", slowStart: .seconds(10)), Server(name: "app2", slowStart: .seconds(10))],
            settings: .init(policy: policy))
        #expect(shares(&upstream, from: .zero) == [50, 50])
        upstream.setHealthy(0, false, now: .zero)
        #expect(shares(&upstream, from: .seconds(1)) == [0, 100])
        upstream.setHealthy(0, true, now: .zero + .seconds(100))
        let first = shares(&upstream, from: .seconds(100))[0]
        let fifth = shares(&upstream, from: .seconds(104))[0]
        let last = shares(&upstream, from: .seconds(109))[0]
        // Weights of 5, 45 and 95 % against 100 %.
        #expect((2...8).contains(first))
        #expect((28...34).contains(fifth))
        #expect((46...51).contains(last))
        #expect(shares(&upstream, from: .seconds(110)) == [50, 50])
    }

    @Test("So does one whose probe succeeded after failures; a single server has no slow start")
    func slowStartAfterFailures() {
        var upstream = NginxUpstream(servers: [Server(name: "app1", slowStart: .seconds(10)), Server(name: "app2")])
        var log: [NginxUpstream.LogMessage] = []
        var request = upstream.request(isIdempotent: true, now: .zero)
        _ = upstream.begin(&request, now: .zero, log: &log)
        _ = upstream.failed(&request, .connectRefused, now: .zero, log: &log)
        upstream.finished(&request, now: .zero)
        #expect(shares(&upstream, from: .seconds(20))[0] < 10)
        #expect(shares(&upstream, from: .seconds(40)) == [50, 50])
        var single = NginxUpstream(servers: [Server(name: "app1", slowStart: .seconds(10))])
        single.setHealthy(0, false, now: .zero)
        single.setHealthy(0, true, now: .zero)
        #expect(shares(&single, from: .zero) == [100])
    }

    @Test("Mandatory checks: nobody is asked before the first check has passed, one way or the other")
    func mandatory() {
        var checks = NginxHealthCheck(peers: 2, settings: .init(fails: 2, passes: 3, isMandatory: true))
        #expect(!checks.isHealthy(0))
        // The first one decides at once; after that it takes as many as the parameters say.
        #expect(checks.checked(0, passed: true) == .healthy)
        #expect(checks.checked(0, passed: false) == nil)
        #expect(checks.checked(1, passed: false) == .unhealthy)
        #expect([true, true, true].map { checks.checked(1, passed: $0) } == [nil, nil, .healthy])

        let fixture = NginxFixture(latency: .milliseconds(1)) {
            var check = ActiveHealthCheck()
            check.mandatory = true
            $0.activeCheck = check
        }
        let early = fixture.ask()
        let late = fixture.ask(at: .milliseconds(10))
        fixture.run(until: .seconds(1))
        #expect(fixture.users.answer(early)?.status == 502)
        #expect(fixture.users.answer(late)?.status == 200)
    }

    @Test("Jitter puts each check off by a random time")
    func jitter() {
        func checks(_ jitter: TimeSpan) -> UInt64 {
            let fixture = NginxFixture(latency: .milliseconds(1)) {
                var check = ActiveHealthCheck()
                check.interval = .seconds(1)
                check.jitter = jitter
                $0.activeCheck = check
            }
            fixture.run(until: .seconds(100))
            return fixture.world.universe.executedEvents
        }
        // One second on average between two checks that are otherwise one second apart.
        let ratio = Double(checks(.seconds(2))) / Double(checks(.zero))
        #expect((0.4...0.6).contains(ratio))
    }

    @Test("Workers share what they know of the servers in a zone only", arguments: [(false, 4), (true, 1)])
    func zone(_ zone: Bool, _ failures: Int) {
        let fixture = NginxFixture {
            $0.workers = 4
            $0.zone = zone
        }
        fixture["app1"].process.crash()
        for index in 0..<40 { fixture.ask(at: .milliseconds(Int64(index))) }
        fixture.run(until: .seconds(1))
        #expect(fixture.nginx.failures(of: "app1") == failures)
        #expect(fixture.users.statuses.allSatisfy { $0 == 200 })
    }

    @Test("A kept connection closes after so many requests, so old, so long idle")
    func keepalive() {
        func idle(_ adjust: @escaping (inout LoadBalancerSettings) -> Void) -> Int {
            let fixture = NginxFixture(servers: ["app1"], latency: .milliseconds(1)) {
                $0.keepalive = 4
                adjust(&$0)
            }
            for second in 0..<10 { fixture.ask(at: .seconds(Int64(second))) }
            fixture.run(until: .milliseconds(9_500))
            return fixture.nginx.assumeIsolated { $0.workers[0].keepalive.idleCount }
        }
        #expect(idle { _ in } == 1)
        #expect(idle { $0.keepaliveRequests = 5 } == 0)
        #expect(idle { $0.keepaliveRequests = 6 } == 1)
        #expect(idle { $0.keepaliveTime = .milliseconds(8_900) } == 0)
        #expect(idle { $0.keepaliveTimeout = .milliseconds(400) } == 0)
        #expect(idle { $0.keepaliveTimeout = .milliseconds(600) } == 1)
    }
}
