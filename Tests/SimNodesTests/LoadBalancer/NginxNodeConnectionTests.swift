import Testing
import Topology

@testable import SimNodes

@Suite struct NginxNodeConnectionTests {
    @Test func activeChecksTakeAHungServerOut() {
        let fixture = NginxFixture {
            var check = ActiveHealthCheck()
            check.timeout = .seconds(1)
            check.fails = 2
            $0.activeCheck = check
            $0.readTimeout = .seconds(60)
        }
        fixture.at(.seconds(7)) { $0["app1"].behave(.hanging) }
        fixture.at(.seconds(40)) { $0["app1"].behave(.up) }
        // Checks at 0 and 5 pass; those that begin at 10 and, after the time-out, at 16 fail: out at 17 s.
        fixture.run(until: .milliseconds(16_900))
        #expect(fixture.milestones.isEmpty)
        fixture.run(until: .milliseconds(17_100))
        #expect(fixture.milestones == ["peer is unhealthy: app1"])
        for index in 0..<10 { fixture.ask(at: .seconds(20) + .milliseconds(Int64(index))) }
        fixture.run(until: .seconds(30))
        #expect(fixture.nginx.requests(to: "app1") == 0)
        #expect(fixture.users.statuses.allSatisfy { $0 == 200 })
        fixture.run(until: .seconds(50))
        #expect(fixture.milestones.last == "peer is healthy: app1")
        for index in 0..<10 { fixture.ask(at: .seconds(50) + .milliseconds(Int64(index))) }
        fixture.run(until: .seconds(51))
        #expect(fixture.nginx.requests(to: "app1") == 5)
    }

    @Test func checksBeginAgainAfterARestart() {
        let fixture = NginxFixture { $0.activeCheck = ActiveHealthCheck() }
        fixture.at(.seconds(1)) { $0.nginx.process.crash() }
        fixture.at(.seconds(2)) { $0["app2"].process.crash() }
        fixture.at(.seconds(3)) { $0.nginx.process.start() }
        fixture.run(until: .seconds(4))
        #expect(fixture.milestones == ["peer is unhealthy: app2"])
    }

    @Test func keptConnectionsAreUsedAgainAndCloseWhenIdle() {
        let fixture = NginxFixture(latency: .microseconds(100)) { $0.keepalive = 4 }
        for index in 0..<100 { fixture.ask(at: .milliseconds(Int64(index))) }
        fixture.run(until: .seconds(1))
        #expect(fixture.nginx.assumeIsolated { $0.workers[0].keepalive.idleCount } == 2)
        #expect(fixture.nginx.assumeIsolated { $0.workers[0].kept.count } == 2)
        fixture.run(until: .seconds(62))
        #expect(fixture.nginx.assumeIsolated { $0.workers[0].kept.isEmpty })
        fixture.ask(at: .seconds(63))
        fixture.run(until: .seconds(64))
        #expect(fixture.users.statuses.allSatisfy { $0 == 200 })
        #expect(fixture.nginx.assumeIsolated { $0.workers[0].kept.count } == 1)
    }

    @Test func moreAtOnceThanIdlePlacesCloseTheSurplus() {
        let fixture = NginxFixture(work: [.milliseconds(5), .milliseconds(5)]) { $0.keepalive = 4 }
        for _ in 0..<50 { fixture.ask() }
        fixture.run(until: .seconds(1))
        #expect(fixture.nginx.assumeIsolated { $0.workers[0].kept.count } == 4)
        #expect(fixture.users.statuses.allSatisfy { $0 == 200 })
    }

