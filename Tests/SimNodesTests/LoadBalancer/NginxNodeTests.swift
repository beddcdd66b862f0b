import Testing
import Topology

@testable import SimNodes

@Suite struct NginxNodeTests {
    @Test func twoServersTakeTurns() {
        let fixture = NginxFixture()
        for index in 0..<10 { fixture.ask(at: .milliseconds(Int64(index))) }
        fixture.run(until: .seconds(1))
        #expect(fixture.nginx.requests(to: "app1") == 5)
        #expect(fixture.nginx.requests(to: "app2") == 5)
        #expect(fixture["app1"].handledRequests == [0, 2, 4, 6, 8])
        #expect(fixture.users.statuses.allSatisfy { $0 == 200 })
        #expect(fixture.milestones.isEmpty)
    }

    /// From user to nginx and back, to the server and back, a handshake if none is kept; and the two demands.
    @Test(arguments: [(0, 6), (8, 4)]) func anUnloadedRequestCostsItsHops(_ keepalive: Int, _ hopsOnceWarm: Int64) {
        let fixture = NginxFixture(
            servers: ["app1"], work: [.milliseconds(3)], latency: .microseconds(100)
        ) {
            $0.serviceTime = .constant(.microseconds(50))
            $0.keepalive = keepalive
        }
        let cold = fixture.ask()
        let warm = fixture.ask(at: .seconds(1))
        fixture.run(until: .seconds(2))
        #expect(fixture.users.answer(cold)?.elapsed == .microseconds(3_050 + 600))
        #expect(fixture.users.answer(warm)?.elapsed == .microseconds(3_050 + 100 * hopsOnceWarm))
    }

