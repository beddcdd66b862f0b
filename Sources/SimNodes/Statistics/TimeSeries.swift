import Topology

/// Counts and sums over virtual time in buckets of equal width, which doubles when the run outgrows them.
package struct TimeSeries: Hashable, Sendable {
    /// What fell into one bucket.
    package struct Bucket: Hashable, Sendable {
        package var count = 0
        package var sum = 0.0

        package init() {}

        fileprivate mutating func merge(_ other: Bucket) {
            count += other.count
            sum += other.sum
        }
    }

    /// When the first bucket begins.
    package let start: Instant
    /// The width with which the series began.
    package let initialWidth: TimeSpan
    /// At most this many buckets are kept.
    package let capacity: Int
    /// How wide a bucket is now: the initial width times a power of two.
    package private(set) var width: TimeSpan
    /// From the start to the last bucket that anything fell into.
    package private(set) var buckets: [Bucket] = []

    /// A series whose memory stays below `capacity` buckets however long the run is.
    package init(start: Instant = .zero, width: TimeSpan, capacity: Int = 256) {
        precondition(width > .zero && capacity >= 2, "a series has buckets of some width")
        (self.start, self.width, self.capacity) = (start, width, capacity)
        initialWidth = width
    }

    /// Counts something that happened at `instant`, not before the start, and adds `value` to the bucket's sum.
    package mutating func add(_ value: Double = 1, at instant: Instant) {
        precondition(instant >= start, "nothing happened before the series began")
        let index = makeRoom(for: (instant - start).nanoseconds)
        buckets[index].count += 1
        buckets[index].sum += value
    }

    /// Adds another series of the same start and initial width.
    package mutating func merge(_ other: TimeSeries) {
        precondition(other.start == start && other.initialWidth == initialWidth, "the series have different buckets")
        while width < other.width { widen() }
        for (index, bucket) in other.buckets.enumerated() {
            let target = makeRoom(for: Int64(index) * other.width.nanoseconds)
            buckets[target].merge(bucket)
        }
    }

    /// Events a second in each bucket, the last one as though it were full.
    package var rates: [Double] { buckets.map { Double($0.count) / width.seconds } }

    /// The mean value in each bucket; nil where nothing happened.
    package var means: [Double?] { buckets.map { $0.count == 0 ? nil : $0.sum / Double($0.count) } }

    private mutating func makeRoom(for offset: Int64) -> Int {
        while offset / width.nanoseconds >= Int64(capacity) { widen() }
        let index = Int(offset / width.nanoseconds)
        while buckets.count <= index { buckets.append(Bucket()) }
        return index
    }

    private mutating func widen() {
        width = width * 2
        var wider: [Bucket] = []
        wider.reserveCapacity(capacity)
        for index in stride(from: 0, to: buckets.count, by: 2) {
            var bucket = buckets[index]
            if index + 1 < buckets.count { bucket.merge(buckets[index + 1]) }
            wider.append(bucket)
        }
        buckets = wider
    }
}
