import Topology

/// The instants at which requests arrive, one after the other.
///
/// Exact inversion of the accumulated rate, not thinning: one random number an arrival, whatever the profile.
package struct Arrivals: Sendable {
    /// How arrivals keep their distance.
    package enum Spacing: Hashable, Sendable {
        /// Independent of each other, as from a crowd: a Poisson process of the profile's rate.
        case poisson
        /// Evenly, as from a load generator; the first at the beginning.
        case even
    }

    private let stages: [RateProfile.Stage]
    private let spacing: Spacing
    private let end: Instant
    private var stream: RandomStream
    private var stage = 0
    private var stageStart: Instant
    /// Expected arrivals before the stage.
    private var accumulated = 0.0
    /// Expected arrivals up to the next one.
    private var target: Double
    private var last: Instant

    /// Arrivals from `start` on, and before `start + duration` where one is given; `.even` draws nothing.
    package init(
        _ profile: RateProfile, spacing: Spacing, start: Instant = .zero, duration: TimeSpan? = nil,
        stream: RandomStream
    ) {
        stages = profile.stages
        self.spacing = spacing
        end = duration.map { start + $0 } ?? .distantFuture
        self.stream = stream
        stageStart = start
        last = start
        target = 0
        if spacing == .poisson { target = Self.gap(&self.stream) }
    }

    /// A Poisson process of `rate` arrivals a second.
    package static func poisson(rate: Double, duration: TimeSpan? = nil, stream: RandomStream) -> Arrivals {
        Arrivals(.constant(rate), spacing: .poisson, duration: duration, stream: stream)
    }

    /// The next arrival, never before the last one; nil when there are no more.
    package mutating func next() -> Instant? {
        while stage < stages.count {
            let current = stages[stage]
            guard let duration = current.duration else {
                // A hundred years of silence are for ever.
                let seconds = current.from > 0 ? (target - accumulated) / current.from : .infinity
                return seconds < TimeSpan.longest.seconds ? arrive(after: seconds) : finish()
            }
            let length = duration.seconds
            let volume = length * (current.from + current.to) / 2
            let inside = target - accumulated
            if inside < volume {
                // The smaller root of from · t + (to − from) t² / 2T = inside, in the form that cannot cancel.
                let discriminant = current.from * current.from + 2 * (current.to - current.from) * inside / length
                let divisor = current.from + max(0, discriminant).squareRoot()
                return arrive(after: divisor > 0 ? min(2 * inside / divisor, length) : 0)
            }
            accumulated += volume
            stageStart += duration
            stage += 1
            if stageStart >= end { return finish() }
        }
        return nil
    }

    private mutating func arrive(after seconds: Double) -> Instant? {
        let instant = max(last, stageStart + TimeSpan.nearest(nanoseconds: max(0, seconds) * 1e9))
        guard instant < end else { return finish() }
        last = instant
        target += spacing == .poisson ? Self.gap(&stream) : 1
        return instant
    }

    private mutating func finish() -> Instant? {
        stage = stages.count
        return nil
    }

    private static func gap(_ stream: inout RandomStream) -> Double {
        -Elementary.log(stream.openUniform())
    }
}
