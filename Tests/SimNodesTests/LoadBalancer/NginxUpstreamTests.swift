import Testing
import Topology

@testable import SimNodes

@Suite struct NginxUpstreamTests {
    private typealias Server = NginxUpstream.Server
    private let start = Instant(nanoseconds: 100_000_000_000)
    private var log: [NginxUpstream.LogMessage] = []

    private func at(_ seconds: Double) -> Instant { start + TimeSpan(seconds: seconds) }

    private func pair(_ next: NginxUpstream.NextUpstream = .standard, timeout: TimeSpan = .zero) -> NginxUpstream {
        NginxUpstream(
            servers: [Server(name: "app1"), Server(name: "app2")],
            settings: .init(nextUpstream: next, nextUpstreamTimeout: timeout))
    }

    @Test func refusalsAreLoggedAsNginxDoes() {
        var (upstream, log) = (pair(), self.log)
        var request = upstream.request(isIdempotent: true, now: start)
        #expect(upstream.begin(&request, now: start, log: &log) == .tryNext(0))
        #expect(upstream.failed(&request, .connectRefused, now: start, log: &log) == .tryNext(1))
        #expect(upstream.failed(&request, .connectTimeout, now: start, log: &log) == .answer(504))
        var second = upstream.request(isIdempotent: true, now: start)
        #expect(upstream.begin(&second, now: start, log: &log) == .answer(502))
        #expect(
            log.map(\.text) == [
                "connect() failed (111: Connection refused) while connecting to upstream",
                "upstream server temporarily disabled while connecting to upstream",
                "upstream server temporarily disabled while connecting to upstream",
                "upstream timed out (110: Connection timed out) while connecting to upstream",
                "no live upstreams while connecting to upstream",
            ])
        #expect(log.map(\.level) == [.error, .warn, .warn, .error, .error])
        #expect(log.map(\.peer) == [0, 0, 1, 1, nil])
    }

    @Test(arguments: [
        (NginxUpstream.Failure.closedBeforeHeader, 502, "upstream prematurely closed connection"),
        (.resetBeforeHeader, 502, "recv() failed (104: Connection reset by peer)"),
        (.readTimeout, 504, "upstream timed out (110: Connection timed out)"),
        (.invalidHeader, 502, "upstream sent invalid header"),
    ])
    func failuresAfterSendingAnswerPostsAtOnce(_ failure: NginxUpstream.Failure, _ status: Int, _ text: String) {
        var (upstream, log) = (pair([.error, .timeout, .invalidHeader]), self.log)
        var request = upstream.request(isIdempotent: false, now: start)
        _ = upstream.begin(&request, now: start, log: &log)
        request.isSent = true
        #expect(upstream.failed(&request, failure, now: start, log: &log) == .answer(status))
        #expect(log.contains { $0.text == text + " while reading response header from upstream" })
        #expect(!upstream.isEligible(0, now: start))
        #expect(upstream.openRequests == 0)
    }

    @Test func invalidHeaderIsRetriedOnlyIfListedButCountsAlways() {
        var (upstream, log) = (pair(), self.log)
        var request = upstream.request(isIdempotent: true, now: start)
        _ = upstream.begin(&request, now: start, log: &log)
        request.isSent = true
        #expect(upstream.failed(&request, .invalidHeader, now: start, log: &log) == .answer(502))
        #expect(upstream.peers[0].fails == 1)
    }

    @Test(arguments: [(403, 0), (404, 0), (429, 1), (502, 1), (504, 1)])
    func listedStatusesAreRetried(_ status: Int, _ fails: Int) throws {
        let condition = try #require(NginxUpstream.NextUpstream(status: status))
        var (upstream, log) = (pair([.error, condition]), self.log)
        var request = upstream.request(isIdempotent: true, now: start)
        _ = upstream.begin(&request, now: start, log: &log)
        request.isSent = true
        #expect(upstream.answered(&request, status: status, now: start, log: &log) == .tryNext(1))
        #expect(upstream.peers[0].fails == fails)
        // With no server left to try the answer itself is passed on, and is no failure.
        #expect(upstream.answered(&request, status: status, now: start, log: &log) == .passOn)
        upstream.finished(&request, now: start)
        #expect(upstream.peers[1].fails == 0)
    }

    @Test func retriedStatusThatFindsNobodyBecomes502() {
        var (upstream, log) = (pair([.error, .http500]), self.log)
        var lost = upstream.request(isIdempotent: true, now: start)
        _ = upstream.begin(&lost, now: start, log: &log)
        var request = upstream.request(isIdempotent: true, now: start)
        #expect(upstream.begin(&request, now: start, log: &log) == .tryNext(1))
        _ = upstream.failed(&lost, .connectRefused, now: start, log: &log)
        #expect(upstream.answered(&request, status: 500, now: start, log: &log) == .answer(502))
    }

    @Test func nextUpstreamTimeoutCountsFromTheFirstAttempt() {
        for (elapsed, next) in [(0.999, NginxUpstream.NextStep.tryNext(1)), (1.0, .answer(504))] {
            var (upstream, log) = (pair(timeout: .seconds(1)), self.log)
            var request = upstream.request(isIdempotent: true, now: start)
            _ = upstream.begin(&request, now: start, log: &log)
            request.isSent = true
            #expect(upstream.failed(&request, .readTimeout, now: at(elapsed), log: &log) == next)
        }
    }

    @Test func aFailedPeerComesBackAfterFailTimeoutInWholeSeconds() {
        var (upstream, log) = (pair(), self.log)
        var request = upstream.request(isIdempotent: true, now: at(0.9))
        _ = upstream.begin(&request, now: at(0.9), log: &log)
        _ = upstream.failed(&request, .connectRefused, now: at(0.9), log: &log)
        #expect(!upstream.isEligible(0, now: at(10.999)))
        #expect(upstream.isEligible(0, now: at(11)))
    }

    @Test func onlyOneProbeGoesOutPerWindow() {
        var (upstream, log) = (pair(), self.log)
        var request = upstream.request(isIdempotent: true, now: start)
        _ = upstream.begin(&request, now: start, log: &log)
        _ = upstream.failed(&request, .connectRefused, now: start, log: &log)
        upstream.finished(&request, now: start)
        var open: [NginxUpstream.Request] = []
        for _ in 0..<50 {
            var probe = upstream.request(isIdempotent: true, now: at(11))
            _ = upstream.begin(&probe, now: at(11), log: &log)
            open.append(probe)
        }
        #expect(open.filter { $0.peer == 0 }.count == 1)
        for index in open.indices { upstream.finished(&open[index], now: at(12)) }
        #expect(upstream.isEligible(0, now: at(12)))
    }

    @Test func aClientThatLeavesAProbeBringsThePeerBack() {
        var (upstream, log) = (pair(), self.log)
        var request = upstream.request(isIdempotent: true, now: start)
        _ = upstream.begin(&request, now: start, log: &log)
        _ = upstream.failed(&request, .readTimeout, now: start, log: &log)
        upstream.finished(&request, now: start)
        var probe = upstream.request(isIdempotent: true, now: at(11))
        while probe.peer != 0 {
            if probe.peer != nil { upstream.finished(&probe, now: at(11)) }
            probe = upstream.request(isIdempotent: true, now: at(11))
            _ = upstream.begin(&probe, now: at(11), log: &log)
        }
        #expect(!upstream.isEligible(0, now: at(11)))
        probe.isSent = true
        #expect(upstream.clientAborted(&probe, now: at(12), log: &log) == 499)
        #expect(upstream.isEligible(0, now: at(12)))
        #expect(
            log.last?.text == "epoll_wait() reported that client prematurely closed connection, "
                + "so upstream connection is closed too while sending request to upstream")
    }

    @Test func staleKeptConnectionGrantsAGetOneTryMore() {
        var upstream = NginxUpstream(servers: [Server(name: "app1")])
        var log = self.log
        var request = upstream.request(isIdempotent: true, now: start)
        #expect(upstream.begin(&request, now: start, log: &log) == .tryNext(0))
        request.usesKeptConnection = true
        request.isSent = true
        #expect(upstream.failed(&request, .closedBeforeHeader, now: start, log: &log) == .tryNext(0))
        #expect(!request.usesKeptConnection && !request.isSent)
        #expect(upstream.failed(&request, .closedBeforeHeader, now: start, log: &log) == .answer(502))
        var post = upstream.request(isIdempotent: false, now: start)
        _ = upstream.begin(&post, now: start, log: &log)
        post.usesKeptConnection = true
        post.isSent = true
        #expect(upstream.failed(&post, .resetBeforeHeader, now: start, log: &log) == .answer(502))
    }

    @Test func aPrimaryWithABackupIsNotSingle() {
        var upstream = NginxUpstream(servers: [Server(name: "app1"), Server(name: "spare", isBackup: true)])
        var log = self.log
        var request = upstream.request(isIdempotent: true, now: start)
        _ = upstream.begin(&request, now: start, log: &log)
        #expect(upstream.failed(&request, .connectRefused, now: start, log: &log) == .tryNext(1))
        #expect(upstream.failed(&request, .connectRefused, now: start, log: &log) == .answer(502))
        #expect(!upstream.isEligible(0, now: start))
    }

    @Test func aRequestThatWentToTheBackupsStaysWithThem() {
        var upstream = NginxUpstream(servers: [
            Server(name: "app1"), Server(name: "app2", maxConnections: 1), Server(name: "spare1", isBackup: true),
            Server(name: "spare2", isBackup: true),
        ])
        var log = self.log
        var request = upstream.request(isIdempotent: true, now: start)
        var other = upstream.request(isIdempotent: true, now: start)
        #expect(upstream.begin(&request, now: start, log: &log) == .tryNext(0))
        #expect(upstream.begin(&other, now: start, log: &log) == .tryNext(1))
        #expect(upstream.failed(&request, .connectRefused, now: start, log: &log) == .tryNext(2))
        upstream.finished(&other, now: start)
        #expect(upstream.isEligible(1, now: start))
        #expect(upstream.failed(&request, .connectRefused, now: start, log: &log) == .tryNext(3))
        #expect(upstream.failed(&request, .connectRefused, now: start, log: &log) == .answer(502))
    }

    @Test func manyPeersAreEachTriedOnce() {
        var upstream = NginxUpstream(servers: (0..<200).map { Server(name: "app\($0)") })
        var log = self.log
        var request = upstream.request(isIdempotent: true, now: start)
        var step = upstream.begin(&request, now: start, log: &log)
        var tried: [Int] = []
        while case .tryNext(let peer) = step {
            tried.append(peer)
            step = upstream.failed(&request, .connectRefused, now: start, log: &log)
        }
        #expect(tried.sorted() == Array(0..<200))
        #expect(step == .answer(502))
    }

    @Test func unhealthyPeersGetNothing() {
        var (upstream, log) = (pair(), self.log)
        var checks = NginxHealthCheck(peers: 2, settings: .init(fails: 2, passes: 3))
        var changes: [NginxHealthCheck.Change?] = []
        for status in [500, 200, 404, 503, 200, 301, 500, 200, 204, 399] {
            let change = checks.checked(0, passed: NginxHealthCheck.passes(status: status))
            if let change { upstream.setHealthy(0, change == .healthy, now: start) }
            if change == .unhealthy {
                var request = upstream.request(isIdempotent: true, now: start)
                #expect(upstream.begin(&request, now: start, log: &log) == .tryNext(1))
            }
            changes.append(change)
        }
        #expect(changes == [nil, nil, nil, .unhealthy, nil, nil, nil, nil, nil, .healthy])
        #expect(upstream.isEligible(0, now: start))
        #expect(NginxHealthCheck(peers: 1, settings: .init(jitter: .seconds(2))).delay(random: 0.5) == .seconds(6))
    }
}
