import Topology

extension RedisConfiguration {
    /// Sets a directive as `redis.conf` and CONFIG SET do.
    package mutating func set(_ name: String, to value: String) throws(RedisError) {
        switch name {
        case "maxclients": maxClients = Int(try number(name, value, from: 1))
        case "appendonly": appendOnly = try flag(name, value)
        case "appendfsync":
            guard let policy = RedisFsync(rawValue: value) else { throw refusal(name, "argument(s) must be one of") }
            appendFsync = policy
        case "save": savePoints = try Self.savePoints(value)
        case "hz": hz = min(500, max(1, try number(name, value, from: 0)))
        case "repl-timeout": replicationTimeout = .seconds(try number(name, value, from: 1))
        case "repl-ping-replica-period", "repl-ping-slave-period":
            replicaPingPeriod = .seconds(try number(name, value, from: 1))
        case "repl-backlog-size": backlogSize = Int(try number(name, value, from: 1))
        case "repl-backlog-ttl": backlogTTL = .seconds(try number(name, value, from: 0))
        case "repl-diskless-sync-delay": disklessSyncDelay = .seconds(try number(name, value, from: 0))
        case "replica-read-only", "slave-read-only": replicaReadOnly = try flag(name, value)
        case "replica-serve-stale-data", "slave-serve-stale-data": replicaServesStaleData = try flag(name, value)
        case "replica-priority", "slave-priority": replicaPriority = Int(try number(name, value, from: 0))
        case "min-replicas-to-write", "min-slaves-to-write":
            minReplicasToWrite = Int(try number(name, value, from: 0))
        case "min-replicas-max-lag", "min-slaves-max-lag":
            minReplicasMaxLag = .seconds(try number(name, value, from: 0))
        case "maxmemory":
            guard let bytes = Self.memory(value) else { throw refusal(name, "argument must be a memory value") }
            maxMemory = bytes
        case "maxmemory-policy":
            if value.lowercased().hasSuffix("-lfu") { throw refusal(name, "the model has no LFU policies") }
            guard let policy = RedisEvictionPolicy(rawValue: value.lowercased()) else {
                throw refusal(
                    name,
                    "argument(s) must be one of the following: volatile-lru, volatile-lfu, volatile-random, "
                        + "volatile-ttl, allkeys-lru, allkeys-lfu, allkeys-random, noeviction")
            }
            evictionPolicy = policy
        case "maxmemory-samples": evictionSamples = Int(try number(name, value, from: 1))
        default: throw RedisError("ERR Unknown option or number of arguments for CONFIG SET - '\(name)'")
        }
    }

    /// The value of a directive as CONFIG GET shows it, nil for one the model does not know.
    package func value(of name: String) -> String? {
        switch name {
        case "maxclients": String(maxClients)
        case "appendonly": appendOnly ? "yes" : "no"
        case "appendfsync": appendFsync.rawValue
        case "save": savePoints.map { "\($0.after.nanoseconds / 1_000_000_000) \($0.changes)" }.joined(separator: " ")
        case "hz": String(hz)
        case "repl-timeout": seconds(replicationTimeout)
        case "repl-ping-replica-period": seconds(replicaPingPeriod)
        case "repl-backlog-size": String(backlogSize)
        case "repl-backlog-ttl": seconds(backlogTTL)
        case "repl-diskless-sync-delay": seconds(disklessSyncDelay)
        case "replica-read-only": replicaReadOnly ? "yes" : "no"
        case "replica-serve-stale-data": replicaServesStaleData ? "yes" : "no"
        case "replica-priority": String(replicaPriority)
        case "min-replicas-to-write": String(minReplicasToWrite)
        case "min-replicas-max-lag": seconds(minReplicasMaxLag)
        case "maxmemory": String(maxMemory)
        case "maxmemory-policy": evictionPolicy.rawValue
        case "maxmemory-samples": String(evictionSamples)
        default: nil
        }
    }

    /// The names that CONFIG GET knows.
    package static let names = [
        "appendfsync", "appendonly", "hz", "maxclients", "maxmemory", "maxmemory-policy", "maxmemory-samples",
        "min-replicas-max-lag", "min-replicas-to-write", "repl-backlog-size", "repl-backlog-ttl",
        "repl-diskless-sync-delay", "repl-ping-replica-period", "repl-timeout", "replica-priority",
        "replica-read-only", "replica-serve-stale-data", "save",
    ]

    /// Names and values in turn of the directives that match glob-style patterns; a plain name is given back as it came.
    package func values(matching patterns: [String]) -> [String] {
        var found: [String] = []
        var seen: Set<String> = []
        for pattern in patterns {
            let isPlain = !pattern.contains { "*?[".contains($0) }
            let matcher = RedisPattern(pattern.lowercased())
            for name in Self.names where matcher.matches(name) && seen.insert(name).inserted {
                found += [isPlain ? pattern : name, value(of: name) ?? ""]
            }
        }
        return found
    }

    /// Bytes with a unit (redis util.c `memtoull`).
    private static func memory(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(digits) else { return nil }
        let units = [
            "": 1, "b": 1, "k": 1_000, "kb": 1 << 10, "m": 1_000_000, "mb": 1 << 20, "g": 1_000_000_000, "gb": 1 << 30,
        ]
        guard let unit = units[text.dropFirst(digits.count).lowercased()] else { return nil }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: unit)
        return overflow ? nil : bytes
    }

    private func seconds(_ span: TimeSpan) -> String { String(span.nanoseconds / 1_000_000_000) }

    private func refusal(_ name: String, _ reason: String) -> RedisError {
        RedisError("ERR CONFIG SET failed (possibly related to argument '\(name)') - \(reason)")
    }

    private func number(_ name: String, _ text: String, from least: Int64) throws(RedisError) -> Int64 {
        guard let number = RedisInteger.parse(text) else {
            throw refusal(name, "argument couldn't be parsed into an integer")
        }
        guard number >= least, number <= Int64(Int32.max) else {
            throw refusal(name, "argument must be between \(least) and \(Int32.max) inclusive")
        }
        return number
    }

    private func flag(_ name: String, _ text: String) throws(RedisError) -> Bool {
        switch text.lowercased() {
        case "yes": return true
        case "no": return false
        default: throw refusal(name, "argument must be 'yes' or 'no'")
        }
    }

    private static func savePoints(_ text: String) throws(RedisError) -> [SavePoint] {
        let words = text.split(separator: " ")
        let numbers = words.compactMap { RedisInteger.parse(String($0)) }
        guard numbers.count == words.count, numbers.count % 2 == 0, numbers.allSatisfy({ $0 >= 0 }) else {
            throw RedisError("ERR CONFIG SET failed (possibly related to argument 'save') - Invalid save parameters")
        }
        return stride(from: 0, to: numbers.count, by: 2).map {
            SavePoint(after: .seconds(numbers[$0]), changes: Int(numbers[$0 + 1]))
        }
    }
}
