/// A command on a list.
package enum RedisListCommand: Sendable {
    case push(String, RedisListEnd, [String])
    /// LPUSHX and RPUSHX.
    case pushIfPresent(String, RedisListEnd, [String])
    /// LPOP and RPOP; without a count one element and no array.
    case pop(String, RedisListEnd, count: Int64? = nil)
    case length(String)
    case range(String, Int64, Int64)
    case index(String, Int64)
    case set(String, Int64, String)
    /// LREM of that many from the head, or, if negative, the tail; 0 is all.
    case remove(String, Int64, String)
    case trim(String, Int64, Int64)
    /// LINSERT beside the first `pivot`.
    case insert(String, before: Bool, pivot: String, String)
    case position(String, String, RedisListSearch)
    case move(RedisListMove)
    case blockingPop(RedisBlockingPop)
    /// BLMOVE and BRPOPLPUSH; milliseconds, 0 is for ever.
    case blockingMove(RedisListMove, timeout: Int64)
}

/// The head or the tail of a list.
package enum RedisListEnd: String, Hashable, Sendable {
    case left = "LEFT"
    case right = "RIGHT"
}

/// LMOVE.
package struct RedisListMove: Hashable, Sendable {
    package var source: String
    package var destination: String
    /// The end that the element is taken from.
    package var from: RedisListEnd = .right
    /// The end that it is put to.
    package var to: RedisListEnd = .left
    /// Whether it is spelt RPOPLPUSH, as replicas are told.
    package var isOldForm = false

    /// RPOPLPUSH.
    package init(_ source: String, to destination: String) {
        self.source = source
        self.destination = destination
        isOldForm = true
    }

    /// LMOVE.
    package init(_ source: String, _ from: RedisListEnd, to destination: String, _ to: RedisListEnd) {
        self.source = source
        self.destination = destination
        self.from = from
        self.to = to
    }
}

/// BLPOP or BRPOP.
package struct RedisBlockingPop: Hashable, Sendable {
    /// The lists, the first of which that has an element gives one.
    package var keys: [String]
    package var from: RedisListEnd
    /// Milliseconds; 0 is for ever.
    package var timeout: Int64

    /// A pop from the first of these lists that has an element.
    package init(_ keys: [String], _ from: RedisListEnd, timeout: Int64) {
        self.keys = keys
        self.from = from
        self.timeout = timeout
    }
}

/// The options of LPOS.
package struct RedisListSearch: Hashable, Sendable {
    /// RANK: the first match that counts; negative: searching from the tail.
    package var rank: Int64 = 1
    /// COUNT: how many matches, 0 is all; without it the answer is no array.
    package var count: Int64?
    /// MAXLEN: how many elements are compared; 0 is all.
    package var maxLength: Int64 = 0

    /// The first match.
    package init() {}
}

extension RedisListCommand: RedisCommandFamily {
    static let traits: [String: RedisCommandTraits] = [
        "LPUSH": .init(-3, .grows), "RPUSH": .init(-3, .grows), "LPUSHX": .init(-3, .grows),
        "RPUSHX": .init(-3, .grows), "LPOP": .init(-2, .write), "RPOP": .init(-2, .write), "LLEN": .init(2),
        "LRANGE": .init(4), "LINDEX": .init(3), "LSET": .init(4, .grows), "LREM": .init(4, .write),
        "LTRIM": .init(4, .write), "LINSERT": .init(5, .grows), "LPOS": .init(-3), "LMOVE": .init(5, .grows),
        "RPOPLPUSH": .init(3, .grows), "BLPOP": .init(-3, [.write, .noScript]),
        "BRPOP": .init(-3, [.write, .noScript]), "BLMOVE": .init(6, [.write, .denyOOM, .noScript]),
        "BRPOPLPUSH": .init(4, [.write, .denyOOM, .noScript]),
    ]

    var words: [String] {
        switch self {
        case .push(let key, let end, let elements): [end.letter + "PUSH", key] + elements
        case .pushIfPresent(let key, let end, let elements): [end.letter + "PUSHX", key] + elements
        case .pop(let key, let end, let count): [end.letter + "POP", key] + (count.map { [String($0)] } ?? [])
        case .length(let key): ["LLEN", key]
        case .range(let key, let start, let end): ["LRANGE", key, String(start), String(end)]
        case .index(let key, let index): ["LINDEX", key, String(index)]
        case .set(let key, let index, let element): ["LSET", key, String(index), element]
        case .remove(let key, let count, let element): ["LREM", key, String(count), element]
        case .trim(let key, let start, let end): ["LTRIM", key, String(start), String(end)]
        case .insert(let key, let before, let pivot, let element):
            ["LINSERT", key, before ? "BEFORE" : "AFTER", pivot, element]
        case .position(let key, let element, let search): ["LPOS", key, element] + search.words
        case .move(let move): move.words
        case .blockingPop(let pop): [pop.from.letter == "L" ? "BLPOP" : "BRPOP"] + pop.keys + [pop.timeout.asSeconds]
        case .blockingMove(let move, let timeout): ["B" + move.words[0]] + move.words.dropFirst() + [timeout.asSeconds]
        }
    }
}

extension RedisListEnd {
    fileprivate var letter: String { self == .left ? "L" : "R" }
}

extension RedisListMove {
    fileprivate var words: [String] {
        isOldForm
            ? ["RPOPLPUSH", source, destination] : ["LMOVE", source, destination, from.rawValue, to.rawValue]
    }
}

extension RedisListSearch {
    fileprivate var words: [String] {
        (rank == 1 ? [] : ["RANK", String(rank)]) + (count.map { ["COUNT", String($0)] } ?? [])
            + (maxLength == 0 ? [] : ["MAXLEN", String(maxLength)])
    }
}

extension Int64 {
    /// Milliseconds as the seconds that blocking commands are given.
    var asSeconds: String {
        let text = String(self % 1_000)
        return self % 1_000 == 0
            ? String(self / 1_000) : "\(self / 1_000)." + String(repeating: "0", count: 3 - text.count) + text
    }
}
