/// What a server knows of a command beside what it does (redis 7.0 src/commands/*.json).
struct RedisCommandTraits: Hashable, Sendable {
    /// The number of words, the name included; negative: at least that many.
    let arity: Int
    let flags: Flags

    struct Flags: OptionSet, Hashable, Sendable {
        let rawValue: Int

        /// Refused by read-only replicas and by `min-replicas-to-write`.
        static let write = Flags(rawValue: 1)
        /// Refused when `maxmemory` is exceeded and nothing can be evicted.
        static let denyOOM = Flags(rawValue: 2)
        /// Runs while the data set is being loaded.
        static let loading = Flags(rawValue: 4)
        /// Runs on a replica without its master although `replica-serve-stale-data` is off.
        static let stale = Flags(rawValue: 8)
        /// Scripts may not call it.
        static let noScript = Flags(rawValue: 16)

        /// Writes that need memory.
        static let grows: Flags = [.write, .denyOOM]
        /// About the connection, whatever the state of the data.
        static let connection: Flags = [.loading, .stale, .noScript]
    }

    init(_ arity: Int, _ flags: Flags = []) {
        self.arity = arity
        self.flags = flags
    }
}

/// Commands that are kept in an enum of their own.
protocol RedisCommandFamily: Sendable {
    /// The commands of the family by name.
    static var traits: [String: RedisCommandTraits] { get }

    /// The command that the words after `name` mean, of which there are as many as `traits` says.
    init(_ name: String, _ words: [String]) throws(RedisError)

    /// The words of the command as they would go over the wire, the name in upper case.
    var words: [String] { get }
}

extension RedisCommandFamily {
    func has(_ flag: RedisCommandTraits.Flags) -> Bool { Self.traits[words[0]]?.flags.contains(flag) ?? false }
}

extension RedisCommand {
    /// The family that the command belongs to, if it is in one.
    var family: (any RedisCommandFamily)? {
        switch self {
        case .string(let command): command
        case .key(let command): command
        case .list(let command): command
        case .sortedSet(let command): command
        case .hash(let command): command
        case .memberSet(let command): command
        case .bitmap(let command): command
        case .connection(let command): command
        default: nil
        }
    }

    /// The command of a family that the words after `name` mean.
    static func familyCommand(_ name: String, _ words: [String]) throws(RedisError) -> RedisCommand? {
        if RedisStringCommand.traits[name] != nil { return .string(try RedisStringCommand(name, words)) }
        if RedisKeyCommand.traits[name] != nil { return .key(try RedisKeyCommand(name, words)) }
        if RedisListCommand.traits[name] != nil { return .list(try RedisListCommand(name, words)) }
        if RedisSortedSetCommand.traits[name] != nil { return .sortedSet(try RedisSortedSetCommand(name, words)) }
        if RedisHashCommand.traits[name] != nil { return .hash(try RedisHashCommand(name, words)) }
        if RedisMemberSetCommand.traits[name] != nil { return .memberSet(try RedisMemberSetCommand(name, words)) }
        if RedisBitmapCommand.traits[name] != nil { return .bitmap(try RedisBitmapCommand(name, words)) }
        if RedisConnectionCommand.traits[name] != nil, name != "CLIENT" || words[0].uppercased() != "KILL" {
            return .connection(try RedisConnectionCommand(name, words))
        }
        return nil
    }

    /// What is known of the command of that name; nil for a name that no command has.
    static func traits(of name: String) -> RedisCommandTraits? {
        for family in families {
            if let traits = family[name] { return traits }
        }
        return nil
    }

    private static let families = [
        traits, RedisStringCommand.traits, RedisKeyCommand.traits, RedisListCommand.traits,
        RedisSortedSetCommand.traits, RedisHashCommand.traits, RedisMemberSetCommand.traits,
        RedisBitmapCommand.traits, RedisConnectionCommand.traits,
    ]

    /// The commands of no family.
    private static let traits: [String: RedisCommandTraits] = [
        "GET": .init(2), "SET": .init(-3, .grows), "SETNX": .init(3, .grows), "GETSET": .init(3, .grows),
        "GETDEL": .init(2, .write), "APPEND": .init(3, .grows), "STRLEN": .init(2), "MGET": .init(-2),
        "INCR": .init(2, .grows), "DECR": .init(2, .grows), "INCRBY": .init(3, .grows), "DECRBY": .init(3, .grows),
        "DEL": .init(-2, .write), "UNLINK": .init(-2, .write), "EXISTS": .init(-2), "TYPE": .init(2),
        "EXPIRE": .init(-3, .write), "PEXPIRE": .init(-3, .write), "EXPIREAT": .init(-3, .write),
        "PEXPIREAT": .init(-3, .write), "TTL": .init(2), "PTTL": .init(2), "PERSIST": .init(2, .write),
        "DBSIZE": .init(1), "FLUSHALL": .init(-1, .write),

        "HSET": .init(-4, .grows), "HSETNX": .init(4, .grows), "HGET": .init(3), "HMGET": .init(-3),
        "HGETALL": .init(2), "HLEN": .init(2), "HEXISTS": .init(3), "HDEL": .init(-3, .write),
        "HINCRBY": .init(4, .grows),
        "SADD": .init(-3, .grows), "SREM": .init(-3, .write), "SISMEMBER": .init(3), "SCARD": .init(2),
        "SMEMBERS": .init(2),

        "XREAD": .init(-4), "XINFO": .init(-2), "XSETID": .init(-3, .grows),
        "XADD": .init(-5, .grows), "XLEN": .init(2), "XRANGE": .init(-4), "XREVRANGE": .init(-4),
        "XDEL": .init(-3, .write), "XTRIM": .init(-4, .write), "XGROUP": .init(-2, .write),
        "XREADGROUP": .init(-7, .write), "XACK": .init(-4, .write), "XPENDING": .init(-3),
        "XCLAIM": .init(-6, .write), "XAUTOCLAIM": .init(-6, .write),

        "MULTI": .init(1, .connection), "EXEC": .init(1, .connection), "DISCARD": .init(1, .connection),
        "WATCH": .init(-2, .connection), "UNWATCH": .init(1, .connection),
        "SUBSCRIBE": .init(-2, .connection), "UNSUBSCRIBE": .init(-1, .connection),
        "PUBLISH": .init(3, [.loading, .stale]),
        "EVAL": .init(-3, [.noScript, .stale]), "EVALSHA": .init(-3, [.noScript, .stale]),
        "SCRIPT": .init(-2, .noScript),
        "PING": .init(-1), "ECHO": .init(2, [.loading, .stale]), "SELECT": .init(2, [.loading, .stale]),
        "INFO": .init(-1, [.loading, .stale]), "ROLE": .init(1, .connection), "SAVE": .init(1, .noScript),
        "LASTSAVE": .init(1, [.loading, .stale]), "CLIENT": .init(-2, .connection),
        "CONFIG": .init(-2, .connection), "QUIT": .init(-1, .connection), "WAIT": .init(3, .noScript),
        "REPLICAOF": .init(3, [.noScript, .stale]), "SLAVEOF": .init(3, [.noScript, .stale]),
        "REPLCONF": .init(-1, .connection),
    ]
}
