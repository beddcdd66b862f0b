import Topology

/// Something of a design that can be made larger or smaller so that it carries more.
package struct Knob: Sendable {
    /// What its amounts count.
    package enum Unit: Sendable {
        case count
        /// Nanoseconds.
        case duration
        /// Hundredths of what the design has.
        case percent
    }

    /// In the field's words.
    package let name: String
    package let unit: Unit
    /// The amount in the design.
    package let asked: Int64
    /// Whether a larger amount helps, rather than a smaller one.
    package let isMoreBetter: Bool
    /// What `--set` takes for an amount.
    package let settings: @Sendable (_ amount: Int64) -> [String]

    /// How many times as much, or as little, anybody would consider.
    package static let mostTimes: Int64 = 64

    /// The amount at so many times the help.
    package func amount(times: Double) -> Int64 {
        let amount = isMoreBetter ? Double(asked) * times : Double(asked) / times
        return max(1, Int64(amount.rounded()))
    }

    /// Beyond this nobody looks.
    package var extreme: Int64 { amount(times: Double(Self.mostTimes)) }

    /// A duration in nanoseconds to three digits: no answer is known better than that.
    package static func threeDigits(_ amount: Int64) -> TimeSpan {
        var grain: Int64 = 1
        while amount / grain >= 1_000 { grain *= 10 }
        return TimeSpan(nanoseconds: (amount + grain / 2) / grain * grain)
    }

    /// The scenario with another amount; nil where the configuration allows no such amount.
    package func applied(_ amount: Int64, to scenario: Scenario) -> Scenario? {
        try? ScenarioLoader.load(scenario, overrides: settings(amount))
    }
}
