/// A binary heap of deadlines whose owners may lose interest: a stale entry is told by its generation and skipped.
///
/// Deadlines that are pushed in ascending order (every lock has the same TTL) cost O(1).
struct DeadlineHeap: Sendable {
    struct Entry: Sendable {
        /// Milliseconds of the owner's clock.
        var time: Int64
        var owner: Int
        var generation: UInt32
    }

    private(set) var entries: [Entry] = []

    var first: Entry? { entries.first }
    var count: Int { entries.count }

    mutating func push(_ entry: Entry) {
        entries.append(entry)
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child].precedes(entries[parent]) else { return }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    mutating func popFirst() -> Entry? {
        guard let top = entries.first else { return nil }
        let last = entries.removeLast()
        if !entries.isEmpty {
            entries[0] = last
            siftDown(from: 0)
        }
        return top
    }

    /// Forgets what `isLive` refuses; for the owner to call when most entries are stale.
    mutating func compact(_ isLive: (Entry) -> Bool) {
        entries.removeAll { !isLive($0) }
        guard entries.count > 1 else { return }
        for index in stride(from: entries.count / 2 - 1, through: 0, by: -1) { siftDown(from: index) }
    }

    mutating func removeAll() { entries.removeAll(keepingCapacity: true) }

    private mutating func siftDown(from start: Int) {
        var parent = start
        while true {
            var least = parent
            let left = 2 * parent + 1
            if left < entries.count, entries[left].precedes(entries[least]) { least = left }
            if left + 1 < entries.count, entries[left + 1].precedes(entries[least]) { least = left + 1 }
            if least == parent { return }
            entries.swapAt(parent, least)
            parent = least
        }
    }
}

extension DeadlineHeap.Entry {
    /// Equal times go by owner, so that the order never depends on the history of the heap.
    fileprivate func precedes(_ other: DeadlineHeap.Entry) -> Bool {
        time != other.time ? time < other.time : owner < other.owner
    }
}
