extension RedisStreamCommand {
    /// The command that the words after `name` mean.
    init(_ name: String, _ words: [String]) throws(RedisError) {
        switch name {
        case "XADD": self = try Self.add(words)
        case "XLEN": self = .length(words[0])
        case "XRANGE", "XREVRANGE": self = try Self.range(words, isReverse: name == "XREVRANGE")
        case "XDEL": self = .delete(words[0], try Self.ids(words.dropFirst()))
        case "XTRIM": self = try Self.trim(words)
        case "XGROUP": self = try Self.group(words)
        case "XREADGROUP": self = .readGroup(try RedisStreamRead(words: words))
        case "XREAD": self = .read(try RedisStreamPlainRead(words: words))
        case "XSETID": self = try Self.setID(words)
        case "XINFO": self = try Self.info(words)
        case "XACK": self = .acknowledge(words[0], words[1], try Self.ids(words.dropFirst(2)))
        case "XPENDING": self = try Self.pending(words)
        case "XCLAIM": self = .claim(try RedisStreamClaim(words: words))
        default: self = try Self.autoclaim(words)
        }
    }

    private static func ids(_ words: ArraySlice<String>) throws(RedisError) -> [RedisStreamID] {
        var ids: [RedisStreamID] = []
        for word in words { ids.append(try .parse(word)) }
        return ids
    }

    /// XADD (t_stream.c `streamParseAddOrTrimArgsOrReply`).
    private static func add(_ words: [String]) throws(RedisError) -> RedisStreamCommand {
        var rest = words.dropFirst()
        var options = RedisStreamTrimOptions()
        var newID: RedisStreamNewID?
        var createsKey = true
        while newID == nil, let word = rest.first {
            if try options.take(&rest) { continue }
            rest = rest.dropFirst()
            if word.uppercased() == "NOMKSTREAM" {
                createsKey = false
            } else {
                newID = try .parse(word)
            }
        }
        let trim = try options.trim()
        guard let newID, !rest.isEmpty, rest.count % 2 == 0 else { throw .wrongArity("xadd") }
        if newID == .explicit(.zero) { throw .streamIDZero }
        return .add(words[0], newID, fields: Array(rest), trim: trim, createsKey: createsKey)
    }

    private static func trim(_ words: [String]) throws(RedisError) -> RedisStreamCommand {
        var rest = words.dropFirst()
        var options = RedisStreamTrimOptions()
        while !rest.isEmpty {
            guard try options.take(&rest) else { throw .syntax }
        }
        guard let trim = try options.trim() else {
            throw RedisError("ERR syntax error, XTRIM must be called with a trimming strategy")
        }
        return .trim(words[0], trim)
    }

    private static func range(_ words: [String], isReverse: Bool) throws(RedisError) -> RedisStreamCommand {
        let start = try RedisStreamID.parseBound(words[isReverse ? 2 : 1], isStart: true)
        let end = try RedisStreamID.parseBound(words[isReverse ? 1 : 2], isStart: false)
        var count: Int64?
        var rest = words.dropFirst(3)
        while let word = rest.popFirst() {
            guard word.uppercased() == "COUNT", let number = rest.popFirst() else { throw .syntax }
            count = max(0, try RedisCommand.integer(number))
        }
        return .range(words[0], start, end, count: count, isReverse: isReverse)
    }

