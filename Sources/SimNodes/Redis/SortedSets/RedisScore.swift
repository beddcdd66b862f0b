import Glibc

/// The score of a sorted set's member, as commands and replies spell it.
enum RedisScore {
    /// The number, or nil for what `getDoubleFromObject` (redis object.c) refuses: blanks, NaN, what fits no double.
    static func parse(_ text: String) -> Double? {
        guard let first = text.utf8.first, !RedisFloat.isBlank(first) else { return nil }
        return text.withCString { start -> Double? in
            var end: UnsafeMutablePointer<CChar>?
            errno = 0
            let value = strtod(start, &end)
            guard let end, end - UnsafeMutablePointer(mutating: start) == text.utf8.count, !value.isNaN else {
                return nil
            }
            if errno == ERANGE, value.isInfinite || value.isZero { return nil }
            // A small sorted set keeps a negative zero as the integer 0 (t_zset.c `zzlInsertAt`).
            return value == 0 ? 0 : value
        }
    }

    /// The end of a range: anything that `strtod` takes whole, so that an empty text is 0 (t_zset.c `zslParseRange`).
    static func parseBound(_ text: String) -> Double? {
        text.withCString { start -> Double? in
            var end: UnsafeMutablePointer<CChar>?
            let value = strtod(start, &end)
            guard let end, end.pointee == 0, !value.isNaN else { return nil }
            return value
        }
    }

    /// As RESP2 spells it: seventeen digits.
    static func text(_ score: Double) -> String {
        if score.isInfinite { return score < 0 ? "-inf" : "inf" }
        if let number = Int64(exactly: score), number.magnitude < 1 << 53 { return String(number) }
        return formatted("%.17g", score)
    }
}

/// One end of a range of scores.
package struct RedisScoreBound: Hashable, Sendable {
    package var score: Double
    /// `(`: the score itself is not in the range.
    package var isExclusive = false

    /// A bound that is in the range, unless told otherwise.
    package init(_ score: Double, isExclusive: Bool = false) {
        self.score = score
        self.isExclusive = isExclusive
    }

    init(_ text: String) throws(RedisError) {
        isExclusive = text.hasPrefix("(")
        guard let score = RedisScore.parseBound(isExclusive ? String(text.dropFirst()) : text) else {
            throw RedisError("ERR min or max is not a float")
        }
        self.score = score
    }

    var text: String { (isExclusive ? "(" : "") + RedisScore.text(score) }

    /// Whether a score lies before a range that begins here.
    func isAfter(_ other: Double) -> Bool { isExclusive ? other <= score : other < score }

    /// Whether a score lies behind a range that ends here.
    func isBefore(_ other: Double) -> Bool { isExclusive ? other >= score : other > score }
}
