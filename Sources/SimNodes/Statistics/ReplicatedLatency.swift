import Topology

/// Latencies of several runs: percentiles of all requests together, and how much they differ from run to run.
package struct ReplicatedLatency: Sendable {
    /// The percentiles that are followed from run to run, in percent.
    package let percents: [Double]
    /// The latencies of all runs.
    package private(set) var merged = LatencyHistogram()
    private var perRun: [[Double]]

    package init(percents: [Double] = [50, 90, 95, 99, 99.9]) {
        self.percents = percents
        perRun = percents.map { _ in [] }
    }

    /// Adds a run, in the order of the seeds: sums of doubles depend on it. One without requests counts for nothing.
    package mutating func add(_ run: LatencyHistogram) {
        merged.merge(run)
        for (index, percent) in percents.enumerated() {
            if let value = run.percentile(percent) { perRun[index].append(value.seconds) }
        }
    }

    /// A percentile of all requests together; nil when there was none.
    package func percentile(_ percent: Double) -> TimeSpan? { merged.percentile(percent) }

    /// The mean over the runs of a percentile that is followed, in seconds, with its interval; nil for any other.
    package func interval(_ percent: Double, level: Double = 0.95) -> ConfidenceInterval? {
        guard let index = percents.firstIndex(of: percent), !perRun[index].isEmpty else { return nil }
        return ConfidenceInterval(replications: perRun[index], level: level)
    }
}
