/// A command on sets beyond the ones every design uses, which are cases of ``RedisCommand``.
package enum RedisMemberSetCommand: Sendable {
    /// SMISMEMBER.
    case contains(String, [String])
    /// SPOP; without a count one member and no array.
    case pop(String, count: Int64? = nil)
    /// SRANDMEMBER; a negative count may repeat members, none is one member and no array.
    case random(String, count: Int64? = nil)
    case move(String, to: String, String)
    case intersection([String])
    case union([String])
    case difference([String])
    /// SINTERCARD; the limit 0 is none.
    case intersectionCount([String], limit: Int64)
    case scan(String, UInt64, RedisScanOptions)
}

extension RedisMemberSetCommand: RedisCommandFamily {
    static let traits: [String: RedisCommandTraits] = [
        "SMISMEMBER": .init(-3), "SPOP": .init(-2, .write), "SRANDMEMBER": .init(-2), "SMOVE": .init(4, .write),
        "SINTER": .init(-2), "SUNION": .init(-2), "SDIFF": .init(-2), "SINTERCARD": .init(-3), "SSCAN": .init(-3),
    ]

    init(_ name: String, _ words: [String]) throws(RedisError) {
        switch name {
        case "SMISMEMBER": self = .contains(words[0], Array(words.dropFirst()))
        case "SPOP":
            guard words.count <= 2 else { throw .syntax }
            guard words.count == 2 else {
                self = .pop(words[0])
                return
            }
            guard let count = RedisInteger.parse(words[1]), count >= 0 else { throw .mustBePositive }
            self = .pop(words[0], count: count)
        case "SRANDMEMBER":
            guard words.count <= 2 else { throw .syntax }
            self = .random(words[0], count: words.count == 2 ? try RedisCommand.sampleSize(words[1]) : nil)
        case "SMOVE": self = .move(words[0], to: words[1], words[2])
        case "SINTER": self = .intersection(words)
        case "SUNION": self = .union(words)
        case "SDIFF": self = .difference(words)
        case "SINTERCARD": self = try Self.intersectionCount(words)
        default:
            let cursor = try RedisScanOptions.cursor(words[1])
            self = .scan(words[0], cursor, try RedisScanOptions(words.dropFirst(2), hasTypes: false))
        }
    }

    private static func intersectionCount(_ words: [String]) throws(RedisError) -> RedisMemberSetCommand {
        guard let count = RedisInteger.parse(words[0]), count > 0 else {
            throw RedisError("ERR numkeys should be greater than 0")
        }
        guard count <= words.count - 1 else { throw .tooManyKeys }
        var limit: Int64 = 0
        var rest = words.dropFirst(1 + Int(count))
        while let word = rest.popFirst() {
            guard word.uppercased() == "LIMIT", let number = rest.popFirst() else { throw .syntax }
            guard let value = RedisInteger.parse(number), value >= 0 else {
                throw RedisError("ERR LIMIT can't be negative")
            }
            limit = value
        }
        return .intersectionCount(Array(words[1...Int(count)]), limit: limit)
    }

    var words: [String] {
        switch self {
        case .contains(let key, let members): ["SMISMEMBER", key] + members
        case .pop(let key, let count): ["SPOP", key] + (count.map { [String($0)] } ?? [])
        case .random(let key, let count): ["SRANDMEMBER", key] + (count.map { [String($0)] } ?? [])
        case .move(let source, let destination, let member): ["SMOVE", source, destination, member]
        case .intersection(let keys): ["SINTER"] + keys
        case .union(let keys): ["SUNION"] + keys
        case .difference(let keys): ["SDIFF"] + keys
        case .intersectionCount(let keys, let limit):
            ["SINTERCARD", String(keys.count)] + keys + (limit == 0 ? [] : ["LIMIT", String(limit)])
        case .scan(let key, let cursor, let options): ["SSCAN", key, String(cursor)] + options.words
        }
    }
}
