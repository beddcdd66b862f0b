/// An index beside the clustered one: entries are a key and the row's primary key, in this order.
///
/// Several entries of a unique index can have the same key while the rows of all but one are marked as deleted.
struct SecondaryIndex<Key: Hashable & Comparable & Sendable>: Sendable {
    struct Entry: Comparable, Sendable {
        var key: Key
        var id: Int64

        static func < (left: Entry, right: Entry) -> Bool {
            left.key != right.key ? left.key < right.key : left.id < right.id
        }
    }

    private static var absent: Int32 { -2 }

    /// The slot of the latest entry of each key.
    private var latest: [Key: Int32] = [:]
    /// By slot: the entry of the same key before it; -1: none; `absent`: the slot's row has no entry.
    private var earlier: [Int32] = []
    /// Built when the first gap matters.
    private var order: OrderedKeys<Entry>?

    /// The slot of the latest entry with the key.
    func last(_ key: Key) -> Int32? { latest[key] }

    /// The slot of the entry with the same key before it, or -1.
    func before(_ slot: Int32) -> Int32 { earlier[Int(slot)] }

    /// Whether the slot's row has an entry.
    func contains(_ slot: Int32) -> Bool { Int(slot) < earlier.count && earlier[Int(slot)] != Self.absent }

    /// The slots of all entries with the key, in the order of the index.
    func all(_ key: Key) -> [Int32] {
        guard var slot = latest[key] else { return [] }
        var slots = [slot]
        while earlier[Int(slot)] >= 0 {
            slot = earlier[Int(slot)]
            slots.append(slot)
        }
        return slots.reversed()
    }

    /// Adds an entry; ids of entries with the same key ascend.
    ///
    /// - Parameter isFound: whether it can be looked up by its key, which NULL never is.
    mutating func insert(_ key: Key, id: Int64, slot: Int32, isFound: Bool = true) {
        if Int(slot) >= earlier.count {
            earlier.append(contentsOf: repeatElement(Self.absent, count: Int(slot) + 1 - earlier.count))
        }
        earlier[Int(slot)] = isFound ? latest.updateValue(slot, forKey: key) ?? -1 : -1
        order?.insert(Entry(key: key, id: id), slot: slot)
    }

    /// - Returns: whether the row had an entry.
    mutating func remove(_ key: Key, id: Int64, slot: Int32) -> Bool {
        guard contains(slot) else { return false }
        if let last = latest[key] {
            if last == slot {
                latest[key] = earlier[Int(slot)] >= 0 ? earlier[Int(slot)] : nil
            } else {
                var following = last
                while earlier[Int(following)] >= 0, earlier[Int(following)] != slot {
                    following = earlier[Int(following)]
                }
                if earlier[Int(following)] == slot { earlier[Int(following)] = earlier[Int(slot)] }
            }
        }
        earlier[Int(slot)] = Self.absent
        order?.remove(Entry(key: key, id: id))
        return true
    }

    /// Whether `successor` can answer.
    var isOrdered: Bool { order != nil }

    /// Learns the order of all its entries, given in any.
    mutating func putInOrder(_ entries: [(Entry, Int32)]) { order = OrderedKeys(entries) }

    /// Slot of the first entry after a place, or the supremum.
    func successor(of key: Key, id: Int64) -> Int32 {
        order?.successor(of: Entry(key: key, id: id)) ?? LockManager.supremum
    }
}

/// A key of the index over `request_key`: NULL comes first.
struct RequestKey: Hashable, Comparable, Sendable {
    var text: String?

    static func < (left: RequestKey, right: RequestKey) -> Bool {
        switch (left.text, right.text) {
        case (nil, nil), (_, nil): false
        case (nil, _): true
        case (let left?, let right?): left < right
        }
    }
}
