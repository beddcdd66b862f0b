extension RedisKeyspace {
    /// Runs a command on a sorted set; nil when it has to wait for a member.
    mutating func executeSortedSet(_ command: RedisSortedSetCommand) throws(RedisError) -> RedisReply? {
        switch command {
        case .add(let key, let options, let members): return try add(key, options, members, command)
        case .increment(let key, let step, let member):
            var options = RedisSortedSetAddition()
            options.increments = true
            return try add(key, options, [RedisScoredMember(step, member)], command)
        case .remove(let key, let members):
            let removed = try withSortedSet(key) { (set: inout RedisSortedSet) in
                var removed = 0
                for member in members where set.remove(member) { removed += 1 }
                return removed
            }
            return noteRemoved(key, removed, command)
        case .score(let key, let member): return Self.reply(try sortedSet(key)?[member])
        case .scores(let key, let members):
            let set = try sortedSet(key)
            return .array(members.map { Self.reply(set?[$0]) })
        case .cardinality(let key): return .integer(Int64(try sortedSet(key)?.count ?? 0))
        case .count(let key, let least, let greatest):
            return .integer(Int64(try sortedSet(key)?.ranks(from: least, to: greatest).count ?? 0))
        case .rank(let key, let member, let isReverse):
            guard let set = try sortedSet(key), let rank = set.rank(of: member) else { return .null }
            return .integer(Int64(isReverse ? set.count - 1 - rank : rank))
        case .range(let key, let range): return try self.range(key, range)
        case .removeByScore(let key, let least, let greatest):
            return try remove(key, command) { $0.ranks(from: least, to: greatest) }
        case .removeByRank(let key, let start, let end):
            return try remove(key, command) { Self.range(start, end, of: $0.count) ?? 0..<0 }
        case .pop(let key, let end, let count): return try pop(key, end, count)
        case .blockingPop(let keys, let end, _): return try pop(keys, end)
        }
    }

    private static func reply(_ score: Double?) -> RedisReply { score.map { .bulk(RedisScore.text($0)) } ?? .null }

    private static func replies(_ entries: [RedisSortedSet.Entry], withScores: Bool) -> RedisReply {
        .array(
            entries.flatMap { withScores ? [.bulk($0.member), .bulk(RedisScore.text($0.score))] : [.bulk($0.member)] })
    }

    private mutating func sortedSet(_ key: String) throws(RedisError) -> RedisSortedSet? {
        guard let slot = slot(of: key) else { return nil }
        guard case .sortedSet(let set) = slots[slot].value else { throw .wrongType }
        return set
    }

    /// Hands the set to `change` without copying it; an empty one is no key any more.
    private mutating func withSortedSet<Result>(
        _ key: String, _ change: (inout RedisSortedSet) throws(RedisError) -> Result
    ) throws(RedisError) -> Result? {
        guard let slot = slot(of: key) else { return nil }
        guard case .sortedSet = slots[slot].value else { throw .wrongType }
        guard case .sortedSet(var set) = take(slot) else { return nil }
        defer { if set.count == 0 { remove(slot) } else { put(.sortedSet(set), at: slot) } }
        return try change(&set)
    }

    // MARK: Additions

    /// ZADD and ZINCRBY (t_zset.c `zaddGenericCommand`).
    private mutating func add(
        _ key: String, _ options: RedisSortedSetAddition, _ members: [RedisScoredMember],
        _ command: RedisSortedSetCommand
    ) throws(RedisError) -> RedisReply {
        let isNew = try sortedSet(key) == nil
        if isNew {
            if options.condition == .ifPresent { return options.increments ? .null : .integer(0) }
            insert(key, .sortedSet(RedisSortedSet()))
        }
        let outcome = try withSortedSet(key) { (set: inout RedisSortedSet) throws(RedisError) -> RedisAdditions in
            var outcome = RedisAdditions()
            for member in members { try set.add(member, options, &outcome) }
            return outcome
        }
        guard let outcome else { return .null }
        if outcome.added + outcome.updated > 0 {
            changed(key, as: .sortedSet(command), count: outcome.added + outcome.updated)
        }
        if isNew, slot(of: key) != nil { readyKeys.append(key) }
        if options.increments { return Self.reply(outcome.score) }
        return .integer(Int64(outcome.added + (options.countsChanges ? outcome.updated : 0)))
    }

    // MARK: Ranges

    private mutating func range(_ key: String, _ range: RedisSortedSetRange) throws(RedisError) -> RedisReply {
        guard let set = try sortedSet(key) else { return .array([]) }
        var ranks: Range<Int>
        switch range.bounds {
        case .ranks(let start, let end):
            ranks = Self.range(start, end, of: set.count) ?? 0..<0
            if range.isReverse { ranks = set.count - ranks.upperBound..<set.count - ranks.lowerBound }
        case .scores(let least, let greatest): ranks = set.ranks(from: least, to: greatest)
        }
        guard range.offset >= 0 else { return .array([]) }
        let skipped = Int(min(range.offset, Int64(ranks.count)))
        let limit = range.limit < 0 ? Int.max : Int(range.limit)
        if range.isReverse {
            ranks = ranks.lowerBound..<ranks.upperBound - skipped
            ranks = max(ranks.lowerBound, ranks.upperBound - min(limit, ranks.count))..<ranks.upperBound
            return Self.replies(set.entries(ranks).reversed(), withScores: range.withScores)
        }
        ranks = ranks.lowerBound + skipped..<ranks.upperBound
        return Self.replies(
            set.entries(ranks.lowerBound..<ranks.lowerBound + min(limit, ranks.count)), withScores: range.withScores)
    }

    // MARK: Removals

    private mutating func noteRemoved(_ key: String, _ count: Int?, _ command: RedisSortedSetCommand) -> RedisReply {
        guard let count, count > 0 else { return .integer(0) }
        changed(key, as: .sortedSet(command), count: count)
        return .integer(Int64(count))
    }

    private mutating func remove(
        _ key: String, _ command: RedisSortedSetCommand, _ ranks: (RedisSortedSet) -> Range<Int>
    ) throws(RedisError) -> RedisReply {
        let removed = try withSortedSet(key) { (set: inout RedisSortedSet) in
            let entries = set.entries(ranks(set))
            for entry in entries { _ = set.remove(entry.member) }
            return entries.count
        }
        return noteRemoved(key, removed, command)
    }

    private mutating func pop(
        _ key: String, _ end: RedisSortedSetEnd, _ count: Int64?
    ) throws(RedisError) -> RedisReply {
        let wanted = Int(count ?? 1)
        let popped = try withSortedSet(key) { (set: inout RedisSortedSet) in
            let count = min(wanted, set.count)
            let entries =
                end == .least
                ? set.entries(0..<count) : set.entries(set.count - count..<set.count).reversed()
            for entry in entries { _ = set.remove(entry.member) }
            return entries
        }
        guard let popped, !popped.isEmpty else { return .array([]) }
        changed(key, as: .sortedSet(.pop(key, end, count: count)), count: popped.count)
        return Self.replies(popped, withScores: true)
    }

    /// BZPOPMIN and BZPOPMAX, if one of the sets has a member; replicas are told ZPOPMIN or ZPOPMAX.
    private mutating func pop(_ keys: [String], _ end: RedisSortedSetEnd) throws(RedisError) -> RedisReply? {
        for key in keys {
            guard try sortedSet(key) != nil else { continue }
            guard case .array(let popped) = try pop(key, end, nil) else { continue }
            return .array([.bulk(key)] + popped)
        }
        return nil
    }
}

/// What ZADD has done.
private struct RedisAdditions {
    var added = 0
    var updated = 0
    /// The score of INCR; nil when a condition stopped it.
    var score: Double?
}

extension RedisSortedSet {
    fileprivate mutating func add(
        _ new: RedisScoredMember, _ options: RedisSortedSetAddition, _ outcome: inout RedisAdditions
    ) throws(RedisError) {
        guard let old = self[new.member] else {
            guard options.condition != .ifPresent else { return }
            set(new.member, to: new.score)
            outcome.added += 1
            outcome.score = new.score
            return
        }
        guard options.condition != .ifAbsent else { return }
        let score = options.increments ? old + new.score : new.score
        guard !score.isNaN else { throw RedisError("ERR resulting score is not a number (NaN)") }
        if options.order == .greater, score <= old { return }
        if options.order == .less, score >= old { return }
        outcome.score = score
        guard score != old else { return }
        set(new.member, to: score)
        outcome.updated += 1
    }
}
