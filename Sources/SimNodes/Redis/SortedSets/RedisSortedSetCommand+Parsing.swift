extension RedisSortedSetCommand {
    init(_ name: String, _ words: [String]) throws(RedisError) {
        let rest = Array(words.dropFirst())
        switch name {
        case "ZADD": self = try Self.add(words)
        case "ZREM": self = .remove(words[0], rest)
        case "ZSCORE": self = .score(words[0], words[1])
        case "ZMSCORE": self = .scores(words[0], rest)
        case "ZCARD": self = .cardinality(words[0])
        case "ZCOUNT": self = .count(words[0], try RedisScoreBound(words[1]), try RedisScoreBound(words[2]))
        case "ZINCRBY":
            guard let step = RedisScore.parse(words[1]) else { throw .notAFloat }
            self = .increment(words[0], step, words[2])
        case "ZRANK", "ZREVRANK": self = .rank(words[0], words[1], isReverse: name == "ZREVRANK")
        case "ZRANGE", "ZRANGEBYSCORE", "ZREVRANGE", "ZREVRANGEBYSCORE":
            self = .range(words[0], try RedisSortedSetRange(name, rest))
        case "ZREMRANGEBYSCORE":
            self = .removeByScore(words[0], try RedisScoreBound(words[1]), try RedisScoreBound(words[2]))
        case "ZREMRANGEBYRANK":
            self = .removeByRank(words[0], try RedisCommand.integer(words[1]), try RedisCommand.integer(words[2]))
        case "ZPOPMIN", "ZPOPMAX":
            guard words.count <= 2 else { throw .syntax }
            let end: RedisSortedSetEnd = name == "ZPOPMIN" ? .least : .greatest
            guard words.count == 2 else {
                self = .pop(words[0], end)
                return
            }
            guard let count = RedisInteger.parse(words[1]), count >= 0 else { throw .mustBePositive }
            self = .pop(words[0], end, count: count)
        default:
            self = .blockingPop(
                words.dropLast(), name == "BZPOPMIN" ? .least : .greatest,
                timeout: try RedisCommand.timeout(words[words.count - 1]))
        }
    }

    /// ZADD, with its errors in the order in which the server finds them (t_zset.c `zaddGenericCommand`).
    private static func add(_ words: [String]) throws(RedisError) -> RedisSortedSetCommand {
        var options = RedisSortedSetAddition()
        var rest = words.dropFirst()
        var seen: Set<String> = []
        while let option = rest.first?.uppercased(), ["NX", "XX", "GT", "LT", "CH", "INCR"].contains(option) {
            seen.insert(option)
            rest = rest.dropFirst()
        }
        guard !rest.isEmpty, rest.count % 2 == 0 else { throw .syntax }
        guard !seen.isSuperset(of: ["NX", "XX"]) else {
            throw RedisError("ERR XX and NX options at the same time are not compatible")
        }
        guard seen.intersection(["NX", "GT", "LT"]).count <= 1 else {
            throw RedisError("ERR GT, LT, and/or NX options at the same time are not compatible")
        }
        options.increments = seen.contains("INCR")
        guard !options.increments || rest.count == 2 else {
            throw RedisError("ERR INCR option supports a single increment-element pair")
        }
        options.condition = seen.contains("NX") ? .ifAbsent : seen.contains("XX") ? .ifPresent : .always
        options.order = seen.contains("GT") ? .greater : seen.contains("LT") ? .less : nil
        options.countsChanges = seen.contains("CH")
        var members: [RedisScoredMember] = []
        while let text = rest.popFirst(), let member = rest.popFirst() {
            guard let score = RedisScore.parse(text) else { throw .notAFloat }
            members.append(RedisScoredMember(score, member))
        }
        return .add(words[0], options, members)
    }
}

extension RedisSortedSetRange {
    /// Reads what follows the key (t_zset.c `zrangeGenericCommand`).
    fileprivate init(_ name: String, _ words: [String]) throws(RedisError) {
        var isByScore = name.hasSuffix("BYSCORE")
        var hasLimit = false
        self.init(.ranks(0, 0), isReverse: name.hasPrefix("ZREV"))
        var rest = words.dropFirst(2)
        while let word = rest.popFirst() {
            switch word.uppercased() {
            case "WITHSCORES": withScores = true
            case "LIMIT":
                guard rest.count >= 2 else { throw .syntax }
                offset = try RedisCommand.integer(rest.removeFirst())
                limit = try RedisCommand.integer(rest.removeFirst())
                hasLimit = true
            case "REV" where name == "ZRANGE": isReverse = true
            case "BYSCORE" where name == "ZRANGE": isByScore = true
            case "BYLEX" where name == "ZRANGE":
                throw RedisError("ERR BYLEX is not modelled; use BYSCORE or ranks")
            default: throw .syntax
            }
        }
        guard !hasLimit || isByScore else {
            throw RedisError(
                "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX")
        }
        if isByScore {
            let first = try RedisScoreBound(words[isReverse ? 1 : 0])
            bounds = .scores(first, try RedisScoreBound(words[isReverse ? 0 : 1]))
        } else {
            bounds = .ranks(try RedisCommand.integer(words[0]), try RedisCommand.integer(words[1]))
        }
    }
}