    private static func group(_ words: [String]) throws(RedisError) -> RedisStreamCommand {
        func start(_ word: String) throws(RedisError) -> RedisStreamID? { word == "$" ? nil : try .parse(word) }
        switch (words[0].uppercased(), words.count) {
        case ("CREATE", 4...), ("SETID", 4...):
            let isNew = words[0].uppercased() == "CREATE"
            var rest = words.dropFirst(4)
            var createsKey = false
            var entriesRead: Int64?
            while let word = rest.popFirst() {
                if isNew, word.uppercased() == "MKSTREAM" {
                    createsKey = true
                } else if word.uppercased() == "ENTRIESREAD", let number = rest.popFirst() {
                    let read = try RedisCommand.integer(number)
                    guard read >= -1 else { throw RedisError("ERR value for ENTRIESREAD must be positive or -1") }
                    entriesRead = read
                } else {
                    throw RedisError(
                        "ERR unknown subcommand or wrong number of arguments for '\(words[0])'. Try XGROUP HELP.")
                }
            }
            let start = try start(words[3])
            if isNew {
                return .createGroup(
                    words[1], words[2], start: start, createsKey: createsKey, entriesRead: entriesRead)
            }
            return .setGroupID(words[1], words[2], start, entriesRead: entriesRead)
        case ("DESTROY", 3): return .destroyGroup(words[1], words[2])
        case ("CREATECONSUMER", 4): return .createConsumer(words[1], words[2], words[3])
        case ("DELCONSUMER", 4): return .deleteConsumer(words[1], words[2], words[3])
        default: throw RedisCommand.unknownSubcommand("XGROUP", words[0])
        }
    }

    private static func pending(_ words: [String]) throws(RedisError) -> RedisStreamCommand {
        if words.count == 2 { return .pendingSummary(words[0], words[1]) }
        guard (5...8).contains(words.count) else { throw .syntax }
        var rest = words.dropFirst(2)
        var query = RedisStreamPendingQuery(key: words[0], group: words[1], count: 0)
        if words[2].uppercased() == "IDLE" {
            query.minIdle = try RedisCommand.integer(words[3])
            guard words.count >= 7 else { throw .syntax }
            rest = rest.dropFirst(2)
        }
        let first = rest.startIndex
        query.count = max(0, try RedisCommand.integer(rest[first + 2]))
        query.start = try .parseBound(rest[first], isStart: true)
        query.end = try .parseBound(rest[first + 1], isStart: false)
        if rest.count > 3 { query.consumer = rest[first + 3] }
        return .pending(query)
    }

    private static func autoclaim(_ words: [String]) throws(RedisError) -> RedisStreamCommand {
        var claim = RedisStreamAutoclaim(
            key: words[0], group: words[1], consumer: words[2],
            minIdle: max(0, try RedisCommand.integer(words[3], or: "Invalid min-idle-time argument for XAUTOCLAIM")),
            start: try .parseBound(words[4], isStart: true))
        var rest = words.dropFirst(5)
        while let word = rest.popFirst() {
            switch word.uppercased() {
            case "JUSTID": claim.justIDs = true
            case "COUNT":
                guard let number = rest.popFirst() else { throw .syntax }
                claim.count = try RedisCommand.integer(number, or: "COUNT must be > 0")
                guard claim.count > 0 else { throw RedisError("ERR COUNT must be > 0") }
            default: throw .syntax
            }
        }
        return .autoclaim(claim)
    }
}

/// The options of XADD and XTRIM that say how far to trim, while they are read.
private struct RedisStreamTrimOptions {
    private var bound: RedisStreamTrim.Bound?
    private var isApproximate = false
    private var limit: Int64?

    /// Takes the next option off the words; false: it is none of these.
    mutating func take(_ rest: inout ArraySlice<String>) throws(RedisError) -> Bool {
        guard rest.count > 1, let word = rest.first?.uppercased() else { return false }
        switch word {
        case "MAXLEN", "MINID":
            guard bound == nil else {
                throw RedisError("ERR syntax error, MAXLEN and MINID options at the same time are not compatible")
            }
            rest = rest.dropFirst()
            isApproximate = rest.count > 1 && rest.first == "~"
            if rest.count > 1, rest.first == "~" || rest.first == "=" { rest = rest.dropFirst() }
            let value = rest.popFirst() ?? ""
            if word == "MINID" {
                bound = .minID(try .parse(value))
            } else {
                let length = try RedisCommand.integer(value)
                guard length >= 0 else { throw RedisError("ERR The MAXLEN argument must be >= 0.") }
                bound = .maxLength(length)
            }
        case "LIMIT":
            limit = try RedisCommand.integer(rest[rest.startIndex + 1])
            guard limit ?? 0 >= 0 else { throw RedisError("ERR The LIMIT argument must be >= 0.") }
            rest = rest.dropFirst(2)
        default: return false
        }
        return true
    }

