extension RedisCommand {
    /// The words of the command as they would go over the wire.
    package var words: [String] {
        keyWords ?? collectionWords ?? family?.words ?? serverWords
    }

    private var keyWords: [String]? {
        switch self {
        case .get(let key): ["GET", key]
        case .set(let key, let value, let options): ["SET", key, value] + options.words
        case .setnx(let key, let value): ["SETNX", key, value]
        case .getset(let key, let value): ["GETSET", key, value]
        case .getdel(let key): ["GETDEL", key]
        case .append(let key, let value): ["APPEND", key, value]
        case .strlen(let key): ["STRLEN", key]
        case .mget(let keys): ["MGET"] + keys
        case .incr(let key): ["INCR", key]
        case .decr(let key): ["DECR", key]
        case .incrBy(let key, let step): ["INCRBY", key, String(step)]
        case .decrBy(let key, let step): ["DECRBY", key, String(step)]
        case .del(let key): ["DEL", key]
        case .delMany(let keys): ["DEL"] + keys
        case .unlink(let keys): ["UNLINK"] + keys
        case .exists(let keys): ["EXISTS"] + keys
        case .type(let key): ["TYPE", key]
        case .expire(let key, let expiry, let conditions):
            [expiry.commandName, key, String(expiry.number)]
                + RedisExpireConditions.words.filter { conditions.contains($0.condition) }.map(\.word)
        case .ttl(let key): ["TTL", key]
        case .pttl(let key): ["PTTL", key]
        case .persist(let key): ["PERSIST", key]
        case .dbsize: ["DBSIZE"]
        case .flushall: ["FLUSHALL"]
        default: nil
        }
    }

    private var collectionWords: [String]? {
        switch self {
        case .hset(let key, let pairs): ["HSET", key] + pairs
        case .hsetnx(let key, let field, let value): ["HSETNX", key, field, value]
        case .hget(let key, let field): ["HGET", key, field]
        case .hmget(let key, let fields): ["HMGET", key] + fields
        case .hgetall(let key): ["HGETALL", key]
        case .hlen(let key): ["HLEN", key]
        case .hexists(let key, let field): ["HEXISTS", key, field]
        case .hdel(let key, let fields): ["HDEL", key] + fields
        case .hincrBy(let key, let field, let step): ["HINCRBY", key, field, String(step)]
        case .sadd(let key, let members): ["SADD", key] + members
        case .srem(let key, let members): ["SREM", key] + members
        case .sismember(let key, let member): ["SISMEMBER", key, member]
        case .scard(let key): ["SCARD", key]
        case .smembers(let key): ["SMEMBERS", key]
        case .stream(let command): command.words
        default: nil
        }
    }

    private var serverWords: [String] {
        switch self {
        case .multi: ["MULTI"]
        case .exec: ["EXEC"]
        case .discard: ["DISCARD"]
        case .watch(let keys): ["WATCH"] + keys
        case .unwatch: ["UNWATCH"]
        case .subscribe(let channels): ["SUBSCRIBE"] + channels
        case .unsubscribe(let channels): ["UNSUBSCRIBE"] + channels
        case .publish(let channel, let message): ["PUBLISH", channel, message]
        case .eval(let script, let keys, let arguments): ["EVAL", script.text, String(keys.count)] + keys + arguments
        case .evalsha(let digest, let keys, let arguments): ["EVALSHA", digest, String(keys.count)] + keys + arguments
        case .scriptLoad(let script): ["SCRIPT", "LOAD", script.text]
        case .scriptExists(let digests): ["SCRIPT", "EXISTS"] + digests
        case .scriptFlush: ["SCRIPT", "FLUSH"]
        case .scriptKill: ["SCRIPT", "KILL"]
        case .ping(let message): ["PING"] + (message.map { [$0] } ?? [])
        case .echo(let message): ["ECHO", message]
        case .select(let index): ["SELECT", String(index)]
        case .info(let sections): ["INFO"] + sections
        case .role: ["ROLE"]
        case .save: ["SAVE"]
        case .lastsave: ["LASTSAVE"]
        case .clientKill(let kind): ["CLIENT", "KILL", "TYPE", kind.rawValue]
        case .configGet(let patterns): ["CONFIG", "GET"] + patterns
        case .configSet(let pairs): ["CONFIG", "SET"] + pairs
        case .configRewrite: ["CONFIG", "REWRITE"]
        case .quit: ["QUIT"]
        case .wait(let count, let timeout): ["WAIT", String(count), String(timeout)]
        case .replicaOf(let address): ["REPLICAOF"] + (address.map { [$0.host, String($0.port)] } ?? ["NO", "ONE"])
        case .getAck: ["REPLCONF", "GETACK", "*"]
        case .refused(let refusal): refusal.words
        default: []
        }
    }

    /// The length of the command in RESP: what it adds to the replication offset.
    package var encodedLength: Int {
        switch self {
        case .set(let key, let value, let options):
            guard case .unixMilliseconds(let moment)? = options.expiry, options.condition == .always else { break }
            return 4 + 9 + Self.bulkLength(key) + Self.bulkLength(value) + 10
                + Self.bulkLength(digits: RedisInteger.length(moment))
        case .del(let key):
            return 4 + 9 + Self.bulkLength(key)
        case .decrBy(let key, let step), .incrBy(let key, let step):
            return 4 + 12 + Self.bulkLength(key) + Self.bulkLength(digits: RedisInteger.length(step))
        default:
            break
        }
        let words = words
        var length = 3 + RedisInteger.length(Int64(words.count))
        for word in words { length += Self.bulkLength(word) }
        return length
    }

    /// `$5\r\nhello\r\n`.
    private static func bulkLength(_ word: String) -> Int { bulkLength(digits: word.utf8.count) }

    private static func bulkLength(digits count: Int) -> Int { count + 5 + RedisInteger.length(Int64(count)) }
}

extension RedisSetOptions {
    fileprivate var words: [String] {
        var words: [String] = []
        switch condition {
        case .always: break
        case .ifAbsent: words.append("NX")
        case .ifPresent: words.append("XX")
        }
        if returnsOld { words.append("GET") }
        if keepsTTL { words.append("KEEPTTL") }
        if let expiry {
            words += [expiry.optionName, String(expiry.number)]
        }
        return words
    }
}

extension RedisExpiry {
    /// The option of SET and GETEX that takes this.
    var optionName: String {
        switch self {
        case .seconds: "EX"
        case .milliseconds: "PX"
        case .unixSeconds: "EXAT"
        case .unixMilliseconds: "PXAT"
        }
    }

    /// The member of the EXPIRE family that takes this.
    var commandName: String {
        switch self {
        case .seconds: "EXPIRE"
        case .milliseconds: "PEXPIRE"
        case .unixSeconds: "EXPIREAT"
        case .unixMilliseconds: "PEXPIREAT"
        }
    }
}
