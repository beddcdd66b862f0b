import Testing
import Topology

@testable import SimNodes

/// Anything may fail at any time; when it is over, the servers agree again.
@Suite struct RedisNodeChaosTests {
    private static func system(seed: UInt64) -> RedisNodeSystem {
        var configuration = RedisConfiguration()
        configuration.disklessSyncDelay = .zero
        configuration.replicationTimeout = .seconds(12)
        return RedisNodeSystem(
            replicas: 2, sentinels: 3, clients: 3, seed: seed, contents: [.set("n", "0")],
            latency: .uniform(from: .microseconds(50), to: .milliseconds(3)), configuration: configuration
        ) {
            $0.sentinels.failoverTimeout = .seconds(10)
            $0.appendOnly = .everysec
        }
    }

    /// Strikes processes and links at random, and undoes each strike after a while.
    private static func strike(_ system: RedisNodeSystem, _ random: inout RandomStream) {
        let processes = system.servers.map(\.process) + system.sentinels.map(\.process)
        let victim = processes[random.integer(below: processes.count)]
        let other = processes[random.integer(below: processes.count)]
        let span = TimeSpan.milliseconds(Int64(random.integer(in: 10...25_000)))
        let healer = system.client
        switch random.integer(below: 5) {
        case 0, 1:
            victim.crash(takingHost: random.bernoulli(0.5))
            healer.spawn(after: span) { _ in victim.start() }
        case 2:
            victim.pause()
            healer.spawn(after: span) { _ in victim.resume() }
        case 3 where victim !== other:
            system.world.network.cut(from: victim, to: other)
            healer.spawn(after: span) { _ in system.world.network.heal(from: victim, to: other) }
        default:
            victim.clockOffset = .milliseconds(Int64(random.integer(in: -3_000...3_000)))
        }
    }

    @Test(arguments: UInt64(1)...12)
    func whatFailsComesBack(seed: UInt64) {
        let system = Self.system(seed: seed)
        var random = RandomStream(seed: seed, name: "strikes")
        system.run(.seconds(2))
        for round in 0..<25 {
            Self.strike(system, &random)
            for (index, client) in system.clients.enumerated().dropFirst() {
                let name = system.sentinels[index].currentMaster
                if let master = system.server(name) { system.send(.incr("n"), to: master, from: client) }
                system.send(.set("k\(round)", "v"), to: system.servers[index], from: client)
            }
            system.run(.milliseconds(Int64(random.integer(in: 100...8_000))))
        }
        system.run(.seconds(200))
        #expect(system.universe.failures.isEmpty)
        #expect(system.servers.allSatisfy { $0.isServing })
        #expect(system.servers.count { $0.isMaster } == 1, "\(system.milestones().suffix(20))")
        let names = Set(system.sentinels.map(\.currentMaster))
        #expect(names.count == 1)
        let master = system.server(names.first ?? "")
        #expect(master?.isMaster == true)
        #expect(system.servers.allSatisfy { $0.isUpToDate })
        let contents = system.servers.map { server in
            server.assumeIsolated { $0.server.keyspace.liveSlots.map { "\($0.key)=\($0.value)" }.sorted() }
        }
        #expect(contents[0] == contents[1] && contents[1] == contents[2])
        #expect(!contents[0].isEmpty)
        for process in system.universe.processes { #expect(system.world.network.callsInFlight(at: process) < 10) }
    }
}
