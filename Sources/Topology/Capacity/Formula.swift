/// Arithmetic as a person would write it down, with the numbers put in: `"\(count: 300) connections ÷ \(duration: 0.0416)"`.
///
/// The numbers stay numbers, so that a report writes them in its own way.
package struct Formula: Hashable, Sendable, ExpressibleByStringInterpolation {
    /// A piece of it.
    package enum Part: Hashable, Sendable {
        case text(String)
        case number(Double, MetricCatalogue.Unit)
    }

    /// In order.
    package let parts: [Part]

    package init(stringLiteral value: String) { parts = [.text(value)] }

    package init(stringInterpolation: StringInterpolation) { parts = stringInterpolation.parts }

    /// The whole as text, with each number as `format` writes it.
    package func text(_ format: (Double, MetricCatalogue.Unit) -> String) -> String {
        parts.reduce(into: "") { text, part in
            switch part {
            case .text(let piece): text += piece
            case .number(let number, let unit): text += format(number, unit)
            }
        }
    }

    /// Collects the pieces.
    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var parts: [Part] = []

        package init(literalCapacity: Int, interpolationCount: Int) {}

        package mutating func appendLiteral(_ literal: String) { if !literal.isEmpty { parts.append(.text(literal)) } }

        package mutating func appendInterpolation(_ text: String) { appendLiteral(text) }

        /// A number of things.
        package mutating func appendInterpolation(count: Double) { parts.append(.number(count, .count)) }
        package mutating func appendInterpolation(count: Int) { parts.append(.number(Double(count), .count)) }
        /// Seconds.
        package mutating func appendInterpolation(duration: Double) { parts.append(.number(duration, .duration)) }
        /// Events a second.
        package mutating func appendInterpolation(rate: Double) { parts.append(.number(rate, .rate)) }
        /// 0 to 1.
        package mutating func appendInterpolation(ratio: Double) { parts.append(.number(ratio, .ratio)) }
    }
}
