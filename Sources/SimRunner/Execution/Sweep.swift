import SimNodes
import Topology

/// A scenario at the points of a grid, each with the same seeds.
struct Sweep {
    /// What the runs at one point showed.
    struct Point {
        /// The value of each variation.
        let values: [String]
        let verdict: Verdict
        let code: ExitCode
        let runs: Int
        let holding: Int
        /// The metrics in their order; nil without samples.
        let metrics: [ConfidenceInterval?]
        /// What was broken in some run.
        let broken: [String]
    }

    let variations: [Variation]
    let seeds: ClosedRange<UInt64>
    /// Names in the catalogue, with their units.
    let metrics: [(name: String, unit: MetricCatalogue.Unit?)]
    let title: String
    /// In the order of the grid; fewer than it has after an interruption.
    private(set) var points: [Point] = []

    /// How many points the grid has.
    var size: Int { variations.reduce(1) { $0 * $1.values.count } }

    /// Makes all runs.
    ///
    /// - Parameter scenarios: one for each point of the grid, in its order.
    init(
        variations: [Variation], scenarios: [Scenario], seeds: ClosedRange<UInt64>, metrics: [String],
        by laboratory: Laboratory
    ) {
        self.variations = variations
        self.seeds = seeds
        let catalogue = MetricCatalogue(for: scenarios[0].topology)
        self.metrics = metrics.map { ($0, catalogue.unit(of: $0)) }
        title = scenarios[0].title
        let trials = scenarios.flatMap { scenario in seeds.map { Laboratory.Trial(scenario, seed: $0) } }
        let settings = Variation.grid(variations)
        var summary = SeedsSummary()
        var points: [Point] = []
        // What was finished is reported, whether all of it was or not.
        try? laboratory.visit(trials) { index, result in
            let job = UniverseJob(scenarioIndex: 0, scenario: result.scenario, seed: result.seed)
            summary.add(UniverseOutcome(job: job, result: result, wallSeconds: 0, repetition: nil))
            guard summary.runs.count == seeds.count else { return }
            points.append(Self.point(settings[index / seeds.count], summary, metrics))
            summary = SeedsSummary()
        }
        self.points = points
    }

    private static func point(_ settings: [String], _ summary: SeedsSummary, _ metrics: [String]) -> Point {
        Point(
            values: settings.map { String($0[$0.index(after: $0.firstIndex(of: "=") ?? $0.startIndex)...]) },
            verdict: summary.verdict, code: summary.code, runs: summary.runs.count,
            holding: summary.seeds(.holds).count, metrics: metrics.map { SeedsSummary.interval(summary.metrics[$0]) },
            broken: (summary.invariants + summary.expectations).filter { $0.passed < $0.runs }.map(\.name))
    }
}
