/// An amount of memory.
public struct ByteCount: Hashable, Comparable, Sendable {
    /// The amount in bytes.
    public var bytes: Int

    /// An amount in bytes.
    public init(bytes: Int) { self.bytes = bytes }

    public static func < (left: ByteCount, right: ByteCount) -> Bool { left.bytes < right.bytes }
}

extension ByteCount: TextValue {
    /// The units of redis.conf: `k` is 1000 and `kb` is 1024 bytes.
    private static var grammar: QuantityText {
        QuantityText(
            expectation: "a size such as \"1mb\"",
            units: [
                .init("b", 1), .init("k", 1_000), .init("kb", 1_024), .init("m", 1_000_000), .init("mb", 1_048_576),
                .init("g", 1_000_000_000), .init("gb", 1_073_741_824),
            ])
    }

    package static var expectation: String { grammar.expectation }
    package static var example: String { "\"1mb\"" }
    package static var pattern: String { grammar.pattern }

    /// Reads `"1mb"` (b, k, kb, m, mb, g, gb, as in redis.conf).
    package static func parse(_ text: String) throws(TextError) -> ByteCount {
        ByteCount(bytes: Int(try grammar.parse(text)))
    }

    /// The size in the largest unit of which it is a whole number.
    public var description: String { Self.grammar.format(Int64(bytes)) }
}
