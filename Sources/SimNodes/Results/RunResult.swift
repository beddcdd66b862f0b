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
    /// How users fared after what disturbed the system was over; nil where nothing came to its end.
    public let recovery: RecoveryResult?
    public let invariants: [InvariantResult]
    public let expectations: [ExpectationResult]
    /// Values of all metrics that had samples, by their names in the catalogue.
    public let metrics: [String: Double]
    /// What is left of the requests without the warm-up; nil for scenarios that have no steady state.
    package let afterWarmUp: AfterWarmUp?
    /// Faults of the program itself: tasks that ended with an error nobody expected. The run can't be trusted.
    public let programFaults: [String]

    /// The violations of one kind that were kept, of all invariants; empty when there was none.
    public func violations(of kind: ViolationKind) -> [Violation] {
        invariants.flatMap { $0.violations.filter { $0.kind == kind } }
    }

    /// The violation that came about first; of those without a moment the first, when there is no other.
    public var firstViolation: Violation? {
        let all = invariants.flatMap(\.violations)
        let timed = all.enumerated().filter { $0.element.at != nil }
            .min { ($0.element.at ?? .zero, $0.offset) < ($1.element.at ?? .zero, $1.offset) }
        return timed?.element ?? all.first
    }

    /// What a run, or a test that invents one, has found out.
    package init(
        scenario: Scenario, seed: UInt64, digest: TraceDigest, events: UInt64, simulated: TimeSpan,
        duration: TimeSpan, verdict: Verdict, milestones: [Milestone], flows: [FlowResult],
        resources: [ResourceResult], cache: CacheResult, failovers: [FailoverResult], faults: [FaultResult],
        series: OutcomeSeries, invariants: [InvariantResult], expectations: [ExpectationResult],
        metrics: [String: Double], afterWarmUp: AfterWarmUp? = nil, programFaults: [String],
        recovery: RecoveryResult? = nil
    ) {
        self.scenario = scenario
        self.seed = seed
        self.digest = digest
        self.events = events
        self.simulated = simulated
        self.duration = duration
        self.verdict = verdict
        self.milestones = milestones
        self.flows = flows
        self.resources = resources
        self.cache = cache
        self.failovers = failovers
        self.faults = faults
        self.series = series
        self.recovery = recovery
        self.invariants = invariants
        self.expectations = expectations
        self.metrics = metrics
        self.afterWarmUp = afterWarmUp
        self.programFaults = programFaults
    }
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

    /// What a run, or a test that invents one, has found out.
    package init(name: String, outcomes: [OutcomeResult], cached: [OutcomeResult]) {
        self.name = name
        self.outcomes = outcomes
        self.cached = cached
    }
}

/// The requests of one flow that ended in one way.
public struct OutcomeResult: Sendable {
    public let name: String
    public let isSuccess: Bool
    public let count: Int
    /// From the intended start to the answer.
    public let latency: LatencyHistogram

    /// What a run, or a test that invents one, has found out.
    package init(name: String, isSuccess: Bool, count: Int, latency: LatencyHistogram) {
        self.name = name
        self.isSuccess = isSuccess
        self.count = count
        self.latency = latency
    }
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
    /// Whether to be turned away here is an answer that the design gives on purpose.
    public let refusesByDesign: Bool
    /// Where each customer needs one server in particular: the one that was busy for longest.
    public let busiest: BusiestServer?
    /// When it began to hurt.
    package let onset: ResourceOnset

    /// What a run, or a test that invents one, has found out.
    package init(
        name: String, capacity: Int, utilisation: Double, meanQueue: Double, maximumQueue: Int, maximumInUse: Int,
        waits: LatencyHistogram, rejections: Int, timeouts: Int, refusesByDesign: Bool = false,
        busiest: BusiestServer? = nil, onset: ResourceOnset = ResourceOnset()
    ) {
        self.name = name
        self.capacity = capacity
        self.utilisation = utilisation
        self.meanQueue = meanQueue
        self.maximumQueue = maximumQueue
        self.maximumInUse = maximumInUse
        self.waits = waits
        self.rejections = rejections
        self.timeouts = timeouts
        self.refusesByDesign = refusesByDesign
        self.busiest = busiest
        self.onset = onset
    }
}

