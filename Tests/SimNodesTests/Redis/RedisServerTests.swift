import Testing
import Topology

@testable import SimNodes

/// What no recording shows: limits, kills, loading, save points, and when the server wants to be ticked.
@Suite struct RedisServerTests {
    private func server(_ configure: (inout RedisConfiguration) -> Void = { _ in }) -> RedisServer {
        var configuration = RedisConfiguration()
        configuration.savePoints = []
        configure(&configuration)
        return RedisServer(address: RedisAddress("a"), runID: "a1", configuration: configuration, now: .zero)
    }

    private func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

    private func replies(_ actions: [RedisAction]) -> [RedisReply] {
        actions.compactMap { if case .reply(_, let reply) = $0 { reply } else { nil } }
    }

    @Test func refusesBeyondMaxClients() {
        var server = server { $0.maxClients = 2 }
        var actions: [RedisAction] = []
        for number in 1...3 {
            let accepted = server.connect(RedisClientID(number), now: .zero, into: &actions)
            #expect(accepted == (number < 3))
        }
        #expect(replies(actions) == [.error(RedisError("ERR max number of clients reached"))])
        server.disconnect(RedisClientID(1))
        let isAccepted = server.connect(RedisClientID(4), now: .zero, into: &actions)
        #expect(isAccepted)
    }

    @Test func aKeyLivesThroughItsLastMillisecond() {
        var server = server()
        var actions: [RedisAction] = []
        let client = RedisClientID(1)
        _ = server.connect(client, now: .zero, into: &actions)
        server.receive(.set("k", "v", .init(expiry: .milliseconds(100))), from: client, now: at(50), into: &actions)
        server.receive(.get("k"), from: client, now: at(150), into: &actions)
        server.receive(.get("k"), from: client, now: at(151), into: &actions)
        #expect(replies(actions) == [.ok, .bulk("v"), .null])
    }

    @Test func asksForTicksOnlyWhenThereIsWork() throws {
        var server = server()
        var actions: [RedisAction] = []
        let client = RedisClientID(1)
        let deadline1 = server.nextDeadline()
        #expect(deadline1 == nil)
        _ = server.connect(client, now: .zero, into: &actions)
        server.receive(.set("k", "v"), from: client, now: at(10), into: &actions)
        let deadline2 = server.nextDeadline()
        #expect(deadline2 == nil)
        server.receive(.expire("k", .milliseconds(330)), from: client, now: at(10), into: &actions)
        let deadline3 = server.nextDeadline()
        #expect(deadline3 == at(400))
        server.tick(now: at(399), into: &actions)
        #expect(server.keyCount == 1)
        server.tick(now: at(400), into: &actions)
        #expect(server.keyCount == 0)
        let deadline4 = server.nextDeadline()
        #expect(deadline4 == nil)
    }

    @Test func killsClientsByType() {
        var server = server()
        var actions: [RedisAction] = []
        for number in 1...4 { _ = server.connect(RedisClientID(number), now: .zero, into: &actions) }
        server.receive(.subscribe(["news"]), from: RedisClientID(4), now: .zero, into: &actions)
        actions = []
        server.receive(.clientKill(.normal), from: RedisClientID(1), now: .zero, into: &actions)
        #expect(replies(actions) == [.integer(2)])
        #expect(!server.isConnected(RedisClientID(2)) && server.isConnected(RedisClientID(4)))
        server.receive(.clientKill(.pubsub), from: RedisClientID(1), now: .zero, into: &actions)
        #expect(!server.isConnected(RedisClientID(4)) && server.isConnected(RedisClientID(1)))
        actions = []
        server.receive(.publish("news", "x"), from: RedisClientID(1), now: .zero, into: &actions)
        #expect(replies(actions) == [.integer(0)])
    }

