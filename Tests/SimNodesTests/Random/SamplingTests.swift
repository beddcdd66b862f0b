import Foundation
import Testing
import Topology

@testable import SimNodes

@Suite struct SamplingTests {
    /// One of each law that has a density.
    static let continuous: [Distribution] = [
        .uniform(from: .milliseconds(2), to: .milliseconds(10)),
        .exponential(mean: .milliseconds(5)),
        .logNormal(median: .milliseconds(3), sigma: 0.5),
        .pareto(minimum: .milliseconds(1), shape: 2.5, maximum: nil),
        .pareto(minimum: .milliseconds(1), shape: 1.2, maximum: .milliseconds(500)),
        .erlang(shape: 3, mean: .milliseconds(6)),
        .erlang(shape: 40, mean: .milliseconds(6)),
    ]

    /// Twenty cells between exact quantiles, each as likely: 19 degrees of freedom, 99.99 %.
    @Test(arguments: continuous) func samplesFallBetweenQuantilesAsTheyShould(_ law: Distribution) {
        let edges = (1..<20).map { law.quantile(Double($0) / 20) }
        let sampler = Sampler(law)
        var stream = RandomStream(seed: 11, name: "cells")
        var counts = [Int](repeating: 0, count: 20)
        for _ in 0..<100_000 {
            let value = sampler.sample(using: &stream)
            var low = 0
            var high = edges.count
            while low < high {
                let middle = (low + high) / 2
                if value > edges[middle] { low = middle + 1 } else { high = middle }
            }
            counts[low] += 1
        }
        #expect(Goodness.chiSquare(counts, probabilities: [Double](repeating: 0.05, count: 20)) < 50.80)
    }

    /// Within five standard errors of the exact mean, and the variance within 5 % where the fourth moment is small.
    @Test(arguments: continuous) func samplesHaveTheMomentsOfTheLaw(_ law: Distribution) {
        let sampler = Sampler(law)
        var stream = RandomStream(seed: 12, name: "moments")
        var tally = Tally()
        for _ in 0..<100_000 { tally.add(sampler.sample(using: &stream).seconds) }
        let error = (law.variance / Double(tally.count)).squareRoot()
        #expect((tally.mean - law.mean).magnitude < 5 * error)
        if case .pareto = law { return }
        #expect((tally.variance / law.variance - 1).magnitude < 0.05)
    }

