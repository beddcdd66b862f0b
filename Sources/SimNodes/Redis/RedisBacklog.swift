/// The last stretch of the command stream, for replicas that come back (replication.c).
///
/// It keeps whole commands where the server keeps bytes: it may hold up to one command more than its size.
struct RedisBacklog: Sendable {
    private var units: [RedisReplicationUnit] = []
    private var head = 0
    private var size: Int
    private var held = 0
    /// The first byte that the backlog can still give.
    private(set) var start: Int64

    /// An empty backlog that begins after `offset`.
    init(size: Int, after offset: Int64) {
        self.size = size
        start = offset + 1
    }

    mutating func append(_ unit: RedisReplicationUnit) {
        units.append(unit)
        held += unit.length
        while held - units[head].length >= size {
            held -= units[head].length
            start = units[head].end + 1
            head += 1
        }
        if head > 64, head * 2 > units.count {
            units.removeFirst(head)
            head = 0
        }
    }

    mutating func resize(to size: Int) { self.size = size }

    /// What follows when `offset` is the next byte wanted; nil when that is gone, or never was.
    func units(from offset: Int64) -> ArraySlice<RedisReplicationUnit>? {
        guard offset >= start, offset <= (units.last?.end ?? start - 1) + 1 else { return nil }
        var low = head
        var high = units.count
        while low < high {
            let middle = (low + high) / 2
            if units[middle].end < offset { low = middle + 1 } else { high = middle }
        }
        // An offset inside a command belongs to another history of the same length.
        guard low == units.count || units[low].end - Int64(units[low].length) + 1 == offset else { return nil }
        return units[low...]
    }
}
