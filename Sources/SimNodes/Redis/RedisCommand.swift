/// One command, already parsed: the hot paths of a simulation never touch its words.
package enum RedisCommand: Sendable {
    // Strings and counters.
    case get(String)
    case set(String, String, RedisSetOptions = RedisSetOptions())
    case setnx(String, String)
    case getset(String, String)
    case getdel(String)
    case append(String, String)
    case strlen(String)
    case mget([String])
    case incr(String)
    case decr(String)
    case incrBy(String, Int64)
    case decrBy(String, Int64)

    // Keys of any type.
    case del(String)
    case delMany([String])
    case unlink([String])
    case exists([String])
    case type(String)
    case expire(String, RedisExpiry, RedisExpireConditions = [])
    case ttl(String)
    case pttl(String)
    case persist(String)
    case dbsize
    case flushall

    // Hashes; HSET takes fields and values in turn.
    case hset(String, [String])
    case hsetnx(String, String, String)
    case hget(String, String)
    case hmget(String, [String])
    case hgetall(String)
    case hlen(String)
    case hexists(String, String)
    case hdel(String, [String])
    case hincrBy(String, String, Int64)

    // Sets.
    case sadd(String, [String])
    case srem(String, [String])
    case sismember(String, String)
    case scard(String)
    case smembers(String)

    // Families; boxed, so that they do not make all others larger.
    indirect case string(RedisStringCommand)
    indirect case key(RedisKeyCommand)
    indirect case list(RedisListCommand)
    indirect case sortedSet(RedisSortedSetCommand)
    indirect case hash(RedisHashCommand)
    indirect case memberSet(RedisMemberSetCommand)
    indirect case bitmap(RedisBitmapCommand)
    indirect case connection(RedisConnectionCommand)
    indirect case stream(RedisStreamCommand)

    // Transactions.
    case multi
    case exec
    case discard
    case watch([String])
    case unwatch

    // Publish and subscribe; UNSUBSCRIBE without channels means all.
    case subscribe([String])
    case unsubscribe([String])
    case publish(String, String)

    // Scripts.
    case eval(RedisScript, keys: [String], arguments: [String])
    case evalsha(String, keys: [String], arguments: [String])
    case scriptLoad(RedisScript)
    case scriptExists([String])
    case scriptFlush
    case scriptKill

    // The connection and the server.
    case ping(String? = nil)
    case echo(String)
    case select(Int64)
    /// INFO of these sections; none are all that it shows by default.
    case info([String] = [])
    case role
    case save
    case lastsave
    case clientKill(RedisClientKind)
    /// CONFIG GET of glob-style patterns.
    case configGet([String])
    /// CONFIG SET of names and values in turn.
    case configSet([String])
    case configRewrite
    case quit

    // Replication.
    /// WAIT for that many replicas, for that many milliseconds (0: for ever).
    case wait(Int64, Int64)
    /// REPLICAOF; nil is NO ONE.
    case replicaOf(RedisAddress?)
    /// `REPLCONF GETACK *`, which a master puts into the stream for WAIT.
    case getAck

    /// A request that can't be carried out; boxed, since it is rare.
    indirect case refused(RedisRefusal)
}

/// What SET is told beside key and value.
package struct RedisSetOptions: Hashable, Sendable {
    /// NX or XX.
    package var condition: RedisSetCondition
    /// EX, PX, EXAT or PXAT; nil is none.
    package var expiry: RedisExpiry?
    /// KEEPTTL.
    package var keepsTTL: Bool
    /// GET: the answer is the old value.
    package var returnsOld: Bool

    /// A plain SET unless told otherwise; it drops an existing TTL.
    package init(
        _ condition: RedisSetCondition = .always, expiry: RedisExpiry? = nil, keepsTTL: Bool = false,
        returnsOld: Bool = false
    ) {
        self.condition = condition
        self.expiry = expiry
        self.keepsTTL = keepsTTL
        self.returnsOld = returnsOld
    }
}

/// When SET sets.
package enum RedisSetCondition: Hashable, Sendable {
    case always
    /// NX.
    case ifAbsent
    /// XX.
    case ifPresent
}

/// A time to live, or a moment of the server's wall clock.
package enum RedisExpiry: Hashable, Sendable {
    case seconds(Int64)
    case milliseconds(Int64)
    case unixSeconds(Int64)
    case unixMilliseconds(Int64)

    /// The moment in milliseconds of the wall clock, or nil when it fits no 64-bit number.
    ///
    /// The greatest number stands for a key that lives for ever, and so becomes the one below it.
    func absolute(at clock: Int64) -> Int64? { exact(at: clock).map { min($0, .max - 1) } }

    private func exact(at clock: Int64) -> Int64? {
        switch self {
        case .milliseconds(let span):
            let (sum, overflow) = span.addingReportingOverflow(clock)
            return overflow ? nil : sum
        case .unixMilliseconds(let moment):
            return moment
        case .seconds(let span):
            let (scaled, overflow) = span.multipliedReportingOverflow(by: 1_000)
            return overflow ? nil : RedisExpiry.milliseconds(scaled).exact(at: clock)
        case .unixSeconds(let moment):
            let (scaled, overflow) = moment.multipliedReportingOverflow(by: 1_000)
            return overflow ? nil : scaled
        }
    }

    /// The number as it was given.
    var number: Int64 {
        switch self {
        case .seconds(let number), .milliseconds(let number), .unixSeconds(let number), .unixMilliseconds(let number):
            number
        }
    }
}

/// The options of EXPIRE and its relatives; all of them must allow the new time.
package struct RedisExpireConditions: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// NX.
    package static let ifNone = RedisExpireConditions(rawValue: 1)
    /// XX.
    package static let ifSome = RedisExpireConditions(rawValue: 2)
    /// GT; a key without a time counts as one that lives for ever.
    package static let ifGreater = RedisExpireConditions(rawValue: 4)
    /// LT.
    package static let ifLess = RedisExpireConditions(rawValue: 8)

    /// The options by their words.
    static let words: [(word: String, condition: RedisExpireConditions)] = [
        ("NX", .ifNone), ("XX", .ifSome), ("GT", .ifGreater), ("LT", .ifLess),
    ]

    /// Whether a key may get that moment in place of its present one.
    func allow(_ moment: Int64, insteadOf current: Int64?) -> Bool {
        if contains(.ifNone), current != nil { return false }
        if contains(.ifSome), current == nil { return false }
        if contains(.ifGreater), moment <= current ?? .max { return false }
        if contains(.ifLess), moment >= current ?? .max { return false }
        return true
    }
}

/// The kinds of client that CLIENT KILL TYPE tells apart.
package enum RedisClientKind: String, Hashable, Sendable, CaseIterable {
    case normal
    case pubsub
    case replica
    case master
}
