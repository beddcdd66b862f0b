import Testing
import Topology

@testable import SimNodes

@Suite struct StatisticsSeriesTests {
    private func at(_ milliseconds: Int64) -> Instant { .zero + .milliseconds(milliseconds) }

    @Test func eventsFallIntoTheirBuckets() {
        var series = TimeSeries(width: .milliseconds(10), capacity: 8)
        for time in [0, 9, 10, 35] as [Int64] { series.add(Double(time), at: at(time)) }
        #expect(series.buckets.map(\.count) == [2, 1, 0, 1])
        #expect(series.buckets.map(\.sum) == [9, 10, 0, 35])
        #expect(series.rates == [200, 100, 0, 100])
        #expect(series.means == [4.5, 10, nil, 35])
    }

    @Test func aLongRunDoublesTheWidth() {
        var series = TimeSeries(width: .milliseconds(10), capacity: 4)
        for time in 0..<40 { series.add(at: at(Int64(time))) }
        #expect(series.width == .milliseconds(10) && series.buckets.map(\.count) == [10, 10, 10, 10])
        series.add(at: at(40))
        #expect(series.width == .milliseconds(20) && series.buckets.map(\.count) == [20, 20, 1])
        series.add(at: at(100_000))
        #expect(series.buckets.count <= 4 && series.buckets.reduce(0) { $0 + $1.count } == 42)
        #expect(series.width == .milliseconds(10 << 12))
    }

    /// An odd number of buckets must not lose its last one.
    @Test func anOddCapacityLosesNothing() {
        var series = TimeSeries(width: .milliseconds(1), capacity: 5)
        for time in 0..<1000 { series.add(2, at: at(Int64(time))) }
        #expect(series.buckets.reduce(0) { $0 + $1.count } == 1000)
        #expect(series.buckets.reduce(0) { $0 + $1.sum } == 2000)
        #expect(series.buckets.dropLast().allSatisfy { Int64($0.count) == series.width.nanoseconds / 1_000_000 })
    }

    @Test(arguments: [(3 as Int64, 900 as Int64), (900, 3), (50, 50)])
    func mergingIsAddingAllAtOnce(_ firstStep: Int64, _ secondStep: Int64) {
        var first = TimeSeries(width: .milliseconds(10), capacity: 16)
        var second = first
        var whole = first
        for index in 0..<100 {
            first.add(1, at: at(Int64(index) * firstStep))
            second.add(3, at: at(Int64(index) * secondStep))
            whole.add(1, at: at(Int64(index) * firstStep))
            whole.add(3, at: at(Int64(index) * secondStep))
        }
        first.merge(second)
        #expect(first == whole)
    }

    @Test func aSeriesMayBeginLate() {
        var series = TimeSeries(start: at(1000), width: .milliseconds(10))
        series.add(at: at(1000))
        series.add(at: at(1019))
        #expect(series.buckets.map(\.count) == [1, 1])
    }
}
