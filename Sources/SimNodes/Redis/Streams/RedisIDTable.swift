/// Values sorted by stream id; ids mostly come in ascending order, and go from the front.
///
/// A removal leaves a gap; the gaps go when they are most of the table.
struct RedisIDTable<Value: Sendable & Hashable>: Hashable, Sendable {
    private var ids: [RedisStreamID] = []
    private var values: [Value?] = []
    private(set) var count = 0

    /// The first place whose id is not less than `id`; its value may be a gap.
    func place(from id: RedisStreamID) -> Int {
        if let last = ids.last, last < id { return ids.count }
        var low = 0
        var high = ids.count
        while low < high {
            let middle = (low + high) / 2
            if ids[middle] < id { low = middle + 1 } else { high = middle }
        }
        return low
    }

    subscript(id: RedisStreamID) -> Value? {
        get {
            let place = place(from: id)
            return place < ids.count && ids[place] == id ? values[place] : nil
        }
        set {
            let place = place(from: id)
            let isPresent = place < ids.count && ids[place] == id
            if let newValue {
                if isPresent {
                    if values[place] == nil { count += 1 }
                    values[place] = newValue
                } else {
                    ids.insert(id, at: place)
                    values.insert(newValue, at: place)
                    count += 1
                }
            } else if isPresent, values[place] != nil {
                values[place] = nil
                count -= 1
                if ids.count > 32, count * 2 < ids.count { compact() }
            }
        }
    }

    private mutating func compact() {
        let live = values.indices.filter { values[$0] != nil }
        ids = live.map { ids[$0] }
        values = live.map { values[$0] }
    }

    /// The values of a closed range of ids in order, until `visit` says no.
    func forEach(
        from start: RedisStreamID, to end: RedisStreamID = .greatest, _ visit: (RedisStreamID, Value) -> Bool
    ) {
        var place = place(from: start)
        while place < ids.count, ids[place] <= end {
            if let value = values[place], !visit(ids[place], value) { return }
            place += 1
        }
    }

    /// The ids in order.
    var liveIDs: [RedisStreamID] { ids.indices.filter { values[$0] != nil }.map { ids[$0] } }
    var first: RedisStreamID? { ids.indices.first { values[$0] != nil }.map { ids[$0] } }
    var last: RedisStreamID? { ids.indices.last { values[$0] != nil }.map { ids[$0] } }
}
