import Topology

/// Runs scenarios. Each run makes a universe of its own, on the calling thread, and frees it.
public enum Simulation {
    /// In which steps the run looks whether all is at rest. What is not looked at comes within one: messages that are pushed,
    /// and that nobody waits for, and faults that are still to strike.
    private static let restStep = TimeSpan.seconds(1)
    /// The first step where there is nothing like that; the next is twice as long, and so on.
    private static let firstStep = TimeSpan.milliseconds(100)

    /// Runs a scenario once, and holds it against I1 to I9 and against invariants of your own.
    ///
    /// - Parameter story: is told what the nodes say to each other; this changes nothing of what they do.
    public static func run(
        _ scenario: Scenario, seed: UInt64, story: Story? = nil, invariants: [CustomInvariant] = []
    ) -> RunResult {
        observe(scenario, seed: seed, story: story, invariants: invariants) { $0.collect() }
    }

    /// Runs a scenario without its history and its invariants, to measure what they cost.
    package static func runUnchecked(_ scenario: Scenario, seed: UInt64) -> RunResult {
        observe(scenario, seed: seed, isChecking: false) { $0.collect() }
    }

    /// Runs a scenario once, and takes from the system at rest what is wanted.
    ///
    /// - Parameter isChecking: whether anything is written down and checked beyond requests and their answers.
    static func observe<Observation>(
        _ scenario: Scenario, seed: UInt64, story: Story? = nil, invariants: [CustomInvariant] = [],
        isChecking: Bool = true, _ look: (ResultCollector) -> Observation
    ) -> Observation {
        let system = play(scenario, seed: seed, story: story, isChecking: isChecking)
        let collector = ResultCollector(system, invariants: invariants)
        settle(system, from: system.world.now)
        let observation = look(collector)
        system.world.universe.end()
        return observation
    }

    /// Plays the sale, until its last user has left.
    static func play(
        _ scenario: Scenario, seed: UInt64, story: Story? = nil, anatomy: AnatomyLedger? = nil, isChecking: Bool = true
    ) -> System {
        let system = System(scenario, seed: seed, story: story, anatomy: anatomy)
        if !isChecking { system.world.history.stopChecking() }
        let world = system.world
        let universe = world.universe
        universe.run(until: .zero + scenario.opensAfter)
        world.open()
        system.director.assumeIsolated { director in
            director.arm(scenario.faults, scenario.randomFaults)
            director.follow(scenario.schedule)
        }
        system.users.assumeIsolated { $0.open() }
        // The last user to leave stops the run.
        universe.run(until: world.opening + scenario.until)
        return system
    }

    /// Lets what is still under way come to its end: replication, lock waits, requests whose users have left.
    ///
    /// Safety is demanded at any time, liveness when the faults are over. What does not come to rest under the faults that
    /// would last for ever gets the same time once more when they are healed: stuck is what goes on even then, and a user who waits.
    static func settle(_ system: System, from saleEnd: Instant) {
        if comesToRest(system, from: saleEnd, { system.isAtRest }), system.world.history.open == 0 { return }
        // A replica of a dead master does not catch up, but that is nobody's wait.
        guard !system.leftovers.isEmpty || system.world.history.open > 0,
            system.director.assumeIsolated({ $0.healAll() })
        else { return }
        system.world.timeline.note(.fault, "director", "all that is still broken is put right")
        _ = comesToRest(system, from: system.world.now) { system.isAtRest && system.world.history.open == 0 }
    }

    /// Whether all comes to rest in time, which counts from the end of the last fault that ends by itself, where that is
    /// later.
    private static func comesToRest(_ system: System, from start: Instant, _ isAtRest: () -> Bool) -> Bool {
        let universe = system.world.universe
        var step = firstStep
        while true {
            if system.pushesMessages || system.expectsFault(within: restStep) { step = restStep }
            let end = max(start, system.ledger.lastEnd ?? start) + system.world.scenario.rest
            let awaitsFault = system.awaitsEndOfFault
            guard universe.now < end || awaitsFault else { return false }
            let next = universe.now + step
            universe.run(until: awaitsFault ? next : min(next, end))
            if isAtRest() { return true }
            step = min(step * 2, restStep)
        }
    }
}
