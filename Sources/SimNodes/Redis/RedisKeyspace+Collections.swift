extension RedisKeyspace {
    // MARK: Hashes

    mutating func executeHash(_ command: RedisCommand) throws(RedisError) -> RedisReply? {
        switch command {
        case .hget(let key, let field): return try hash(key)?[field].map { .bulk($0) } ?? .null
        case .hexists(let key, let field): return .flag(try hash(key)?[field] != nil)
        case .hlen(let key): return .integer(Int64(try hash(key)?.count ?? 0))
        case .hmget(let key, let fields):
            let hash = try hash(key)
            return .array(fields.map { hash?[$0].map { .bulk($0) } ?? .null })
        case .hgetall(let key):
            guard let hash = try hash(key) else { return .array([]) }
            return .array(zip(hash.fields, hash.values).flatMap { [.bulk($0), .bulk($1)] })
        case .hset(let key, let pairs): return .integer(try setFields(key, pairs, command))
        case .hsetnx(let key, let field, let value):
            if try hash(key)?[field] != nil { return .integer(0) }
            return .integer(try setFields(key, [field, value], command))
        case .hincrBy(let key, let field, let step): return .integer(try addToField(key, field, step, command))
        case .hdel(let key, let fields): return .integer(try removeFields(key, fields, command))
        default: return nil
        }
    }

    mutating func hash(_ key: String) throws(RedisError) -> RedisHash? {
        guard let slot = slot(of: key) else { return nil }
        guard case .hash(let hash) = slots[slot].value else { throw .wrongType }
        return hash
    }

    /// Hands the hash to `change` without copying it; an empty one is no key any more.
    private mutating func withHash<Result>(
        _ key: String, creating: Bool, _ change: (inout RedisHash) throws(RedisError) -> Result
    ) throws(RedisError) -> Result? {
        guard let slot = slot(of: key) else {
            guard creating else { return nil }
            var hash = RedisHash()
            let result = try change(&hash)
            insert(key, .hash(hash))
            return result
        }
        guard case .hash(var hash) = take(slot, as: { if case .hash = $0 { true } else { false } }) else {
            throw .wrongType
        }
        do {
            let result = try change(&hash)
            if hash.count == 0 { remove(slot) } else { put(.hash(hash), at: slot) }
            return result
        } catch {
            put(.hash(hash), at: slot)
            throw error
        }
    }

    /// Takes the value out if it is of the wanted type.
    private mutating func take(_ slot: Int, as isWanted: (RedisValue) -> Bool) -> RedisValue? {
        isWanted(slots[slot].value) ? take(slot) : nil
    }

    mutating func setFields(
        _ key: String, _ pairs: [String], _ command: RedisCommand
    ) throws(RedisError) -> Int64 {
        let added = try withHash(key, creating: true) { (hash: inout RedisHash) throws(RedisError) -> Int64 in
            var added: Int64 = 0
            for index in stride(from: 0, to: pairs.count - 1, by: 2)
            where hash.set(pairs[index], to: pairs[index + 1]) { added += 1 }
            return added
        }
        changed(key, as: command, count: pairs.count / 2)
        return added ?? 0
    }

    private mutating func addToField(
        _ key: String, _ field: String, _ step: Int64, _ command: RedisCommand
    ) throws(RedisError) -> Int64 {
        let sum = try withHash(key, creating: true) { (hash: inout RedisHash) throws(RedisError) -> Int64 in
            guard let old = RedisInteger.parse(hash[field] ?? "0") else { throw .hashNotAnInteger }
            let (sum, overflow) = old.addingReportingOverflow(step)
            guard !overflow else { throw .overflow }
            _ = hash.set(field, to: String(sum))
            return sum
        }
        changed(key, as: command)
        return sum ?? 0
    }

    private mutating func removeFields(
        _ key: String, _ fields: [String], _ command: RedisCommand
    ) throws(RedisError) -> Int64 {
        let removed = try withHash(key, creating: false) { (hash: inout RedisHash) throws(RedisError) -> Int64 in
            var removed: Int64 = 0
            for field in fields where hash.remove(field) { removed += 1 }
            return removed
        }
        guard let removed, removed > 0 else { return 0 }
        changed(key, as: command, count: Int(removed))
        return removed
    }

    // MARK: Sets

    mutating func executeSet(_ command: RedisCommand) throws(RedisError) -> RedisReply? {
        switch command {
        case .sismember(let key, let member): return .flag(try set(key)?.contains(member) ?? false)
        case .scard(let key): return .integer(Int64(try set(key)?.count ?? 0))
        case .smembers(let key): return .bulks(try set(key)?.members ?? [])
        case .sadd(let key, let members): return .integer(try addMembers(key, members, command))
        case .srem(let key, let members): return .integer(try removeMembers(key, members, command))
        default: return nil
        }
    }

    mutating func set(_ key: String) throws(RedisError) -> RedisMemberSet? {
        guard let slot = slot(of: key) else { return nil }
        guard case .set(let set) = slots[slot].value else { throw .wrongType }
        return set
    }

    mutating func addMembers(
        _ key: String, _ members: [String], _ command: RedisCommand
    ) throws(RedisError) -> Int64 {
        let slot = self.slot(of: key) ?? insert(key, .set(RedisMemberSet()))
        guard case .set(var set) = take(slot, as: { if case .set = $0 { true } else { false } }) else {
            throw .wrongType
        }
        var added: Int64 = 0
        for member in members where set.insert(member) { added += 1 }
        put(.set(set), at: slot)
        if added > 0 { changed(key, as: command, count: Int(added)) }
        return added
    }

    mutating func removeMembers(
        _ key: String, _ members: [String], _ command: RedisCommand
    ) throws(RedisError) -> Int64 {
        guard let slot = slot(of: key) else { return 0 }
        guard case .set(var set) = take(slot, as: { if case .set = $0 { true } else { false } }) else {
            throw .wrongType
        }
        var removed: Int64 = 0
        for member in members where set.remove(member) { removed += 1 }
        if set.count == 0 { remove(slot) } else { put(.set(set), at: slot) }
        if removed > 0 { changed(key, as: command, count: Int(removed)) }
        return removed
    }
}
