/// How often something happens.
public struct Rate: Hashable, Comparable, Sendable {
    /// Events a second.
    public var perSecond: Double

    /// A rate in events a second.
    public init(perSecond: Double) { self.perSecond = perSecond }

    public static func < (left: Rate, right: Rate) -> Bool { left.perSecond < right.perSecond }
}

extension Rate: TextValue {
    private static let units: [(name: String, perSecond: Double)] = [
        ("/s", 1), ("/ms", 1e3), ("/min", 1 / 60.0), ("/h", 1 / 3600.0),
    ]

    package static var expectation: String { "a rate such as \"2000/s\"" }
    package static var example: String { "\"2000/s\"" }
    package static var pattern: String { "^[0-9]+(\\.[0-9]+)?\\/(s|ms|min|h)$" }

    /// Reads `"2000/s"` (also a ms, min and h; decimals allowed; never negative).
    package static func parse(_ text: String) throws(TextError) -> Rate {
        let number = text.unicodeScalars.prefix { ("0"..."9").contains($0) || $0 == "." }
        let rest = String(text.unicodeScalars[number.endIndex...])
        let parts = number.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }), let count = Double(String(number))
        else {
            throw TextError("expected \(expectation), found \(text.json.found)", remedy: "write \(example)")
        }
        guard let unit = units.first(where: { $0.name == rest }) else {
            let cause = rest.isEmpty ? "\(text.json.found) has no unit" : "\"\(rest.prefix(20))\" is no unit of a rate"
            throw TextError("expected \(expectation): \(cause)", remedy: "write /s, /ms, /min or /h after the number")
        }
        let rate = count * unit.perSecond
        guard rate <= 1e12 else {
            throw TextError("\(text.json.found) is too large", remedy: "write a smaller rate", kind: .meaning)
        }
        return Rate(perSecond: rate)
    }

    /// The rate a second, as configurations have it.
    public var description: String { "\(decimal(perSecond))/s" }
}

/// A ratio in percent, without what binary fractions add: 0.14 is 14, not 14.000000000000002.
package func inPercent(_ ratio: Double) -> String { decimal((ratio * 1e12).rounded() / 1e10) }

/// A number as plain decimals (configurations allow no exponent in a quantity).
func decimal(_ number: Double) -> String {
    let text = number == number.rounded() && abs(number) < 1e15 ? String(Int(number)) : "\(number)"
    guard let split = text.firstIndex(where: { $0 == "e" }), let exponent = Int(text[text.index(after: split)...])
    else {
        return text
    }
    let sign = text.hasPrefix("-") ? "-" : ""
    let mantissa = text[..<split].drop { $0 == "-" }
    let digits = mantissa.filter(\.isNumber)
    let point =
        (mantissa.firstIndex(of: ".").map { mantissa.distance(from: mantissa.startIndex, to: $0) } ?? mantissa.count)
        + exponent
    if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
    return sign + digits + String(repeating: "0", count: max(0, point - digits.count))
}