    /// What a Sentinel sends: one transaction that changes the role and sends everybody else away.
    @Test func aSentinelsTransactionPromotesAndKills() {
        var server = server()
        var actions: [RedisAction] = []
        server.replicaOf(RedisAddress("m"), now: .zero, into: &actions)
        for number in 1...3 { _ = server.connect(RedisClientID(number), now: .zero, into: &actions) }
        server.receive(.subscribe(["news"]), from: RedisClientID(3), now: .zero, into: &actions)
        actions = []
        for command in [
            RedisCommand.multi, .replicaOf(nil), .configRewrite, .clientKill(.normal), .clientKill(.pubsub), .exec,
        ] {
            server.receive(command, from: RedisClientID(1), now: .zero, into: &actions)
        }
        #expect(replies(actions).last == .array([.ok, .ok, .integer(1), .integer(1)]))
        #expect(!server.isReplica)
        #expect(server.clientCount == 1 && server.isConnected(RedisClientID(1)))
        let closed = actions.compactMap { if case .close(let client) = $0 { client } else { nil } }
        #expect(closed == [RedisClientID(2), RedisClientID(3)])
    }

    @Test func demotionSendsWaitersAway() {
        var server = server()
        var actions: [RedisAction] = []
        _ = server.connect(RedisClientID(1), now: .zero, into: &actions)
        server.receive(.wait(1, 0), from: RedisClientID(1), now: .zero, into: &actions)
        #expect(replies(actions).isEmpty)
        server.replicaOf(RedisAddress("b"), now: .zero, into: &actions)
        guard case .error(let error)? = replies(actions).first else { return #expect(Bool(false)) }
        #expect(error.code == "UNBLOCKED")
        #expect(!server.isConnected(RedisClientID(1)))
    }

    @Test func answersLoadingWhileAFileIsRead() throws {
        var first = server { $0.appendOnly = true }
        var actions: [RedisAction] = []
        let client = RedisClientID(1)
        _ = first.connect(client, now: .zero, into: &actions)
        first.receive(.set("k", "v"), from: client, now: .zero, into: &actions)
        let disk = first.disk(after: .processKill)
        var second = RedisServer.restart(
            from: disk, address: RedisAddress("a"), runID: "a2", configuration: first.configuration, master: nil,
            now: at(5), into: &actions)
        actions = []
        _ = second.connect(client, now: at(5), into: &actions)
        second.receive(.get("k"), from: client, now: at(5), into: &actions)
        second.loadingFinished(now: at(9), into: &actions)
        second.receive(.get("k"), from: client, now: at(9), into: &actions)
        #expect(replies(actions) == [.error(.loading), .bulk("v")])
    }

    @Test func savesAtItsSavePoints() throws {
        var server = server { $0.savePoints = [.init(after: .seconds(60), changes: 3)] }
        var actions: [RedisAction] = []
        let client = RedisClientID(1)
        _ = server.connect(client, now: .zero, into: &actions)
        for key in ["a", "b"] { server.receive(.set(key, "1"), from: client, now: at(100), into: &actions) }
        let deadline5 = server.nextDeadline()
        #expect(deadline5 == nil)
        server.receive(.set("c", "1"), from: client, now: at(100), into: &actions)
        let deadline = server.nextDeadline()
        let due = try #require(deadline)
        #expect(due == at(61_000))
        server.tick(now: due, into: &actions)
        server.receive(.del("a"), from: client, now: due, into: &actions)
        let killed = server.disk(after: .processKill)
        let stopped = server.disk(after: .shutdown)
        #expect(killed.snapshot?.keyCount == 3)
        #expect(stopped.snapshot?.keyCount == 2)
    }

    @Test func execTellsWhyItRefuses() {
        var server = server()
        var actions: [RedisAction] = []
        let client = RedisClientID(1)
        _ = server.connect(client, now: .zero, into: &actions)
        for command in [RedisCommand.multi, .set("k", "v")] {
            server.receive(command, from: client, now: .zero, into: &actions)
        }
        try? server.set("min-replicas-to-write", to: "1")
        actions = []
        server.receive(.exec, from: client, now: .zero, into: &actions)
        server.receive(.get("k"), from: client, now: .zero, into: &actions)
        let text = "EXECABORT Transaction discarded because of: NOREPLICAS Not enough good replicas to write."
        #expect(replies(actions) == [.error(RedisError(text)), .null])
    }

    private func replicated(_ configure: (inout RedisConfiguration) -> Void = { _ in }) -> RedisPump {
        let pump = RedisPump()
        var configuration = RedisConfiguration()
        configure(&configuration)
        pump.nodes["m"] = RedisPump.Node(configuration: configuration)
        pump.nodes["r"] = RedisPump.Node(configuration: configuration, startsAsReplicaOf: "m")
        for name in ["m", "r"] { pump.start(name) }
        pump.connect(RedisClientID(1), to: "m")
        return pump
    }

    @Test func aFullResyncWaitsForTheDisklessDelay() {
        let pump = replicated()
        pump.advance(.milliseconds(4_900))
        #expect(pump.snapshotsSent == 0)
        pump.advance(.milliseconds(1_200))
        #expect(pump.snapshotsSent == 1)
        #expect(pump.awaitCaughtUp("r"))
    }

    /// A short cut costs only what was missed; a longer one than the backlog holds costs a snapshot.
    @Test(arguments: [(1, 1), (100, 2)])
    func resyncsFromTheBacklog(writes: Int, snapshots: Int) {
        let pump = replicated { $0.backlogSize = 1_000 }
        #expect(pump.awaitCaughtUp("r"))
        let id = pump.nodes["m"]!.server!.replicationPosition.id
        pump.cutLink("m", "r")
        for number in 0..<writes { pump.send(["SET", "k\(number)", "v"], from: RedisClientID(1)) }
        pump.healLink("m", "r")
        #expect(pump.awaitCaughtUp("r"))
        #expect(pump.nodes["m"]!.server!.replicationPosition.id == id)
        #expect(pump.nodes["r"]!.server!.contents.count == writes)
        #expect(pump.snapshotsSent == snapshots)
    }

    /// An old master that has nothing of its own resumes; one that has must take a snapshot.
    @Test(arguments: [(0, 1), (1, 2)])
    func anOldMasterResumesUnlessItHasMore(ownWrites: Int, snapshots: Int) {
        let pump = replicated()
        #expect(pump.awaitCaughtUp("r"))
        pump.cutLink("m", "r")
        for _ in 0..<ownWrites { pump.send(["SET", "own", "1"], from: RedisClientID(1)) }
        pump.replicate("r", of: nil)
        pump.healLink("m", "r")
        pump.replicate("m", of: "r")
        #expect(pump.awaitCaughtUp("m"))
        #expect(pump.nodes["m"]!.server!.contents.isEmpty)
        #expect(pump.snapshotsSent == snapshots)
    }

    @Test(arguments: [
        (["SET", "k", "v", "PX", "0"], "ERR invalid expire time in 'set' command"),
        (["SET", "k", "v", "EX", "x"], "ERR value is not an integer or out of range"),
        (["SET", "k", "v", "EX", "1", "KEEPTTL"], "ERR syntax error"),
        (["PEXPIRE", "k", "9223372036854775807"], "ERR invalid expire time in 'pexpire' command"),
        (
            ["CONFIG", "SET", "maxclients", "x"],
            "ERR CONFIG SET failed (possibly related to argument 'maxclients') - "
                + "argument couldn't be parsed into an integer"
        ),
        (["nope", "a", "b"], "ERR unknown command 'nope', with args beginning with: 'a' 'b' "),
        (["EVALSHA", "00", "0"], "NOSCRIPT No matching script. Please use EVAL."),
    ])
    func refuses(_ words: [String], _ text: String) {
        let pump = RedisPump()
        pump.nodes["m"] = RedisPump.Node()
        pump.start("m")
        pump.connect(RedisClientID(1), to: "m")
        pump.send(words, from: RedisClientID(1))
        #expect(pump.connections[RedisClientID(1)]?.replies == [.error(RedisError(text))])
    }
}
