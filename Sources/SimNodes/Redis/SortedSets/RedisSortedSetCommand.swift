/// A command on a sorted set.
package enum RedisSortedSetCommand: Sendable {
    case add(String, RedisSortedSetAddition, [RedisScoredMember])
    case remove(String, [String])
    case score(String, String)
    case scores(String, [String])
    case cardinality(String)
    case count(String, RedisScoreBound, RedisScoreBound)
    case increment(String, Double, String)
    case rank(String, String, isReverse: Bool)
    /// ZRANGE and its older relatives.
    case range(String, RedisSortedSetRange)
    case removeByScore(String, RedisScoreBound, RedisScoreBound)
    case removeByRank(String, Int64, Int64)
    /// ZPOPMIN and ZPOPMAX; without a count one member.
    case pop(String, RedisSortedSetEnd, count: Int64? = nil)
    /// BZPOPMIN and BZPOPMAX; milliseconds, 0 is for ever.
    case blockingPop([String], RedisSortedSetEnd, timeout: Int64)
}

/// A member and its score.
package struct RedisScoredMember: Hashable, Sendable {
    package var score: Double
    package var member: String

    /// That member with that score.
    package init(_ score: Double, _ member: String) {
        self.score = score
        self.member = member
    }
}

/// The least or the greatest member.
package enum RedisSortedSetEnd: String, Hashable, Sendable {
    case least = "MIN"
    case greatest = "MAX"
}

/// Which new scores ZADD takes.
package enum RedisScoreOrder: String, Hashable, Sendable {
    case greater = "GT"
    case less = "LT"
}

/// The options of ZADD.
package struct RedisSortedSetAddition: Hashable, Sendable {
    /// NX or XX.
    package var condition = RedisSetCondition.always
    /// GT or LT.
    package var order: RedisScoreOrder?
    /// CH: the answer counts changed members too.
    package var countsChanges = false
    /// INCR: the score is an increment, and the answer the sum.
    package var increments = false

    /// No options.
    package init() {}
}

/// What ZRANGE, ZREVRANGE, ZRANGEBYSCORE and ZREVRANGEBYSCORE ask for.
package struct RedisSortedSetRange: Hashable, Sendable {
    package enum Bounds: Hashable, Sendable {
        /// Negative ranks count from the end.
        case ranks(Int64, Int64)
        /// The least score first, also of a reverse range.
        case scores(RedisScoreBound, RedisScoreBound)
    }

    package var bounds: Bounds
    /// REV.
    package var isReverse = false
    /// WITHSCORES.
    package var withScores = false
    /// LIMIT: how many to leave out; a negative one leaves nothing.
    package var offset: Int64 = 0
    /// LIMIT: how many then; negative is all.
    package var limit: Int64 = -1

    /// All in these bounds.
    package init(_ bounds: Bounds, isReverse: Bool = false, withScores: Bool = false) {
        self.bounds = bounds
        self.isReverse = isReverse
        self.withScores = withScores
    }
}

extension RedisSortedSetCommand: RedisCommandFamily {
    static let traits: [String: RedisCommandTraits] = [
        "ZADD": .init(-4, .grows), "ZREM": .init(-3, .write), "ZSCORE": .init(3), "ZMSCORE": .init(-3),
        "ZCARD": .init(2), "ZCOUNT": .init(4), "ZINCRBY": .init(4, .grows), "ZRANK": .init(3), "ZREVRANK": .init(3),
        "ZRANGE": .init(-4), "ZRANGEBYSCORE": .init(-4), "ZREVRANGE": .init(-4), "ZREVRANGEBYSCORE": .init(-4),
        "ZREMRANGEBYSCORE": .init(4, .write), "ZREMRANGEBYRANK": .init(4, .write), "ZPOPMIN": .init(-2, .write),
        "ZPOPMAX": .init(-2, .write), "BZPOPMIN": .init(-3, [.write, .noScript]),
        "BZPOPMAX": .init(-3, [.write, .noScript]),
    ]

    var words: [String] {
        switch self {
        case .add(let key, let options, let members):
            ["ZADD", key] + options.words + members.flatMap { [RedisScore.text($0.score), $0.member] }
        case .remove(let key, let members): ["ZREM", key] + members
        case .score(let key, let member): ["ZSCORE", key, member]
        case .scores(let key, let members): ["ZMSCORE", key] + members
        case .cardinality(let key): ["ZCARD", key]
        case .count(let key, let least, let greatest): ["ZCOUNT", key, least.text, greatest.text]
        case .increment(let key, let step, let member): ["ZINCRBY", key, RedisScore.text(step), member]
        case .rank(let key, let member, let isReverse): [isReverse ? "ZREVRANK" : "ZRANK", key, member]
        case .range(let key, let range): ["ZRANGE", key] + range.words
        case .removeByScore(let key, let least, let greatest):
            ["ZREMRANGEBYSCORE", key, least.text, greatest.text]
        case .removeByRank(let key, let start, let end): ["ZREMRANGEBYRANK", key, String(start), String(end)]
        case .pop(let key, let end, let count): ["ZPOP" + end.rawValue, key] + (count.map { [String($0)] } ?? [])
        case .blockingPop(let keys, let end, let timeout): ["BZPOP" + end.rawValue] + keys + [timeout.asSeconds]
        }
    }
}

extension RedisSortedSetAddition {
    fileprivate var words: [String] {
        var words: [String] = []
        switch condition {
        case .always: break
        case .ifAbsent: words.append("NX")
        case .ifPresent: words.append("XX")
        }
        if let order { words.append(order.rawValue) }
        if countsChanges { words.append("CH") }
        if increments { words.append("INCR") }
        return words
    }
}

extension RedisSortedSetRange {
    fileprivate var words: [String] {
        var words: [String]
        switch bounds {
        case .ranks(let start, let end): words = [String(start), String(end)]
        case .scores(let least, let greatest):
            words = (isReverse ? [greatest.text, least.text] : [least.text, greatest.text]) + ["BYSCORE"]
        }
        if isReverse { words.append("REV") }
        if offset != 0 || limit >= 0 { words += ["LIMIT", String(offset), String(limit)] }
        if withScores { words.append("WITHSCORES") }
        return words
    }
}
