import Testing
import Topology

@testable import SimNodes

/// Random servers, policies and outcomes; each seed is one run.
@Suite struct NginxPropertyTests {
    private static func servers(_ dice: inout SeededDice, maxFails: Int, backups: Bool) -> [NginxUpstream.Server] {
        (0..<(2 + dice.below(6))).map {
            NginxUpstream.Server(
                name: "app\($0)", weight: 1 + dice.below(9), maxFails: maxFails, failTimeout: .seconds(2),
                isBackup: backups && $0 > 0 && dice.chance(25), maxConnections: dice.chance(20) ? 3 : 0)
        }
    }

    @Test(arguments: 0..<200) func everyCycleSharesOutTheWeights(_ seed: UInt64) {
        var dice = SeededDice(seed: seed)
        let servers = (0..<(2 + dice.below(6))).map {
            NginxUpstream.Server(name: "app\($0)", weight: 1 + dice.below(9))
        }
        var upstream = NginxUpstream(servers: servers)
        var log: [NginxUpstream.LogMessage] = []
        let total = servers.reduce(0) { $0 + $1.weight }
        for cycle in 1...5 {
            for _ in 0..<total {
                var request = upstream.request(isIdempotent: true, now: .zero)
                _ = upstream.begin(&request, now: .zero, log: &log)
                _ = upstream.answered(&request, status: 200, now: .zero, log: &log)
                upstream.finished(&request, now: .zero)
            }
            #expect(upstream.peers.map(\.chosen) == servers.map { $0.weight * cycle })
        }
        #expect(log.isEmpty)
    }

    /// While nobody finishes, least_conn keeps connections per weight as level as whole numbers allow.
    @Test(arguments: 0..<200) func leastConnectionsStayLevel(_ seed: UInt64) {
        var dice = SeededDice(seed: seed)
        let servers = (0..<(2 + dice.below(6))).map {
            NginxUpstream.Server(name: "app\($0)", weight: 1 + dice.below(9))
        }
        var upstream = NginxUpstream(servers: servers, settings: .init(policy: .leastConnections))
        var log: [NginxUpstream.LogMessage] = []
        for _ in 0..<300 {
            let loads = upstream.peers.map { Double($0.connections) / Double($0.server.weight) }
            var request = upstream.request(isIdempotent: true, now: .zero)
            _ = upstream.begin(&request, now: .zero, log: &log)
            let chosen = request.peer ?? -1
            if loads.contains(where: { $0 < loads[chosen] }) { Issue.record("\(loads), chosen \(chosen)") }
        }
        #expect(upstream.openRequests == 300)
    }

    @Test(arguments: 0..<400) func requestsEndAndCountsReturnToZero(_ seed: UInt64) {
        var dice = SeededDice(seed: seed)
        let maxFails = dice.below(4)
        var settings = NginxUpstream.Settings(policy: dice.chance(50) ? .roundRobin : .leastConnections)
        settings.nextUpstream.insert(dice.chance(50) ? .http503 : .nonIdempotent)
        settings.nextUpstreamTries = dice.below(4)
        var upstream = NginxUpstream(
            servers: Self.servers(&dice, maxFails: maxFails, backups: true), settings: settings)
        var log: [NginxUpstream.LogMessage] = []
        var open: [NginxUpstream.Request] = []
        var tried: [[Int]] = []
        var now = Instant.zero
        var begun = 0
        while begun < 400 || !open.isEmpty {
            now += .milliseconds(Int64(dice.below(200)))
            if begun < 400, open.isEmpty || dice.chance(50) {
                begun += 1
                var request = upstream.request(isIdempotent: dice.chance(60), now: now)
                if case .tryNext(let peer) = upstream.begin(&request, now: now, log: &log) {
                    open.append(request)
                    tried.append([peer])
                }
            } else {
                let index = dice.below(open.count)
                open[index].isSent = dice.chance(70)
                switch Self.outcome(&dice, &open[index], &upstream, now, &log) {
                case .tryNext(let peer):
                    let limit = settings.nextUpstreamTries
                    let isTooMany = limit > 0 && tried[index].count >= limit
                    if tried[index].contains(peer) || isTooMany { Issue.record("\(tried[index]), then \(peer)") }
                    tried[index].append(peer)
                case .passOn, .answer:
                    open.remove(at: index)
                    tried.remove(at: index)
                }
            }
            check(upstream, open)
        }
        #expect(upstream.openRequests == 0)
    }

