import Topology

/// Everything that one run of a scenario showed.
public struct RunResult: Sendable {
    public let scenario: Scenario
    public let seed: UInt64
    public let digest: TraceDigest
    /// Events that the kernel ran.
    public let events: UInt64
    /// From the first request to the end of the run, in virtual time.
    public let simulated: TimeSpan
    /// From the first request to the last answer.
    public let duration: TimeSpan
    public let verdict: Verdict
    /// Notable events in the order in which they happened: faults, breakages, reactions.
    public let milestones: [Milestone]
    /// View, purchase and, where there are both, all.
    public let flows: [FlowResult]
    public let resources: [ResourceResult]
    public let cache: CacheResult
    public let failovers: [FailoverResult]
    public let faults: [FaultResult]
    public let series: OutcomeSeries
    public let invariants: [InvariantResult]
    public let expectations: [ExpectationResult]
    /// Values of all metrics that had samples, by their names in the catalogue.
    public let metrics: [String: Double]
    /// Faults of the program itself: tasks that ended with an error nobody expected. The run can't be trusted.
    public let programFaults: [String]
}

/// The answer to "does it hold?".
public struct Verdict: Sendable, Hashable {
    public enum Kind: String, Sendable { case holds, breaks, inconclusive, invalid }
    public let kind: Kind
    /// One sentence: what decided it.
    public let reason: String

    public init(_ kind: Kind, _ reason: String) { (self.kind, self.reason) = (kind, reason) }

    /// The process's exit code: 0, 99, 111 or 112.
    public var exitCode: Int32 {
        switch kind {
        case .holds: 0
        case .breaks: 99
        case .inconclusive: 111
        case .invalid: 112
        }
    }
}

/// The requests of one flow, by how they ended.
public struct FlowResult: Sendable {
    public let name: String
    public let outcomes: [OutcomeResult]
    /// Views answered from the cache, and those that were not; empty for purchases.
    public let cached: [OutcomeResult]
    public var count: Int { outcomes.reduce(0) { $0 + $1.count } }
}

/// The requests of one flow that ended in one way.
public struct OutcomeResult: Sendable {
    public let name: String
    public let isSuccess: Bool
    public let count: Int
    /// From the intended start to the answer.
    public let latency: LatencyHistogram
}

/// One limited resource.
public struct ResourceResult: Sendable {
    /// Node and resource, as in `app1.cpu`.
    public let name: String
    public let capacity: Int
    /// 0 to 1, over the duration of the run.
    public let utilisation: Double
    public let meanQueue: Double
    public let maximumQueue: Int
    public let maximumInUse: Int
    public let waits: LatencyHistogram
    public let rejections: Int
    public let timeouts: Int
}

public struct CacheResult: Sendable {
    public let hits: Int
    public let misses: Int
    /// Nil when nothing was looked up.
    public var hitRate: Double? { hits + misses > 0 ? Double(hits) / Double(hits + misses) : nil }
}

/// How one data store's failover went; times count from the fault.
public struct FailoverResult: Sendable {
    public let store: String
    public let faultAt: Instant
    public let detected: TimeSpan?
    public let promoted: TimeSpan?
    public let writesResumed: TimeSpan?
    public let readsResumed: TimeSpan?
    public let requestsAffected: Int
    /// Orders acknowledged to users that the surviving database doesn't have; nil for stores that hold no orders.
    public let lostOrders: Int?
}

/// What became of one planned fault.
public struct FaultResult: Sendable {
    public let description: String
    /// When it struck; nil if its event never happened.
    public let appliedAt: Instant?
    /// Requests that were under way, or arrived, while it was in force and did not end well or ended late.
    public let requestsAffected: Int
    /// A fault without effect makes a run invalid.
    public let hadEffect: Bool
}

/// Successes and failures over time.
public struct OutcomeSeries: Sendable {
    public let width: TimeSpan
    public let successes: [Int]
    public let failures: [Int]
}

/// One invariant, checked over the whole run.
public struct InvariantResult: Sendable {
    /// I1 to I9.
    public let id: String
    /// What it says, in a few words.
    public let title: String
    public let holds: Bool
    /// What was found: a figure when it holds, the damage when it doesn't.
    public let detail: String
    /// The first few violations, each a line that names request, product and time.
    public let evidence: [String]
}

/// One expectation with what was measured.
public struct ExpectationResult: Sendable {
    public let expectation: Expectation
    /// Nil when the metric had no samples; then it never passes.
    public let value: Double?
    public let passed: Bool
    /// How far the value is from the threshold, as a fraction of the threshold; negative when broken. Nil for thresholds of 0.
    public let margin: Double?
}