    @Test func aCrashSendsOpenViewsOnAndBreaksOpenPurchases() {
        let fixture = NginxFixture(work: [.milliseconds(50), .milliseconds(50)], latency: .microseconds(100))
        let view = fixture.ask(.view)
        fixture.ask(.view)
        let purchase = fixture.ask(.purchase)
        fixture.at(.milliseconds(20)) { $0["app1"].process.crash() }
        // By now the peer is out, so this one doesn't even try it.
        let later = fixture.ask(at: .milliseconds(30), .purchase)
        fixture.run(until: .seconds(1))
        #expect(fixture.users.statuses == [200, 200, 502, 200])
        #expect(fixture.tried[view] == ["app1", "app2"])
        #expect(fixture.tried[purchase] == ["app1"])
        #expect(fixture.tried[later] == ["app2"])
        // Crash at 20 ms, one hop back, handshake and request to the other server, its work, and home.
        #expect(fixture.users.answer(view)?.elapsed == .microseconds(20_000 + 50_000 + 100 * 6))
        #expect(fixture.nginx.answers(status: 502) == 1)
        #expect(fixture.nginx.failures(of: "app1") == 2)
        #expect(
            fixture.milestones == [
                "app1 is skipped for 10s: upstream server temporarily disabled "
                    + "while reading response header from upstream",
                "first 502: upstream prematurely closed connection while reading response header from upstream",
            ])
    }

    @Test func aRefusedPurchaseGoesOnToTheNext() {
        let fixture = NginxFixture()
        fixture["app1"].process.crash()
        let purchase = fixture.ask(.purchase)
        fixture.run(until: .seconds(1))
        #expect(fixture.users.answer(purchase)?.status == 200)
        #expect(fixture.tried[purchase] == ["app1", "app2"])
    }

    @Test func aPurchaseInTheGapBetweenHandshakeAndArrivalIsLost() {
        let fixture = NginxFixture(latency: .milliseconds(1))
        let purchase = fixture.ask(.purchase)
        // One hop to nginx, two for the handshake, and the request is on its way.
        fixture.at(.microseconds(3_500)) { $0["app1"].process.crash() }
        fixture.run(until: .seconds(1))
        #expect(fixture.users.answer(purchase)?.status == 502)
        #expect(fixture.tried[purchase] == ["app1"])
    }

    @Test func aSegmentHeldByAPartitionMeansNothingToTheNextLife() {
        let fixture = NginxFixture(servers: ["app1"], latency: .milliseconds(1))
        fixture.ask(.purchase)
        fixture.at(.microseconds(2_500)) { $0.world.network.cut(from: $0.nginx.process, to: $0["app1"].process) }
        fixture.at(.milliseconds(10)) { $0["app1"].process.crash() }
        fixture.at(.milliseconds(20)) { $0["app1"].process.start() }
        fixture.at(.milliseconds(30)) { $0.world.network.heal(from: $0.nginx.process, to: $0["app1"].process) }
        fixture.run(until: .seconds(5))
        #expect(fixture.users.statuses == [502])
        #expect(fixture["app1"].handledRequests.isEmpty)
    }

    @Test func aSkippedServerGetsOneProbe() {
        let fixture = NginxFixture(work: [.milliseconds(400), .zero])
        fixture["app1"].process.crash()
        fixture.ask()
        fixture.at(.seconds(5)) { $0["app1"].process.start() }
        // 9 s after the failure the server is still out; 11 s after it gets one of many requests, until that succeeded.
        for _ in 0..<20 { fixture.ask(at: .seconds(9)) }
        for index in 0..<20 { fixture.ask(at: .seconds(11) + .milliseconds(Int64(index))) }
        fixture.run(until: .seconds(10))
        #expect(fixture.nginx.requests(to: "app1") == 1)
        fixture.run(until: .milliseconds(11_399))
        #expect(fixture.nginx.requests(to: "app1") == 2)
        for index in 0..<20 { fixture.ask(at: .seconds(12) + .milliseconds(Int64(index))) }
        fixture.run(until: .seconds(13))
        #expect(fixture.nginx.requests(to: "app1") == 12)
        #expect(fixture.milestones.last == "app1 answered a probe and is back")
    }

    @Test func aHungServerIsAGatewayTimeout() {
        let fixture = NginxFixture { $0.readTimeout = .seconds(60) }
        for backend in fixture.backends { backend.behave(.hanging) }
        let purchase = fixture.ask(.purchase)
        let view = fixture.ask(.view)
        let impatient = fixture.ask(.view, patience: .seconds(10))
        fixture.run(until: .seconds(200))
        #expect(fixture.users.answer(purchase) == .init(status: 504, elapsed: .seconds(60)))
        #expect(fixture.users.answer(impatient) == .init(error: .timedOut, elapsed: .seconds(10)))
        // At its time-out at app2 the purchase's at app1 has been noticed: nobody is left, which is a 502.
        #expect(fixture.users.answer(view) == .init(status: 502, elapsed: .seconds(60)))
        // The user who left ended the request to the server too, and left it no mark.
        #expect(fixture.tried[impatient]?.count == 1)
        #expect(fixture.nginx.answers(status: 499) == 1)
        #expect(fixture.nginx.openRequests == 0)
        let isTold = fixture.milestones.contains {
            $0.hasPrefix("first 504: upstream timed out (110: Connection timed out) while reading response header")
        }
        #expect(isTold)
    }

    @Test func aPausedServerAcceptsAndAnswersTooLate() {
        let fixture = NginxFixture(servers: ["app1"]) { $0.readTimeout = .seconds(1) }
        fixture["app1"].process.pause()
        let purchase = fixture.ask(.purchase)
        fixture.at(.seconds(5)) { $0["app1"].process.resume() }
        fixture.run(until: .seconds(6))
        #expect(fixture.users.answer(purchase) == .init(status: 504, elapsed: .seconds(1)))
        // What the user was told has failed happened all the same.
        #expect(fixture["app1"].finishedRequests == [purchase])
    }

    @Test func aDeadMachineCostsTheConnectTimeout() {
        let fixture = NginxFixture { $0.connectTimeout = .seconds(3) }
        fixture["app1"].process.crash(takingHost: true)
        let purchase = fixture.ask(.purchase)
        fixture.run(until: .seconds(10))
        #expect(fixture.users.answer(purchase) == .init(status: 200, elapsed: .seconds(3)))
    }

    @Test func withBothDownThereIsNoLiveUpstream() {
        let fixture = NginxFixture()
        for backend in fixture.backends { backend.process.crash() }
        let first = fixture.ask(.view)
        let second = fixture.ask(at: .milliseconds(1), .view)
        fixture.run(until: .seconds(1))
        #expect(fixture.users.statuses == [502, 502])
        #expect(fixture.tried[first] == ["app1", "app2"])
        #expect(fixture.tried[second] == [])
        #expect(fixture.milestones.contains("no live upstreams while connecting to upstream"))
        #expect(fixture.nginx.answers(status: 502) == 2)
    }

    @Test func errorsOfTheApplicationArePassedOn() {
        let fixture = NginxFixture()
        fixture["app1"].behave(.status(503))
        let first = fixture.ask(.view)
        fixture.run(until: .seconds(1))
        #expect(fixture.users.answer(first)?.status == 503)
        #expect(fixture.nginx.answers(status: 503) == 1)
        #expect(!fixture.milestones.contains { $0.hasPrefix("first 503") })
        let retrying = NginxFixture { $0.nextUpstream = [.error, .timeout, .http503] }
        retrying["app1"].behave(.status(503))
        let second = retrying.ask(.view)
        retrying.run(until: .seconds(1))
        #expect(retrying.users.answer(second)?.status == 200)
        #expect(retrying.tried[second] == ["app1", "app2"])
    }

    /// One server takes four times as long: round robin gives both the same, least_conn about a quarter.
    @Test func leastConnectionsSparesTheSlowServer() {
        func share(_ policy: BalancingPolicy) -> Int {
            let fixture = NginxFixture(work: [.milliseconds(40), .milliseconds(10)]) { $0.policy = policy }
            for index in 0..<1_000 { fixture.ask(at: .milliseconds(Int64(index))) }
            fixture.run(until: .seconds(5))
            return fixture.nginx.requests(to: "app1")
        }
        #expect(share(.roundRobin) == 500)
        let share = share(.leastConnections)
        #expect(share > 180 && share < 220, "\(share)")
    }

    @Test func connectionsBeyondTheWorkersLimitAreReset() {
        let fixture = NginxFixture(work: [.milliseconds(10), .milliseconds(10)]) { $0.maxConnections = 100 }
        for _ in 0..<60 { fixture.ask() }
        fixture.ask(at: .milliseconds(11))
        fixture.run(until: .seconds(1))
        #expect(fixture.users.statuses.count { $0 == 200 } == 51)
        #expect(fixture.users.statuses.count { $0 == nil } == 10)
        #expect(fixture.users.answer(50)?.error == .reset)
        #expect(fixture.nginx.station.meter.rejections == 10)
        #expect(fixture.milestones == ["100 worker_connections are not enough: new connections are reset"])
        #expect(fixture.nginx.openRequests == 0)
    }

    @Test func workersHaveConnectionsAndCoresOfTheirOwn() {
        let fixture = NginxFixture(work: [.milliseconds(10), .milliseconds(10)]) {
            $0.maxConnections = 10
            $0.workers = 4
            $0.serviceTime = .constant(.milliseconds(1))
        }
        for _ in 0..<21 { fixture.ask() }
        fixture.run(until: .seconds(1))
        #expect(fixture.users.statuses.count { $0 == 200 } == 20)
        // Four at a time: the last four wait for four others.
        #expect(fixture.users.answer(19)?.elapsed == .milliseconds(15))
        // Each worker begins its turns with app1.
        #expect(fixture.nginx.requests(to: "app1") == 12)
    }

    @Test func itsCrashLosesEverything() {
        let fixture = NginxFixture(work: [.milliseconds(50), .milliseconds(50)])
        fixture["app1"].process.crash()
        let failing = fixture.ask(.view)
        let open = fixture.ask(at: .milliseconds(30), .purchase)
        fixture.at(.milliseconds(40)) { $0.nginx.process.crash() }
        let refused = fixture.ask(at: .milliseconds(41))
        fixture.at(.milliseconds(540)) { $0.nginx.process.start() }
        let after = fixture.ask(at: .milliseconds(600))
        fixture.run(until: .seconds(1))
        #expect(fixture.users.answer(failing)?.error == .reset)
        #expect(fixture.users.answer(open)?.error == .reset)
        #expect(fixture.users.answer(refused)?.error == .refused)
        // The server that it knew to be down is tried again, and what it had passed on is done all the same.
        #expect(fixture.tried[after] == ["app1", "app2"])
        #expect(fixture["app2"].finishedRequests.contains(open))
        #expect(fixture.nginx.openRequests == 0)
    }
}
