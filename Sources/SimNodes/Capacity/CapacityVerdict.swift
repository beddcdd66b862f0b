import Topology

/// Whether a design carries its load, by all runs together.
package struct CapacityVerdict: Sendable {
    package let kind: Verdict.Kind
    /// One sentence: what decided it.
    package let reason: String
    /// Faults of the program: nothing here can be trusted.
    package let programFaults: [String]
    /// The first run that shows it, for whoever wants to look.
    package let seed: UInt64

    /// Without expectations a design holds when every request is answered well and no invariant is broken.
    package init(_ replications: Replications) {
        let runs = replications.runs
        programFaults = runs.flatMap(\.programFaults)
        func seed(_ isShown: (RunResult) -> Bool) -> UInt64 { (runs.first(where: isShown) ?? runs.first)?.seed ?? 0 }
        if let fault = programFaults.first {
            (kind, reason) = (.invalid, "the program itself failed, so nothing here can be trusted: \(fault)")
            self.seed = seed { !$0.programFaults.isEmpty }
        } else if let broken = Self.brokenInvariant(runs) {
            (kind, reason) = (.breaks, broken.reason)
            self.seed = seed { $0.breaks(broken.id) }
        } else if let invalid = runs.first(where: { $0.verdict.kind == .invalid }) {
            (kind, reason) = (.invalid, invalid.verdict.reason)
            self.seed = invalid.seed
        } else if let stuck = runs.first(where: { $0.recovery?.outcome == .metastable }), let recovery = stuck.recovery
        {
            (kind, reason) = (.breaks, recovery.sentence)
            self.seed = stuck.seed
        } else if let restless = Self.restlessness(replications) {
            (kind, reason) = (.inconclusive, restless)
            self.seed = seed { $0.afterWarmUp?.isSettled == false }
        } else if replications.scenario.expect.isEmpty {
            (kind, reason) = Self.withoutExpectations(runs)
            self.seed = seed { Self.unwell($0) > 0 }
        } else {
            (kind, reason) = Self.byExpectations(replications)
            self.seed = seed { run in run.expectations.contains { !$0.passed } }
        }
    }

    /// The worst broken invariant, in how many runs, and what was found in the first of them.
    private static func brokenInvariant(_ runs: [RunResult]) -> (id: String, reason: String)? {
        let broken = runs.flatMap { run in run.invariants.filter { !$0.holds } }
        guard let worst = Judgement.worst(of: broken.map(\.id)), let shown = broken.first(where: { $0.id == worst })
        else { return nil }
        let count = runs.count { $0.breaks(worst) }
        let others = Set(broken.map(\.id)).subtracting([worst]).sorted()
        let more = others.isEmpty ? "" : " (and \(others.joined(separator: ", ")))"
        return (worst, "\(worst) \(shown.title): broken in \(count) of \(runs.count) runs, \(shown.detail)\(more)")
    }

    /// What broke is broken; what holds in a run that never came to its steady state is not worth much.
    private static func restlessness(_ replications: Replications) -> String? {
        guard replications.restless * 2 > replications.runs.count,
            !replications.expectations.contains(where: { $0.decision == .breaks })
        else { return nil }
        return
            "latencies do not settle in \(replications.restless) of \(replications.runs.count) runs: too short for a "
            + "steady state, or overloaded; make it longer (--set workload.for=…)"
    }

    private static func byExpectations(_ replications: Replications) -> (Verdict.Kind, String) {
        let judged = replications.expectations
        let broken = judged.filter { $0.decision == .breaks }
        if let first = broken.first {
            let others = broken.count > 1 ? " (and \(broken.count - 1) more)" : ""
            return (.breaks, "\(first.sentence)\(others)")
        }
        let doubtful = judged.filter { $0.decision == .undecided }
        if let first = doubtful.first {
            return (.inconclusive, "\(first.sentence); \(first.remedy)")
        }
        let nearest = judged.compactMap { judgement in judgement.margin.map { (judgement, $0) } }.min { $0.1 < $1.1 }
        let least = nearest.map { ", the tightest being \($0.0.sentence)" } ?? ""
        return (.holds, "all \(judged.count) expectations hold in \(replications.runs.count) runs\(least)")
    }

    private static func withoutExpectations(_ runs: [RunResult]) -> (Verdict.Kind, String) {
        let asked = runs.reduce(0) { $0 + $1.requests }
        let unwell = runs.map(unwell)
        let affected = unwell.count { $0 > 0 }
        guard affected > 0 else {
            return (.holds, "every request of \(runs.count) runs is answered, \(asked) in all, and none is turned away")
        }
        let share = Double(unwell.reduce(0, +)) / Double(max(1, asked))
        let percent = (share * 10_000).rounded() / 100
        return (
            .breaks, "\(percent) % of the requests get no answer, or an error, in \(affected) of \(runs.count) runs"
        )
    }

    /// Requests that the system did not serve: turned away, timed out, failed, or never answered.
    private static func unwell(_ run: RunResult) -> Int {
        let regular = Set(Outcome.allCases.filter(\.isRegular).map(\.name))
        let answeredWell = run.single.reduce(0) { sum, flow in
            sum + flow.outcomes.reduce(0) { $0 + (regular.contains($1.name) ? $1.count : 0) }
        }
        return run.requests - answeredWell
    }
}

