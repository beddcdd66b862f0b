/// An exact sum of numbers that are not negative, too large for 64 bits: latencies of a billion requests, a queue's
/// length times nanoseconds.
package struct WideSum: Hashable, Sendable {
    private var high: UInt64 = 0
    private var low: UInt64 = 0

    package init() {}

    /// Adds a product of two numbers that are not negative.
    package mutating func add(_ value: Int64, times count: Int64 = 1) {
        let product = UInt64(value).multipliedFullWidth(by: UInt64(count))
        add(high: product.high, low: product.low)
    }

    /// Adds another sum.
    package mutating func add(_ other: WideSum) { add(high: other.high, low: other.low) }

    /// The sum, rounded once.
    package var value: Double { Double(high) * 0x1p64 + Double(low) }

    /// The sum divided by how many numbers it has, to the nearest whole number.
    package func mean(of count: Int) -> Int64 {
        let (quotient, remainder) = UInt64(count).dividingFullWidth((high, low))
        return Int64(quotient + (remainder >= UInt64(count) - remainder ? 1 : 0))
    }

    private mutating func add(high addedHigh: UInt64, low addedLow: UInt64) {
        let (sum, carries) = low.addingReportingOverflow(addedLow)
        low = sum
        high += addedHigh + (carries ? 1 : 0)
    }
}