    /// Against distribution functions of the C library, which share nothing with the sampler.
    @Test func samplesFollowTheLibrarysDistributionFunctions() {
        func distance(_ law: Distribution, _ cumulative: (Double) -> Double) -> Double {
            let sampler = Sampler(law)
            var stream = RandomStream(seed: 13, name: "kolmogorov")
            let samples = (0..<10_000).map { _ in sampler.sample(using: &stream).milliseconds }
            return Goodness.kolmogorov(samples, cumulative)
        }
        #expect(distance(.exponential(mean: .milliseconds(2))) { 1 - Foundation.exp(-$0 / 2) } < 2.225)
        #expect(
            distance(.logNormal(median: .milliseconds(4), sigma: 0.7)) {
                0.5 * erfc(-Foundation.log($0 / 4) / 0.7 / 2.0.squareRoot())
            } < 2.225)
        #expect(
            distance(.pareto(minimum: .milliseconds(1), shape: 1.5, maximum: nil)) { 1 - Foundation.pow($0, -1.5) }
                < 2.225)
        #expect(
            distance(.pareto(minimum: .milliseconds(1), shape: 1, maximum: .milliseconds(9))) { (1 - 1 / $0) * 9 / 8 }
                < 2.225)
        #expect(
            distance(.erlang(shape: 2, mean: .milliseconds(2))) { 1 - (1 + $0) * Foundation.exp(-$0) } < 2.225)
    }

    @Test func aCutParetoStaysBelowItsMaximum() {
        let law = Distribution.pareto(minimum: .microseconds(10), shape: 0.5, maximum: .microseconds(30))
        let sampler = Sampler(law)
        var stream = RandomStream(seed: 14, name: "cut")
        let samples = (0..<20_000).map { _ in sampler.sample(using: &stream) }
        #expect(samples.allSatisfy { $0 >= .microseconds(10) && $0 <= .microseconds(30) })
        #expect(law.quantile(1) == .microseconds(30) && law.quantile(0) == .microseconds(10))
    }

    @Test func theHeaviestTailDoesNotOverflowTheClock() {
        let sampler = Sampler(.pareto(minimum: .seconds(1), shape: 0.01, maximum: nil))
        var stream = RandomStream(seed: 15, name: "tail")
        let samples = (0..<1000).map { _ in sampler.sample(using: &stream) }
        #expect(samples.contains(TimeSpan.longest))
        #expect(samples.allSatisfy { $0 >= .seconds(1) && Instant.zero + $0 + $0 > .zero })
    }

    /// Values, weights and how often each must come: chi-square with 9 or 1 degrees of freedom, 99.99 %.
    @Test func measuredValuesComeByWeight() {
        let values = (1...10).map { TimeSpan.milliseconds(Int64($0)) }
        let weights: [Double] = [1, 2, 3, 4, 0, 6, 7, 8, 9, 60]
        let sampler = Sampler(.empirical(values: values, weights: weights))
        var stream = RandomStream(seed: 16, name: "empirical")
        var counts = [Int](repeating: 0, count: 10)
        for _ in 0..<100_000 { counts[Int(sampler.sample(using: &stream).milliseconds) - 1] += 1 }
        #expect(Goodness.chiSquare(counts, probabilities: weights.map { $0 / 100 }) < 33.72)
        #expect(counts[4] == 0)
        let even = Sampler(.empirical(values: [.zero, .seconds(1)], weights: []))
        let late = (0..<100_000).reduce(0) { sum, _ in sum + (even.sample(using: &stream) == .zero ? 0 : 1) }
        #expect(Goodness.chiSquare([late, 100_000 - late], probabilities: [0.5, 0.5]) < 15.14)
    }

    @Test(arguments: [
        Distribution.constant(.milliseconds(7)), .uniform(from: .milliseconds(7), to: .milliseconds(7)),
        .logNormal(median: .milliseconds(7), sigma: 0), .empirical(values: [.milliseconds(7)], weights: [3]),
        .pareto(minimum: .milliseconds(7), shape: 2, maximum: .milliseconds(7)),
    ]) func aSingleValueDrawsNothing(_ law: Distribution) {
        let sampler = Sampler(law)
        var stream = RandomStream(seed: 17, name: "constant")
        var untouched = stream
        #expect((0..<10).allSatisfy { _ in sampler.sample(using: &stream) == .milliseconds(7) })
        #expect(stream.next() == untouched.next())
        #expect(law.mean == 0.007 && law.variance == 0 && law.quantile(0.3) == .milliseconds(7))
    }

    @Test func uniformSpansReachBothEnds() {
        let sampler = Sampler(.uniform(from: .nanoseconds(-1), to: .nanoseconds(2)))
        var stream = RandomStream(seed: 18, name: "ends")
        let seen = Set((0..<200).map { _ in sampler.sample(using: &stream).nanoseconds })
        #expect(seen == [-1, 0, 1, 2])
    }

    /// A digest of a thousand samples of each law, computed once in an optimised build.
    @Test(arguments: [
        (Distribution.uniform(from: .milliseconds(2), to: .milliseconds(10)), 5_284_886, 0x8436_0dd1_adc0_acda),
        (.exponential(mean: .milliseconds(5)), 4_450_547, 0x744b_06c4_27f7_15dd),
        (.logNormal(median: .milliseconds(3), sigma: 0.5), 2_679_487, 0xca5d_5b22_6b72_bcd7),
        (.pareto(minimum: .milliseconds(1), shape: 2.5, maximum: nil), 1_427_670, 0x207e_76b3_e710_22b3),
        (.pareto(minimum: .milliseconds(1), shape: 1.2, maximum: .milliseconds(500)), 1_553_052, 0xc89b_48f1_d871_7ce7),
        (.erlang(shape: 40, mean: .milliseconds(6)), 6_605_783, 0x3063_abba_3bb1_e6f2),
        (
            .empirical(values: [.milliseconds(1), .milliseconds(2), .milliseconds(5)], weights: [1, 2, 4]), 2_000_000,
            0xb5da_7bff_a764_bc00
        ),
    ])
    func theSamplesArePinned(_ law: Distribution, _ first: Int64, _ digest: UInt64) {
        let sampler = Sampler(law)
        var stream = RandomStream(seed: 42, name: "golden")
        var seen: UInt64 = 0
        var earliest: Int64?
        for _ in 0..<1000 {
            let value = sampler.sample(using: &stream).nanoseconds
            earliest = earliest ?? value
            seen = (seen ^ UInt64(bitPattern: value)) &* 0x0000_0100_0000_01b3
        }
        #expect(earliest == first)
        #expect(seen == digest)
    }
}
