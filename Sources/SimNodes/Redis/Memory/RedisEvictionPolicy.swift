import Topology

/// `maxmemory-policy`: what goes when memory is short. The LFU policies are not modelled.
package enum RedisEvictionPolicy: String, Hashable, Sendable, CaseIterable {
    case noEviction = "noeviction"
    case allKeysLRU = "allkeys-lru"
    case volatileLRU = "volatile-lru"
    case allKeysRandom = "allkeys-random"
    case volatileRandom = "volatile-random"
    /// The key whose time is over first.
    case volatileTTL = "volatile-ttl"

    /// The policy that a topology names.
    init(_ policy: EvictionPolicy) {
        self =
            switch policy {
            case .noEviction: .noEviction
            case .allKeysLRU: .allKeysLRU
            case .volatileLRU: .volatileLRU
            case .allKeysRandom: .allKeysRandom
            case .volatileRandom: .volatileRandom
            case .volatileTTL: .volatileTTL
            }
    }

    /// Whether only keys with a time to live may go.
    var isVolatile: Bool { self == .volatileLRU || self == .volatileRandom || self == .volatileTTL }
    /// Whether it matters when a key was last used.
    var countsUse: Bool { self == .allKeysLRU || self == .volatileLRU }
}

/// The best candidates for eviction that samples have shown so far (evict.c `evictionPoolEntry`).
struct RedisEvictionPool: Sendable {
    struct Candidate: Sendable {
        let key: String
        /// The greater, the sooner it goes.
        let score: Int64
    }

    /// `EVPOOL_SIZE`.
    private static let size = 16
    private var candidates: [Candidate] = []

    mutating func offer(_ candidate: Candidate) {
        guard !candidates.contains(where: { $0.key == candidate.key }) else { return }
        let place = candidates.firstIndex { $0.score < candidate.score } ?? candidates.count
        candidates.insert(candidate, at: place)
        if candidates.count > Self.size { candidates.removeLast() }
    }

    mutating func takeBest() -> String? { candidates.isEmpty ? nil : candidates.removeFirst().key }
}

extension RedisKeyspace {
    /// What all keys take, in bytes.
    var measuredMemory: Int { slots.indices.reduce(0) { isUsed($1) ? $0 + slots[$1].measuredMemory : $0 } }

    /// The key that goes next; nil when none may.
    mutating func evictionVictim(_ policy: RedisEvictionPolicy, samples: Int) -> String? {
        switch policy {
        case .noEviction: return nil
        case .allKeysRandom, .volatileRandom: return randomSlot(policy.isVolatile).map { slots[$0].key }
        case .allKeysLRU, .volatileLRU, .volatileTTL:
            // A candidate may be gone by the time it would be its turn, or may have been given other keys' company.
            while true {
                var found = false
                for _ in 0..<samples {
                    guard let slot = randomSlot(policy.isVolatile) else { break }
                    found = true
                    evictionPool.offer(.init(key: slots[slot].key, score: score(of: slot, policy)))
                }
                guard found else { return nil }
                while let key = evictionPool.takeBest() {
                    guard let slot = places[.init(key)], !policy.isVolatile || slots[slot].expiresAt != .max
                    else { continue }
                    return key
                }
            }
        }
    }

    private func score(of slot: Int, _ policy: RedisEvictionPolicy) -> Int64 {
        policy == .volatileTTL ? .max - slots[slot].expiresAt : clock / 1_000 - Int64(slots[slot].usedAt)
    }

    private mutating func randomSlot(_ isVolatile: Bool) -> Int? {
        guard isVolatile else { return randomSlot() }
        guard countWithExpiry > 0 else { return nil }
        for _ in 0..<32 {
            if let slot = randomSlot(), slots[slot].expiresAt != .max { return slot }
        }
        let volatile = slots.indices.filter { isUsed($0) && slots[$0].expiresAt != .max }
        return random.choose(from: volatile)
    }

    /// Deletes a key for want of memory; replicas are told DEL.
    mutating func evict(_ key: String) {
        guard let slot = places[.init(key)] else { return }
        remove(slot)
        evictedKeys += 1
        changed(key, as: .del(key))
    }
}
