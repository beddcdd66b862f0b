/// A stream: entries and consumer groups (t_stream.c).
struct RedisStream: Hashable, Sendable {
    /// Fields and values in turn.
    var entries = RedisIDTable<[String]>()
    /// The greatest id ever used; it outlives the entry.
    var lastID = RedisStreamID.zero
    /// In the order of their creation.
    var groups: [Group] = []

    struct Group: Hashable, Sendable {
        let name: String
        var lastDelivered: RedisStreamID
        /// What was delivered and not acknowledged (PEL).
        var pending = RedisIDTable<Pending>()
        /// In the order of their creation.
        var consumers: [String] = []
    }

    /// One delivery that nobody has acknowledged.
    struct Pending: Hashable, Sendable {
        var consumer: String
        /// Milliseconds of the wall clock.
        var deliveredAt: Int64
        var deliveries: Int64
    }

    func group(_ name: String) -> Int? { groups.firstIndex { $0.name == name } }

    /// Removes the oldest entries beyond that length, whoever still has them pending; returns how many.
    mutating func trim(toLength length: Int64) -> Int64 {
        var removed: Int64 = 0
        guard entries.count > length else { return 0 }
        for id in entries.liveIDs.prefix(entries.count - Int(max(0, length))) {
            entries[id] = nil
            removed += 1
        }
        return removed
    }

    /// Removes the entries below an id; returns how many.
    mutating func trim(below id: RedisStreamID) -> Int64 {
        let old = entries.liveIDs.prefix { $0 < id }
        for id in old { entries[id] = nil }
        return Int64(old.count)
    }
}
