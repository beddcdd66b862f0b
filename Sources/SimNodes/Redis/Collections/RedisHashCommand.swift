/// A command on a hash beyond the ones every design uses, which are cases of ``RedisCommand``.
package enum RedisHashCommand: Sendable {
    case fields(String)
    case values(String)
    /// HSTRLEN in bytes.
    case length(String, String)
    /// HINCRBYFLOAT; the increment as it was given.
    case addFloat(String, String, String)
    /// HMSET; fields and values in turn.
    case setMany(String, [String])
    /// HRANDFIELD; a negative count may repeat fields, none is one field and no array.
    case random(String, count: Int64? = nil, withValues: Bool = false)
    case scan(String, UInt64, RedisScanOptions)
}

extension RedisHashCommand: RedisCommandFamily {
    static let traits: [String: RedisCommandTraits] = [
        "HKEYS": .init(2), "HVALS": .init(2), "HSTRLEN": .init(3), "HINCRBYFLOAT": .init(4, .grows),
        "HMSET": .init(-4, .grows), "HRANDFIELD": .init(-2), "HSCAN": .init(-3),
    ]

    init(_ name: String, _ words: [String]) throws(RedisError) {
        switch name {
        case "HKEYS": self = .fields(words[0])
        case "HVALS": self = .values(words[0])
        case "HSTRLEN": self = .length(words[0], words[1])
        case "HINCRBYFLOAT":
            guard RedisFloat(words[2]) != nil else { throw .notAFloat }
            self = .addFloat(words[0], words[1], words[2])
        case "HMSET":
            guard words.count % 2 == 1 else { throw .wrongArity("hmset") }
            self = .setMany(words[0], Array(words.dropFirst()))
        case "HRANDFIELD":
            guard words.count > 1 else {
                self = .random(words[0])
                return
            }
            let count = try RedisCommand.sampleSize(words[1])
            guard words.count == 2 || words.count == 3 && words[2].uppercased() == "WITHVALUES" else { throw .syntax }
            self = .random(words[0], count: count, withValues: words.count == 3)
        default:
            let cursor = try RedisScanOptions.cursor(words[1])
            self = .scan(words[0], cursor, try RedisScanOptions(words.dropFirst(2), hasTypes: false))
        }
    }

    var words: [String] {
        switch self {
        case .fields(let key): ["HKEYS", key]
        case .values(let key): ["HVALS", key]
        case .length(let key, let field): ["HSTRLEN", key, field]
        case .addFloat(let key, let field, let step): ["HINCRBYFLOAT", key, field, step]
        case .setMany(let key, let pairs): ["HMSET", key] + pairs
        case .random(let key, let count, let withValues):
            ["HRANDFIELD", key] + (count.map { [String($0)] } ?? []) + (withValues ? ["WITHVALUES"] : [])
        case .scan(let key, let cursor, let options): ["HSCAN", key, String(cursor)] + options.words
        }
    }
}

extension RedisCommand {
    /// How many random members are wanted; negative: with repetitions.
    static func sampleSize(_ word: String) throws(RedisError) -> Int64 {
        let count = try integer(word)
        guard count != .min else {
            throw RedisError(
                "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807")
        }
        return count
    }
}
