/// The keys of an index in their order, for the gaps between them.
///
/// A sorted list of short sorted chunks: look-up is logarithmic, an insert moves one chunk at most.
struct OrderedKeys<Key: Comparable & Sendable>: Sendable {
    private struct Entry: Sendable {
        var key: Key
        var slot: Int32
    }

    private static var chunkLimit: Int { 256 }
    private var chunks: [[Entry]] = []

    /// Builds the order of keys that are given in any order.
    init(_ pairs: [(Key, Int32)]) {
        let entries = pairs.map { Entry(key: $0.0, slot: $0.1) }.sorted { $0.key < $1.key }
        var start = 0
        while start < entries.count {
            let end = min(start + Self.chunkLimit / 2, entries.count)
            chunks.append(Array(entries[start..<end]))
            start = end
        }
    }

    /// Slot of the first key greater than `key`; nil stands for the supremum.
    func successor(of key: Key) -> Int32? {
        var index = chunk(for: key)
        guard index < chunks.count else { return nil }
        let position = Self.firstGreater(chunks[index], key)
        if position < chunks[index].count { return chunks[index][position].slot }
        index += 1
        return index < chunks.count ? chunks[index][0].slot : nil
    }

    /// Adds a key.
    mutating func insert(_ key: Key, slot: Int32) {
        guard !chunks.isEmpty else {
            chunks.append([Entry(key: key, slot: slot)])
            return
        }
        let index = chunk(for: key)
        let position = Self.firstGreater(chunks[index], key)
        chunks[index].insert(Entry(key: key, slot: slot), at: position)
        guard chunks[index].count > Self.chunkLimit else { return }
        let half = Array(chunks[index][(Self.chunkLimit / 2)...])
        chunks[index].removeLast(half.count)
        chunks.insert(half, at: index + 1)
    }

    /// Removes a key, if it is there.
    mutating func remove(_ key: Key) {
        let index = chunk(for: key)
        guard index < chunks.count else { return }
        let position = Self.firstGreater(chunks[index], key) - 1
        guard position >= 0, chunks[index][position].key == key else { return }
        chunks[index].remove(at: position)
        if chunks[index].isEmpty { chunks.remove(at: index) }
    }

    /// The last chunk whose first key is not greater, or the first chunk.
    private func chunk(for key: Key) -> Int {
        var low = 0
        var high = chunks.count
        while low < high {
            let middle = (low + high) / 2
            if key < chunks[middle][0].key { high = middle } else { low = middle + 1 }
        }
        return low > 0 ? low - 1 : 0
    }

    private static func firstGreater(_ entries: [Entry], _ key: Key) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if key < entries[middle].key { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
