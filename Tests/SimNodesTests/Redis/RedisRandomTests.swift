import Testing
import Topology

@testable import SimNodes

/// A small generator, so that a failing seed can be run again.
struct TestRandom {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func below(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int((state >> 11) % UInt64(bound))
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }
}

extension TestRandom {
    /// A command on few keys, so that types and expiries get in each other's way.
    mutating func words() -> [String] {
        let key = pick(["a", "b", "c", "d", "e"])
        let member = pick(["x", "y", "z"])
        let span = String(below(400) - 20)
        switch below(49) {
        case 0, 1: return ["SET", key, String(below(100))]
        case 2: return ["SET", key, "text", "PX", String(below(300) + 1)]
        case 3: return ["SET", key, "1", pick(["NX", "XX"]), "PX", String(below(300) + 1)]
        case 4: return ["SET", key, "9", pick(["NX", "XX", "GET", "KEEPTTL"])]
        case 5, 6: return [pick(["INCRBY", "DECRBY"]), key, String(below(50))]
        case 7: return [pick(["INCR", "DECR", "GETDEL", "PERSIST"]), key]
        case 8: return ["DEL", key]
        case 9: return [pick(["DEL", "UNLINK"]), key, pick(["a", "b", "c"])]
        case 10: return ["PEXPIRE", key, span]
        case 11: return ["PEXPIRE", key, span, pick(["NX", "XX", "GT", "LT"])]
        case 12: return ["GETSET", key, member]
        case 13: return ["APPEND", key, String(below(10))]
        case 14, 15: return ["HSET", key, member, String(below(10))]
        case 16: return ["HINCRBY", key, member, String(below(9) - 4)]
        case 17: return ["HDEL", key, member, "y"]
        case 18, 19: return ["SADD", key, member, "x"]
        case 20: return ["SREM", key, member]
        case 21: return ["XADD", key, "*", member, "1"]
        case 22: return ["XADD", key, "MAXLEN", "3", "*", member, "1"]
        case 23: return ["XGROUP", "CREATE", key, "g", "0", "MKSTREAM"]
        case 24: return ["XREADGROUP", "GROUP", "g", member, "COUNT", "2", "STREAMS", key, ">"]
        case 25: return ["XAUTOCLAIM", key, "g", member, String(below(200)), "0"]
        case 26: return ["EVAL", RedisScript.unlock.text, "1", key, "1"]
        case 27: return ["EVAL", RedisScript.guardedDecrement.text, "1", key, String(below(20))]
        case 28: return ["EVAL", RedisScript.reentrantLock.text, "1", key, "200", member]
        case 29: return ["EVAL", RedisScript.setThenIncrement.text, "3", key, "b", "c", member]
        case 30: return ["MULTI"]
        case 32, 33: return [pick(["LPUSH", "RPUSH"]), key, member, String(below(9))]
        case 34: return [pick(["LPOP", "RPOP", "SPOP", "ZPOPMIN", "ZPOPMAX"]), key]
        case 35: return ["LMOVE", key, pick(["a", "b", "c"]), pick(["LEFT", "RIGHT"]), pick(["LEFT", "RIGHT"])]
        case 36: return ["LREM", key, String(below(5) - 2), member]
        case 37: return ["LTRIM", key, String(below(4)), String(below(6) - 3)]
        case 38, 39: return ["ZADD", key, String(below(20)), member, "0.5", "w"]
        case 40: return ["ZADD", key, pick(["NX", "XX", "GT", "LT", "INCR"]), String(below(20)), member]
        case 41: return ["ZREMRANGEBYSCORE", key, String(below(20)), "(" + String(below(20))]
        case 42: return [pick(["RENAME", "RENAMENX", "COPY"]), key, "f"]
        case 48: return ["COPY", "f", key, "REPLACE"]
        case 43: return ["SETBIT", key, String(below(40)), pick(["0", "1"])]
        case 44: return ["SETRANGE", key, String(below(6)), member]
        case 45: return ["GETEX", key, "PX", String(below(300) + 1)]
        case 46: return ["INCRBYFLOAT", key, "0.25"]
        case 47: return ["SMOVE", key, pick(["a", "b", "c"]), member]
        default: return ["EXEC"]
        }
    }
}

/// What a key holds, and until when.
struct KeyContent: Hashable {
    var value: RedisValue
    var expiresAt: Int64
}

extension RedisServer {
    var contents: [String: KeyContent] {
        Dictionary(
            uniqueKeysWithValues: keyspace.liveSlots.map {
                ($0.key, KeyContent(value: $0.value, expiresAt: $0.expiresAt))
            })
    }
}

@Suite struct RedisRandomTests {
    private func pump(_ configure: (inout RedisConfiguration) -> Void = { _ in }) -> RedisPump {
        let pump = RedisPump()
        var configuration = RedisConfiguration()
        configuration.savePoints = []
        configuration.disklessSyncDelay = .zero
        configure(&configuration)
        pump.nodes["m"] = RedisPump.Node(configuration: configuration)
        for name in ["r", "q"] {
            pump.nodes[name] = RedisPump.Node(configuration: configuration, startsAsReplicaOf: "m")
        }
        for name in ["m", "r", "q"] { pump.start(name) }
        _ = pump.awaitCaughtUp("r")
        _ = pump.awaitCaughtUp("q")
        for number in 1...3 { pump.connect(RedisClientID(number), to: "m") }
        return pump
    }