    /// A crash resets kept connections; until nginx has heard of it, a view on one goes on, a purchase is a 502.
    @Test(arguments: [(Flow.view, 200), (.purchase, 502)]) func staleKeptConnections(_ flow: Flow, _ status: Int) {
        let fixture = NginxFixture(latency: .milliseconds(1)) { $0.keepalive = 4 }
        fixture.ask(flow)
        fixture.ask(flow)
        fixture.at(.microseconds(999_500)) { $0["app1"].process.crash() }
        // Reaches nginx 0.2 ms before the reset does.
        let stale = fixture.ask(at: .microseconds(999_300), flow)
        let later = fixture.ask(at: .seconds(2), flow)
        fixture.run(until: .seconds(3))
        #expect(fixture.tried[stale]?.first == "app1")
        #expect(fixture.users.answer(stale)?.status == status)
        #expect(fixture.users.answer(later)?.status == 200)
        #expect(fixture.nginx.assumeIsolated { $0.workers[0].kept.count } == 1)
    }

    /// A quick restart leaves a stale connection behind; it costs a view no try, so that the only server is asked again.
    @Test(arguments: [(Flow.view, 200), (.purchase, 502)]) func aStaleConnectionCostsNoTry(_ flow: Flow, _ status: Int)
    {
        let fixture = NginxFixture(servers: ["app1"], latency: .milliseconds(1)) { $0.keepalive = 4 }
        fixture.ask(flow)
        fixture.at(.microseconds(999_500)) { $0["app1"].process.crash() }
        fixture.at(.microseconds(999_600)) { $0["app1"].process.start() }
        let stale = fixture.ask(at: .microseconds(999_300), flow)
        fixture.run(until: .seconds(3))
        #expect(fixture.users.answer(stale)?.status == status)
        #expect(fixture.tried[stale] == (flow == .view ? ["app1", "app1"] : ["app1"]))
        #expect(fixture["app1"].handledRequests == (flow == .view ? [0, stale] : [0]))
    }

    /// Random crashes, pauses and load: everything ends, nothing leaks, and the same seed is the same run.
    @Test(arguments: 0..<20 as Range<UInt64>) func randomFaultsLeaveNothingBehind(_ seed: UInt64) {
        func run() -> (digest: TraceDigest, isClean: Bool, answers: Int) {
            var dice = SeededDice(seed: seed)
            let fixture = NginxFixture(
                seed: seed, work: [.milliseconds(5), .milliseconds(9)], latency: .microseconds(200)
            ) {
                $0.policy = dice.chance(50) ? .roundRobin : .leastConnections
                $0.keepalive = dice.chance(50) ? 3 : 0
                $0.ignoreClientAbort = dice.chance(20)
                $0.workers = 1 + dice.below(3)
                $0.maxConnections = 30
                $0.readTimeout = .seconds(2)
                $0.failTimeout = .seconds(1)
                $0.serviceTime = .exponential(mean: .microseconds(300))
                if dice.chance(40) { $0.activeCheck = ActiveHealthCheck() }
            }
            for _ in 0..<400 {
                let patience = dice.chance(30) ? TimeSpan.microseconds(Int64(dice.below(20_000))) : nil
                fixture.ask(
                    at: .milliseconds(Int64(dice.below(8_000))), dice.chance(50) ? .view : .purchase,
                    patience: patience)
            }
            for _ in 0..<12 {
                let moment = TimeSpan.milliseconds(Int64(dice.below(8_000)))
                let isCrash = dice.chance(70)
                let victim = dice.below(5) == 0 ? fixture.nginx.process : fixture.backends[dice.below(2)].process
                fixture.at(moment) { _ in if isCrash { victim.crash() } else { victim.pause() } }
                fixture.at(moment + .milliseconds(Int64(dice.below(900)))) { _ in
                    victim.start()
                    victim.resume()
                }
            }
            fixture.run(until: .seconds(200))
            let isClean =
                fixture.nginx.openRequests == 0 && fixture.world.universe.failures.isEmpty
                && fixture.nginx.assumeIsolated { $0.upstreams.allSatisfy { $0.openRequests == 0 } }
                && fixture.nginx.assumeIsolated { $0.workers.allSatisfy(\.kept.isEmpty) }
            return (fixture.world.universe.digest, isClean, fixture.users.statuses.count)
        }
        let (first, second) = (run(), run())
        #expect(first.digest.value == second.digest.value)
        #expect(first.isClean)
        #expect(first.answers == 400)
    }
}
