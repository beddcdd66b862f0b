extension RedisKeyspace {
    /// Runs a command on data; nil when the command is none.
    mutating func execute(_ command: RedisCommand) throws(RedisError) -> RedisReply? {
        switch command {
        case .get(let key): return try get(key)
        case .set(let key, let value, let options): return try set(key, value, options, command)
        case .decrBy(let key, let step):
            guard step != .min else { throw .decrementOverflow }
            return try add(-step, to: key, command)
        case .incrBy(let key, let step): return try add(step, to: key, command)
        case .incr(let key): return try add(1, to: key, command)
        case .decr(let key): return try add(-1, to: key, command)
        case .del(let key): return delete(key, command)
        case .hexists, .hincrBy, .hget, .hset, .hgetall, .hdel, .hsetnx, .hmget, .hlen:
            return try executeHash(command)
        case .sadd, .srem, .sismember, .scard, .smembers: return try executeSet(command)
        case .stream(let stream): return try executeStream(stream)
        default: return try executeRare(command)
        }
    }

    private mutating func executeRare(_ command: RedisCommand) throws(RedisError) -> RedisReply? {
        switch command {
        case .setnx(let key, let value):
            let reply = try set(key, value, RedisSetOptions(.ifAbsent), command)
            return .flag(reply != .null)
        case .getset(let key, let value):
            let old = try get(key)
            _ = try set(key, value, RedisSetOptions(), .set(key, value))
            return old
        case .getdel(let key):
            let old = try get(key)
            if old != .null { _ = delete(key, .del(key)) }
            return old
        case .append(let key, let value): return try append(value, to: key, command)
        case .strlen(let key): return .integer(try length(key))
        case .mget(let keys):
            return .array(keys.map { key in RedisReply.catching { () throws(RedisError) in try get(key) }.valueOrNull })
        case .delMany(let keys), .unlink(let keys): return deleteMany(keys, command)
        case .exists(let keys):
            var count: Int64 = 0
            for key in keys where slot(of: key) != nil { count += 1 }
            return .integer(count)
        case .type(let key): return .status(slot(of: key).map { slots[$0].value.typeName } ?? "none")
        case .expire(let key, let expiry, let conditions): return try expire(key, expiry, conditions)
        case .ttl(let key): return timeToLive(key) { ($0 + 500) / 1_000 }
        case .pttl(let key): return timeToLive(key) { $0 }
        case .persist(let key):
            guard let slot = slot(of: key), expiry(of: slot) != nil else { return .integer(0) }
            setExpiry(of: slot, to: .max)
            changed(key, as: command)
            return .integer(1)
        case .dbsize: return .integer(Int64(count))
        case .flushall:
            flushAll(command)
            return .ok
        case .refused(let refusal): return try refuse(refusal)
        case .string(let command): return try executeString(command)
        case .key(let command): return try executeKey(command)
        case .list(let command): return try executeList(command)
        case .sortedSet(let command): return try executeSortedSet(command)
        case .hash(let command): return try executeHashFamily(command)
        case .memberSet(let command): return try executeMemberSet(command)
        case .bitmap(let command): return try executeBitmap(command)
        default: return nil
        }
    }

    // MARK: Keys of any type

    private mutating func delete(_ key: String, _ command: RedisCommand) -> RedisReply {
        guard let slot = slot(of: key) else { return .integer(0) }
        remove(slot)
        changed(key, as: command)
        return .integer(1)
    }

    private mutating func deleteMany(_ keys: [String], _ command: RedisCommand) -> RedisReply {
        var deleted: [String] = []
        for key in keys {
            guard let slot = slot(of: key) else { continue }
            remove(slot)
            deleted.append(key)
        }
        guard let first = deleted.first else { return .integer(0) }
        changed(first, as: command, count: deleted.count)
        if recordsTouched { touched += deleted.dropFirst() }
        return .integer(Int64(deleted.count))
    }

    private mutating func flushAll(_ command: RedisCommand) {
        let keys = recordsTouched ? slots.map(\.key) : []
        let count = count
        removeAll()
        wasFlushed = true
        changed("", as: command, count: count + 1)
        if recordsTouched { touched += keys }
    }

    /// EXPIRE and its relatives (expire.c `expireGenericCommand`): a moment that is over deletes the key.
    private mutating func expire(
        _ key: String, _ expiry: RedisExpiry, _ conditions: RedisExpireConditions
    ) throws(RedisError) -> RedisReply {
        guard let moment = expiry.absolute(at: clock) else {
            throw .invalidExpire(expiry.commandName.lowercased())
        }
        guard let slot = slot(of: key) else { return .integer(0) }
        guard conditions.isEmpty || conditions.allow(moment, insteadOf: self.expiry(of: slot)) else {
            return .integer(0)
        }
        // Unlike an access, EXPIRE takes the very millisecond as over (expire.c `checkAlreadyExpired`).
        if moment <= clock, expiryRule != .ignore {
            remove(slot)
            changed(key, as: .del(key))
        } else {
            setExpiry(of: slot, to: moment)
            changed(key, as: .expire(key, .unixMilliseconds(moment)))
        }
        return .integer(1)
    }

    private mutating func timeToLive(_ key: String, _ unit: (Int64) -> Int64) -> RedisReply {
        guard let slot = slot(of: key) else { return .integer(-2) }
        guard let moment = expiry(of: slot) else { return .integer(-1) }
        return .integer(unit(max(0, moment - clock)))
    }
}

extension RedisReply {
    /// MGET has no errors: what is no string is null.
    fileprivate var valueOrNull: RedisReply {
        if case .error = self { .null } else { self }
    }
}
