import SimNodes
import Topology

/// What runs of one scenario under several seeds showed together.
///
/// Runs are added in the order of their seeds, as sums of doubles depend on it.
struct SeedsSummary {
    /// What one run came to.
    struct Run {
        let seed: UInt64
        let digest: TraceDigest
        let code: ExitCode
        let verdict: Verdict
        let events: UInt64
        let simulated: TimeSpan
    }

    /// One kind of outcome of one flow.
    struct Line {
        let flow: String
        let label: String
        let isSuccess: Bool
        /// Run by run; zero where nothing ended so.
        var counts: [Double]
        var shares: [Double]
        var means: [Double] = []
        var maxima: [Double] = []
        var latency = ReplicatedLatency()
    }

    /// Something that held in some runs and not in others.
    struct Check {
        let name: String
        var runs = 0
        var passed = 0
        /// The first run in which it didn't hold, and what was found there.
        var firstBroken: (seed: UInt64, detail: String)?
    }

    private(set) var runs: [Run] = []
    private(set) var wallSeconds = 0.0
    private(set) var lines: [Line] = []
    private var lineIndex: [String: Int] = [:]
    /// In the order of their names' first appearance.
    private(set) var resourceNames: [String] = []
    private(set) var resources: [String: [ResourceResult.Figure: [Double]]] = [:]
    private(set) var stores: [String] = []
    private(set) var failovers: [String: [FailoverResult.Figure: [Double]]] = [:]
    private(set) var failoverRuns: [String: Int] = [:]
    private(set) var hitRates: [Double] = []
    private(set) var metrics: [String: [Double]] = [:]
    private(set) var invariants: [Check] = []
    private(set) var expectations: [Check] = []
    private(set) var faults: [Check] = []
    private(set) var scenario: Scenario?

    mutating func add(_ outcome: UniverseOutcome) {
        let result = outcome.result
        scenario = scenario ?? result.scenario
        wallSeconds += outcome.wallSeconds
        let verdict =
            outcome.exitCode == .notDeterministic ? Verdict(.invalid, "the run is not deterministic") : result.verdict
        runs.append(
            Run(
                seed: result.seed, digest: result.digest, code: outcome.exitCode, verdict: verdict,
                events: result.events, simulated: result.simulated))
        addLines(result)
        for resource in result.resources {
            if resources[resource.name] == nil { resourceNames.append(resource.name) }
            for figure in ResourceResult.Figure.allCases {
                guard let value = resource[figure] else { continue }
                resources[resource.name, default: [:]][figure, default: []].append(value)
            }
        }
        for failover in result.failovers {
            if failovers[failover.store] == nil { stores.append(failover.store) }
            failoverRuns[failover.store, default: 0] += 1
            for figure in FailoverResult.Figure.allCases {
                guard let value = failover[figure] else { continue }
                failovers[failover.store, default: [:]][figure, default: []].append(value)
            }
        }
        if let hitRate = result.cache.hitRate { hitRates.append(hitRate) }
        for (name, value) in result.metrics { metrics[name, default: []].append(value) }
        addChecks(result)
    }

    private mutating func addLines(_ result: RunResult) {
        let earlier = runs.count - 1
        for flow in result.flows where flow.count > 0 {
            for (label, outcome) in TextReport.rows(of: flow) {
                let key = "\(flow.name)/\(label)"
                let index = lineIndex[key] ?? lines.count
                if index == lines.count {
                    // It didn't happen in the runs before.
                    let zeros = [Double](repeating: 0, count: earlier)
                    lines.append(
                        Line(flow: flow.name, label: label, isSuccess: outcome.isSuccess, counts: zeros, shares: zeros))
                    lineIndex[key] = index
                }
                lines[index].counts.append(Double(outcome.count))
                lines[index].shares.append(Double(outcome.count) / Double(flow.count))
                lines[index].latency.add(outcome.latency)
                if let mean = outcome.latency.mean { lines[index].means.append(mean.seconds) }
                if let maximum = outcome.latency.maximum { lines[index].maxima.append(maximum.seconds) }
            }
        }
        for index in lines.indices where lines[index].counts.count < runs.count {
            lines[index].counts.append(0)
            lines[index].shares.append(0)
        }
    }