    /// What they amount to; nil: nothing is trimmed.
    func trim() throws(RedisError) -> RedisStreamTrim? {
        guard let bound else {
            if limit ?? 0 == 0 { return nil }
            throw RedisError(
                "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy")
        }
        if limit != nil, !isApproximate {
            throw RedisError("ERR syntax error, LIMIT cannot be used without the special ~ option")
        }
        return RedisStreamTrim(bound, isApproximate: isApproximate, limit: limit)
    }
}

extension RedisStreamRead {
    /// XREADGROUP (t_stream.c `xreadCommand`).
    fileprivate init(words: [String]) throws(RedisError) {
        self.init("", group: "", consumer: "")
        var rest = words[...]
        var hasGroup = false
        var streams: ArraySlice<String>?
        while streams == nil, let word = rest.popFirst() {
            switch word.uppercased() {
            case "COUNT" where !rest.isEmpty: count = max(0, try RedisCommand.integer(rest.removeFirst()))
            case "BLOCK" where !rest.isEmpty:
                block = try RedisCommand.integer(
                    rest.removeFirst(), or: "timeout is not an integer or out of range")
                if block ?? 0 < 0 { throw .negativeTimeout }
            case "GROUP" where rest.count > 1:
                hasGroup = true
                group = rest.removeFirst()
                consumer = rest.removeFirst()
            case "NOACK": noAcknowledge = true
            case "STREAMS" where !rest.isEmpty: streams = rest
            default: throw .syntax
            }
            if let streams, streams.count % 2 != 0 {
                throw RedisError(
                    "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.")
            }
        }
        guard let streams else { throw .syntax }
        guard hasGroup else { throw RedisError("ERR Missing GROUP option for XREADGROUP") }
        keys = Array(streams.prefix(streams.count / 2))
        starts = streams.suffix(streams.count / 2).map { Self.start($0) }
        if count == 0 { count = nil }
    }

    private static func start(_ word: String) -> Start {
        switch word {
        case ">": return .new
        case "$":
            return .refused(
                RedisError(
                    "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this "
                        + "consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just "
                        + "return an empty result set."))
        default:
            do throws(RedisError) { return .after(try .parse(word)) } catch { return .refused(error) }
        }
    }
}

extension RedisStreamClaim {
    /// XCLAIM (t_stream.c `xclaimCommand`).
    fileprivate init(words: [String]) throws(RedisError) {
        self.init(
            key: words[0], group: words[1], consumer: words[2],
            minIdle: max(0, try RedisCommand.integer(words[3], or: "Invalid min-idle-time argument for XCLAIM")),
            ids: [])
        var rest = words.dropFirst(4)
        while let word = rest.first, let id = try? RedisStreamID.parse(word) {
            ids.append(id)
            rest = rest.dropFirst()
        }
        while let word = rest.popFirst() {
            switch word.uppercased() {
            case "JUSTID": justIDs = true
            case "FORCE": force = true
            case "IDLE" where !rest.isEmpty: delivered = .idle(try Self.option("IDLE", rest.removeFirst()))
            case "TIME" where !rest.isEmpty: delivered = .at(try Self.option("TIME", rest.removeFirst()))
            case "RETRYCOUNT" where !rest.isEmpty: deliveries = try Self.option("RETRYCOUNT", rest.removeFirst())
            case "LASTID" where !rest.isEmpty: lastID = try .parse(rest.removeFirst())
            default: throw RedisError("ERR Unrecognized XCLAIM option '\(word)'")
            }
        }
    }

    private static func option(_ name: String, _ word: String) throws(RedisError) -> Int64 {
        try RedisCommand.integer(word, or: "Invalid \(name) option argument for XCLAIM")
    }
}

extension RedisStreamNewID {
    /// `*`, `5-*` or `5-1`.
    fileprivate static func parse(_ word: String) throws(RedisError) -> RedisStreamNewID {
        if word == "*" { return .automatic }
        if word.hasSuffix("-*"), let milliseconds = try? RedisStreamID.parse(String(word.dropLast(2))) {
            return .sequenced(milliseconds.milliseconds)
        }
        return .explicit(try .parse(word))
    }
}
