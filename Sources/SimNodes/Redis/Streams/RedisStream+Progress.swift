/// What a server keeps for itself: clients can ask for it, but replicas need not agree on it.
struct RedisLocal<Value: Sendable>: Hashable, Sendable {
    var value: Value

    init(_ value: Value) { self.value = value }

    static func == (left: RedisLocal, right: RedisLocal) -> Bool { true }
    func hash(into hasher: inout Hasher) {}
}

// How far groups have read (t_stream.c).
extension RedisStream {
    /// How many entries there ever were up to that one; nil if unknown (`streamEstimateDistanceFromFirstEverEntry`).
    func distance(to id: RedisStreamID) -> Int64? {
        if entriesAdded == 0 { return 0 }
        if entries.count == 0, id <= lastID { return entriesAdded }
        if id >= lastID { return id == lastID ? entriesAdded : nil }
        guard let first = entries.first, maxDeletedID == .zero || maxDeletedID < first else { return nil }
        if id < first { return entriesAdded - Int64(entries.count) }
        return id == first ? entriesAdded - Int64(entries.count) + 1 : nil
    }

    /// Whether an entry from that one on was deleted (`streamRangeHasTombstones`).
    func hasGaps(from id: RedisStreamID) -> Bool {
        guard let first = entries.first, maxDeletedID != .zero, first <= maxDeletedID else { return false }
        return id <= maxDeletedID
    }

    /// How many entries a group has not read yet; nil if unknown.
    func lag(of group: Group) -> Int64? {
        if entriesAdded == 0 { return 0 }
        if let read = group.entriesRead.value, !hasGaps(from: group.lastDelivered) { return entriesAdded - read }
        return distance(to: group.lastDelivered).map { entriesAdded - $0 }
    }

    /// What a group was last given; nil if there is no such group.
    func lastDelivered(of name: String) -> RedisStreamID? { group(name).map { groups[$0].lastDelivered } }

    /// How many entries a group has read; nil if unknown.
    func entriesRead(by name: String) -> Int64? { group(name).flatMap { groups[$0].entriesRead.value } }

    /// Notes that a group was given an entry.
    mutating func deliver(_ id: RedisStreamID, to index: Int) {
        if let read = groups[index].entriesRead.value, !hasGaps(from: id) {
            groups[index].entriesRead.value = read + 1
        } else if entriesAdded > 0 {
            groups[index].entriesRead.value = distance(to: id)
        }
        groups[index].lastDelivered = id
    }
}
