import Testing
import Topology

@testable import SimNodes

/// One server and its clients.
@Suite struct RedisNodeTests {
    @Test func aCommandTakesTwoLatenciesAndItsService() {
        let system = RedisNodeSystem(contents: [.set("k", "v")])
        #expect(system.ask(.ping(), of: system.master) == .status("PONG"))
        let start = system.now
        system.send(.set("k", "w"), to: system.master)
        system.run(.milliseconds(1))
        system.send(.get("k"), to: system.master)
        system.run(.milliseconds(1))
        #expect(system.results == [.ok, .bulk("w")])
        #expect(system.moments.suffix(2).map { ($0 - start).nanoseconds } == [210_000, 1_210_000])
    }

    @Test func theFirstCommandAlsoConnects() {
        let system = RedisNodeSystem()
        system.send(.ping(), to: system.master)
        system.run(.milliseconds(1))
        #expect(system.moments == [Instant(nanoseconds: 410_000)])
        #expect(system.master.clientCount == 1)
    }

    @Test func scriptsTakeTheirOwnTime() throws {
        let system = RedisNodeSystem { $0.scriptServiceTime = .constant(.microseconds(70)) }
        let script = RedisScript("return 1") { (_, _, _) throws(RedisError) in .integer(1) }
        _ = system.ask(.ping(), of: system.master)
        let start = system.now
        #expect(system.ask(.eval(script, keys: [], arguments: []), of: system.master) == .integer(1))
        #expect((try #require(system.moments.last) - start).nanoseconds == 270_000)
    }

    /// 10 µs a command are 100 000 a second: twice that waits ever longer, and half of it hardly.
    @Test(arguments: [5, 20])
    func isOneThread(gap: Int64) throws {
        let system = RedisNodeSystem()
        _ = system.ask(.ping(), of: system.master)
        let start = system.now
        system.results = []
        system.moments = []
        let count = 10_000
        for index in 0..<count {
            system.send(.incr("n"), to: system.master, after: .microseconds(Int64(index) * gap))
        }
        system.run(.seconds(1))
        #expect(system.results.count == count)
        #expect(system.results.last == .integer(Int64(count)))
        let took = try #require(system.moments.last) - start
        #expect(took.nanoseconds == 200_000 + 10_000 + Int64(count - 1) * max(gap, 10) * 1_000)
        #expect(system.master.integer(forKey: "n") == Int64(count))
    }

    @Test func refusesMoreThanMaxclients() {
        let system = RedisNodeSystem(clients: 3) { $0.maxclients = 2 }
        let replies = system.clients.map { system.ask(.ping(), of: system.master, from: $0) }
        #expect(replies == [.status("PONG"), .status("PONG"), .error(.maxClients)])
        #expect(system.milestones("m") == ["answers \"ERR max number of clients reached\""])
        system.clients[0].process.crash()
        system.run(.milliseconds(1))
        #expect(system.ask(.ping(), of: system.master, from: system.clients[2]) == .status("PONG"))
    }

    @Test func expiresAtItsOwnClock() {
        let system = RedisNodeSystem()
        let lock = RedisCommand.set("lock", "a", RedisSetOptions(.ifAbsent, expiry: .milliseconds(5_000)))
        #expect(system.ask(lock, of: system.master) == .ok)
        #expect(system.ask(lock, of: system.master) == .null)
        #expect(system.master.heldLocks(prefix: "lo").map(\.key) == ["lock"])
        system.master.process.clockOffset = .seconds(6)
        #expect(system.master.heldLocks(prefix: "lo").isEmpty)
        #expect(system.ask(lock, of: system.master) == .ok)
        #expect(system.world.sites.count(.redisLockAcquired) == 2)
    }

    @Test func nothingIsLeftToDoWhenNobodyComes() {
        let system = RedisNodeSystem(
            configuration: {
                var configuration = RedisConfiguration()
                configuration.savePoints = []
                return configuration
            }())
        _ = system.ask(.set("k", "v"), of: system.master)
        system.run(.milliseconds(200))
        let events = system.universe.executedEvents
        system.run(.seconds(30))
        #expect(system.universe.executedEvents == events)
        _ = system.ask(.set("k", "v", RedisSetOptions(expiry: .seconds(7))), of: system.master)
        system.run(.seconds(8))
        #expect(system.master.assumeIsolated { $0.server.keyCount } == 0)
        // Connect or not, a request and its reply are few events; the cron that expires the key is one or two more.
        #expect(system.universe.executedEvents - events < 12)
    }

