extension RedisKeyspace {
    mutating func executeMemberSet(_ command: RedisMemberSetCommand) throws(RedisError) -> RedisReply {
        switch command {
        case .contains(let key, let members):
            let set = try set(key)
            return .array(members.map { .flag(set?.contains($0) ?? false) })
        case .pop(let key, let count): return try pop(key, count)
        case .random(let key, let count):
            let set = try set(key)
            guard let count else { return (set.flatMap { random.choose(from: $0.members) }).map { .bulk($0) } ?? .null }
            guard let set else { return .array([]) }
            return .bulks(sample(count, of: set.count).map { set.members[$0] })
        case .move(let source, let destination, let member): return try move(member, source, destination, command)
        case .intersection(let keys): return .bulks(try intersection(keys))
        case .intersectionCount(let keys, let limit):
            let count = Int64(try intersection(keys).count)
            return .integer(limit == 0 ? count : min(limit, count))
        case .union(let keys):
            var union = RedisMemberSet()
            for key in keys {
                for member in try set(key)?.members ?? [] { _ = union.insert(member) }
            }
            return .bulks(union.members)
        case .difference(let keys):
            let sets = try sets(keys)
            return .bulks(
                (sets[0]?.members ?? []).filter { member in
                    !sets.dropFirst().contains { $0?.contains(member) ?? false }
                })
        case .scan(let key, let cursor, let options):
            guard let set = try set(key) else { return Self.scanned(0, []) }
            let pattern = options.pattern.map { RedisPattern($0) }
            let (next, places) = Self.scan(cursor, options.count, of: set.count)
            return Self.scanned(next, places.map { set.members[$0] }.filter { pattern?.matches($0) ?? true })
        }
    }

    private mutating func sets(_ keys: [String]) throws(RedisError) -> [RedisMemberSet?] {
        var sets: [RedisMemberSet?] = []
        for key in keys { sets.append(try set(key)) }
        return sets
    }

    private mutating func intersection(_ keys: [String]) throws(RedisError) -> [String] {
        let sets = try sets(keys)
        guard let smallest = sets.min(by: { ($0?.count ?? 0) < ($1?.count ?? 0) }) ?? nil else { return [] }
        return smallest.members.filter { member in sets.allSatisfy { $0?.contains(member) ?? false } }
    }

    /// SPOP; replicas are told the members, one SREM each, or the DEL of the whole set.
    private mutating func pop(_ key: String, _ count: Int64?) throws(RedisError) -> RedisReply {
        guard let set = try set(key) else { return count == nil ? .null : .array([]) }
        if count == 0 { return .array([]) }
        let chosen = sample(count ?? 1, of: set.count).map { set.members[$0] }
        if count != nil, chosen.count == set.count, let slot = slot(of: key) {
            remove(slot)
            changed(key, as: .del(key), count: chosen.count)
        } else {
            for member in chosen { _ = try removeMembers(key, [member], .srem(key, [member])) }
        }
        return count == nil ? .bulk(chosen[0]) : .bulks(chosen)
    }

    private mutating func move(
        _ member: String, _ source: String, _ destination: String, _ command: RedisMemberSetCommand
    ) throws(RedisError) -> RedisReply {
        guard let set = try set(source) else { return .integer(0) }
        let target = try self.set(destination)
        if source == destination { return .flag(set.contains(member)) }
        guard set.contains(member) else { return .integer(0) }
        let wasThere = target?.contains(member) ?? false
        // One command does both for replicas.
        let records = recordsEffects
        recordsEffects = false
        defer { recordsEffects = records }
        _ = try removeMembers(source, [member], .srem(source, [member]))
        if !wasThere { _ = try addMembers(destination, [member], .sadd(destination, [member])) }
        recordsEffects = records
        // The server counts one change, and another for a member that is new there.
        changed(source, as: .memberSet(command), count: 0)
        return .integer(1)
    }
}
