import Topology

/// Compares what was measured with what was expected, and says in one sentence what decided it.
enum Judgement {
    static func evaluate(_ expectations: [Expectation], _ metrics: [String: Double]) -> [ExpectationResult] {
        expectations.map { expectation in
            guard let value = metrics[expectation.metric] else {
                return ExpectationResult(expectation: expectation, value: nil, passed: false, margin: nil)
            }
            let threshold = expectation.threshold.value
            let passed = expectation.comparison.holds(value, threshold)
            return ExpectationResult(
                expectation: expectation, value: value, passed: passed,
                margin: margin(of: value, to: threshold, passed: passed))
        }
    }

    private static func margin(of value: Double, to threshold: Double, passed: Bool) -> Double? {
        guard threshold != 0 else { return nil }
        let distance = abs(value - threshold) / abs(threshold)
        return passed ? distance : -distance
    }

    static func verdict(
        invariants: [InvariantResult], expectations: [ExpectationResult], faults: [FaultResult],
        requests: Int, cause: String?, recovery: RecoveryResult? = nil
    ) -> Verdict {
        if requests == 0 { return Verdict(.invalid, "no request was made, so nothing was measured") }
        let because = cause.map { "; \($0)" } ?? ""
        // A unit sold twice is sold twice, whatever else was not tried.
        let broken = invariants.filter { !$0.holds }.sorted { severity($0.id) < severity($1.id) }
        if let worst = broken.first {
            // What is left standing, or disagrees at rest, follows from a system that stays down; losses don't.
            if let recovery, recovery.outcome == .metastable, severity(worst.id) >= severity("I7") {
                return Verdict(.breaks, "\(recovery.sentence) (and \(broken.map(\.id).joined(separator: ", ")))")
            }
            let others = broken.count > 1 ? " (and \(broken.dropFirst().map(\.id).joined(separator: ", ")))" : ""
            return Verdict(.breaks, "\(worst.id) \(worst.title): \(worst.detail)\(others)\(because)")
        }
        if let idle = faults.first(where: { !$0.hadEffect }) {
            let why = idle.appliedAt == nil ? "its moment never came" : "it changed nothing"
            return Verdict(.invalid, "the fault \"\(idle.description)\" had no effect: \(why)")
        }
        if let recovery, recovery.outcome == .metastable { return Verdict(.breaks, recovery.sentence) }
        let missed = expectations.filter { !$0.passed }
        if let first = missed.first {
            let others = missed.count > 1 ? " (and \(missed.count - 1) more)" : ""
            return Verdict(.breaks, "\(first.sentence)\(others)\(because)")
        }
        let tightest = expectations.filter { $0.margin != nil && $0.expectation.comparison != .equal }.min {
            ($0.margin ?? 0) < ($1.margin ?? 0)
        }
        let least = tightest.map { ", the tightest being \($0.sentence)" } ?? ""
        let held = invariants.count { $0.status == .holds }
        return Verdict(.holds, "\(held) invariants and \(expectations.count) expectations hold\(least)")
    }

    /// What is to blame: the first thing that went wrong, or where the longest queue stood.
    static func cause(_ milestones: [Milestone], _ resources: [ResourceResult]) -> String? {
        firstTrouble(milestones) ?? longestQueue(resources)
    }

    /// The first thing that went wrong.
    static func firstTrouble(_ milestones: [Milestone]) -> String? {
        guard let first = milestones.first(where: { $0.kind != .reaction }) else { return nil }
        let milliseconds = (first.at.seconds * 1_000).rounded() / 1_000
        return "first, \(first.node) at \(milliseconds) s: \(first.text)"
    }

    /// Where the longest queue stood.
    static func longestQueue(_ resources: [ResourceResult]) -> String? {
        guard let longest = resources.max(by: { $0.meanQueue < $1.meanQueue }), longest.meanQueue >= 1 else {
            return nil
        }
        return "requests wait longest for \(longest.name), with up to \(longest.maximumQueue) in its queue"
    }

    /// Which of several broken invariants decides; nil for none.
    static func worst(of broken: [String]) -> String? { broken.min { severity($0) < severity($1) } }

    /// Sold twice is worse than lost, lost is worse than slow.
    private static func severity(_ id: String) -> Int {
        ["I1", "I3", "I9", "I2", "I8", "LIN", "I5", "I7", "I4", "I6"].firstIndex(of: id) ?? .max
    }
}

extension ExpectationResult {
    /// What was expected and what came, for the first line of a report.
    fileprivate var sentence: String {
        guard let value else { return "\(expectation.source): nothing was measured" }
        let text =
            switch expectation.threshold {
            case .duration: "\((value * 1e5).rounded() / 100) ms"
            case .percentage: "\((value * 1e4).rounded() / 100) %"
            case .number, .rate: "\((value * 1e4).rounded() / 1e4)"
            }
        return "\(expectation.source): it was \(text)"
    }
}
