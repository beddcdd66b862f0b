import Topology

/// How many arrivals a second there are to be, over time: pieces on which the rate is constant or changes linearly.
package struct RateProfile: Hashable, Sendable {
    /// One piece; the last may go on for ever.
    package struct Stage: Hashable, Sendable {
        /// Arrivals a second at the beginning.
        package var from: Double
        /// Arrivals a second at the end.
        package var to: Double
        /// How long it lasts; nil for ever, at the rate `from`.
        package var duration: TimeSpan?

        package init(from: Double, to: Double, duration: TimeSpan?) {
            precondition(from >= 0 && to >= 0 && from.isFinite && to.isFinite, "a rate is a number, not negative")
            (self.from, self.to, self.duration) = (from, to, duration)
        }
    }

    package var stages: [Stage]

    package init(stages: [Stage]) { self.stages = stages }

    /// The same rate, for ever.
    package static func constant(_ rate: Double) -> RateProfile {
        RateProfile(stages: [Stage(from: rate, to: rate, duration: nil)])
    }

    /// From one rate to another in a straight line, and then on at the second.
    package static func ramp(from: Double, to: Double, over duration: TimeSpan) -> RateProfile {
        RateProfile(stages: [Stage(from: from, to: to, duration: duration), Stage(from: to, to: to, duration: nil)])
    }

    /// One rate after the other; none after the last.
    package static func stages(_ stages: [(rate: Double, duration: TimeSpan)]) -> RateProfile {
        RateProfile(stages: stages.map { Stage(from: $0.rate, to: $0.rate, duration: $0.duration) })
    }

    /// A base rate with one burst of another rate in it.
    package static func spike(base: Double, peak: Double, at: TimeSpan, lasting: TimeSpan) -> RateProfile {
        RateProfile(stages: [
            Stage(from: base, to: base, duration: at), Stage(from: peak, to: peak, duration: lasting),
            Stage(from: base, to: base, duration: nil),
        ])
    }

    /// How many arrivals are expected within `span` of the beginning.
    package func expectedArrivals(within span: TimeSpan) -> Double {
        var remaining = span
        var sum = 0.0
        for stage in stages where remaining > .zero {
            let part = min(stage.duration ?? remaining, remaining)
            if let duration = stage.duration, duration > .zero {
                let reached = stage.from + (stage.to - stage.from) * (part.seconds / duration.seconds)
                sum += part.seconds * (stage.from + reached) / 2
            } else {
                sum += part.seconds * stage.from
            }
            remaining = remaining - part
        }
        return sum
    }
}
