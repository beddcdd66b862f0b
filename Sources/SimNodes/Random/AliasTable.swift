/// Draws one of n items by weight in constant time, with one random number (Walker's method, Vose's construction).
///
/// The fraction that decides between an item and its alias has at least 64 − log₂ n bits.
@usableFromInline package struct AliasTable: Sendable {
    private struct Entry: Sendable {
        /// The item keeps its slot when the fraction, out of 2⁶⁴, lies below this.
        var threshold: UInt64
        var alias: UInt32
    }

    private let entries: [Entry]

    /// How many items there are.
    package var count: Int { entries.count }

    /// A table for these weights: none negative, at least one above zero.
    package init(weights: [Double]) {
        precondition(!weights.isEmpty && weights.count <= Int(UInt32.max), "a table needs items")
        // From the last: weights often fall, and small ones first lose least.
        let total = weights.reversed().reduce(0, +)
        precondition(total > 0 && total.isFinite && weights.allSatisfy { $0 >= 0 }, "weights must be positive numbers")
        let factor = Double(weights.count) / total
        var shares = weights.map { $0 * factor }
        var entries = weights.indices.map { Entry(threshold: .max, alias: UInt32($0)) }
        var small: [Int] = []
        var large: [Int] = []
        for index in shares.indices {
            if shares[index] < 1 { small.append(index) } else { large.append(index) }
        }
        while let taker = small.last, let giver = large.last {
            small.removeLast()
            entries[taker] = Entry(threshold: UInt64(shares[taker] * 0x1p64), alias: UInt32(giver))
            shares[giver] = (shares[giver] + shares[taker]) - 1
            if shares[giver] < 1 {
                large.removeLast()
                small.append(giver)
            }
        }
        // What rounding leaves over has a share of nearly one and keeps its slot. It is never an item without weight:
        // the shares left sum to their number, so a zero among them would need another above one.
        self.entries = entries
    }

    /// The index of an item.
    package func sample(using stream: inout RandomStream) -> Int {
        let (slot, fraction) = stream.next().multipliedFullWidth(by: UInt64(entries.count))
        let entry = entries[Int(truncatingIfNeeded: slot)]
        return fraction < entry.threshold ? Int(truncatingIfNeeded: slot) : Int(entry.alias)
    }

    /// The probability of each item as the table will draw it.
    package var probabilities: [Double] {
        var result = [Double](repeating: 0, count: entries.count)
        for (index, entry) in entries.enumerated() {
            let kept = entry.alias == UInt32(index) ? 1 : Double(entry.threshold) * 0x1p-64
            result[index] += kept / Double(entries.count)
            result[Int(entry.alias)] += (1 - kept) / Double(entries.count)
        }
        return result
    }
}
