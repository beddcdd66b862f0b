/// A glob-style pattern of KEYS, SCAN or PSUBSCRIBE (redis util.c `stringmatchlen`).
struct RedisPattern: Sendable {
    private let pattern: [UInt8]

    init(_ pattern: String) { self.pattern = Array(pattern.utf8) }

    func matches(_ text: String) -> Bool { matches(pattern[...], Array(text.utf8)[...]) }

    private func matches(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        var pattern = pattern
        var text = text
        while let token = pattern.first, !text.isEmpty {
            switch token {
            case UInt8(ascii: "*"):
                let rest = pattern.drop { $0 == UInt8(ascii: "*") }
                if rest.isEmpty { return true }
                for start in text.indices where matches(rest, text[start...]) { return true }
                return matches(rest, [])
            case UInt8(ascii: "?"):
                text.removeFirst()
                pattern.removeFirst()
            case UInt8(ascii: "["):
                pattern.removeFirst()
                guard Self.takeClass(&pattern, text.removeFirst()) else { return false }
            default:
                if token == UInt8(ascii: "\\"), pattern.count >= 2 { pattern.removeFirst() }
                guard pattern.removeFirst() == text.removeFirst() else { return false }
            }
        }
        return text.isEmpty && pattern.allSatisfy { $0 == UInt8(ascii: "*") }
    }

    /// Reads `[…]` behind its bracket, and says whether the byte is in it.
    private static func takeClass(_ pattern: inout ArraySlice<UInt8>, _ byte: UInt8) -> Bool {
        let isNegated = pattern.first == UInt8(ascii: "^")
        if isNegated { pattern.removeFirst() }
        var isIn = false
        while let first = pattern.popFirst(), first != UInt8(ascii: "]") {
            if first == UInt8(ascii: "\\"), let escaped = pattern.popFirst() {
                isIn = isIn || escaped == byte
            } else if pattern.first == UInt8(ascii: "-"), pattern.count >= 2 {
                pattern.removeFirst()
                let last = pattern.removeFirst()
                isIn = isIn || (min(first, last)...max(first, last)).contains(byte)
            } else {
                isIn = isIn || first == byte
            }
        }
        return isIn != isNegated
    }
}