    /// Whatever is written, and however often the link is cut, a replica that has caught up equals its master.
    @Test(arguments: UInt64(1)...150)
    func replicasConverge(seed: UInt64) {
        var random = TestRandom(seed)
        let pump = pump { $0.backlogSize = 2_000 }
        for _ in 0..<120 {
            pump.send(random.words(), from: RedisClientID(1 + random.below(3)))
            switch random.below(24) {
            case 0: pump.cutLink("m", "r")
            case 1: pump.healLink("m", "r")
            case 2: pump.pause("r")
            case 3: pump.resume("r")
            case 4: pump.replicate("q", of: random.pick(["m", "r"]))
            case 5...8: pump.advance(.milliseconds(Int64(random.below(500))))
            default: break
            }
        }
        pump.healLink("m", "r")
        pump.resume("r")
        #expect(pump.awaitCaughtUp("r"))
        #expect(pump.awaitCaughtUp("q"))
        let master = pump.nodes["m"]!.server!
        for name in ["r", "q"] {
            let replica = pump.nodes[name]!.server!
            #expect(replica.contents == master.contents, "seed \(seed), \(name)")
            #expect(replica.replicationPosition == master.replicationPosition)
        }
    }

    /// A fail-over leaves one history: the old master comes back with exactly what the new one has.
    @Test(arguments: UInt64(1)...100)
    func oldMastersConverge(seed: UInt64) {
        var random = TestRandom(seed)
        let pump = pump()
        pump.connect(RedisClientID(4), to: "r")
        for _ in 0..<30 { pump.send(random.words(), from: RedisClientID(1)) }
        if random.below(2) == 0 { pump.cutLink("m", "r") }
        for _ in 0..<random.below(10) { pump.send(random.words(), from: RedisClientID(2)) }
        pump.cutLink("m", "r")
        pump.replicate("r", of: nil)
        for _ in 0..<random.below(10) { pump.send(random.words(), from: RedisClientID(3)) }
        for _ in 0..<random.below(30) { pump.send(random.words(), from: RedisClientID(4)) }
        pump.healLink("m", "r")
        pump.replicate("m", of: "r")
        pump.replicate("q", of: "r")
        for name in ["m", "q"] {
            #expect(pump.awaitCaughtUp(name), "seed \(seed), \(name)")
            #expect(pump.nodes[name]!.server!.contents == pump.nodes["r"]!.server!.contents, "seed \(seed), \(name)")
        }
    }

    /// With an append-only file a killed process loses nothing, and a lost machine at most what one second wrote.
    @Test(arguments: UInt64(1)...60)
    func appendOnlyFilesLoseWhatTheyMay(seed: UInt64) {
        for (policy, stop) in [
            (RedisFsync.everySecond, RedisStop.processKill), (.everySecond, .powerLoss), (.always, .powerLoss),
        ] {
            var random = TestRandom(seed)
            let pump = RedisPump()
            pump.nodes["m"] = RedisPump.Node()
            pump.nodes["m"]!.configuration.appendOnly = true
            pump.nodes["m"]!.configuration.appendFsync = policy
            pump.start("m")
            pump.connect(RedisClientID(1), to: "m")
            var states: [(at: Instant, contents: [String: KeyContent])] = [(pump.now, [:])]
            for _ in 0..<60 {
                pump.send(random.words(), from: RedisClientID(1))
                states.append((pump.now, pump.nodes["m"]!.server!.contents))
                pump.advance(.milliseconds(Int64(random.below(120))))
                states.append((pump.now, pump.nodes["m"]!.server!.contents))
            }
            let end = pump.now
            pump.kill("m", stop)
            pump.start("m")
            let found = pump.nodes["m"]!.server!.contents
            if stop == .processKill || policy == .always {
                #expect(found == states.last?.contents, "seed \(seed), \(policy), \(stop)")
            } else {
                let recent = states.lastIndex { $0.at < end - .milliseconds(1_100) } ?? 0
                #expect(states[recent...].contains { $0.contents == found }, "seed \(seed), \(policy), \(stop)")
            }
        }
    }

    /// Parsing and writing a command are inverse, and its length is that of RESP.
    @Test func wordsRoundTrip() throws {
        var random = TestRandom(7)
        for _ in 0..<2_000 {
            let words = random.words()
            let command = try RedisCommand(arguments: words)
            let again = try RedisCommand(arguments: command.words)
            #expect(again.words == command.words)
            if !words[0].hasPrefix("X") { #expect(command.words == words) }
            var length = 3 + String(command.words.count).count
            for word in command.words { length += 5 + word.utf8.count + String(word.utf8.count).count }
            #expect(command.encodedLength == length, "\(words)")
        }
    }

    /// Active expiry deletes exactly the keys whose time is over, however often their TTLs changed before.
    @Test(arguments: UInt64(1)...40)
    func activeExpiryDeletesWhatIsDue(seed: UInt64) {
        var random = TestRandom(seed)
        var keyspace = RedisKeyspace()
        var model: [String: Int64] = [:]
        for _ in 0..<600 {
            let key = "k\(random.below(40))"
            switch random.below(5) {
            case 0...2:
                let span = Int64(1 + random.below(200))
                _ = try? keyspace.execute(.set(key, "1", RedisSetOptions(expiry: .milliseconds(span))))
                model[key] = keyspace.clock + span
            case 3:
                _ = try? keyspace.execute(.del(key))
                model[key] = nil
            default:
                keyspace.clock += Int64(random.below(20))
                while keyspace.expireNext(before: keyspace.clock) {}
                let clock = keyspace.clock
                model = model.filter { $0.value >= clock }
                #expect(Set(keyspace.liveSlots.map(\.key)) == Set(model.keys))
                #expect(keyspace.countWithExpiry == model.count)
                #expect(keyspace.nextExpiry() == model.values.min())
            }
        }
    }
}
