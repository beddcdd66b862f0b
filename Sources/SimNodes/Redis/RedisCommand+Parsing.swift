extension RedisCommand {
    /// The command that the words of a request mean; refused with the server's own texts.
    ///
    /// EVAL finds its script by text: a text that `scripts` does not hold is refused like one that does not compile.
    package init(arguments words: [String], scripts: RedisScriptLibrary = .standard) throws(RedisError) {
        if let error = Self.formatRefusal(words) { throw error }
        let name = words[0].uppercased()
        let arguments = Array(words.dropFirst())
        if let command = try Self.keyCommand(name, arguments) {
            self = command
        } else if let command = try Self.collectionCommand(name, arguments) {
            self = command
        } else if let command = try Self.familyCommand(name, arguments) {
            self = command
        } else if name.hasPrefix("X") {
            self = .stream(try RedisStreamCommand(name, arguments))
        } else if let command = try Self.scriptCommand(name, arguments, scripts) {
            self = command
        } else {
            self = try Self.serverCommand(name, arguments)
        }
    }

    /// Whether there is such a command, with that number of words.
    static func isWellFormed(_ words: [String]) -> Bool { formatRefusal(words) == nil }

    /// Why a request is refused before anything else is looked at (server.c `processCommand`).
    private static func formatRefusal(_ words: [String]) -> RedisError? {
        guard let first = words.first, let arity = traits(of: first.uppercased())?.arity else {
            return .unknownCommand(words)
        }
        guard arity > 0 ? words.count == arity : words.count >= -arity else { return .wrongArity(first.lowercased()) }
        return subcommandRefusal(first.uppercased(), Array(words.dropFirst()))
    }

    /// The number of words of a command that has subcommands, that and the name included; negative: at least that many.
    private static func subcommandArities(of name: String) -> [String: Int]? {
        switch name {
        case "XGROUP": ["CREATE": -5, "SETID": -5, "DESTROY": 4, "CREATECONSUMER": 5, "DELCONSUMER": 5]
        case "XINFO": ["STREAM": -3, "GROUPS": 3, "CONSUMERS": 4]
        case "SCRIPT": ["LOAD": 3, "EXISTS": -3, "FLUSH": -2, "KILL": 2]
        case "CLIENT": ["KILL": -3, "ID": 2, "GETNAME": 2, "SETNAME": 3, "PAUSE": -3, "UNPAUSE": 2]
        case "PUBSUB": ["CHANNELS": -2, "NUMSUB": -2, "NUMPAT": 2]
        case "CONFIG": ["GET": -3, "SET": -4, "REWRITE": 2]
        default: nil
        }
    }

    /// Why a command with subcommands is refused before anything else is looked at.
    private static func subcommandRefusal(_ name: String, _ words: [String]) -> RedisError? {
        guard let arities = subcommandArities(of: name) else { return nil }
        guard let arity = arities[words[0].uppercased()] else { return unknownSubcommand(name, words[0]) }
        let count = words.count + 1
        if arity > 0 ? count == arity : count >= -arity { return nil }
        return .wrongArity("\(name)|\(words[0])".lowercased())
    }

    static func integer(_ word: String) throws(RedisError) -> Int64 {
        guard let number = RedisInteger.parse(word) else { throw .notAnInteger }
        return number
    }

    /// The same, refused with another text.
    static func integer(_ word: String, or refusal: String) throws(RedisError) -> Int64 {
        guard let number = RedisInteger.parse(word) else { throw RedisError("ERR " + refusal) }
        return number
    }

    private static func keyCommand(_ name: String, _ words: [String]) throws(RedisError) -> RedisCommand? {
        switch name {
        case "GET": return .get(words[0])
        case "SET": return .set(words[0], words[1], try RedisSetOptions(words: words[2...]))
        case "SETNX": return .setnx(words[0], words[1])
        case "GETSET": return .getset(words[0], words[1])
        case "GETDEL": return .getdel(words[0])
        case "APPEND": return .append(words[0], words[1])
        case "STRLEN": return .strlen(words[0])
        case "MGET": return .mget(words)
        case "INCR": return .incr(words[0])
        case "DECR": return .decr(words[0])
        case "INCRBY": return .incrBy(words[0], try integer(words[1]))
        case "DECRBY": return .decrBy(words[0], try integer(words[1]))
        case "DEL": return words.count == 1 ? .del(words[0]) : .delMany(words)
        case "UNLINK": return .unlink(words)
        case "EXISTS": return .exists(words)
        case "TYPE": return .type(words[0])
        case "EXPIRE": return try expire(words, RedisExpiry.seconds)
        case "PEXPIRE": return try expire(words, RedisExpiry.milliseconds)
        case "EXPIREAT": return try expire(words, RedisExpiry.unixSeconds)
        case "PEXPIREAT": return try expire(words, RedisExpiry.unixMilliseconds)
        case "TTL": return .ttl(words[0])
        case "PTTL": return .pttl(words[0])
        case "PERSIST": return .persist(words[0])
        case "DBSIZE": return .dbsize
        case "FLUSHALL": return .flushall
        default: return nil
        }
    }

    private static func expire(
        _ words: [String], _ make: (Int64) -> RedisExpiry
    ) throws(RedisError) -> RedisCommand {
        var conditions: RedisExpireConditions = []
        for word in words.dropFirst(2) {
            guard let known = RedisExpireConditions.words.first(where: { $0.word == word.uppercased() }) else {
                throw RedisError("ERR Unsupported option \(word)")
            }
            conditions.insert(known.condition)
        }
        if conditions.contains(.ifNone), conditions != .ifNone {
            throw RedisError("ERR NX and XX, GT or LT options at the same time are not compatible")
        }
        if conditions.isSuperset(of: [.ifGreater, .ifLess]) {
            throw RedisError("ERR GT and LT options at the same time are not compatible")
        }
        return .expire(words[0], make(try integer(words[1])), conditions)
    }

    private static func collectionCommand(_ name: String, _ words: [String]) throws(RedisError) -> RedisCommand? {
        let rest = Array(words.dropFirst())
        switch name {
        case "HSET":
            guard rest.count % 2 == 0 else { throw .wrongArity("hset") }
            return .hset(words[0], rest)
        case "HSETNX": return .hsetnx(words[0], words[1], words[2])
        case "HGET": return .hget(words[0], words[1])
        case "HMGET": return .hmget(words[0], rest)
        case "HGETALL": return .hgetall(words[0])
        case "HLEN": return .hlen(words[0])
        case "HEXISTS": return .hexists(words[0], words[1])
        case "HDEL": return .hdel(words[0], rest)
        case "HINCRBY": return .hincrBy(words[0], words[1], try integer(words[2]))
        case "SADD": return .sadd(words[0], rest)
        case "SREM": return .srem(words[0], rest)
        case "SISMEMBER": return .sismember(words[0], words[1])
        case "SCARD": return .scard(words[0])
        case "SMEMBERS": return .smembers(words[0])
        default: return nil
        }
    }

    private static func scriptCommand(
        _ name: String, _ words: [String], _ scripts: RedisScriptLibrary
    ) throws(RedisError) -> RedisCommand? {
        switch name {
        case "EVALSHA" where words[0].utf8.count != 40: throw .noScript
        case "EVAL", "EVALSHA":
            let count = try integer(words[1])
            guard count >= 0 else { throw .negativeKeyCount }
            guard count <= words.count - 2 else { throw .tooManyKeys }
            let keys = Array(words[2..<(2 + Int(count))])
            let arguments = Array(words[(2 + Int(count))...])
            if name == "EVALSHA" { return .evalsha(words[0].lowercased(), keys: keys, arguments: arguments) }
            return .eval(try scripts.script(words[0]), keys: keys, arguments: arguments)
        case "SCRIPT":
            switch (words[0].uppercased(), words.count) {
            case ("LOAD", 2): return .scriptLoad(try scripts.script(words[1]))
            case ("EXISTS", 2...): return .scriptExists(words.dropFirst().map { $0.lowercased() })
            case ("FLUSH", 1...2): return .scriptFlush
            case ("KILL", 1): return .scriptKill
            default: throw unknownSubcommand("SCRIPT", words[0])
            }
        default:
            return nil
        }
    }

    private static func serverCommand(_ name: String, _ words: [String]) throws(RedisError) -> RedisCommand {
        switch name {
        case "MULTI": return .multi
        case "EXEC": return .exec
        case "DISCARD": return .discard
        case "WATCH": return .watch(words)
        case "UNWATCH": return .unwatch
        case "SUBSCRIBE": return .subscribe(words)
        case "UNSUBSCRIBE": return .unsubscribe(words)
        case "PUBLISH": return .publish(words[0], words[1])
        case "PING":
            guard words.count <= 1 else { throw .wrongArity("ping") }
            return .ping(words.first)
        case "ECHO": return .echo(words[0])
        case "SELECT": return .select(try integer(words[0]))
        case "INFO": return .info(words)
        case "ROLE": return .role
        case "SAVE": return .save
        case "LASTSAVE": return .lastsave
        case "QUIT": return .quit
        case "WAIT":
            return .wait(
                try integer(words[0]), try integer(words[1], or: "timeout is not an integer or out of range"))
        case "REPLICAOF", "SLAVEOF":
            if words[0].lowercased() == "no", words[1].lowercased() == "one" { return .replicaOf(nil) }
            return .replicaOf(RedisAddress(words[0], port: Int(try integer(words[1]))))
        case "REPLCONF":
            guard words[0].uppercased() == "GETACK" else { throw .syntax }
            return .getAck
        case "CLIENT":
            guard words.count == 3, words[0].uppercased() == "KILL", words[1].uppercased() == "TYPE" else {
                throw unknownSubcommand("CLIENT", words[0])
            }
            return try clientKill(words[2].lowercased())
        default:
            return try config(words)
        }
    }

    private static func clientKill(_ kind: String) throws(RedisError) -> RedisCommand {
        guard let kind = RedisClientKind(rawValue: kind == "slave" ? "replica" : kind) else {
            throw RedisError("ERR Unknown client type '\(kind)'")
        }
        return .clientKill(kind)
    }

    private static func config(_ words: [String]) throws(RedisError) -> RedisCommand {
        switch (words[0].uppercased(), words.count) {
        case ("GET", 2...): return .configGet(Array(words.dropFirst()))
        case ("SET", 3...):
            guard words.count % 2 == 1 else { throw .syntax }
            return .configSet(Array(words.dropFirst()))
        case ("REWRITE", 1): return .configRewrite
        default: throw unknownSubcommand("CONFIG", words[0])
        }
    }

    static func unknownSubcommand(_ command: String, _ word: String) -> RedisError {
        RedisError("ERR unknown subcommand '\(word)'. Try \(command) HELP.")
    }
}

extension RedisSetOptions {
    /// The options of SET (t_string.c `parseExtendedStringArgumentsOrReply`).
    init(words: ArraySlice<String>) throws(RedisError) {
        self.init()
        var rest = words
        var unit: String?
        var time = ""
        while let word = rest.popFirst()?.uppercased() {
            switch word {
            case "NX" where condition != .ifPresent: condition = .ifAbsent
            case "XX" where condition != .ifAbsent: condition = .ifPresent
            case "GET": returnsOld = true
            case "KEEPTTL" where unit == nil: keepsTTL = true
            case "EX", "PX", "EXAT", "PXAT":
                // The same unit may come again; its last time counts.
                guard !keepsTTL, unit == nil || unit == word, let next = rest.popFirst() else { throw .syntax }
                unit = word
                time = next
            default: throw .syntax
            }
        }
        guard let unit else { return }
        let number = try RedisCommand.integer(time)
        switch unit {
        case "EX": expiry = .seconds(number)
        case "PX": expiry = .milliseconds(number)
        case "EXAT": expiry = .unixSeconds(number)
        default: expiry = .unixMilliseconds(number)
        }
    }
}