    private static func outcome(
        _ dice: inout SeededDice, _ request: inout NginxUpstream.Request, _ upstream: inout NginxUpstream,
        _ now: Instant, _ log: inout [NginxUpstream.LogMessage]
    ) -> NginxUpstream.NextStep {
        let failures: [NginxUpstream.Failure] = [.connectRefused, .readTimeout, .closedBeforeHeader, .invalidHeader]
        switch dice.below(6) {
        case 0, 1: return upstream.failed(&request, failures[dice.below(4)], now: now, log: &log)
        case 2: return .answer(upstream.clientAborted(&request, now: now, log: &log))
        default:
            let step = upstream.answered(&request, status: dice.chance(30) ? 503 : 200, now: now, log: &log)
            if step == .passOn {
                if dice.chance(80) {
                    upstream.finished(&request, now: now)
                } else {
                    upstream.truncated(&request, now: now, log: &log)
                }
            }
            return step
        }
    }

    private func check(_ upstream: NginxUpstream, _ open: [NginxUpstream.Request]) {
        for (index, peer) in upstream.peers.enumerated() {
            let isCounted = peer.connections == open.count { $0.peer == index }
            let isBelowLimit = peer.server.maxConnections == 0 || peer.connections <= peer.server.maxConnections
            let isWeightSound = (0...peer.server.weight).contains(peer.effectiveWeight)
            if !isCounted || !isBelowLimit || !isWeightSound { Issue.record("\(peer)") }
        }
    }

    /// However badly the servers did before, once they answer again each gets its share after the fail_timeout.
    @Test(arguments: 0..<200) func nobodyStarvesAfterTrouble(_ seed: UInt64) {
        var dice = SeededDice(seed: seed)
        var servers = Self.servers(&dice, maxFails: 1 + dice.below(3), backups: false)
        for index in servers.indices { servers[index].maxConnections = 0 }
        let policy: NginxUpstream.Policy = dice.chance(50) ? .roundRobin : .leastConnections
        var upstream = NginxUpstream(servers: servers, settings: .init(policy: policy))
        var log: [NginxUpstream.LogMessage] = []
        var now = Instant.zero
        for _ in 0..<200 {
            now += .milliseconds(Int64(dice.below(300)))
            var request = upstream.request(isIdempotent: true, now: now)
            var step = upstream.begin(&request, now: now, log: &log)
            while case .tryNext = step {
                if dice.chance(50) {
                    step = upstream.failed(&request, .connectRefused, now: now, log: &log)
                } else {
                    upstream.finished(&request, now: now)
                    step = .passOn
                }
            }
        }
        now += .seconds(4)
        let total = servers.reduce(0) { $0 + $1.weight }
        for round in 0..<8 {
            let before = upstream.peers.map(\.chosen)
            for _ in 0..<total {
                var request = upstream.request(isIdempotent: true, now: now)
                let step = upstream.begin(&request, now: now, log: &log)
                if step == .answer(502) { Issue.record("no live upstream in round \(round)") }
                upstream.finished(&request, now: now)
            }
            let gained = zip(upstream.peers, before).map { $0.chosen - $1 }
            if round > 0 { #expect(gained.allSatisfy { $0 > 0 }, "round \(round): \(gained)") }
        }
        #expect(upstream.peers.map(\.effectiveWeight) == servers.map(\.weight))
    }
}
