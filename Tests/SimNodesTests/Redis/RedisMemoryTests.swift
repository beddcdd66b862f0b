import Testing
import Topology

@testable import SimNodes

/// `maxmemory`: the account of what keys take, and which of them go.
@Suite struct RedisMemoryTests {
    /// What is added up change by change is what all keys together take.
    @Test(arguments: UInt64(1)...30) func theAccountIsExact(seed: UInt64) throws {
        var random = TestRandom(seed)
        let pump = RedisPump()
        pump.nodes["m"] = RedisPump.Node()
        pump.nodes["m"]!.configuration.maxMemory = 1 << 30
        pump.start("m")
        pump.connect(RedisClientID(1), to: "m")
        for _ in 0..<200 {
            pump.send(random.words(), from: RedisClientID(1))
            pump.advance(.milliseconds(Int64(random.below(40))))
            let keyspace = pump.nodes["m"]!.server!.keyspace
            #expect(keyspace.accountsMemory)
            #expect(keyspace.usedMemory == keyspace.measuredMemory)
        }
    }

    private func pump(_ policy: RedisEvictionPolicy) -> RedisPump {
        let pump = RedisPump()
        pump.nodes["m"] = RedisPump.Node()
        pump.nodes["r"] = RedisPump.Node(startsAsReplicaOf: "m")
        for name in ["m", "r"] {
            pump.nodes[name]!.configuration.disklessSyncDelay = .zero
            pump.nodes[name]!.configuration.evictionPolicy = policy
            // Enough to see all keys in each sample.
            pump.nodes[name]!.configuration.evictionSamples = 200
            pump.start(name)
        }
        #expect(pump.awaitCaughtUp("r"))
        pump.connect(RedisClientID(1), to: "m")
        return pump
    }

    private func send(_ pump: RedisPump, _ line: String) -> RedisReply? {
        pump.send(line.split(separator: " ").map(String.init), from: RedisClientID(1))
        return pump.connections[RedisClientID(1)]?.replies.last
    }

    /// Leaves room for the keys there are, so that the next one costs one of them.
    private func fill(_ pump: RedisPump) {
        for name in ["a", "b", "c", "d"] {
            _ = send(pump, "SET \(name) \(String(repeating: "x", count: 100))")
            pump.advance(.seconds(2))
        }
        _ = send(pump, "EXPIRE b 500")
        _ = send(pump, "EXPIRE c 100")
        let used = pump.nodes["m"]!.server!.usedMemory
        #expect(send(pump, "CONFIG SET maxmemory \(used)") == .ok)
        pump.advance(.seconds(2))
    }

    @Test(arguments: [
        (RedisEvictionPolicy.allKeysLRU, "b"), (.volatileLRU, "b"), (.volatileTTL, "c"),
    ])
    func evicts(_ policy: RedisEvictionPolicy, _ victim: String) {
        let pump = pump(policy)
        fill(pump)
        // What was read lately stays.
        for name in ["a", "c", "d"] { _ = send(pump, "GET \(name)") }
        #expect(send(pump, "SET e \(String(repeating: "x", count: 100))") == .ok)
        // The limit is looked at before a command, so the next one pays.
        #expect(send(pump, "PING") == .status("PONG"))
        let keys = ["a", "b", "c", "d", "e"].filter { $0 != victim }
        #expect(pump.nodes["m"]!.server!.contents.keys.sorted() == keys)
        #expect(pump.awaitCaughtUp("r"))
        #expect(pump.nodes["r"]!.server!.contents.keys.sorted() == keys)
        #expect(pump.nodes["m"]!.server!.keyspace.evictedKeys == 1)
    }

    @Test func refusesWithoutAPolicy() {
        let pump = pump(.noEviction)
        fill(pump)
        #expect(send(pump, "SET e 1") == .ok)
        #expect(send(pump, "SET f 1") == .error(.outOfMemory))
        #expect(send(pump, "DEL a") == .integer(1))
        #expect(send(pump, "SET f 1") == .ok)
    }

    @Test func aReplicaLeavesEvictionToItsMaster() {
        let pump = pump(.allKeysLRU)
        fill(pump)
        pump.connect(RedisClientID(2), to: "r")
        pump.send(["CONFIG", "SET", "maxmemory", "1"], from: RedisClientID(2))
        pump.send(["GET", "a"], from: RedisClientID(2))
        #expect(pump.nodes["r"]!.server!.keyCount == 4)
    }
}
