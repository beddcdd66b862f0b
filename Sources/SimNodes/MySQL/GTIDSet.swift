/// Global transaction identifier: the server where a transaction was first committed, and its number there.
package struct GTID: Hashable, Comparable, Sendable {
    /// Stands for the `server_uuid`.
    package var source: Int32
    /// From 1 on.
    package var number: Int64

    package init(source: Int32, number: Int64) {
        self.source = source
        self.number = number
    }

    package static func < (left: GTID, right: GTID) -> Bool {
        left.source != right.source ? left.source < right.source : left.number < right.number
    }
}

/// A set of transactions, as intervals of numbers for each source (`gtid_executed`).
package struct GTIDSet: Hashable, Sendable {
    private struct Interval: Hashable, Sendable {
        var first: Int64
        var last: Int64
    }

    private struct Part: Hashable, Sendable {
        var source: Int32
        var intervals: [Interval]
    }

    /// By ascending source; intervals ascend and do not touch.
    private var parts: [Part] = []

    package init() {}

    package init(_ identifiers: some Sequence<GTID>) {
        for identifier in identifiers { insert(identifier) }
    }

    package var isEmpty: Bool { parts.isEmpty }

    /// Number of transactions.
    package var count: Int64 {
        parts.reduce(0) { sum, part in part.intervals.reduce(sum) { $0 + $1.last - $1.first + 1 } }
    }

    /// Highest number of a source, or 0.
    package func last(of source: Int32) -> Int64 {
        parts.first { $0.source == source }?.intervals.last?.last ?? 0
    }

    package func contains(_ identifier: GTID) -> Bool {
        guard let part = parts.first(where: { $0.source == identifier.source }) else { return false }
        // The newest interval answers almost every question.
        for interval in part.intervals.reversed() where interval.first <= identifier.number {
            return identifier.number <= interval.last
        }
        return false
    }

    /// Adds one transaction; usually the one after the last.
    package mutating func insert(_ identifier: GTID) {
        let place = parts.firstIndex { $0.source >= identifier.source } ?? parts.count
        let number = identifier.number
        let single = Interval(first: number, last: number)
        guard place < parts.count, parts[place].source == identifier.source else {
            parts.insert(Part(source: identifier.source, intervals: [single]), at: place)
            return
        }
        var index = parts[place].intervals.count
        while index > 0, parts[place].intervals[index - 1].first > number { index -= 1 }
        if index > 0, parts[place].intervals[index - 1].last >= number { return }
        let joinsBefore = index > 0 && parts[place].intervals[index - 1].last == number - 1
        let joinsAfter = index < parts[place].intervals.count && parts[place].intervals[index].first == number + 1
        switch (joinsBefore, joinsAfter) {
        case (true, true):
            parts[place].intervals[index - 1].last = parts[place].intervals[index].last
            parts[place].intervals.remove(at: index)
        case (true, false): parts[place].intervals[index - 1].last = number
        case (false, true): parts[place].intervals[index].first = number
        case (false, false): parts[place].intervals.insert(single, at: index)
        }
    }

    /// All of both sets.
    package func union(_ other: GTIDSet) -> GTIDSet {
        if isEmpty { return other }
        var result = self
        for part in other.parts {
            guard let place = result.parts.firstIndex(where: { $0.source == part.source }) else {
                let position = result.parts.firstIndex { $0.source > part.source } ?? result.parts.count
                result.parts.insert(part, at: position)
                continue
            }
            result.parts[place].intervals = Self.merge(result.parts[place].intervals, part.intervals)
        }
        return result
    }

    /// What `other` does not have.
    package func subtracting(_ other: GTIDSet) -> GTIDSet {
        var result = GTIDSet()
        for part in parts {
            let holes = other.parts.first { $0.source == part.source }?.intervals ?? []
            var left: [Interval] = []
            for interval in part.intervals {
                var first = interval.first
                for hole in holes where hole.last >= first && hole.first <= interval.last {
                    if hole.first > first { left.append(Interval(first: first, last: hole.first - 1)) }
                    first = hole.last + 1
                }
                if first <= interval.last { left.append(Interval(first: first, last: interval.last)) }
            }
            if !left.isEmpty { result.parts.append(Part(source: part.source, intervals: left)) }
        }
        return result
    }

    /// Whether `other` has all of it.
    package func isSubset(of other: GTIDSet) -> Bool { subtracting(other).isEmpty }

    private static func merge(_ left: [Interval], _ right: [Interval]) -> [Interval] {
        var merged: [Interval] = []
        for interval in (left + right).sorted(by: { $0.first < $1.first }) {
            if let last = merged.last, interval.first <= last.last + 1 {
                merged[merged.count - 1].last = max(last.last, interval.last)
            } else {
                merged.append(interval)
            }
        }
        return merged
    }
}
