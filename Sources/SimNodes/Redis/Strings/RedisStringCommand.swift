/// A command on strings beyond the ones every design uses, which are cases of ``RedisCommand``.
package enum RedisStringCommand: Sendable {
    /// MSET; keys and values in turn.
    case setMany([String])
    /// MSETNX; keys and values in turn.
    case setManyIfAbsent([String])
    /// SETEX and PSETEX.
    case setWithExpiry(String, RedisExpiry, String)
    /// GETEX; nil changes nothing.
    case getWithExpiry(String, RedisExpiryChange?)
    /// GETRANGE of the bytes from start to end; negative ones count from the end.
    case range(String, Int64, Int64)
    /// SETRANGE at that byte.
    case setRange(String, Int64, String)
    /// INCRBYFLOAT; the increment as it was given.
    case addFloat(String, String)
}

/// What GETEX does to the time to live.
package enum RedisExpiryChange: Hashable, Sendable {
    case set(RedisExpiry)
    /// PERSIST.
    case remove
}

extension RedisStringCommand: RedisCommandFamily {
    static let traits: [String: RedisCommandTraits] = [
        "MSET": .init(-3, .grows), "MSETNX": .init(-3, .grows), "SETEX": .init(4, .grows), "PSETEX": .init(4, .grows),
        "GETEX": .init(-2, .write), "GETRANGE": .init(4), "SUBSTR": .init(4), "SETRANGE": .init(4, .grows),
        "INCRBYFLOAT": .init(3, .grows),
    ]

    init(_ name: String, _ words: [String]) throws(RedisError) {
        switch name {
        case "MSET", "MSETNX":
            guard words.count % 2 == 0 else { throw .wrongArity(name.lowercased()) }
            self = name == "MSET" ? .setMany(words) : .setManyIfAbsent(words)
        case "SETEX", "PSETEX":
            let span = try RedisCommand.integer(words[1])
            self = .setWithExpiry(words[0], name == "SETEX" ? .seconds(span) : .milliseconds(span), words[2])
        case "GETEX": self = .getWithExpiry(words[0], try Self.expiryChange(words.dropFirst()))
        case "GETRANGE", "SUBSTR":
            self = .range(words[0], try RedisCommand.integer(words[1]), try RedisCommand.integer(words[2]))
        case "SETRANGE": self = .setRange(words[0], try RedisCommand.integer(words[1]), words[2])
        default: self = .addFloat(words[0], words[1])
        }
    }

    private static func expiryChange(_ words: ArraySlice<String>) throws(RedisError) -> RedisExpiryChange? {
        guard let option = words.first?.uppercased() else { return nil }
        if option == "PERSIST", words.count == 1 { return .remove }
        let make: (Int64) -> RedisExpiry
        switch option {
        case "EX": make = RedisExpiry.seconds
        case "PX": make = RedisExpiry.milliseconds
        case "EXAT": make = RedisExpiry.unixSeconds
        case "PXAT": make = RedisExpiry.unixMilliseconds
        default: throw .syntax
        }
        guard words.count == 2, let number = words.last else { throw .syntax }
        return .set(make(try RedisCommand.integer(number)))
    }

    var words: [String] {
        switch self {
        case .setMany(let pairs): return ["MSET"] + pairs
        case .setManyIfAbsent(let pairs): return ["MSETNX"] + pairs
        case .setWithExpiry(let key, let expiry, let value):
            if case .seconds = expiry { return ["SETEX", key, String(expiry.number), value] }
            return ["PSETEX", key, String(expiry.number), value]
        case .getWithExpiry(let key, nil): return ["GETEX", key]
        case .getWithExpiry(let key, .remove?): return ["GETEX", key, "PERSIST"]
        case .getWithExpiry(let key, .set(let expiry)?):
            return ["GETEX", key, expiry.optionName, String(expiry.number)]
        case .range(let key, let start, let end): return ["GETRANGE", key, String(start), String(end)]
        case .setRange(let key, let offset, let value): return ["SETRANGE", key, String(offset), value]
        case .addFloat(let key, let step): return ["INCRBYFLOAT", key, step]
        }
    }
}
