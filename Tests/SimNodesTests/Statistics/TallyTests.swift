import Testing

@testable import SimNodes

@Suite struct StatisticsTallyTests {
    @Test func knownNumbers() {
        let tally = Tally([2, 4, 4, 4, 5, 5, 7, 9])
        #expect(tally.count == 8 && tally.mean == 5 && tally.minimum == 2 && tally.maximum == 9)
        #expect((tally.variance - 32.0 / 7).magnitude < 1e-14)
        #expect((tally.standardDeviation - (32.0 / 7).squareRoot()).magnitude < 1e-15)
    }

    @Test func fewNumbers() {
        #expect(Tally().variance == 0 && Tally().mean == 0 && Tally([3]).variance == 0 && Tally([3]).mean == 3)
    }

    /// The textbook's difference of sums would give zero or worse here.
    @Test func aLargeOffsetLosesNothing() {
        let tally = Tally([4, 7, 13, 16].map { 1e9 + $0 })
        #expect(tally.mean == 1e9 + 10 && tally.variance == 30)
    }

    @Test func mergingIsAddingAllAtOnce() {
        var stream = RandomStream(seed: 61, name: "tally")
        let values = (0..<1000).map { _ in stream.uniform() * 100 }
        let whole = Tally(values)
        var merged = Tally(Array(values[0..<10]))
        merged.merge(Tally(Array(values[10..<700])))
        merged.merge(Tally())
        merged.merge(Tally(Array(values[700...])))
        var fromNothing = Tally()
        fromNothing.merge(whole)
        #expect(merged.count == 1000 && merged.minimum == whole.minimum && merged.maximum == whole.maximum)
        #expect((merged.mean - whole.mean).magnitude < 1e-11)
        #expect((merged.variance - whole.variance).magnitude < 1e-9)
        #expect(fromNothing == whole)
    }
}
