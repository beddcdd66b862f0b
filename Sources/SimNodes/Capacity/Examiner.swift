import Topology

/// Decides whether variants of a scenario meet its expectations, with as many runs of each as that takes.
package struct Examiner {
    /// What the runs of one variant came to.
    package struct Examination {
        package let standing: Standing
        /// In the order of the seeds.
        package let runs: [RunResult]
        /// What decided it.
        package internal(set) var reason: String
        /// How far what is expected is missed, all expectations together; zero when all is met.
        package let gap: Double
        /// Expectations, as the scenario writes them, and invariants that are broken.
        package let broken: Set<String>
        /// Expectations that nothing was measured for, where those don't count.
        package var unjudged: [String] = []
        /// The expectation that is missed most, and by how much, in the mean of the runs.
        package var worst: String?
        /// Where everything is met in the mean of the runs and nothing broken, what they are too few to be sure of.
        package var open: String?

        /// Whether it passes, as far as the runs can tell.
        package var isEnough: Bool { standing == .passes || open != nil }
    }

    package let laboratory: Laboratory
    /// What the runs of one variant may cost.
    package var effort: ReplicationEffort
    /// How many events the laboratory may have seen when the last examination begins.
    package var allowance = UInt64.max
    /// Whether expectations count only as far as there are samples: small loads have none of what is rare.
    package var forgivesMissingSamples = false

    /// Whoever misses a threshold by this share of it misses it in every run: there are no more to be made.
    private static let clearMiss = 0.5
    /// Whoever misses it so widely in one run need not be asked twice.
    private static let hopelessMiss = 4.0
    /// By this share a threshold is missed that few runs say is missed: less may be luck.
    private static let brokenMiss = 0.1
    /// So many variants are prepared before the allowance is looked at again.
    private static let preparedAtOnce = 4

    package init(laboratory: Laboratory) {
        self.laboratory = laboratory
        effort = ReplicationEffort()
        // Nobody reads the figures of a variant: only what they decide counts.
        (effort.fewest, effort.most, effort.mostEvents, effort.precision) = (3, 24, 4_000_000, .infinity)
    }

    /// Whether no more runs may be made.
    package var isSpent: Bool { laboratory.events >= allowance }
    /// How many events there may still be.
    package var left: UInt64 { allowance - min(allowance, laboratory.events) }

    /// Runs a variant until what it comes to is clear; nil when there may be no more runs.
    package func examine(_ scenario: Scenario) throws(Laboratory.Interrupted) -> Examination? {
        if let known = laboratory.known(Self.firstTrials(scenario)[0]) {
            let one = Replications(scenario, runs: [known], effort: effort)
            if Self.isHopeless(one) { return Self.examination(one, .fails) }
        }
        guard !isSpent else { return nil }
        let first = Replications(
            scenario, runs: try laboratory.results(of: Self.firstTrials(scenario)), effort: effort)
        if Self.missesClearly(first) { return Self.examination(first, .fails) }
        let all = try Replications.measure(scenario, in: laboratory, effort)
        if Self.hasTooFewRequests(all) {
            guard forgivesMissingSamples, let rest = Self.withSamples(all) else {
                return Self.examination(all, .unclear)
            }
            var examination = Self.examination(all, rest.standing)
            examination.unjudged = rest.unjudged
            examination.reason = rest.reason ?? examination.reason
            return examination
        }
        switch CapacityVerdict(all).kind {
        case .holds: return Self.examination(all, .passes)
        case .breaks: return Self.examination(all, .fails)
        case .inconclusive, .invalid: return Self.examination(all, .unclear)
        }
    }

    /// Makes the first run of several variants, some at once, which is faster than one variant after the other.
    package func prepare(_ scenarios: [Scenario]) throws(Laboratory.Interrupted) {
        var rest = scenarios[...]
        while !rest.isEmpty, !isSpent {
            _ = try laboratory.results(of: rest.prefix(Self.preparedAtOnce).map { Self.firstTrials($0)[0] })
            rest = rest.dropFirst(Self.preparedAtOnce)
        }
    }

    private static func firstTrials(_ scenario: Scenario) -> [Laboratory.Trial] {
        Replications.seeds(of: scenario, count: 2).map { Laboratory.Trial(scenario, seed: $0) }
    }

    /// Whether nothing is broken but expectations of which some run has no sample: a small load says nothing about what
    /// none of its requests did.
    private static func hasTooFewRequests(_ replications: Replications) -> Bool {
        let runs = replications.runs
        let broken = replications.expectations.filter { $0.decision == .breaks }
        return !broken.isEmpty && runs.allSatisfy { $0.invariants.allSatisfy(\.holds) }
            && broken.allSatisfy { ($0.interval?.samples ?? 0) < $0.runs }
    }

    /// What the runs come to by those that have samples; nil where none have.
    private static func withSamples(_ replications: Replications) -> (
        standing: Standing, reason: String?, unjudged: [String]
    )? {
        guard replications.runs.allSatisfy({ $0.programFaults.isEmpty && $0.verdict.kind != .invalid }) else {
            return nil
        }
        let judged = replications.quantities.flatMap { quantity in
            MeasuredQuantity(
                metric: quantity.metric, values: quantity.values, runs: quantity.values.count,
                expectations: quantity.expectations
            ).judgements
        }
        let sampled = judged.filter { $0.runs > 1 }
        guard !sampled.isEmpty else { return nil }
        let unjudged = judged.filter { $0.runs <= 1 }.map(\.expectation.source)
        if let broken = sampled.first(where: { $0.decision == .breaks }) { return (.fails, broken.sentence, unjudged) }
        let open = sampled.first { $0.decision == .undecided }
        return (open == nil ? .passes : .unclear, open?.sentence, unjudged)
    }

    private static func missesClearly(_ replications: Replications) -> Bool {
        let runs = replications.runs
        guard runs.allSatisfy({ $0.programFaults.isEmpty && $0.verdict.kind != .invalid }) else { return false }
        return runs.contains { $0.invariants.contains { !$0.holds } }
            || replications.expectations.contains {
                $0.interval?.samples == $0.runs && $0.missed == $0.runs && $0.miss > clearMiss
            }
    }

    /// Whether a single run decides: what must never happen has, or something is missed by far.
    private static func isHopeless(_ replications: Replications) -> Bool {
        guard replications.runs.allSatisfy({ $0.programFaults.isEmpty && $0.verdict.kind != .invalid }) else {
            return false
        }
        return replications.runs.contains { $0.invariants.contains { !$0.holds } }
            || replications.expectations.contains { judged in
                guard judged.interval != nil, judged.missed > 0 else { return false }
                switch judged.expectation.comparison {
                case .equal, .notEqual: return true
                case .less, .lessOrEqual, .greater, .greaterOrEqual: return judged.miss > hopelessMiss
                }
            }
    }

    private static func examination(_ replications: Replications, _ standing: Standing) -> Examination {
        let runs = replications.runs
        let broken = runs.reduce(0) { $0 + $1.invariants.count { !$0.holds } }
        let unserved = replications.scenario.expect.isEmpty ? runs.map(\.unservedShare).reduce(0, +) : 0
        let missed = replications.expectations.reduce(0) { $0 + $1.miss }
        let worst = replications.expectations.filter { $0.miss > 0 }.max { $0.miss < $1.miss }
        let doubtful = replications.expectations.first { $0.decision == .undecided }
        let isOpen = standing == .unclear && broken == 0 && worst == nil
        return Examination(
            standing: standing, runs: runs, reason: CapacityVerdict(replications).reason,
            gap: standing == .passes ? 0 : missed + Double(broken) / Double(runs.count) + unserved,
            broken: Set(
                runs.flatMap { $0.invariants.filter { !$0.holds }.map(\.id) }
                    + replications.expectations.filter { $0.decision == .breaks || $0.miss > brokenMiss }
                    .map(\.expectation.source)),
            worst: worst?.sentence, open: isOpen ? doubtful?.sentence : nil)
    }
}

extension ReplicatedExpectation {
    /// By how many times its threshold it is missed, limited so that one alone does not hide the others; zero where it
    /// holds in the mean.
    fileprivate var miss: Double {
        guard let interval else { return 100 }
        let threshold = expectation.threshold.value
        let isMet =
            switch expectation.comparison {
            case .equal, .notEqual: missed == 0
            case .less, .lessOrEqual, .greater, .greaterOrEqual: expectation.comparison.holds(interval.mean, threshold)
            }
        if isMet { return 0 }
        let distance = abs(interval.mean - threshold)
        return min(100, threshold == 0 ? distance : distance / abs(threshold))
    }
}

extension RunResult {
    /// Requests that got no answer, or an error, in proportion to all.
    fileprivate var unservedShare: Double {
        ["rejected", "timedOut", "unknown", "failed"].reduce(0) { $0 + (metrics["all.\($1).share"] ?? 0) }
    }
}
