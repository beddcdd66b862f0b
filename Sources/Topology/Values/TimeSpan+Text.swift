extension TimeSpan: TextValue {
    private static var grammar: QuantityText {
        QuantityText(
            expectation: "a duration such as \"250ms\"",
            units: [
                .init("s", 1_000_000_000), .init("ms", 1_000_000), .init("us", 1_000), .init("ns", 1),
                .init("min", 60_000_000_000), .init("h", 3_600_000_000_000),
            ])
    }

    package static var expectation: String { grammar.expectation }
    package static var example: String { "\"250ms\"" }
    package static var pattern: String { grammar.pattern }

    /// Reads `"250ms"` (ns, us, ms, s, min, h; decimals down to a nanosecond; never negative).
    package static func parse(_ text: String) throws(TextError) -> TimeSpan {
        let span = TimeSpan(nanoseconds: try grammar.parse(text))
        // A year is longer than any run, and sums of such spans stay far from overflow.
        guard span <= .seconds(31_536_000) else {
            throw TextError(
                "\(text.json.found) is longer than a year", remedy: "write a shorter duration", kind: .meaning)
        }
        return span
    }

    /// The length as configurations have it, exactly: in the largest unit of which it is a whole number.
    public var description: String { Self.grammar.format(nanoseconds) }
}

extension TimeSpan: CustomStringConvertible {}
