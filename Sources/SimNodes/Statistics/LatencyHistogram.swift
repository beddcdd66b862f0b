import Topology

/// How often which latency occurred, to within 0.8 % at any magnitude, in a few kilobytes.
///
/// Buckets are linear within a power of two and double in width from one to the next (Gil Tene's HdrHistogram). Below
/// 128 ns they are exact. A quarter of a power of two takes memory only when a latency falls into it.
public struct LatencyHistogram: Sendable {
    /// A bucket that holds at least one latency.
    public struct Bucket: Hashable, Sendable {
        /// The least latency that falls into it.
        public let lower: TimeSpan
        /// The greatest latency that falls into it.
        public let upper: TimeSpan
        public let count: Int
    }

    private static let bits = 7
    private static let width = 1 << bits
    private static let octaves = 64 - bits
    /// How many buckets get their memory together.
    private static let pageWidth = width / 4

    /// Where in `counts` the buckets of a page begin, in units of `pageWidth`, plus one; zero for nowhere.
    private var pages: [UInt8] = []
    private var counts: [UInt64] = []
    private var sum = WideSum()
    /// How many latencies were recorded.
    public private(set) var count = 0
    private var least = Int64.max
    private var greatest = Int64.min

    public init() {}

    /// Adds a latency, `times` times; one that runs backwards is an error of the caller.
    public mutating func record(_ latency: TimeSpan, times: Int = 1) {
        let value = latency.nanoseconds
        precondition(value >= 0 && times >= 0, "a latency is not negative")
        if times == 0 { return }
        let bucket = Self.bucket(of: value)
        counts[place(ofPage: bucket / Self.pageWidth) + bucket % Self.pageWidth] += UInt64(times)
        sum.add(value, times: Int64(times))
        count += times
        if value < least { least = value }
        if value > greatest { greatest = value }
    }

    /// Adds all latencies of another histogram, as though they had been recorded here.
    public mutating func merge(_ other: LatencyHistogram) {
        for (page, number) in other.pages.enumerated() where number > 0 {
            let source = (Int(number) - 1) * Self.pageWidth
            let target = place(ofPage: page)
            for index in 0..<Self.pageWidth { counts[target + index] += other.counts[source + index] }
        }
        sum.add(other.sum)
        count += other.count
        least = min(least, other.least)
        greatest = max(greatest, other.greatest)
    }

    /// The mean to the nearest nanosecond, from the exact sum; nil when nothing was recorded.
    public var mean: TimeSpan? {
        count == 0 ? nil : TimeSpan(nanoseconds: sum.mean(of: count))
    }

    /// The exact least latency; nil when nothing was recorded.
    public var minimum: TimeSpan? { count == 0 ? nil : TimeSpan(nanoseconds: least) }

    /// The exact greatest latency; nil when nothing was recorded.
    public var maximum: TimeSpan? { count == 0 ? nil : TimeSpan(nanoseconds: greatest) }

    /// The latency that `percent` of 100 stay at or below; nil when nothing was recorded.
    ///
    /// The upper edge of the bucket of the nearest rank: at most 0.8 % too long, never too short.
    public func percentile(_ percent: Double) -> TimeSpan? {
        precondition((0...100).contains(percent), "a percentile lies in 0…100")
        guard count > 0 else { return nil }
        if percent == 0 { return minimum }
        // A hair of tolerance: 99.9 % of 1000 is a little more than 999 in binary.
        let rank = max(1, (Double(count) * (percent / 100) * (1 - 0x1p-50)).rounded(.up))
        var passed: UInt64 = 0
        for (page, number) in pages.enumerated() where number > 0 {
            let start = (Int(number) - 1) * Self.pageWidth
            for index in 0..<Self.pageWidth {
                passed += counts[start + index]
                if Double(passed) >= rank {
                    let edge = Self.upperEdge(of: page * Self.pageWidth + index)
                    return TimeSpan(nanoseconds: min(greatest, max(least, edge)))
                }
            }
        }
        return maximum
    }

    /// How many latencies were at most `limit`, counting the whole bucket that `limit` falls into.
    public func count(atMost limit: TimeSpan) -> Int {
        guard limit >= .zero else { return 0 }
        if count > 0, limit.nanoseconds >= greatest { return count }
        return buckets.reduce(0) { $1.lower <= limit ? $0 + $1.count : $0 }
    }

    /// All buckets that are not empty, from the shortest latency to the longest.
    public var buckets: [Bucket] {
        var result: [Bucket] = []
        for (page, number) in pages.enumerated() where number > 0 {
            let start = (Int(number) - 1) * Self.pageWidth
            for index in 0..<Self.pageWidth where counts[start + index] > 0 {
                let bucket = page * Self.pageWidth + index
                result.append(
                    Bucket(
                        lower: TimeSpan(nanoseconds: Self.lowerEdge(of: bucket)),
                        upper: TimeSpan(nanoseconds: Self.upperEdge(of: bucket)),
                        count: Int(counts[start + index])))
            }
        }
        return result
    }

    /// Bytes that the counts take.
    package var footprint: Int { counts.count * MemoryLayout<UInt64>.size + pages.count }

    private mutating func place(ofPage page: Int) -> Int {
        if pages.isEmpty { pages = [UInt8](repeating: 0, count: Self.octaves * Self.width / Self.pageWidth) }
        if pages[page] == 0 {
            counts.append(contentsOf: repeatElement(0, count: Self.pageWidth))
            pages[page] = UInt8(counts.count / Self.pageWidth)
        }
        return (Int(pages[page]) - 1) * Self.pageWidth
    }

    /// The number of the bucket that a latency falls into, counted from the shortest latencies.
    private static func bucket(of value: Int64) -> Int {
        if value < Int64(width) { return Int(value) }
        let octave = 64 - bits - value.leadingZeroBitCount
        return (octave - 1) * width + Int(value >> Int64(octave - 1))
    }

    private static func lowerEdge(of bucket: Int) -> Int64 {
        let (octave, index) = bucket.quotientAndRemainder(dividingBy: width)
        return octave == 0 ? Int64(index) : Int64(index + width) << Int64(octave - 1)
    }

    private static func upperEdge(of bucket: Int) -> Int64 {
        let octave = bucket / width
        return octave == 0 ? Int64(bucket) : lowerEdge(of: bucket) + (Int64(1) << Int64(octave - 1) - 1)
    }
}

extension LatencyHistogram: Equatable {
    /// Equal when the same latencies were recorded, to bucket precision, in whatever order.
    public static func == (left: LatencyHistogram, right: LatencyHistogram) -> Bool {
        left.count == right.count && left.sum == right.sum && left.least == right.least
            && left.greatest == right.greatest && left.buckets == right.buckets
    }
}
