/// Members with scores, in the order of score, then of the members' bytes.
///
/// The members are kept in chunks, so that adding one moves few others.
struct RedisSortedSet: Sendable {
    struct Entry: Hashable, Sendable {
        let score: Double
        let member: String

        func precedes(_ other: Entry) -> Bool {
            score != other.score
                ? score < other.score : member.utf8.lexicographicallyPrecedes(other.member.utf8)
        }
    }

    private var scores: [String: Double] = [:]
    /// No chunk is empty.
    private var chunks: [[Entry]] = []

    /// What the members and scores take, packed.
    private(set) var bytes = 0

    private static let chunkSize = 128

    init() {}

    var count: Int { scores.count }

    /// The score of a member.
    subscript(member: String) -> Double? { scores[member] }

    /// Sets the score of a member, and says what it was.
    @discardableResult
    mutating func set(_ member: String, to score: Double) -> Double? {
        let old = scores.updateValue(score, forKey: member)
        if old == score { return old }
        if old == nil { bytes += RedisMemory.packed(member.utf8.count) + 10 }
        if let old { removeEntry(Entry(score: old, member: member)) }
        insertEntry(Entry(score: score, member: member))
        return old
    }

    /// Removes a member and says whether it was there.
    mutating func remove(_ member: String) -> Bool {
        guard let score = scores.removeValue(forKey: member) else { return false }
        bytes -= RedisMemory.packed(member.utf8.count) + 10
        removeEntry(Entry(score: score, member: member))
        return true
    }

    // MARK: Order

    /// How many members come before the first that `isReached` accepts; it accepts all behind that one.
    func rank(where isReached: (Entry) -> Bool) -> Int {
        var low = 0
        var high = chunks.count
        while low < high {
            let middle = (low + high) / 2
            if isReached(chunks[middle][chunks[middle].count - 1]) { high = middle } else { low = middle + 1 }
        }
        let before = chunks[..<low].reduce(0) { $0 + $1.count }
        guard low < chunks.count else { return before }
        return before + (chunks[low].firstIndex(where: isReached) ?? 0)
    }

    func rank(of member: String) -> Int? {
        guard let score = scores[member] else { return nil }
        let entry = Entry(score: score, member: member)
        return rank { !$0.precedes(entry) }
    }

    /// The ranks of the members whose scores lie in a range.
    func ranks(from least: RedisScoreBound, to greatest: RedisScoreBound) -> Range<Int> {
        let start = rank { !least.isAfter($0.score) }
        let end = rank { greatest.isBefore($0.score) }
        return start..<max(start, end)
    }

    /// The members of these ranks in order.
    func entries(_ ranks: Range<Int>) -> [Entry] {
        var entries: [Entry] = []
        entries.reserveCapacity(ranks.count)
        var before = 0
        for chunk in chunks {
            if before >= ranks.upperBound { break }
            let first = max(0, ranks.lowerBound - before)
            let last = min(chunk.count, ranks.upperBound - before)
            if first < last { entries += chunk[first..<last] }
            before += chunk.count
        }
        return entries
    }

    private func chunk(for entry: Entry) -> Int {
        var low = 0
        var high = chunks.count
        while low < high {
            let middle = (low + high) / 2
            if chunks[middle][chunks[middle].count - 1].precedes(entry) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func place(of entry: Entry, in chunk: [Entry]) -> Int {
        var low = 0
        var high = chunk.count
        while low < high {
            let middle = (low + high) / 2
            if chunk[middle].precedes(entry) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private mutating func insertEntry(_ entry: Entry) {
        guard !chunks.isEmpty else { return chunks.append([entry]) }
        let index = min(chunk(for: entry), chunks.count - 1)
        chunks[index].insert(entry, at: Self.place(of: entry, in: chunks[index]))
        guard chunks[index].count > Self.chunkSize else { return }
        // Scores that only grow fill the last chunk, which then is better left full.
        let middle = index == chunks.count - 1 ? Self.chunkSize : Self.chunkSize / 2
        chunks.insert(Array(chunks[index][middle...]), at: index + 1)
        chunks[index].removeSubrange(middle...)
    }

    private mutating func removeEntry(_ entry: Entry) {
        let index = chunk(for: entry)
        chunks[index].remove(at: Self.place(of: entry, in: chunks[index]))
        if chunks[index].isEmpty { chunks.remove(at: index) }
    }
}

// Equal are sets of equal members and scores, whatever their chunks.
extension RedisSortedSet: Hashable {
    static func == (left: RedisSortedSet, right: RedisSortedSet) -> Bool { left.scores == right.scores }
    func hash(into hasher: inout Hasher) { hasher.combine(scores) }
}