public struct CacheResult: Sendable {
    public let hits: Int
    public let misses: Int
    /// Nil when nothing was looked up.
    public var hitRate: Double? { hits + misses > 0 ? Double(hits) / Double(hits + misses) : nil }

    /// What a run, or a test that invents one, has found out.
    package init(hits: Int, misses: Int) {
        self.hits = hits
        self.misses = misses
    }
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

    /// What a run, or a test that invents one, has found out.
    package init(
        store: String, faultAt: Instant, detected: TimeSpan?, promoted: TimeSpan?, writesResumed: TimeSpan?,
        readsResumed: TimeSpan?, requestsAffected: Int, lostOrders: Int?
    ) {
        self.store = store
        self.faultAt = faultAt
        self.detected = detected
        self.promoted = promoted
        self.writesResumed = writesResumed
        self.readsResumed = readsResumed
        self.requestsAffected = requestsAffected
        self.lostOrders = lostOrders
    }
}

/// What became of one planned fault.
public struct FaultResult: Sendable {
    public let description: String
    /// When it struck; nil if its event never happened.
    public let appliedAt: Instant?
    /// When its direct influence was over; nil while it lasts.
    public let endedAt: Instant?
    /// Requests that were under way, or arrived, while it was in force and did not end well or ended late.
    public let requestsAffected: Int
    /// A fault without effect makes a run invalid.
    public let hadEffect: Bool

    /// What a run, or a test that invents one, has found out.
    package init(
        description: String, appliedAt: Instant?, endedAt: Instant? = nil, requestsAffected: Int, hadEffect: Bool
    ) {
        self.description = description
        self.appliedAt = appliedAt
        self.endedAt = endedAt
        self.requestsAffected = requestsAffected
        self.hadEffect = hadEffect
    }
}

/// Requests and their ends over time.
public struct OutcomeSeries: Sendable {
    public let width: TimeSpan
    /// Answers that did their users justice: the goodput.
    public let successes: [Int]
    public let failures: [Int]
    /// Requests that users began to want.
    public let wanted: [Int]
    /// Times that a request was sent, repetitions included.
    public let attempts: [Int]

    /// What a run, or a test that invents one, has found out.
    package init(
        width: TimeSpan, successes: [Int], failures: [Int], wanted: [Int] = [], attempts: [Int] = []
    ) {
        self.width = width
        self.successes = successes
        self.failures = failures
        self.wanted = wanted
        self.attempts = attempts
    }
}

/// One invariant, checked over the whole run.
public struct InvariantResult: Sendable {
    /// I1 to I9, LIN for linearizability, or C1, C2 … for the user's own.
    public let id: String
    /// What it says, in a few words.
    public let title: String
    public let holds: Bool
    /// What was found: a figure when it holds, the damage when it doesn't.
    public let detail: String
    /// The first few violations, a line each.
    public let evidence: [String]
    /// Tells also a promise that the design does not make, and a question that was not decided, from one that holds.
    public let status: InvariantStatus
    /// How much is wrong, in the invariant's own unit (units, orders, requests).
    public let count: Int
    /// The first few violations with what a story of them needs: products, requests, nodes and moment.
    public let violations: [Violation]

    /// What a run, or a test that invents one, has found out.
    package init(
        id: String, title: String, holds: Bool, detail: String, evidence: [String], status: InvariantStatus? = nil,
        count: Int? = nil, violations: [Violation] = []
    ) {
        self.id = id
        self.title = title
        self.holds = holds
        self.detail = detail
        self.evidence = evidence
        self.status = status ?? (holds ? .holds : .broken)
        self.count = count ?? evidence.count
        self.violations = violations
    }
}

/// One expectation with what was measured.
public struct ExpectationResult: Sendable {
    public let expectation: Expectation
    /// Nil when the metric had no samples; then it never passes.
    public let value: Double?
    public let passed: Bool
    /// How far the value is from the threshold, as a fraction of the threshold; negative when broken. Nil for thresholds of 0.
    public let margin: Double?

    /// What a run, or a test that invents one, has found out.
    package init(expectation: Expectation, value: Double?, passed: Bool, margin: Double?) {
        self.expectation = expectation
        self.value = value
        self.passed = passed
        self.margin = margin
    }
}
