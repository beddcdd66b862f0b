extension RedisListCommand {
    init(_ name: String, _ words: [String]) throws(RedisError) {
        let rest = Array(words.dropFirst())
        let end: RedisListEnd = name.hasPrefix("R") || name.hasPrefix("BR") ? .right : .left
        switch name {
        case "LPUSH", "RPUSH": self = .push(words[0], end, rest)
        case "LPUSHX", "RPUSHX": self = .pushIfPresent(words[0], end, rest)
        case "LPOP", "RPOP": self = try Self.pop(name, words, end)
        case "LLEN": self = .length(words[0])
        case "LRANGE", "LTRIM":
            let (start, stop) = (try RedisCommand.integer(words[1]), try RedisCommand.integer(words[2]))
            self = name == "LRANGE" ? .range(words[0], start, stop) : .trim(words[0], start, stop)
        case "LINDEX": self = .index(words[0], try RedisCommand.integer(words[1]))
        case "LSET": self = .set(words[0], try RedisCommand.integer(words[1]), words[2])
        case "LREM": self = .remove(words[0], try RedisCommand.integer(words[1]), words[2])
        case "LINSERT": self = try Self.insert(words)
        case "LPOS": self = .position(words[0], words[1], try RedisListSearch(words.dropFirst(2)))
        case "LMOVE": self = .move(try Self.move(words))
        case "RPOPLPUSH": self = .move(RedisListMove(words[0], to: words[1]))
        case "BLPOP", "BRPOP":
            self = .blockingPop(
                RedisBlockingPop(words.dropLast(), end, timeout: try RedisCommand.timeout(words[words.count - 1])))
        case "BLMOVE":
            let move = try Self.move(words)
            self = .blockingMove(move, timeout: try RedisCommand.timeout(words[4]))
        default:
            self = .blockingMove(RedisListMove(words[0], to: words[1]), timeout: try RedisCommand.timeout(words[2]))
        }
    }

    private static func pop(
        _ name: String, _ words: [String], _ end: RedisListEnd
    ) throws(RedisError) -> RedisListCommand {
        guard words.count <= 2 else { throw .wrongArity(name.lowercased()) }
        guard words.count == 2 else { return .pop(words[0], end) }
        guard let count = RedisInteger.parse(words[1]), count >= 0 else { throw .mustBePositive }
        return .pop(words[0], end, count: count)
    }

    private static func insert(_ words: [String]) throws(RedisError) -> RedisListCommand {
        switch words[1].uppercased() {
        case "BEFORE": return .insert(words[0], before: true, pivot: words[2], words[3])
        case "AFTER": return .insert(words[0], before: false, pivot: words[2], words[3])
        default: throw .syntax
        }
    }

    private static func move(_ words: [String]) throws(RedisError) -> RedisListMove {
        guard let from = RedisListEnd(rawValue: words[2].uppercased()),
            let to = RedisListEnd(rawValue: words[3].uppercased())
        else { throw .syntax }
        return RedisListMove(words[0], from, to: words[1], to)
    }
}

extension RedisListSearch {
    fileprivate init(_ words: ArraySlice<String>) throws(RedisError) {
        self.init()
        var rest = words
        while let word = rest.popFirst() {
            guard let value = rest.popFirst() else { throw .syntax }
            switch word.uppercased() {
            case "RANK":
                rank = try RedisCommand.integer(value)
                // The least number has no opposite, and comes out as the first match from the tail.
                if rank == .min { rank = -1 }
                guard rank != 0 else {
                    throw RedisError(
                        "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use "
                            + "negative to start from the end of the list")
                }
            case "COUNT":
                guard let number = RedisInteger.parse(value), number >= 0 else {
                    throw RedisError("ERR COUNT can't be negative")
                }
                count = number
            case "MAXLEN":
                guard let number = RedisInteger.parse(value), number >= 0 else {
                    throw RedisError("ERR MAXLEN can't be negative")
                }
                maxLength = number
            default: throw .syntax
            }
        }
    }
}

extension RedisCommand {
    /// The timeout of a blocking command, in seconds with decimals; milliseconds (timeout.c `getTimeoutFromObjectOrReply`).
    static func timeout(_ word: String) throws(RedisError) -> Int64 {
        guard let seconds = RedisFloat(word) else { throw RedisError("ERR timeout is not a float or out of range") }
        // What doesn't fit comes out of the conversion as the least number.
        guard let milliseconds = seconds.thousandfoldUp, milliseconds >= 0 else { throw .negativeTimeout }
        guard milliseconds <= Int64.max / 2 else { throw RedisError("ERR timeout is out of range") }
        return milliseconds
    }
}

extension RedisError {
    static let mustBePositive = RedisError("ERR value is out of range, must be positive")
    static let indexOutOfRange = RedisError("ERR index out of range")
}
