/// A command on the bits of a string.
package enum RedisBitmapCommand: Sendable {
    case set(String, Int, Bool)
    case get(String, Int)
    /// BITCOUNT of all.
    case count(String)
    /// BITCOUNT from start to end; negative ones count from the end.
    case countRange(String, Int64, Int64, inBits: Bool)
}

extension RedisBitmapCommand: RedisCommandFamily {
    static let traits: [String: RedisCommandTraits] = [
        "SETBIT": .init(4, .grows), "GETBIT": .init(3), "BITCOUNT": .init(-2),
    ]

    init(_ name: String, _ words: [String]) throws(RedisError) {
        switch name {
        case "SETBIT":
            let offset = try Self.offset(words[1])
            guard words[2] == "0" || words[2] == "1" else {
                throw RedisError("ERR bit is not an integer or out of range")
            }
            self = .set(words[0], offset, words[2] == "1")
        case "GETBIT": self = .get(words[0], try Self.offset(words[1]))
        default:
            guard words.count > 1 else {
                self = .count(words[0])
                return
            }
            guard words.count == 3 || words.count == 4 else { throw .syntax }
            let (start, end) = (try RedisCommand.integer(words[1]), try RedisCommand.integer(words[2]))
            let unit = words.count == 4 ? words[3].uppercased() : "BYTE"
            guard unit == "BYTE" || unit == "BIT" else { throw .syntax }
            self = .countRange(words[0], start, end, inBits: unit == "BIT")
        }
    }

    /// At most 512 MB (proto-max-bulk-len).
    private static func offset(_ word: String) throws(RedisError) -> Int {
        guard let offset = RedisInteger.parse(word), (0..<4_294_967_296).contains(offset) else {
            throw RedisError("ERR bit offset is not an integer or out of range")
        }
        return Int(offset)
    }

    var words: [String] {
        switch self {
        case .set(let key, let offset, let bit): ["SETBIT", key, String(offset), bit ? "1" : "0"]
        case .get(let key, let offset): ["GETBIT", key, String(offset)]
        case .count(let key): ["BITCOUNT", key]
        case .countRange(let key, let start, let end, let inBits):
            ["BITCOUNT", key, String(start), String(end)] + (inBits ? ["BIT"] : [])
        }
    }
}
