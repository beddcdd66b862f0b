/// A command on keys of any type beyond the ones every design uses, which are cases of ``RedisCommand``.
package enum RedisKeyCommand: Sendable {
    case rename(String, to: String)
    /// RENAMENX.
    case renameIfAbsent(String, to: String)
    case copy(String, to: String, replaces: Bool)
    case touch([String])
    /// KEYS that match a glob-style pattern.
    case keys(String)
    case scan(UInt64, RedisScanOptions)
    case randomKey
    /// EXPIRETIME in seconds.
    case expireTime(String)
    /// PEXPIRETIME in milliseconds.
    case expireTimeMilliseconds(String)
}

/// The options of SCAN.
package struct RedisScanOptions: Hashable, Sendable {
    /// COUNT: about how many keys one call looks at.
    package var count: Int64 = 10
    /// MATCH.
    package var pattern: String?
    /// TYPE.
    package var type: String?

    /// No options.
    package init() {}
}

extension RedisKeyCommand: RedisCommandFamily {
    static let traits: [String: RedisCommandTraits] = [
        "RENAME": .init(3, .write), "RENAMENX": .init(3, .write), "COPY": .init(-3, .grows), "TOUCH": .init(-2),
        "KEYS": .init(2), "SCAN": .init(-2), "RANDOMKEY": .init(1), "EXPIRETIME": .init(2), "PEXPIRETIME": .init(2),
    ]

    init(_ name: String, _ words: [String]) throws(RedisError) {
        switch name {
        case "RENAME": self = .rename(words[0], to: words[1])
        case "RENAMENX": self = .renameIfAbsent(words[0], to: words[1])
        case "COPY": self = try Self.copy(words)
        case "TOUCH": self = .touch(words)
        case "KEYS": self = .keys(words[0])
        case "SCAN":
            let cursor = try RedisScanOptions.cursor(words[0])
            self = .scan(cursor, try RedisScanOptions(words.dropFirst(), hasTypes: true))
        case "RANDOMKEY": self = .randomKey
        case "EXPIRETIME": self = .expireTime(words[0])
        default: self = .expireTimeMilliseconds(words[0])
        }
    }

    private static func copy(_ words: [String]) throws(RedisError) -> RedisKeyCommand {
        var rest = words.dropFirst(2)
        var replaces = false
        while let word = rest.popFirst() {
            switch word.uppercased() {
            case "REPLACE": replaces = true
            case "DB":
                guard let number = rest.popFirst() else { throw .syntax }
                // The model has one database.
                guard try RedisCommand.integer(number) == 0 else { throw .databaseOutOfRange }
            default: throw .syntax
            }
        }
        guard words[0] != words[1] else {
            throw RedisError("ERR source and destination objects are the same")
        }
        return .copy(words[0], to: words[1], replaces: replaces)
    }

    var words: [String] {
        switch self {
        case .rename(let key, let new): ["RENAME", key, new]
        case .renameIfAbsent(let key, let new): ["RENAMENX", key, new]
        case .copy(let key, let new, let replaces): ["COPY", key, new] + (replaces ? ["REPLACE"] : [])
        case .touch(let keys): ["TOUCH"] + keys
        case .keys(let pattern): ["KEYS", pattern]
        case .scan(let cursor, let options): ["SCAN", String(cursor)] + options.words
        case .randomKey: ["RANDOMKEY"]
        case .expireTime(let key): ["EXPIRETIME", key]
        case .expireTimeMilliseconds(let key): ["PEXPIRETIME", key]
        }
    }
}

extension RedisScanOptions {
    /// A cursor as a client gives it back (db.c `parseScanCursorOrReply`).
    static func cursor(_ word: String) throws(RedisError) -> UInt64 {
        let isNegative = word.hasPrefix("-")
        guard let number = UInt64(isNegative ? String(word.dropFirst()) : word) else {
            throw RedisError("ERR invalid cursor")
        }
        return isNegative ? 0 &- number : number
    }

    init(_ words: ArraySlice<String>, hasTypes: Bool) throws(RedisError) {
        self.init()
        var rest = words
        while let word = rest.popFirst() {
            guard let value = rest.popFirst() else { throw .syntax }
            switch word.uppercased() {
            case "COUNT":
                count = try RedisCommand.integer(value)
                guard count >= 1 else { throw .syntax }
            case "MATCH": pattern = value
            case "TYPE" where hasTypes: type = value
            default: throw .syntax
            }
        }
    }

    var words: [String] {
        (pattern.map { ["MATCH", $0] } ?? []) + (count == 10 ? [] : ["COUNT", String(count)])
            + (type.map { ["TYPE", $0] } ?? [])
    }
}

extension RedisError {
    static let databaseOutOfRange = RedisError("ERR DB index is out of range")
    static let noSuchKey = RedisError("ERR no such key")
}