    @Test func deliversMessagesToSubscribersAtMostOnce() {
        let system = RedisNodeSystem(replicas: 1, clients: 3)
        let master = system.master
        for (index, server) in system.servers.enumerated() {
            let network = system.world.network
            system.clients[index].spawn { [unowned system] client in
                let connection = try await client.connection(to: server)
                let push: RedisNode.Push = { delay, message in
                    client.spawn(after: delay) { client in
                        system.texts.append("\(index) \(message)")
                        system.moments.append(client.now)
                    }
                }
                _ = try await network.call(from: client.process, to: server, over: connection) {
                    try await $0.subscribe(["news"], over: connection, push: push)
                }
            }
        }
        system.run(.milliseconds(10))
        let start = system.now
        #expect(system.ask(.publish("news", "1"), of: master, from: system.clients[2]) == .integer(1))
        #expect(system.texts.count == 2)
        // Connect, publish, serve, push; through the replica one hop and one service more.
        #expect(system.moments.contains(start + .microseconds(410)))
        #expect(system.moments.contains(start + .microseconds(520)))
        system.clients[0].process.crash()
        system.run(.milliseconds(1))
        #expect(system.ask(.publish("news", "2"), of: master, from: system.clients[2]) == .integer(0))
        #expect(system.texts.count == 3)
    }

    @Test func closesThoseWhoAreKilled() {
        let system = RedisNodeSystem(clients: 2)
        _ = system.ask(.ping(), of: system.master)
        #expect(system.ask(.clientKill(.normal), of: system.master, from: system.clients[1]) == .integer(1))
        #expect(system.master.clientCount == 1)
        #expect(system.ask(.ping(), of: system.master) == .status("PONG"))
        #expect(system.master.clientCount == 2)
    }

    /// A client in the middle of its start is killed with the others: CLIENT KILL TYPE normal asks for no first command.
    @Test func killsConnectionsOverWhichNothingCame() {
        let system = RedisNodeSystem(clients: 2)
        system.clients[0].spawn { client in
            let silent = try await client.connection(to: system.master)
            try await client.process.sleep(.milliseconds(10))
            system.texts.append(silent.isOpen ? "open" : "closed")
        }
        #expect(system.ask(.ping(), of: system.master, from: system.clients[1]) == .status("PONG"))
        #expect(system.master.clientCount == 2)
        #expect(system.ask(.clientKill(.normal), of: system.master, from: system.clients[1]) == .integer(1))
        system.run(.milliseconds(10))
        #expect(system.texts == ["closed"])
        #expect(system.master.clientCount == 1)
    }

    /// A place among `maxclients` is taken by the connection, not by its first command.
    @Test func aSilentConnectionTakesAPlace() {
        let system = RedisNodeSystem(clients: 2) { $0.maxclients = 1 }
        system.clients[0].spawn { client in _ = try await client.connection(to: system.master) }
        system.run(.milliseconds(1))
        #expect(system.ask(.ping(), of: system.master, from: system.clients[1]) == .error(.maxClients))
        #expect(system.ask(.ping(), of: system.master) == .status("PONG"))
    }

    @Test func knowsItsLimitOfMemoryFromItsSettings() {
        let refusing = RedisNodeSystem(contents: [.set("k", "v")]) { $0.maxMemory = ByteCount(bytes: 1) }
        #expect(refusing.ask(.set("l", "w"), of: refusing.master) == .error(.outOfMemory))
        #expect(refusing.ask(.get("k"), of: refusing.master) == .bulk("v"))
        let evicting = RedisNodeSystem(contents: [.set("k", "v")]) {
            $0.maxMemory = ByteCount(bytes: RedisMemory.startup)
            $0.maxMemoryPolicy = .allKeysRandom
        }
        #expect(evicting.ask(.set("l", "w"), of: evicting.master) == .ok)
        #expect(evicting.master.value(forKey: "k") == nil)
        #expect(evicting.master.value(forKey: "l") == "w")
    }

