/// An estimate of the memory that a key takes: the sizes of redis 7.0's structures on a 64-bit machine, in the size
/// classes of its allocator, without what connections, replicas and fragmentation add.
enum RedisMemory {
    /// `used_memory_startup` of redis 7.0.15: what a server takes before it has a key.
    static let startup = 876_272

    /// The allocator's size class for that many bytes (jemalloc).
    static func allocated(_ bytes: Int) -> Int {
        if bytes <= 8 { return 8 }
        if bytes <= 128 { return (bytes + 15) / 16 * 16 }
        // Four classes for each doubling.
        var step = 32
        while bytes > step * 8 { step *= 2 }
        return (bytes + step - 1) / step * step
    }

    /// A string with its header and terminator (sds.c).
    static func string(_ bytes: Int) -> Int { allocated(bytes + (bytes < 32 ? 2 : bytes < 256 ? 4 : 6)) }

    /// An entry of a hash table, and its place in the table.
    static let entry = 32 + 8

    /// One element within a compact encoding.
    static func packed(_ bytes: Int) -> Int { bytes + 2 }
}

extension RedisValue {
    /// Bytes, the key not included.
    var memory: Int {
        switch self {
        case .integer: 16
        case .string(let text):
            text.utf8.count <= 44
                ? RedisMemory.allocated(16 + 3 + text.utf8.count + 1) : 16 + RedisMemory.string(text.utf8.count)
        case .bytes(let bytes): 16 + RedisMemory.string(bytes.count)
        case .list(let list): 16 + 120 + list.bytes
        case .sortedSet(let set): 16 + Self.collection(set.count, set.bytes, entry: RedisMemory.entry + 48)
        case .hash(let hash): 16 + Self.collection(hash.count, hash.bytes, entry: RedisMemory.entry + 16)
        case .set(let set): 16 + Self.collection(set.count, set.bytes, entry: RedisMemory.entry + 8)
        case .stream(let stream): 16 + 200 + stream.memory
        }
    }

    /// Up to 128 elements are packed into one allocation; more are entries of a table.
    private static func collection(_ count: Int, _ bytes: Int, entry: Int) -> Int {
        count <= 128 ? RedisMemory.allocated(bytes + 7) : 88 + bytes + count * entry
    }
}

extension RedisStream {
    /// The entries at their average size, and what is pending of them.
    fileprivate var memory: Int {
        let entryBytes = entriesAdded == 0 ? 0 : bytesAdded / Int(entriesAdded) * entries.count
        return entryBytes + groups.reduce(0) { $0 + 200 + $1.pending.count * 104 }
    }
}

extension RedisKeyspace.Slot {
    /// Bytes of the key, its value and its time to live.
    var measuredMemory: Int {
        RedisMemory.entry + RedisMemory.string(key.utf8.count) + value.memory
            + (expiresAt == .max ? 0 : RedisMemory.entry)
    }
}
