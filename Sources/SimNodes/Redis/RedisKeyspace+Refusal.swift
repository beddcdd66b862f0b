extension RedisKeyspace {
    /// Runs a request whose words are wrong; some commands look at their key before they read the rest.
    mutating func refuse(_ refusal: RedisRefusal) throws(RedisError) -> RedisReply {
        let words = refusal.words
        switch words[0].uppercased() {
        case "XACK":
            guard try stream(words[1])?.group(words[2]) != nil else { return .integer(0) }
        case "XDEL":
            guard try stream(words[1]) != nil else { return .integer(0) }
        case "XCLAIM":
            guard try stream(words[1])?.group(words[2]) != nil else { throw .noGroup(words[1], words[2]) }
        case "GETEX" where refusal.error == .notAnInteger:
            if try get(words[1]) == .null { return .null }
        case "BITCOUNT":
            if try get(words[1]) == .null { return .integer(0) }
            // A range that is empty whatever the length ends it before the unit is read (bitops.c `bitcountCommand`).
            if words.count == 5, let start = RedisInteger.parse(words[2]), let end = RedisInteger.parse(words[3]),
                start < 0, end < 0, start > end
            {
                return .integer(0)
            }
        case "HSCAN", "SSCAN", "ZSCAN":
            let type = ["HSCAN": "hash", "SSCAN": "set", "ZSCAN": "zset"][words[0].uppercased()]
            if refusal.error.message == "ERR invalid cursor" { break }
            guard let slot = slot(of: words[1]) else { return .array([.bulk("0"), .array([])]) }
            if value(at: slot).typeName != type { throw .wrongType }
        case "XREAD" where refusal.error == .invalidStreamID || refusal.error.message.hasPrefix("ERR The > ID"):
            try checkStreams(words)
        case "XGROUP" where words.count >= 5:
            try checkGroup(words)
        default: break
        }
        throw refusal.error
    }

    /// XREAD looks at each key before it reads that key's id (t_stream.c `xreadCommand`).
    private mutating func checkStreams(_ words: [String]) throws(RedisError) {
        guard let place = words.firstIndex(where: { $0.uppercased() == "STREAMS" }) else { return }
        let rest = words[(place + 1)...]
        for (key, start) in zip(rest.prefix(rest.count / 2), rest.suffix(rest.count / 2)) {
            _ = try stream(key)
            if start != "$", (try? RedisStreamID.parse(start)) == nil { return }
        }
    }

    /// What XGROUP CREATE and SETID ask for before they read the id (t_stream.c `xgroupCommand`).
    private mutating func checkGroup(_ words: [String]) throws(RedisError) {
        guard words.count == 5 || words[5].uppercased() == "MKSTREAM" else { return }
        let stream = try stream(words[2])
        if stream == nil, words.count == 5 { throw .groupNeedsKey }
        if words[1].uppercased() == "SETID", stream?.group(words[3]) == nil {
            throw .noGroupForKey(words[2], words[3])
        }
    }
}
