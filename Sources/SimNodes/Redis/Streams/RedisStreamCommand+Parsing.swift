extension RedisStreamCommand {
    /// The command that the words after `name` mean.
    init(_ name: String, _ words: [String]) throws(RedisError) {
        switch name {
        case "XADD": self = try Self.add(words)
        case "XLEN": self = .length(words[0])
        case "XRANGE", "XREVRANGE": self = try Self.range(words, isReverse: name == "XREVRANGE")
        case "XDEL": self = .delete(words[0], try Self.ids(words.dropFirst()))
        case "XTRIM":
            var rest = words.dropFirst()
            guard let trim = try RedisStreamTrim(&rest), rest.isEmpty else { throw .syntax }
            self = .trim(words[0], trim)
        case "XGROUP": self = try Self.group(words)
        case "XREADGROUP": self = .readGroup(try RedisStreamRead(words: words))
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

    private static func add(_ words: [String]) throws(RedisError) -> RedisStreamCommand {
        var rest = words.dropFirst()
        var createsKey = true
        if rest.first?.uppercased() == "NOMKSTREAM" {
            createsKey = false
            rest = rest.dropFirst()
        }
        let trim = try RedisStreamTrim(&rest)
        guard let id = rest.popFirst() else { throw .syntax }
        guard !rest.isEmpty, rest.count % 2 == 0 else { throw .wrongArity("xadd") }
        let newID: RedisStreamNewID = id == "*" ? .automatic : .explicit(try .parse(id))
        if newID == .explicit(.zero) { throw .streamIDZero }
        return .add(words[0], newID, fields: Array(rest), trim: trim, createsKey: createsKey)
    }

    private static func range(_ words: [String], isReverse: Bool) throws(RedisError) -> RedisStreamCommand {
        let start = try RedisStreamID.parseBound(words[isReverse ? 2 : 1], isStart: true)
        let end = try RedisStreamID.parseBound(words[isReverse ? 1 : 2], isStart: false)
        var count: Int64?
        if words.count > 3 {
            guard words.count == 5, words[3].uppercased() == "COUNT" else { throw .syntax }
            count = max(0, try RedisCommand.integer(words[4]))
        }
        return .range(words[0], start, end, count: count, isReverse: isReverse)
    }

    private static func group(_ words: [String]) throws(RedisError) -> RedisStreamCommand {
        func start(_ word: String) throws(RedisError) -> RedisStreamID? { word == "$" ? nil : try .parse(word) }
        switch (words[0].uppercased(), words.count) {
        case ("CREATE", 4), ("CREATE", 5):
            guard words.count == 4 || words[4].uppercased() == "MKSTREAM" else { throw .syntax }
            return .createGroup(words[1], words[2], start: try start(words[3]), createsKey: words.count == 5)
        case ("SETID", 4): return .setGroupID(words[1], words[2], try start(words[3]))
        case ("DESTROY", 3): return .destroyGroup(words[1], words[2])
        case ("CREATECONSUMER", 4): return .createConsumer(words[1], words[2], words[3])
        case ("DELCONSUMER", 4): return .deleteConsumer(words[1], words[2], words[3])
        default: throw RedisCommand.unknownSubcommand("XGROUP", words[0])
        }
    }

    private static func pending(_ words: [String]) throws(RedisError) -> RedisStreamCommand {
        if words.count == 2 { return .pendingSummary(words[0], words[1]) }
        var rest = words.dropFirst(2)
        var query = RedisStreamPendingQuery(key: words[0], group: words[1], count: 0)
        if rest.first?.uppercased() == "IDLE", rest.count > 1 {
            query.minIdle = try RedisCommand.integer(rest[rest.startIndex + 1])
            rest = rest.dropFirst(2)
        }
        guard rest.count == 3 || rest.count == 4 else { throw .syntax }
        let first = rest.startIndex
        query.start = try .parseBound(rest[first], isStart: true)
        query.end = try .parseBound(rest[first + 1], isStart: false)
        query.count = max(0, try RedisCommand.integer(rest[first + 2]))
        if rest.count == 4 { query.consumer = rest[first + 3] }
        return .pending(query)
    }

    private static func autoclaim(_ words: [String]) throws(RedisError) -> RedisStreamCommand {
        var claim = RedisStreamAutoclaim(
            key: words[0], group: words[1], consumer: words[2], minIdle: max(0, try RedisCommand.integer(words[3])),
            start: try .parseBound(words[4], isStart: true))
        var rest = words.dropFirst(5)
        while let word = rest.popFirst() {
            switch word.uppercased() {
            case "JUSTID": claim.justIDs = true
            case "COUNT":
                guard let number = rest.popFirst() else { throw .syntax }
                claim.count = try RedisCommand.integer(number)
                guard claim.count > 0 else { throw RedisError("ERR COUNT must be > 0") }
            default: throw .syntax
            }
        }
        return .autoclaim(claim)
    }
}

extension RedisStreamTrim {
    /// Reads MAXLEN or MINID if they come next.
    fileprivate init?(_ rest: inout ArraySlice<String>) throws(RedisError) {
        guard let word = rest.first?.uppercased(), word == "MAXLEN" || word == "MINID" else { return nil }
        rest = rest.dropFirst()
        if rest.first == "~" || rest.first == "=" { rest = rest.dropFirst() }
        guard let bound = rest.popFirst() else { throw .syntax }
        if word == "MINID" {
            self = .minID(try .parse(bound))
        } else {
            let length = try RedisCommand.integer(bound)
            guard length >= 0 else { throw RedisError("ERR The MAXLEN argument must be >= 0.") }
            self = .maxLength(length)
        }
    }
}

extension RedisStreamRead {
    fileprivate init(words: [String]) throws(RedisError) {
        guard words[0].uppercased() == "GROUP" else { throw .syntax }
        self.init("", group: words[1], consumer: words[2])
        var rest = words.dropFirst(3)
        options: while let word = rest.popFirst() {
            switch word.uppercased() {
            case "COUNT": count = max(0, try number(&rest))
            case "BLOCK":
                block = try number(&rest)
                if block ?? 0 < 0 { throw .negativeTimeout }
            case "NOACK": noAcknowledge = true
            case "STREAMS": break options
            default: throw .syntax
            }
        }
        guard !rest.isEmpty, rest.count % 2 == 0 else {
            throw RedisError(
                "ERR Unbalanced 'xreadgroup' list of streams: for each stream key an ID or '>' must be specified.")
        }
        keys = Array(rest.prefix(rest.count / 2))
        starts = []
        for word in rest.suffix(rest.count / 2) { starts.append(word == ">" ? nil : try .parse(word)) }
        if count == 0 { count = nil }
    }

    private func number(_ rest: inout ArraySlice<String>) throws(RedisError) -> Int64 {
        guard let word = rest.popFirst() else { throw .syntax }
        return try RedisCommand.integer(word)
    }
}

extension RedisStreamClaim {
    fileprivate init(words: [String]) throws(RedisError) {
        self.init(
            key: words[0], group: words[1], consumer: words[2], minIdle: max(0, try RedisCommand.integer(words[3])),
            ids: [])
        var rest = words.dropFirst(4)
        while let word = rest.first, let id = try? RedisStreamID.parse(word) {
            ids.append(id)
            rest = rest.dropFirst()
        }
        guard !ids.isEmpty else { throw .invalidStreamID }
        while let word = rest.popFirst() {
            switch word.uppercased() {
            case "JUSTID": justIDs = true
            case "FORCE": force = true
            case "TIME", "IDLE", "RETRYCOUNT", "LASTID":
                guard let value = rest.popFirst() else { throw .syntax }
                switch word.uppercased() {
                case "TIME": deliveredAt = try RedisCommand.integer(value)
                case "RETRYCOUNT": deliveries = try RedisCommand.integer(value)
                case "LASTID": lastID = try .parse(value)
                default: throw RedisError("ERR XCLAIM IDLE is not modelled; give TIME")
                }
            default: throw RedisError("ERR Unrecognized XCLAIM option '\(word)'")
            }
        }
    }
}
