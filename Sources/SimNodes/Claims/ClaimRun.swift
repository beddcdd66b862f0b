import Topology

/// What a claim needs to know of one run.
package struct ClaimRun: Hashable, Sendable {
    package let seed: UInt64
    /// Values of the metrics that had samples.
    package let metrics: [String: Double]
    /// What went wrong first.
    package let trouble: String?
    /// Where requests waited longest, if they waited.
    package let queue: String?
    /// A planned fault that had no effect: nothing was tried.
    package let idleFault: String?
    /// A fault of the program itself.
    package let programFault: String?

    package init(
        seed: UInt64, metrics: [String: Double], trouble: String? = nil, queue: String? = nil,
        idleFault: String? = nil, programFault: String? = nil
    ) {
        (self.seed, self.metrics, self.trouble, self.queue) = (seed, metrics, trouble, queue)
        (self.idleFault, self.programFault) = (idleFault, programFault)
    }

    /// Reads a run.
    package init(_ result: RunResult) {
        self.init(
            seed: result.seed, metrics: result.metrics,
            trouble: Judgement.firstTrouble(result.milestones), queue: Judgement.longestQueue(result.resources),
            idleFault: result.faults.first { !$0.hadEffect }?.description, programFault: result.programFaults.first)
    }
}

extension RunResult {
    /// The same without what no claim asks for: a laboratory remembers thousands of them.
    package func keeping(_ names: Set<String>) -> RunResult {
        let longest = resources.max { $0.meanQueue < $1.meanQueue }.map { resource in
            ResourceResult(
                name: resource.name, capacity: resource.capacity, utilisation: resource.utilisation,
                meanQueue: resource.meanQueue, maximumQueue: resource.maximumQueue,
                maximumInUse: resource.maximumInUse, waits: LatencyHistogram(), rejections: resource.rejections,
                timeouts: resource.timeouts)
        }
        return RunResult(
            scenario: scenario, seed: seed, digest: digest, events: events, simulated: simulated, duration: duration,
            verdict: verdict, milestones: milestones.first { $0.kind != .reaction }.map { [$0] } ?? [], flows: [],
            resources: longest.map { [$0] } ?? [], cache: cache, failovers: [], faults: faults,
            series: OutcomeSeries(width: series.width, successes: [], failures: []), invariants: [], expectations: [],
            metrics: metrics.filter { names.contains($0.key) }, programFaults: programFaults)
    }
}
