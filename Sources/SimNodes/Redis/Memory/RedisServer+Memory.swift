extension RedisServer {
    /// The estimate of `used_memory`, in bytes.
    var usedMemory: Int {
        RedisMemory.startup + (keyspace.accountsMemory ? keyspace.usedMemory : keyspace.measuredMemory)
    }

    /// Makes room below `maxmemory` if there is one, and says whether that failed (evict.c `performEvictions`).
    private mutating func lacksMemory(_ actions: inout [RedisAction]) -> Bool {
        // A replica leaves it to its master (`replica-ignore-maxmemory`).
        guard replication.master == nil, loading == nil else { return false }
        while usedMemory > configuration.maxMemory {
            let policy = configuration.evictionPolicy
            guard let key = keyspace.evictionVictim(policy, samples: configuration.evictionSamples) else { return true }
            keyspace.evict(key)
            if !keyspace.effects.isEmpty { propagateEffects(&actions) }
            if !keyspace.touched.isEmpty { breakWatches() }
        }
        return false
    }

    /// Why a command may not run for want of memory (server.c `processCommand`).
    mutating func memoryRefusal(
        of command: RedisCommand, at place: Int, _ actions: inout [RedisAction]
    ) -> RedisError? {
        outOfMemory = lacksMemory(&actions)
        guard outOfMemory else { return nil }
        switch command {
        case .exec:
            let queue = clients.values[place].transaction?.queue ?? []
            return queue.contains { $0.needsMemory } ? .outOfMemory : nil
        case .discard, .quit: return nil
        default:
            // What a transaction queues takes memory too.
            return clients.values[place].transaction != nil || command.needsMemory ? .outOfMemory : nil
        }
    }
}

extension RedisCommand {
    /// Whether the command is flagged DENYOOM.
    var needsMemory: Bool {
        words.first.flatMap { Self.traits(of: $0.uppercased()) }?.flags.contains(.denyOOM) ?? false
    }
}

extension RedisError {
    static let outOfMemory = RedisError("OOM command not allowed when used memory > 'maxmemory'.")
}
