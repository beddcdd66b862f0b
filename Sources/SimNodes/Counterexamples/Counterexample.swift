import Topology

/// A scenario that breaks an invariant, made as small as it could be, with the story of how it happens.
public struct Counterexample: Sendable {
    /// Which invariant, as in `I3`.
    public let invariant: String
    /// What the checker found, in one sentence.
    public let finding: String
    /// The first few violations.
    public let evidence: [String]
    /// Faults and requests are concrete: nothing in it is drawn but what the design itself leaves to chance.
    public let scenario: Scenario
    public let seed: UInt64
    /// Of the run that it describes.
    public let digest: TraceDigest
    /// Everything that was said in that run.
    public let story: [Story.Line]
    /// Requests that took part in a violation, or wanted the same product; empty: nobody in particular did.
    public let requests: Set<Int>
    /// How many runs the shrinking took.
    public let runs: Int

    /// Runs a scenario and tells how it breaks an invariant; nil when it doesn't.
    public init?(of scenario: Scenario, seed: UInt64, invariant: String, runs: Int = 1) {
        let story = Story()
        let (result, wishes) = Simulation.observe(scenario, seed: seed, story: story) { ($0.collect(), $0.arrivals) }
        guard let broken = result.invariants.first(where: { $0.id == invariant && !$0.holds }) else { return nil }
        self.invariant = invariant
        finding = "\(broken.title): \(broken.detail)"
        evidence = broken.evidence
        self.scenario = scenario
        self.seed = seed
        digest = result.digest
        self.story = story.lines
        let products = Set(broken.violations.flatMap(\.products))
        let sameProduct = wishes.indices.filter { products.contains(wishes[$0].product) }
        requests = Set(broken.violations.flatMap(\.requests)).union(sameProduct)
        self.runs = runs
    }

    /// Shrinks a run that breaks an invariant.
    ///
    /// - Parameters:
    ///   - invariant: which one has to stay broken; nil: the worst that is.
    ///   - mostRuns: the shrinking ends with what it has after so many runs.
    /// - Returns: nil when the run breaks no invariant.
    public static func shrunk(
        _ scenario: Scenario, seed: UInt64, invariant: String? = nil, mostRuns: Int = 2_000,
        report: @escaping (Shrinker.Progress) -> Void = { _ in }
    ) -> Counterexample? {
        let (result, requests) = Simulation.observe(scenario, seed: seed) { ($0.collect(), $0.arrivals) }
        let broken = result.invariants.filter { !$0.holds }.map(\.id)
        guard let wanted = invariant ?? Judgement.worst(of: broken), broken.contains(wanted) else { return nil }
        var shrinker = Shrinker(
            scenario, seed: seed, mostRuns: mostRuns,
            trial: { candidate, seed in
                let run = Simulation.explore(candidate, seed: seed)
                return run.programFaults.isEmpty && run.broken.contains { $0.id == wanted }
            }, report: report)
        let smallest = shrinker.shrink(requests: requests)
        return Counterexample(of: smallest, seed: seed, invariant: wanted, runs: shrinker.runs + 2)
    }

    /// How many requests are left in it.
    public var requestCount: Int { scenario.requestCount }

    /// What matters of the story.
    public var excerpt: StoryExcerpt { StoryExcerpt(story, requests: requests.isEmpty ? nil : requests) }
}

extension Counterexample: CustomStringConvertible {
    /// The story for a failing test or a terminal.
    public var description: String {
        let faults = scenario.faults.map { "  \($0.summary)" }
        func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
        let size = "\(count(requestCount, "request")), \(count(scenario.faults.count, "fault")), seed \(seed)"
        return """
            \(invariant) \(finding)
            \(size):
            \((faults + [excerpt.text] + evidence.map { "  " + $0 }).joined(separator: "\n"))
            """
    }
}

extension ResultCollector {
    /// The requests of the run, as a trace that lists them.
    var arrivals: [TraceArrival] {
        world.history.requests.map { request in
            var arrival = TraceArrival()
            arrival.at = request.intended - world.opening
            arrival.flow = request.flow
            arrival.product = request.product
            arrival.quantity = request.flow == .purchase ? request.quantity : nil
            arrival.user = request.user
            return arrival
        }
    }
}
