/// Deterministic damage to a text: what slips of the hand, bad merges and broken downloads leave behind.
struct Mutation {
    private var state: UInt64

    // Another factor than the generator's own step, or the streams of neighbouring seeds would overlap.
    init(seed: Int) { state = UInt64(truncatingIfNeeded: seed) &* 0xD134_2543_DE82_EF95 &+ 0x1234_5678 }

    /// SplitMix64.
    private mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    private mutating func below(_ limit: Int) -> Int { limit <= 0 ? 0 : Int(next() % UInt64(limit)) }

    private mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

    private static let scraps = [
        "\"-5s\"", "-1", "1e999", "99999999999999999999", "0.5", "null", "true", "[]", "{}", "\"\"", "\"nosuch\"", "5",
        "\"5\"", "\"5x\"", "\"99999999999999999h\"", "\"0.0000000001s\"", "{\"nosuch\": 1}", "[[[[[[[[", "\"\\ud800\"",
        "\"\\q\"", "nul", "01", "1.", "-", "\"at once\"", "\"self\"", "[\"app1\", \"app1\"]", "\"1e3ms\"", "1e3",
        "\"10/s\"",
    ]

    private static let bytes: [UInt8] = Array("{}[]\",:0189-+.eE \\/nt\u{1}\n'#x".utf8) + [0x80, 0xC3, 0xFF, 0x00]

    /// The text with one to three injuries; half of the time only such as leave most of it JSON.
    mutating func apply(to text: [UInt8]) -> [UInt8] {
        var text = text
        let isGentle = below(2) == 0
        for _ in 0...below(3) {
            if isGentle { replaceToken(&text, isGentle: true) } else { injure(&text) }
        }
        return text
    }

    private mutating func injure(_ text: inout [UInt8]) {
        let position = below(text.count)
        switch below(12) {
        case 0: text.remove(at: position)
        case 1: text.insert(pick(Self.bytes), at: position)
        case 2: text[position] = pick(Self.bytes)
        case 3: text.insert(text[position], at: position)
        case 4: text.removeSubrange(position...)
        case 5: text.removeSubrange(position..<min(text.count, position + 1 + below(60)))
        case 6:
            let piece = text[position..<min(text.count, position + 1 + below(60))]
            text.insert(contentsOf: piece, at: below(text.count))
        default: replaceToken(&text, isGentle: false)
        }
        if text.isEmpty { text = [0x20] }
    }

    /// Replaces, repeats or removes one whole key, string, number or word.
    private mutating func replaceToken(_ text: inout [UInt8], isGentle: Bool) {
        let tokens = Self.tokens(of: text)
        guard !tokens.isEmpty else { return }
        let token = pick(tokens)
        let isKey = token.upperBound < text.count && text[token.upperBound] == UInt8(ascii: ":")
        switch below(4) {
        case 0: text.replaceSubrange(token, with: text[pick(tokens)])
        case 1 where !isGentle: text.removeSubrange(token)
        case 1 where isKey: text.insert(UInt8(ascii: "x"), at: token.upperBound - 1)
        default: text.replaceSubrange(token, with: Array((isGentle && isKey ? "\"nosuch\"" : pick(Self.scraps)).utf8))
        }
    }

    private static func tokens(of text: [UInt8]) -> [Range<Int>] {
        var tokens: [Range<Int>] = []
        var index = 0
        while index < text.count {
            let start = index
            if text[index] == UInt8(ascii: "\"") {
                index += 1
                while index < text.count, text[index] != UInt8(ascii: "\"") { index += 1 }
                index = min(text.count, index + 1)
                tokens.append(start..<index)
            } else if isWord(text[index]) {
                while index < text.count, isWord(text[index]) { index += 1 }
                tokens.append(start..<index)
            } else {
                index += 1
            }
        }
        return tokens
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2E: true
        default: false
        }
    }
}
