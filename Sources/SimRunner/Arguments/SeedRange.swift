/// The seeds of a series of runs, as `--seeds` takes them.
struct SeedRange: Equatable {
    /// Not empty.
    let seeds: ClosedRange<UInt64>

    /// More than anybody waits for.
    static let largest = 1_000_000

    /// Reads `A..<B` (without B) or `A...B` (with B).
    init(_ text: String) throws(UsageError) {
        for (separator, includesEnd) in [("..<", false), ("...", true)] {
            let parts = Self.split(text, at: separator)
            guard parts.count == 2 else { continue }
            guard let first = Self.seed(parts[0]), let last = Self.seed(parts[1]) else { break }
            guard includesEnd ? first <= last : first < last else {
                throw UsageError("--seeds \(text) has no seed in it")
            }
            seeds = first...(includesEnd ? last : last - 1)
            guard seeds.upperBound - seeds.lowerBound < UInt64(Self.largest) else {
                throw UsageError("--seeds takes at most \(Self.largest) seeds")
            }
            return
        }
        throw UsageError(
            "--seeds expects \"A..<B\" (in quotes, as shells take < for themselves) or A...B, not \"\(text)\"")
    }

    private static func split(_ text: String, at separator: String) -> [Substring] {
        let bytes = Array(text.utf8)
        let mark = Array(separator.utf8)
        guard bytes.count >= mark.count else { return [] }
        for start in 0...(bytes.count - mark.count) where Array(bytes[start..<(start + mark.count)]) == mark {
            let middle = text.utf8.index(text.startIndex, offsetBy: start)
            return [text[..<middle], text[text.utf8.index(middle, offsetBy: mark.count)...]]
        }
        return []
    }

    private static func seed(_ text: Substring) -> UInt64? {
        Int(text).flatMap { $0 >= 0 && $0 < .max ? UInt64($0) : nil }
    }
}
