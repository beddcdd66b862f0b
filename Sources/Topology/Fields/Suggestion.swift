/// Finds the word that somebody probably meant.
package enum Suggestion {
    /// The remedy for an unknown word: the nearest known one, or all of them when they are few.
    package static func remedy(for word: String, among known: [String]) -> String {
        if let nearest = nearest(to: word, among: known) { return "did you mean \"\(nearest)\"?" }
        if known.isEmpty { return "leave it out" }
        let shown = known.prefix(24).map { "\"\($0)\"" }.joined(separator: ", ")
        return "write one of \(shown)\(known.count > 24 ? ", …" : "")"
    }

    /// The known word with the fewest edits, if they are few for its length; the first among equals.
    package static func nearest(to word: String, among known: [String]) -> String? {
        guard word.utf8.count <= 200 else { return nil }
        let folded = Array(word.lowercased().utf8)
        var best: (word: String, edits: Int)?
        for candidate in known {
            let edits = edits(from: folded, to: Array(candidate.lowercased().utf8))
            guard edits <= max(1, candidate.utf8.count / 3), edits < best?.edits ?? .max else { continue }
            best = (candidate, edits)
        }
        return best?.word
    }

    /// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
    static func edits(from source: [UInt8], to target: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...target.count)
        for row in source.indices {
            var current = [row + 1]
            for column in target.indices {
                let replaced = last[column] + (source[row] == target[column] ? 0 : 1)
                var edits = min(replaced, last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, source[row] == target[column - 1], source[row - 1] == target[column] {
                    edits = min(edits, beforeLast[column - 1] + 1)
                }
                current.append(edits)
            }
            (beforeLast, last) = (last, current)
        }
        return last[target.count]
    }
}