extension RunResult {
    /// Whether it breaks an invariant.
    fileprivate func breaks(_ id: String) -> Bool { invariants.contains { $0.id == id && !$0.holds } }

    /// The flows themselves, without the sum of all.
    package var single: [FlowResult] { flows.filter { $0.name != "all" } }

    /// Requests, answered or not.
    package var requests: Int {
        metrics["workload.requests"].map { Int($0) } ?? single.reduce(0) { $0 + $1.count }
    }
}

extension ReplicatedExpectation {
    /// What was expected and what came.
    package var sentence: String {
        guard let interval else { return "\(expectation.source): nothing was measured" }
        if expectation.comparison == .equal || expectation.comparison == .notEqual {
            return decision == .holds
                ? expectation.source : "\(expectation.source): broken in \(missed) of \(runs) runs"
        }
        // One run has no scatter.
        let scatter = interval.halfWidth.isFinite ? " ± \(written(interval.halfWidth))" : ""
        return "\(expectation.source): it is \(written(interval.mean))\(scatter)"
    }

    /// What would settle it: more runs, or a threshold that is not in the middle of what was measured.
    package var remedy: String {
        let threshold = sureThreshold.map { "expect \(expectation.comparison.rawValue) \(written($0))" }
        let runs = runsToSettle().map { "about \($0) runs (--replications \($0)) would settle it" }
        switch (runs, threshold) {
        case (let runs?, let threshold?): return "\(runs), or \(threshold)"
        case (let runs?, nil): return runs
        case (nil, let threshold?): return "it lies on the threshold: no number of runs settles that; \(threshold)"
        case (nil, nil): return "more runs would settle it"
        }
    }

    /// How far the nearer end of the interval is from the threshold, as a share of the threshold; nil for equalities.
    package var margin: Double? {
        let threshold = expectation.threshold.value
        guard let sure = sureThreshold, threshold != 0 else { return nil }
        return (sure - threshold).magnitude / threshold.magnitude * (decision == .holds ? 1 : -1)
    }

    private func written(_ value: Double) -> String {
        func rounded(_ value: Double) -> String { Expectation.Threshold.number(Self.threeDigits(value)).description }
        return switch expectation.threshold {
        case .duration: "\(rounded(value * 1000)) ms"
        case .percentage: "\(rounded(value * 100)) %"
        case .rate: "\(rounded(value))/s"
        case .number: rounded(value)
        }
    }

    private static func threeDigits(_ value: Double) -> Double {
        guard value.isFinite, value.magnitude > 1e-12 else { return value.isFinite ? 0 : value }
        var scale = 1.0
        while value.magnitude * scale < 100 { scale *= 10 }
        return (value * scale).rounded() / scale
    }
}
