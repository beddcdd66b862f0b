/// The digest that names scripts (EVALSHA) and, here, replication ids.
enum SHA1 {
    private typealias State = (UInt32, UInt32, UInt32, UInt32, UInt32)

    /// The digests of names asked for so far: each run of a scenario asks for the same.
    private static let known = Monitor<[String: String]>([:])
    private static let mostKnown = 256

    /// The digest of a node's name, by which it is known for life.
    static func hexDigest(ofName name: String) -> String {
        known.updateQuietly { known in
            if let digest = known[name] { return (digest, false) }
            if known.count == mostKnown { known.removeAll() }
            let digest = hexDigest(of: name)
            known[name] = digest
            return (digest, false)
        }
    }

    /// The 40 lower-case hexadecimal digits of the text's digest (RFC 3174).
    static func hexDigest(of text: String) -> String {
        var message = Array(text.utf8)
        let bitCount = UInt64(message.count) * 8
        message.append(0x80)
        while message.count % 64 != 56 { message.append(0) }
        for shift in stride(from: 56, through: 0, by: -8) {
            message.append(UInt8(truncatingIfNeeded: bitCount >> UInt64(shift)))
        }
        var state: State = (0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0)
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 80) { words in
            for start in stride(from: 0, to: message.count, by: 64) {
                for index in 0..<16 {
                    let place = start + 4 * index
                    let high = UInt32(message[place]) << 24 | UInt32(message[place + 1]) << 16
                    words[index] = high | UInt32(message[place + 2]) << 8 | UInt32(message[place + 3])
                }
                process(words, &state)
            }
        }
        return String(unsafeUninitializedCapacity: 40) { digits in
            var place = 0
            for word in [state.0, state.1, state.2, state.3, state.4] {
                for shift in stride(from: 28, through: 0, by: -4) {
                    let digit = UInt8(truncatingIfNeeded: word >> UInt32(shift)) & 15
                    digits[place] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") - 10 + digit
                    place += 1
                }
            }
            return place
        }
    }

    /// Takes in one block, whose words are the first 16.
    private static func process(_ words: UnsafeMutableBufferPointer<UInt32>, _ state: inout State) {
        for index in 16..<80 {
            words[index] = rotate(words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16], 1)
        }
        var (a, b, c, d, e) = state
        for index in 0..<80 {
            let mixed: UInt32
            let constant: UInt32
            switch index {
            case ..<20: (mixed, constant) = ((b & c) | (~b & d), 0x5A82_7999)
            case ..<40: (mixed, constant) = (b ^ c ^ d, 0x6ED9_EBA1)
            case ..<60: (mixed, constant) = ((b & c) | (b & d) | (c & d), 0x8F1B_BCDC)
            default: (mixed, constant) = (b ^ c ^ d, 0xCA62_C1D6)
            }
            let next = rotate(a, 5) &+ mixed &+ e &+ constant &+ words[index]
            (a, b, c, d, e) = (next, a, rotate(b, 30), c, d)
        }
        state = (state.0 &+ a, state.1 &+ b, state.2 &+ c, state.3 &+ d, state.4 &+ e)
    }

    @inline(__always)
    private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 { word &<< count | word &>> (32 &- count) }
}