    private mutating func addChecks(_ result: RunResult) {
        func note(_ checks: inout [Check], _ name: String, _ holds: Bool, _ detail: String) {
            let index = checks.firstIndex { $0.name == name } ?? checks.count
            if index == checks.count { checks.append(Check(name: name)) }
            checks[index].runs += 1
            if holds {
                checks[index].passed += 1
            } else if checks[index].firstBroken == nil {
                checks[index].firstBroken = (result.seed, detail)
            }
        }
        for invariant in result.invariants where invariant.status != .notApplicable {
            note(&invariants, "\(invariant.id) \(invariant.title)", invariant.holds, invariant.detail)
        }
        let catalogue = MetricCatalogue(for: result.scenario.topology)
        for expectation in result.expectations {
            let unit = catalogue.unit(of: expectation.expectation.metric)
            let value = Format.metric(expectation.value, unit)
            note(
                &expectations, expectation.expectation.source, expectation.passed,
                expectation.value == nil ? "no samples" : "it is \(value)")
        }
        for fault in result.faults {
            let detail = fault.appliedAt == nil ? "it never struck" : "nothing came of it"
            note(&faults, fault.description, fault.hadEffect, detail)
        }
    }
}

extension SeedsSummary {
    var code: ExitCode { ExitCode.worst(runs.map(\.code)) }

    func seeds(_ code: ExitCode) -> [UInt64] { runs.filter { $0.code == code }.map(\.seed) }

    /// The run that says what the whole says: the first with the worst code.
    var decisive: Run? { runs.first { $0.code == code } }

    /// The verdict over all runs; a design holds when it holds in each.
    var verdict: Verdict {
        guard let decisive else { return Verdict(.invalid, "no run was finished") }
        let count = seeds(code).count
        let runsText = "\(Format.count(count)) of \(Format.plural(runs.count, "run"))"
        switch code {
        case .holds: return Verdict(.holds, "it holds in all \(Format.plural(runs.count, "run"))")
        case .broken:
            return Verdict(
                .breaks, "it breaks in \(runsText), first with seed \(decisive.seed): \(decisive.verdict.reason)")
        case .inconclusive:
            return Verdict(
                .inconclusive, "\(runsText) decided nothing, first seed \(decisive.seed): \(decisive.verdict.reason)")
        case .notDeterministic:
            return Verdict(.invalid, "\(runsText) came out differently when repeated, first with seed \(decisive.seed)")
        case .programFault:
            return Verdict(.invalid, "the program itself failed in \(runsText), first with seed \(decisive.seed)")
        default:
            return Verdict(
                .invalid, "\(runsText) measured nothing, first seed \(decisive.seed): \(decisive.verdict.reason)")
        }
    }

    /// An interval over the runs; nil without samples.
    static func interval(_ values: [Double]?) -> ConfidenceInterval? {
        guard let values, !values.isEmpty else { return nil }
        return ConfidenceInterval(replications: values)
    }
}

extension ResourceResult {
    /// The columns of the table of resources.
    enum Figure: String, CaseIterable {
        case utilisation, meanQueue, maximumQueue, maximumInUse, waitP99, rejections, timeouts
    }

    subscript(figure: Figure) -> Double? {
        switch figure {
        case .utilisation: utilisation
        case .meanQueue: meanQueue
        case .maximumQueue: Double(maximumQueue)
        case .maximumInUse: Double(maximumInUse)
        case .waitP99: waits.percentile(99)?.seconds
        case .rejections: Double(rejections)
        case .timeouts: Double(timeouts)
        }
    }
}

extension FailoverResult {
    /// The figures of a failover.
    enum Figure: String, CaseIterable {
        case detected, promoted, writesResumed, readsResumed, requestsAffected, lostOrders
    }

    subscript(figure: Figure) -> Double? {
        switch figure {
        case .detected: detected?.seconds
        case .promoted: promoted?.seconds
        case .writesResumed: writesResumed?.seconds
        case .readsResumed: readsResumed?.seconds
        case .requestsAffected: Double(requestsAffected)
        case .lostOrders: lostOrders.map(Double.init)
        }
    }
}
