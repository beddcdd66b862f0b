/// What a key holds.
enum RedisValue: Hashable, Sendable {
    /// A string that is the shortest decimal form of a 64-bit number (`OBJ_ENCODING_INT`).
    case integer(Int64)
    /// Any other string.
    case string(String)
    /// A string that a command on bits or ranges has made, and that need not be UTF-8; clients read it as such.
    case bytes([UInt8])
    case list(RedisList)
    case sortedSet(RedisSortedSet)
    case hash(RedisHash)
    case set(RedisMemberSet)
    case stream(RedisStream)

    /// The encoding that SET chooses.
    init(string: String) {
        if let number = RedisInteger.parse(string) {
            self = .integer(number)
        } else {
            self = .string(string)
        }
    }

    /// A string of these bytes.
    init(bytes: [UInt8]) {
        if let text = String(validating: bytes, as: UTF8.self) {
            self = RedisValue(string: text)
        } else {
            self = .bytes(bytes)
        }
    }

    /// The text of a string; nil for any other type.
    var text: String? {
        switch self {
        case .integer(let number): String(number)
        case .string(let text): text
        case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
        default: nil
        }
    }

    /// The answer to TYPE.
    var typeName: String {
        switch self {
        case .integer, .string, .bytes: "string"
        case .list: "list"
        case .sortedSet: "zset"
        case .hash: "hash"
        case .set: "set"
        case .stream: "stream"
        }
    }
}

/// The fields of a hash, in the order in which they came.
///
/// So does the real server for up to 128 fields (listpack); a larger hash has no order, and a removal moves the last
/// field into the gap.
struct RedisHash: Hashable, Sendable {
    private var places: [String: Int] = [:]
    private(set) var fields: [String] = []
    private(set) var values: [String] = []
    /// What fields and values take, packed.
    private(set) var bytes = 0

    var count: Int { fields.count }

    subscript(field: String) -> String? { places[field].map { values[$0] } }

    /// Sets a field and says whether it is a new one.
    mutating func set(_ field: String, to value: String) -> Bool {
        if let place = places[field] {
            bytes += value.utf8.count - values[place].utf8.count
            values[place] = value
            return false
        }
        places[field] = fields.count
        fields.append(field)
        values.append(value)
        bytes += RedisMemory.packed(field.utf8.count) + RedisMemory.packed(value.utf8.count)
        return true
    }

    /// Removes a field and says whether it was there.
    mutating func remove(_ field: String) -> Bool {
        guard let place = places.removeValue(forKey: field) else { return false }
        bytes -= RedisMemory.packed(field.utf8.count) + RedisMemory.packed(values[place].utf8.count)
        guard fields.count > 128 else {
            fields.remove(at: place)
            values.remove(at: place)
            for later in place..<fields.count { places[fields[later]] = later }
            return true
        }
        fields.swapAt(place, fields.count - 1)
        values.swapAt(place, values.count - 1)
        fields.removeLast()
        values.removeLast()
        if place < fields.count { places[fields[place]] = place }
        return true
    }
}

/// The members of a set, in the order in which they came; a removal moves the last one into the gap.
struct RedisMemberSet: Hashable, Sendable {
    private var places: [String: Int] = [:]
    private(set) var members: [String] = []
    /// What the members take, packed.
    private(set) var bytes = 0

    var count: Int { members.count }

    func contains(_ member: String) -> Bool { places[member] != nil }

    /// Adds a member and says whether it is a new one.
    mutating func insert(_ member: String) -> Bool {
        guard places[member] == nil else { return false }
        places[member] = members.count
        members.append(member)
        bytes += RedisMemory.packed(member.utf8.count)
        return true
    }

    /// Removes a member and says whether it was there.
    mutating func remove(_ member: String) -> Bool {
        guard let place = places.removeValue(forKey: member) else { return false }
        bytes -= RedisMemory.packed(member.utf8.count)
        members.swapAt(place, members.count - 1)
        members.removeLast()
        if place < members.count { places[members[place]] = place }
        return true
    }
}