    @Test func aCommandThatMeetsAClosedConnectionIsReset() {
        let system = RedisNodeSystem(clients: 2)
        for client in system.clients { _ = system.ask(.ping(), of: system.master, from: client) }
        system.send(.clientKill(.normal), to: system.master, from: system.clients[1])
        system.send(.incr("n"), to: system.master, after: .microseconds(50))
        system.run(.milliseconds(2))
        #expect(system.results == [.integer(1), .error(RedisError("reset"))])
        #expect(system.master.value(forKey: "n") == nil)
    }

    /// What is left of ten acknowledged writes, by persistence and by what stops; the sixth comes in another second
    /// than the fifth, and so has all up to itself synced.
    @Test(
        arguments: [
            (AppendOnly.off, false, 0), (.off, true, 0), (.everysec, false, 10), (.everysec, true, 6),
            (.always, true, 10),
        ])
    func keepsWhatItsFilesKeep(log: AppendOnly, takingHost: Bool, left: Int64) {
        let system = RedisNodeSystem {
            $0.appendOnly = log
            $0.startTime = .milliseconds(300)
        }
        for _ in 0..<5 { _ = system.ask(.incr("n"), of: system.master) }
        system.run(.seconds(2))
        for _ in 0..<5 { _ = system.ask(.incr("n"), of: system.master) }
        system.master.process.crash(takingHost: takingHost)
        #expect(!system.master.isServing && !system.master.isMaster)
        system.run(.seconds(1))
        system.master.process.start()
        #expect(!system.master.isServing)
        system.run(.milliseconds(310))
        #expect(system.master.isServing)
        #expect(system.master.integer(forKey: "n") ?? 0 == left)
    }

    @Test func answersLoadingWhileItLoads() {
        let contents = (0..<1_000).map { RedisCommand.set("k\($0)", "v") }
        let system = RedisNodeSystem(contents: contents) { $0.loadRate = Rate(perSecond: 1_000) }
        #expect(system.ask(.dbsize, of: system.master) == .integer(1_000))
        system.master.process.crash()
        system.master.process.start()
        system.run(.milliseconds(500))
        #expect(system.ask(.get("k1"), of: system.master) == .error(.loading))
        system.run(.milliseconds(600))
        #expect(system.ask(.get("k1"), of: system.master) == .bulk("v"))
    }

    @Test func aCrashInTheMiddleOfAWriteLeavesTheClientInDoubt() {
        let system = RedisNodeSystem()
        system.world.sites.set(EventTrigger(.redisWrite, nth: 3)) { $0.crash() }
        for _ in 0..<4 { system.send(.incr("n"), to: system.master) }
        system.run(.milliseconds(5))
        #expect(system.results.count == 4)
        #expect(system.results.prefix(2) == [.integer(1), .integer(2)])
        #expect(system.results.suffix(2).allSatisfy { if case .error = $0 { true } else { false } })
    }

    /// A pause holds everything up for its own length, and nobody overtakes.
    @Test func aPauseKeepsTheOrder() throws {
        let system = RedisNodeSystem { $0.serviceTime = .constant(.milliseconds(1)) }
        _ = system.ask(.append("log", "0"), of: system.master)
        for index in 1...20 { system.send(.append("log", ",\(index)"), to: system.master) }
        system.run(.milliseconds(5))
        system.master.process.pause()
        let paused = system.now
        system.run(.milliseconds(500))
        system.master.process.resume()
        for index in 21...40 { system.send(.append("log", ",\(index)"), to: system.master) }
        system.run(.milliseconds(600))
        let expected = (0...40).map(String.init).joined(separator: ",")
        #expect(system.master.value(forKey: "log") == expected)
        let last = try #require(system.moments.last)
        // Sixteen were waiting and twenty came, a millisecond each, after 500 ms of nothing.
        #expect((535.0...537.0).contains((last - paused).milliseconds))
    }

    @Test func nothingIsKeptAliveAfterwards() {
        weak var server: RedisNode?
        weak var sentinel: SentinelNode?
        weak var client: RedisNodeClient?
        do {
            let system = RedisNodeSystem(replicas: 1, sentinels: 2)
            for _ in 0..<10 { system.send(.incr("n"), to: system.master) }
            system.run(.seconds(5))
            (server, sentinel, client) = (system.servers[1], system.sentinels[1], system.client)
            #expect(server != nil && sentinel != nil && client != nil)
        }
        #expect(server == nil)
        #expect(sentinel == nil)
        #expect(client == nil)
    }
}
