/// A running hash of everything that a run did, in order: equal digests mean equal runs.
public struct TraceDigest: Hashable, Sendable, CustomStringConvertible {
    public private(set) var value: UInt64 = 0x9E37_79B9_7F4A_7C15

    public init() {}

    /// A digest as it was written down.
    package init(value: UInt64) { self.value = value }

    /// Mixes one word in; the order of words matters.
    @inline(__always)
    public mutating func mix(_ word: UInt64) {
        let mixed = (value ^ word) &* 0xFF51_AFD7_ED55_8CCD
        value = mixed ^ (mixed >> 32)
    }

    /// Mixes a text in, by its UTF-8.
    public mutating func mix(_ text: String) {
        for byte in text.utf8 { mix(UInt64(byte)) }
        mix(UInt64(text.utf8.count))
    }

    /// Sixteen hexadecimal digits.
    public var description: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
