import Testing
import Topology

@testable import SimNodes

@Suite struct RandomArrivalsTests {
    private func stream(_ seed: UInt64 = 31) -> RandomStream { RandomStream(seed: seed, name: "arrivals") }

    private func all(_ arrivals: Arrivals) -> [Double] {
        var arrivals = arrivals
        var result: [Double] = []
        while let instant = arrivals.next() { result.append(instant.seconds) }
        return result
    }

    @Test func evenArrivalsAreEven() {
        let arrivals = all(Arrivals(.constant(4), spacing: .even, duration: .seconds(2), stream: stream()))
        #expect(arrivals == [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75])
    }

    /// Thirds of a second do not fit nanoseconds: the rounding must not add up, nor a last arrival slip in or out.
    @Test func evenArrivalsDoNotDrift() {
        var arrivals = Arrivals(.constant(3), spacing: .even, duration: .seconds(100_000), stream: stream())
        var count = 0
        var last = Instant.zero
        while let instant = arrivals.next() {
            if count % 3 == 0 { #expect(instant == .zero + .seconds(Int64(count / 3))) }
            count += 1
            last = instant
            if count == 30_000 { break }
        }
        #expect(last == Instant(nanoseconds: 9_999_666_666_667))
    }

    /// Gaps are exponential (Kolmogorov, 99.99 %), and those of neighbours have nothing to do with each other.
    @Test func aPoissonProcess() {
        let instants = all(.poisson(rate: 500, duration: .seconds(20), stream: stream()))
        // Five standard deviations of a count of 10 000.
        #expect((instants.count - 10_000).magnitude < 500)
        let gaps = zip(instants.dropFirst(), instants).map { $0 - $1 }
        #expect(Goodness.kolmogorov(gaps) { 1 - Elementary.exp(-500 * $0) } < 2.225)
        let mean = Tally(gaps).mean
        let products = zip(gaps.dropFirst(), gaps).reduce(0) { $0 + ($1.0 - mean) * ($1.1 - mean) }
        let correlation = products / Tally(gaps).variance / Double(gaps.count)
        #expect(correlation.magnitude < 4 / Double(gaps.count).squareRoot())
    }

    /// Mapped through the expected number, arrivals at a changing rate are uniform.
    @Test(arguments: [
        RateProfile.ramp(from: 100, to: 900, over: .seconds(10)),
        .ramp(from: 900, to: 0, over: .seconds(12)),
        .spike(base: 50, peak: 3000, at: .seconds(3), lasting: .seconds(2)),
        .stages([(200, .seconds(5)), (0, .seconds(5)), (700, .seconds(5))]),
    ]) func arrivalsFollowTheProfile(_ profile: RateProfile) {
        let length = TimeSpan.seconds(15)
        let expected = profile.expectedArrivals(within: length)
        let instants = all(Arrivals(profile, spacing: .poisson, duration: length, stream: stream()))
        #expect((Double(instants.count) - expected).magnitude < 5 * expected.squareRoot())
        let uniform = instants.map { profile.expectedArrivals(within: TimeSpan(seconds: $0)) / expected }
        #expect(Goodness.kolmogorov(uniform) { $0 } < 2.225)
        #expect(zip(instants, instants.dropFirst()).allSatisfy { $0 <= $1 })
        let even = all(Arrivals(profile, spacing: .even, duration: length, stream: stream()))
        #expect((Double(even.count) - expected).magnitude <= 1)
    }

    @Test func expectedNumbersAreAreas() {
        let ramp = RateProfile.ramp(from: 0, to: 100, over: .seconds(10))
        #expect(ramp.expectedArrivals(within: .seconds(5)) == 125)
        #expect(ramp.expectedArrivals(within: .seconds(10)) == 500)
        #expect(ramp.expectedArrivals(within: .seconds(12)) == 700)
        let instants = all(Arrivals(ramp, spacing: .even, duration: .seconds(12), stream: stream()))
        #expect(instants.count == 700)
        // The k-th of a ramp from nothing comes when 5 t² = k.
        #expect(instants[0] == 0 && instants[5] == 1 && instants[20] == 2 && instants[500] == 10)
    }

    @Test func nothingArrivesInSilence() {
        #expect(all(Arrivals(.constant(0), spacing: .even, stream: stream())) == [])
        #expect(all(Arrivals(.constant(0), spacing: .poisson, stream: stream())) == [])
        #expect(all(Arrivals(RateProfile(stages: []), spacing: .poisson, stream: stream())) == [])
        let late = RateProfile.stages([(0, .seconds(3)), (2, .seconds(1)), (0, .seconds(9))])
        #expect(all(Arrivals(late, spacing: .even, start: Instant.zero + .seconds(1), stream: stream())) == [4, 4.5])
        let spike = RateProfile.spike(base: 0, peak: 3, at: .zero, lasting: .seconds(1))
        #expect(all(Arrivals(spike, spacing: .even, stream: stream())).count == 3)
        #expect(spike.expectedArrivals(within: .seconds(5)) == 3)
    }

    @Test func theEndIsForGood() {
        var arrivals = Arrivals.poisson(rate: 10, duration: .seconds(1), stream: stream())
        while arrivals.next() != nil {}
        #expect(arrivals.next() == nil && arrivals.next() == nil)
    }

    @Test func theInstantsArePinned() {
        var arrivals = Arrivals(
            .ramp(from: 10, to: 1000, over: .seconds(1)), spacing: .poisson,
            stream: RandomStream(seed: 42, name: "golden"))
        #expect(
            (0..<6).compactMap { _ in arrivals.next()?.nanoseconds } == [
                33_490_632, 34_396_886, 55_277_813, 56_960_680, 65_353_585, 109_406_139,
            ])
    }
}
