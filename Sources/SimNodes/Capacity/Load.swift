import Topology

/// How much the users of a scenario ask of it, as a number that can be raised.
package enum Load: Sendable {
    /// So many users at once, or in the closed loop where the scenario has one.
    case users
    /// So many requests a second, at random (Poisson), each of another user.
    case rate

    /// What `--set` takes for an amount of it.
    ///
    /// - Parameter length: how long requests come at a rate where the scenario does not say it.
    package func settings(_ amount: Int64, of scenario: Scenario, lasting length: TimeSpan) -> [String] {
        let workload = scenario.workload
        switch self {
        case .users:
            let isOpen = workload.arrive != .atOnce
            return ["workload.users=\(amount)"]
                + (isOpen ? ["workload.arrive=at once", "workload.for=null"] : [])
        case .rate:
            let isOpen = workload.arrive != .atOnce
            let length = isOpen ? workload.for ?? length : length
            // Those who come are drawn at random: a tenth more than expected are never used up.
            let users = max(1, Int64((Double(amount) * length.seconds * 1.1 + 50).rounded(.up)))
            return [
                "workload.arrive={\"poisson\":\"\(amount)/s\"}", "workload.think=null", "workload.requests=1",
                "workload.for=\(length)", "workload.users=\(users)",
            ]
        }
    }

    /// What the scenario itself asks; nil where it can't be said in one number.
    package func asked(of scenario: Scenario) -> Int64? {
        switch (self, scenario.workload.arrive) {
        case (.users, .atOnce): Int64(scenario.workload.users)
        case (.rate, .poisson(let rate)), (.rate, .constant(let rate)):
            max(1, Int64(rate.perSecond.rounded()))
        default: nil
        }
    }
}

/// The most of a load that a design carries.
package struct Ceiling: Sendable {
    package let load: Load
    /// What the scenario asks.
    package let asked: Int64?
    package let edge: Edge
    /// What breaks first beyond it, as the expectation or invariant says it.
    package let breaks: String?
    /// Why the first of the loads that stay undecided does so.
    package let undecided: String?
    /// Expectations of the scenario that say nothing about loads below what is asked, as they want so many of something.
    package let leftOut: [String]
    /// Expectations that nothing was measured for under the greatest load that passes.
    package let unjudged: [String]
    /// The settings of the greatest load that passes, or of the least that was tried.
    package let settings: [String]

    /// How much more than what is asked it carries, in proportion to that; negative where it carries less.
    package var headroom: Double? {
        guard let asked, let passing = edge.passing else { return nil }
        return Double(passing) / Double(asked) - 1
    }

    /// Looks for the greatest load under which the scenario meets its expectations.
    ///
    /// - Parameter start: where to begin: what theory says, or what is asked.
    package static func find(
        _ load: Load, of scenario: Scenario, from start: Int64, lasting length: TimeSpan, by examiner: Examiner
    ) throws(Laboratory.Interrupted) -> Ceiling {
        var examiner = examiner
        examiner.forgivesMissingSamples = true
        let asked = load.asked(of: scenario)
        let demands = scenario.expect.filter { $0.isDemand(in: scenario.topology) }.map(\.source)
        var unjudged: [Int64: [String]] = [:]
        var search = EdgeSearch(easy: 1, hard: min(5_000_000, start * Knob.mostTimes))
        var reasons: [Int64: String] = [:]
        // What one more user, or request a second, costs.
        var eventsEach = 0.0
        func settings(_ amount: Int64) -> [String] { load.settings(amount, of: scenario, lasting: length) }
        let edge = try search.edge(from: start) { (amount) throws(Laboratory.Interrupted) -> Standing? in
            guard var loaded = try? ScenarioLoader.load(scenario, overrides: settings(amount)) else { return .unclear }
            if amount < asked ?? .max { loaded.expect.removeAll { demands.contains($0.source) } }
            // Loads grow twofold: the next one alone may cost more than is left.
            guard eventsEach * Double(amount) < Double(examiner.left) else { return nil }
            let examination = try examiner.examine(loaded)
            if let events = examination?.runs.map(\.events).max() { eventsEach = Double(events) / Double(amount) }
            reasons[amount] = examination?.reason
            unjudged[amount] = examination?.unjudged
            return examination?.standing
        }
        return Ceiling(
            load: load, asked: asked, edge: edge, breaks: edge.failing.flatMap { reasons[$0] },
            undecided: edge.unclear.first.flatMap { reasons[$0] },
            leftOut: edge.passing.map { $0 < asked ?? .max } == true ? demands : [],
            unjudged: edge.passing.flatMap { unjudged[$0] } ?? [],
            settings: settings(edge.passing ?? edge.failing ?? start))
    }
}

/// Throughput and latency under growing load.
package struct LoadCurve: Sendable {
    package struct Point: Sendable {
        package let users: Int64
        /// Successful requests a second.
        package let throughput: Double?
        /// Of successful requests of the main flow, in seconds.
        package let mean: Double?
        package let p95: Double?
    }

    package let flow: Flow
    package let points: [Point]
    /// Loads that there may be no runs for.
    package let untried: [Int64]

    /// Runs the scenario under loads that double, up to twice what is asked; one run each.
    ///
    /// - Parameters:
    ///   - eventsEach: what a user costs; loads are left out, the greatest first, where they would cost more than `left`.
    package static func measure(
        _ scenario: Scenario, upTo most: Int64, by laboratory: Laboratory, seed: UInt64, eventsEach: Double = 0,
        left: UInt64 = .max
    ) throws(Laboratory.Interrupted) -> LoadCurve {
        var amounts: [Int64] = [most]
        while let last = amounts.last, last > 1, amounts.count < 12 { amounts.append(last / 2) }
        amounts.reverse()
        var cost = 0.0
        let tried = amounts.prefix { amount in
            cost += eventsEach * Double(amount)
            return cost <= Double(left)
        }
        let scenarios = tried.compactMap { amount in
            try? ScenarioLoader.load(scenario, overrides: Load.users.settings(amount, of: scenario, lasting: .zero))
        }
        let results = try laboratory.results(of: scenarios.map { Laboratory.Trial($0, seed: seed) })
        let flow = scenario.workload.mainFlow
        return LoadCurve(
            flow: flow,
            points: results.map { result in
                Point(
                    users: Int64(result.scenario.workload.users), throughput: result.metrics["throughput"],
                    mean: result.metrics["\(flow.rawValue).success.mean"],
                    p95: result.metrics["\(flow.rawValue).success.p95"])
            }, untried: Array(amounts.dropFirst(tried.count)))
    }
}

extension Expectation {
    /// Whether it wants so many of something, which fewer users can't bring about.
    fileprivate func isDemand(in topology: SystemTopology) -> Bool {
        guard MetricCatalogue(for: topology).unit(of: metric) == .count, threshold.value > 0 else { return false }
        switch comparison {
        case .equal, .greater, .greaterOrEqual: return true
        case .notEqual, .less, .lessOrEqual: return false
        }
    }
}
