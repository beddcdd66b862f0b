import Topology

/// Where the faults of an exploration come from.
public enum FaultChoice: String, CaseIterable, Sendable {
    /// Drawn for each seed, in place of the scenario's; workload, timing, sizes and schedule vary too.
    case swarm
    /// The scenario as it is; only its random choices differ.
    case configured
}

/// Runs a scenario in many variants, and looks for one that breaks an invariant.
public struct Explorer: Sendable {
    public let scenario: Scenario
    public let faults: FaultChoice
    /// The user's own generators, applied in order to each variant.
    public let mutators: [SwarmMutator]
    /// The user's own invariants, beside I1 to I9.
    public let invariants: [CustomInvariant]
    /// Where the scenario was read.
    let source: ScenarioSource?
    private let swarm: Swarm

    public init(
        _ scenario: Scenario, faults: FaultChoice = .swarm, mutators: [SwarmMutator] = [],
        invariants: [CustomInvariant] = []
    ) {
        self.init(scenario, faults: faults, mutators: mutators, invariants: invariants, source: nil)
    }

    package init(
        _ scenario: Scenario, faults: FaultChoice, mutators: [SwarmMutator] = [], invariants: [CustomInvariant] = [],
        source: ScenarioSource?
    ) {
        (self.scenario, self.faults, self.mutators) = (scenario, faults, mutators)
        (self.invariants, self.source) = (invariants, source)
        swarm = Swarm(scenario)
    }

    /// The scenario that is run with this seed.
    public func variant(seed: UInt64) -> Scenario {
        var variant = scenario
        switch faults {
        case .swarm: variant = swarm.variant(seed: seed)
        case .configured: variant.seed = Int(truncatingIfNeeded: seed & UInt64(Int.max))
        }
        for (number, mutator) in mutators.enumerated() {
            var random = RandomStream(seed: seed, name: "swarm/mutator/\(number)")
            mutator(&variant, &random)
        }
        return variant
    }

    package var origin: ExplorationOrigin {
        ExplorationOrigin(title: scenario.title, source: source, faults: faults, explorer: self)
    }

    /// Runs the variant of one seed.
    public func run(seed: UInt64) -> ExploredRun {
        Simulation.explore(variant(seed: seed), seed: seed, invariants: invariants)
    }

    /// Runs the variants of all seeds.
    ///
    /// - Parameter threads: universes at once; the result doesn't depend on it.
    public func explore(_ seeds: Range<UInt64>, threads: Int? = nil) -> Exploration {
        explore(Array(seeds), threads: threads ?? WorkerThread.cores, isEnough: { false }, observe: { _, _ in })
    }

    /// Runs the variants of some seeds until `isEnough` says so; whatever it says, what was run is a prefix of them.
    ///
    /// - Parameter observe: is told of each run, in the order of the seeds, and of all up to it.
    package func explore(
        _ seeds: [UInt64], threads: Int, isEnough: () -> Bool, observe: (ExploredRun, Exploration) -> Void
    ) -> Exploration {
        var exploration = Exploration(of: origin)
        let pool = SeedPool { run(seed: $0) }
        pool.run(seeds, threads: threads, isEnough: isEnough) { run in
            exploration.add(run)
            observe(run, exploration)
        }
        return exploration
    }
}

/// What an exploration is about; its runs may have been made elsewhere.
package struct ExplorationOrigin: Sendable {
    package let title: String
    package let source: ScenarioSource?
    package let faults: FaultChoice
    /// Makes the variant of any seed again; nil where only its results are known.
    let explorer: Explorer?

    init(title: String, source: ScenarioSource?, faults: FaultChoice, explorer: Explorer? = nil) {
        (self.title, self.source, self.faults, self.explorer) = (title, source, faults, explorer)
    }
}

/// The file that a scenario was read from, and what was set beside it.
package struct ScenarioSource: Sendable, Hashable {
    package let path: String
    package let settings: [String]

    package init(path: String, settings: [String]) { (self.path, self.settings) = (path, settings) }
}

/// Explores a scenario file: runs it in a variant for each seed, and collects what broke.
///
///     let found = try explore("configs/scenarios/property-small.json", seeds: 0..<500, faults: .swarm)
///     #expect(found.violations(of: .oversold).isEmpty, "\(found.firstCounterexample)")
///
/// - Parameters:
///   - path: the scenario file, relative to the working directory.
///   - overrides: `path=value` settings, as `--set` takes them.
///   - mutators: generators of your own, applied in order to each variant.
///   - invariants: invariants of your own, beside I1 to I9.
/// - Throws: `ConfigurationErrors`, all that could be found at once.
public func explore(
    _ path: String, overrides: [String] = [], seeds: Range<UInt64>, faults: FaultChoice = .swarm,
    mutators: [SwarmMutator] = [], invariants: [CustomInvariant] = [], threads: Int? = nil
) throws(ConfigurationErrors) -> Exploration {
    let scenario = try ScenarioLoader.load(path: path, overrides: overrides)
    let source = ScenarioSource(path: path, settings: overrides)
    return Explorer(scenario, faults: faults, mutators: mutators, invariants: invariants, source: source)
        .explore(seeds, threads: threads)
}

/// Explores a scenario that was built in code.
public func explore(
    _ scenario: Scenario, seeds: Range<UInt64>, faults: FaultChoice = .swarm, mutators: [SwarmMutator] = [],
    invariants: [CustomInvariant] = [], threads: Int? = nil
) -> Exploration {
    Explorer(scenario, faults: faults, mutators: mutators, invariants: invariants).explore(seeds, threads: threads)
}
