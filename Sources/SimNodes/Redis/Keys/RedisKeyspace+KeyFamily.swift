extension RedisKeyspace {
    mutating func executeKey(_ command: RedisKeyCommand) throws(RedisError) -> RedisReply {
        switch command {
        case .rename(let key, let new):
            _ = try rename(key, to: new, onlyIfAbsent: false, command)
            return .ok
        case .renameIfAbsent(let key, let new):
            return .flag(try rename(key, to: new, onlyIfAbsent: true, command))
        case .copy(let key, let new, let replaces): return copy(key, to: new, replaces, command)
        case .touch(let keys):
            var count: Int64 = 0
            for key in keys where slot(of: key) != nil { count += 1 }
            return .integer(count)
        case .keys(let pattern):
            let pattern = RedisPattern(pattern)
            return .bulks(livingKeys(of: usedSlots) { key, _ in pattern.matches(key) })
        case .scan(let cursor, let options): return scan(from: cursor, options)
        case .randomKey: return randomKey().map { .bulk($0) } ?? .null
        case .expireTime(let key): return expireTime(key) { ($0 + 500) / 1_000 }
        case .expireTimeMilliseconds(let key): return expireTime(key) { $0 }
        }
    }

    /// RENAME: the value moves with its TTL, and whatever was there is gone.
    private mutating func rename(
        _ key: String, to new: String, onlyIfAbsent: Bool, _ command: RedisKeyCommand
    ) throws(RedisError) -> Bool {
        guard let slot = slot(of: key) else { throw .noSuchKey }
        if key == new { return !onlyIfAbsent }
        if let target = self.slot(of: new) {
            if onlyIfAbsent { return false }
            remove(target)
        }
        // Not taken out: `remove` tells those who wait for a stream that it is gone.
        let value = value(at: slot)
        let expiry = slots[slot].expiresAt
        remove(slot)
        insertReady(new, value, expiry)
        changed(key, as: .key(command))
        if recordsTouched { touched.append(new) }
        return true
    }

    private mutating func copy(
        _ key: String, to new: String, _ replaces: Bool, _ command: RedisKeyCommand
    ) -> RedisReply {
        guard let slot = slot(of: key) else { return .integer(0) }
        if let target = self.slot(of: new) {
            guard replaces else { return .integer(0) }
            remove(target)
        }
        insertReady(new, slots[slot].value, slots[slot].expiresAt)
        changed(new, as: .key(command))
        return .integer(1)
    }

    /// Makes a key of a value that may serve blocked clients.
    private mutating func insertReady(_ key: String, _ value: RedisValue, _ expiry: Int64) {
        let slot = insert(key, value)
        if expiry != .max { setExpiry(of: slot, to: expiry) }
        switch value {
        case .list, .sortedSet, .stream: readyKeys.append(key)
        default: break
        }
    }

    private mutating func expireTime(_ key: String, _ unit: (Int64) -> Int64) -> RedisReply {
        guard let slot = slot(of: key) else { return .integer(-2) }
        return .integer(expiry(of: slot).map(unit) ?? -1)
    }

    // MARK: Walks over all keys

    /// The numbers of the slots in use.
    private var usedSlots: [Int] { slots.indices.filter { isUsed($0) } }

    /// The keys of these slots that `isWanted` accepts and whose time is not over.
    private mutating func livingKeys(
        of candidates: [Int], where isWanted: (String, RedisValue) -> Bool
    ) -> [String] {
        let wanted = candidates.filter { isWanted(slots[$0].key, slots[$0].value) }.map { slots[$0].key }
        return wanted.filter { slot(of: $0) != nil }
    }

    /// SCAN: the cursor is a slot, which a key keeps as long as it lives, so a scan misses none and shows none twice.
    private mutating func scan(from cursor: UInt64, _ options: RedisScanOptions) -> RedisReply {
        var place = Int(min(cursor, UInt64(slots.count)))
        var candidates: [Int] = []
        while place < slots.count, candidates.count < options.count {
            if isUsed(place) { candidates.append(place) }
            place += 1
        }
        while place < slots.count, !isUsed(place) { place += 1 }
        let next = place < slots.count ? place : 0
        let pattern = options.pattern.map { RedisPattern($0) }
        let keys = livingKeys(of: candidates) { key, value in
            pattern?.matches(key) ?? true && options.type.map { $0.lowercased() == value.typeName } ?? true
        }
        return .array([.bulk(String(next)), .bulks(keys)])
    }

    /// A slot in use, drawn at random.
    mutating func randomSlot() -> Int? {
        guard count > 0 else { return nil }
        // Few slots are free as long as keys come and go; a table that was much larger is walked instead.
        for _ in 0..<32 {
            let slot = random.integer(below: slots.count)
            if isUsed(slot) { return slot }
        }
        return usedSlots[random.integer(below: count)]
    }

    /// RANDOMKEY: draws again when a key's time is over, as often as the server does for a replica (db.c).
    private mutating func randomKey() -> String? {
        for _ in 0..<100 {
            guard let slot = randomSlot() else { return nil }
            let key = slots[slot].key
            if self.slot(of: key) != nil { return key }
        }
        return randomSlot().map { slots[$0].key }
    }
}
