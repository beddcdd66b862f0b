import Testing
import Topology

@testable import SimNodes

@Suite struct StatisticsHistogramTests {
    private func histogram(_ values: some Sequence<Int64>) -> LatencyHistogram {
        var result = LatencyHistogram()
        for value in values { result.record(.nanoseconds(value)) }
        return result
    }

    @Test func nothingHasNoPercentiles() {
        let empty = LatencyHistogram()
        #expect(empty.count == 0 && empty.mean == nil && empty.minimum == nil && empty.maximum == nil)
        #expect(empty.percentile(50) == nil && empty.buckets.isEmpty && empty.footprint == 0)
    }

    /// Below 128 ns a bucket is one nanosecond, so percentiles are those of the nearest rank.
    @Test func smallLatenciesAreExact() {
        let hundred = histogram(1...100)
        for percent in 1...100 { #expect(hundred.percentile(Double(percent)) == .nanoseconds(Int64(percent))) }
        #expect(hundred.percentile(0) == .nanoseconds(1))
        #expect(hundred.percentile(0.1) == .nanoseconds(1) && hundred.percentile(99.5) == .nanoseconds(100))
        #expect(hundred.mean == .nanoseconds(51))
        #expect(histogram([0, 0, 3]).mean == .nanoseconds(1))
    }

    /// 99.9 % of a thousand are 999 of them, though 0.999 · 1000 is more than that in binary.
    @Test func ranksDoNotSufferFromBinaryFractions() {
        var thousand = LatencyHistogram()
        thousand.record(.nanoseconds(1), times: 999)
        thousand.record(.seconds(1))
        #expect(thousand.percentile(99.9) == .nanoseconds(1))
        #expect(thousand.percentile(99.95) == .seconds(1))
        for (percent, count) in [(7.0, 7), (29, 29), (57, 57), (58, 58)] {
            var split = LatencyHistogram()
            split.record(.nanoseconds(1), times: count)
            split.record(.nanoseconds(2), times: 100 - count)
            #expect(split.percentile(percent) == .nanoseconds(1))
        }
    }

    @Test func everyMagnitudeIsWithinEightTenthsOfAPercent() {
        var stream = RandomStream(seed: 41, name: "magnitudes")
        var edges: [Int64] = [0, 1, 127, 128, 129, 255, 256, 257, .max, .max - 1, 1 << 62, (1 << 62) - 1]
        for _ in 0..<5000 { edges.append(Int64(bitPattern: stream.next() >> (1 + stream.next() % 62))) }
        for value in edges {
            var one = LatencyHistogram()
            one.record(.nanoseconds(value))
            let bucket = one.buckets[0]
            #expect(bucket.lower.nanoseconds <= value && value <= bucket.upper.nanoseconds)
            #expect(bucket.count == 1 && one.buckets.count == 1)
            #expect(one.percentile(50) == .nanoseconds(value))
            #expect(Double(bucket.upper.nanoseconds - value) <= 0.008 * Double(value))
            #expect(Double(value - bucket.lower.nanoseconds) <= 0.008 * Double(value))
        }
    }

    @Test func bucketsAdjoin() {
        let buckets = histogram(0..<5000).buckets
        #expect(buckets[0].lower == .zero)
        for (one, next) in zip(buckets, buckets.dropFirst()) {
            #expect(next.lower.nanoseconds == one.upper.nanoseconds + 1)
            if next.upper.nanoseconds < 4096 {
                #expect(next.count == Int((next.upper - next.lower).nanoseconds) + 1)
            }
        }
    }

    /// Sorted samples give the exact answer; the histogram's is never shorter, and at most 0.8 % longer.
    @Test(arguments: [50.0, 90, 95, 99, 99.9]) func percentilesOfALogNormalSample(_ percent: Double) {
        let sampler = Sampler(.logNormal(median: .milliseconds(5), sigma: 1))
        var stream = RandomStream(seed: 42, name: "percentiles")
        var histogram = LatencyHistogram()
        var samples: [Int64] = []
        for _ in 0..<10_000 {
            let value = sampler.sample(using: &stream)
            histogram.record(value)
            samples.append(value.nanoseconds)
        }
        samples.sort()
        let exact = Double(samples[Int((percent * 100).rounded()) - 1])
        let measured = Double(histogram.percentile(percent)?.nanoseconds ?? 0)
        #expect(measured >= exact && measured <= exact * 1.008)
        #expect(histogram.minimum?.nanoseconds == samples.first && histogram.maximum?.nanoseconds == samples.last)
        #expect(histogram.mean?.nanoseconds == Int64((Double(samples.reduce(0, +)) / 10_000).rounded()))
    }

    @Test func mergingIsRecordingAllAtOnce() {
        var stream = RandomStream(seed: 43, name: "merge")
        var parts = [LatencyHistogram](repeating: LatencyHistogram(), count: 3)
        var whole = LatencyHistogram()
        for index in 0..<6000 {
            let value = TimeSpan(nanoseconds: Int64(stream.next() >> (20 + stream.next() % 40)))
            parts[index % 3].record(value)
            whole.record(value)
        }
        var forwards = LatencyHistogram()
        for part in parts { forwards.merge(part) }
        var backwards = LatencyHistogram()
        for part in parts.reversed() { backwards.merge(part) }
        backwards.merge(LatencyHistogram())
        #expect(forwards == whole && backwards == whole)
        #expect(forwards.percentile(99) == whole.percentile(99) && forwards.mean == whole.mean)
        forwards.record(.nanoseconds(1))
        #expect(forwards != whole)
    }

    @Test func onlyMagnitudesThatOccurTakeMemory() {
        var narrow = LatencyHistogram()
        for index in 0..<10_000 { narrow.record(.nanoseconds(1_100_000 + Int64(index) * 90)) }
        #expect(narrow.footprint <= 1300)
        narrow.record(.zero)
        narrow.record(.seconds(60))
        #expect(narrow.footprint <= 1800)
    }

    @Test func sumsBeyondSixtyFourBitsAreExact() {
        var histogram = LatencyHistogram()
        histogram.record(TimeSpan(nanoseconds: .max), times: 1000)
        histogram.record(TimeSpan(nanoseconds: .max - 1000), times: 1000)
        #expect(histogram.mean == TimeSpan(nanoseconds: .max - 500))
        #expect(histogram.count == 2000)
    }

    @Test func sharesBelowALimit() {
        let hundred = histogram(1...100)
        #expect(hundred.count(atMost: .nanoseconds(30)) == 30)
        #expect(hundred.count(atMost: .zero) == 0 && hundred.count(atMost: .nanoseconds(-1)) == 0)
        #expect(hundred.count(atMost: .seconds(1)) == 100 && hundred.count(atMost: .nanoseconds(100)) == 100)
    }

    @Test func percentilesAcrossRuns() {
        var runs = ReplicatedLatency(percents: [50, 99])
        runs.add(histogram(1...100))
        runs.add(histogram((1...100).map { $0 + 10 }))
        runs.add(LatencyHistogram())
        #expect(runs.merged.count == 200)
        #expect(runs.percentile(50) == .nanoseconds(55))
        let interval = runs.interval(50)
        #expect(interval?.samples == 2 && interval?.level == 0.95)
        // Runs of 50 and 60: 55 ± 12.706 · 7.07 / √2.
        #expect(interval.map { ($0.mean - 55e-9).magnitude < 1e-20 } == true)
        #expect(interval.map { ($0.halfWidth - 63.531e-9).magnitude < 1e-12 } == true)
        #expect(runs.interval(42) == nil)
    }
}
