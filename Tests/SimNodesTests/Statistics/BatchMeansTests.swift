import Testing
import Topology

@testable import SimNodes

@Suite struct StatisticsBatchMeansTests {
    @Test func fewNumbersGiveNoInterval() {
        var means = BatchMeans()
        for _ in 0..<7 { means.add(1) }
        #expect(means.estimate() == nil)
        means.add(1)
        #expect(means.estimate()?.interval.halfWidth == 0)
    }

    @Test func independentNumbersNeedNoBatches() {
        var stream = RandomStream(seed: 81, name: "independent")
        var means = BatchMeans(batches: 64)
        var tally = Tally()
        for _ in 0..<100 {
            let value = stream.uniform()
            means.add(value)
            tally.add(value)
        }
        let estimate = means.estimate()
        #expect(estimate?.batchSize == 1 && estimate?.isCorrelated == false)
        let plain = ConfidenceInterval(tally)
        #expect(estimate.map { ($0.interval.halfWidth - plain.halfWidth).magnitude < 1e-12 } == true)
    }

    /// x' = 0.9 x + noise has mean zero; intervals of its raw numbers would cover it a third of the time.
    @Test func dependentNumbersAreCoveredAsOftenAsTheIntervalSays() {
        var stream = RandomStream(seed: 82, name: "autoregressive")
        var covered = 0
        var naive = 0
        for _ in 0..<100 {
            var means = BatchMeans(batches: 16)
            var tally = Tally()
            var value = Normal.quantile(stream.openUniform()) / 0.19.squareRoot()
            for _ in 0..<2048 {
                value = 0.9 * value + Normal.quantile(stream.openUniform())
                means.add(value)
                tally.add(value)
            }
            if means.estimate(level: 0.9)?.interval.contains(0) == true { covered += 1 }
            if ConfidenceInterval(tally, level: 0.9).contains(0) { naive += 1 }
        }
        // 90 nominal; batches that still depend a little cost some.
        #expect(covered >= 80)
        #expect(naive < 50)
    }

    @Test func dependentNumbersGetLongerBatches() {
        var stream = RandomStream(seed: 84, name: "longer")
        var means = BatchMeans(batches: 64)
        var value = 0.0
        for _ in 0..<127 {
            value = 0.8 * value + Normal.quantile(stream.openUniform())
            means.add(value)
        }
        let estimate = means.estimate()
        #expect(estimate.map { $0.batchSize >= 4 && $0.interval.samples * $0.batchSize <= 127 } == true)
        #expect(estimate.map { $0.isCorrelated || $0.correlation < 0.4 } == true)
    }

    @Test func aTrendIsCalledCorrelated() {
        var means = BatchMeans()
        for index in 0..<10_000 { means.add(Double(index)) }
        #expect(means.estimate()?.isCorrelated == true)
    }

    /// Lindley's recursion with our own streams against Pollaczek and Khinchine.
    @Test(arguments: [
        Distribution.exponential(mean: .milliseconds(7)), .constant(.milliseconds(7)),
        .erlang(shape: 2, mean: .milliseconds(7)),
    ]) func waitingTimesOfOneServer(_ service: Distribution) throws {
        let gap = Sampler(.exponential(mean: .milliseconds(10)))
        let work = Sampler(service)
        var gaps = RandomStream(seed: 83, name: "gaps")
        var works = RandomStream(seed: 83, name: "works")
        var means = BatchMeans()
        var wait = TimeSpan.zero
        for index in 0..<120_000 {
            if index >= 2000 { means.add(wait.seconds) }
            wait = max(.zero, wait + work.sample(using: &works) - gap.sample(using: &gaps))
        }
        let queue = try MG1Queue(
            arrivalRate: 100, serviceTime: service.mean, serviceVariability: service.squaredCoefficientOfVariation)
        let exact = queue.steadyState.meanWait
        let estimate = means.estimate(level: 0.999)
        #expect(estimate?.interval.contains(exact) == true, "\(exact) outside \(String(describing: estimate))")
        #expect(estimate.map { $0.interval.relativeHalfWidth < 0.2 } == true)
    }
}
