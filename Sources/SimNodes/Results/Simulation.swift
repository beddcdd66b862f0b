import Topology

/// Runs scenarios. Each run makes a universe of its own, on the calling thread, and frees it.
public enum Simulation {
    /// How long the system runs by itself before the sale opens: health checks and heartbeats get into their stride.
    private static let warmUp = TimeSpan.seconds(2)
    /// In which steps the run looks whether all is at rest.
    private static let restStep = TimeSpan.seconds(1)
    /// How long after the last answer all must be at rest; what is still going on then is a finding.
    private static let restLimit = TimeSpan.seconds(120)

    /// Runs a scenario once.
    ///
    /// - Parameter story: is told what the nodes say to each other; this changes nothing of what they do.
    public static func run(_ scenario: Scenario, seed: UInt64, story: Story? = nil) -> RunResult {
        observe(scenario, seed: seed, story: story) { $0.collect() }
    }

    /// Runs a scenario once, and takes from the system at rest what is wanted.
    static func observe<Observation>(
        _ scenario: Scenario, seed: UInt64, story: Story? = nil, _ look: (ResultCollector) -> Observation
    ) -> Observation {
        let system = System(scenario, seed: seed, story: story)
        let world = system.world
        let universe = world.universe
        universe.run(until: .zero + warmUp)
        world.open()
        system.director.assumeIsolated { $0.arm(scenario.faults, scenario.randomFaults) }
        system.users.assumeIsolated { $0.open() }
        // The last user to leave stops the run.
        universe.run(until: world.opening + scenario.until)
        let collector = ResultCollector(system)
        settle(system, from: universe.now)
        let observation = look(collector)
        universe.end()
        return observation
    }

    /// Lets what is still under way come to its end: replication, lock waits, requests whose users have left.
    private static func settle(_ system: System, from saleEnd: Instant) {
        let universe = system.world.universe
        while universe.now - saleEnd < restLimit {
            universe.run(until: universe.now + restStep)
            if system.leftovers.isEmpty, system.isReplicated { return }
        }
    }
}
