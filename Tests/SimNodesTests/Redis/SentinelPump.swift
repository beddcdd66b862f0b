import Topology

@testable import SimNodes

/// Sentinels over a `RedisPump`: links take no time, each Sentinel has a timer of its own phase.
final class SentinelPump {
    let servers = RedisPump()
    var sentinels: [String: Sentinel] = [:]
    var dead: Set<String> = []
    /// What each Sentinel logged: when, and the event.
    var log: [(at: Instant, by: String, event: SentinelEvent)] = []
    var switches: [(at: Instant, by: String, to: RedisAddress)] = []
    private var nextTick: [String: Instant] = [:]
    private var random: UInt64
    private let start: Instant

    init(replicas: Int, sentinels count: Int, configuration: SentinelConfiguration, seed: UInt64 = 1) {
        random = seed
        start = servers.now
        for name in ["m"] + (0..<replicas).map({ "r\($0)" }) {
            servers.nodes[name] = RedisPump.Node(startsAsReplicaOf: name == "m" ? nil : "m")
            servers.nodes[name]!.configuration.disklessSyncDelay = .zero
            servers.start(name)
        }
        for index in 0..<count {
            let name = "s\(index)"
            sentinels[name] = Sentinel(
                id: name, address: RedisAddress(name, port: 26_379), configuration: configuration,
                master: RedisAddress("m"), now: servers.now)
            nextTick[name] = servers.now + .milliseconds(Int64(index) * 7)
        }
    }

    private func draw() -> UInt64 {
        random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return random >> 33
    }

    var seconds: Double { (servers.now - start).seconds }

    /// The names of a Sentinel's events about failover since a moment, in order.
    func events(by sentinel: String, since: Instant = .zero) -> [String] {
        log.filter { $0.by == sentinel && $0.at >= since }.map(\.event.name)
    }

    func advance(_ span: TimeSpan) {
        let end = servers.now + span
        while let (name, moment) = earliest(), moment <= end {
            servers.advance(max(.zero, moment - servers.now))
            nextTick[name] = moment + Sentinel.period(random: draw())
            var actions: [SentinelAction] = []
            sentinels[name]!.tick(now: servers.now, desync: Sentinel.desync(random: draw()), into: &actions)
            perform(actions, of: name)
        }
        servers.advance(end - servers.now)
    }

    private func earliest() -> (String, Instant)? {
        nextTick.filter { !dead.contains($0.key) }.min { ($0.value, $0.key) < ($1.value, $1.key) }.map { ($0, $1) }
    }

    private func isUp(_ address: RedisAddress) -> Bool {
        if sentinels[address.host] != nil { return !dead.contains(address.host) }
        return servers.nodes[address.host]?.server != nil
    }

    private func answers(_ address: RedisAddress) -> Bool {
        isUp(address) && servers.nodes[address.host]?.isPaused != true
    }

    private func perform(_ actions: [SentinelAction], of name: String) {
        var more: [SentinelAction] = []
        for action in actions {
            switch action {
            case .connect(let address):
                if isUp(address) { sentinels[name]!.linkOpened(to: address, now: servers.now, into: &more) }
            case .closeLink: break
            case .sendPing(let address):
                if answers(address) {
                    sentinels[name]!.pong(from: address, now: servers.now)
                } else if !isUp(address) {
                    sentinels[name]!.linkClosed(to: address)
                }
            case .sendInfo(let address):
                if answers(address), let server = servers.nodes[address.host]?.server {
                    let info = server.replicationInfo(now: servers.now)
                    sentinels[name]!.receive(info, from: address, now: servers.now, into: &more)
                }
            case .publishHello(let hello, let address):
                guard answers(address) else { continue }
                let copy = SentinelHello(text: hello.text)!
                for other in sentinels.keys.sorted() where other != name && !dead.contains(other) {
                    if sentinels[address.host] != nil && other != address.host { continue }
                    var reactions: [SentinelAction] = []
                    sentinels[other]!.receive(copy, now: servers.now, into: &reactions)
                    perform(reactions, of: other)
                }
            case .askIsMasterDown(let question, let address):
                guard answers(address) else { continue }
                var reactions: [SentinelAction] = []
                let answer = sentinels[address.host]!.answer(
                    question, now: servers.now, desync: Sentinel.desync(random: draw()), into: &reactions)
                perform(reactions, of: address.host)
                sentinels[name]!.receive(answer, from: address, now: servers.now)
            case .sendReplicaOf(let master, let address):
                if answers(address) { servers.replicate(address.host, of: master?.host) }
            case .event(let event): log.append((servers.now, name, event))
            case .switchMaster(_, _, let address): switches.append((servers.now, name, address))
            }
        }
        if !more.isEmpty { perform(more, of: name) }
    }
}
