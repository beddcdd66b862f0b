import Topology

/// What exploration keeps of one run: verdicts and where it has been, but no measurements.
public struct ExploredRun: Sendable, Hashable {
    public let seed: UInt64
    public let digest: TraceDigest
    /// Events that the kernel ran.
    public let events: UInt64
    public let requests: Int
    /// Every invariant that is broken, with the first few violations of each.
    public let broken: [BrokenInvariant]
    /// The situations that it has been in.
    public let reached: SometimesSet
    /// A coarse hash of what happened: equal for runs that went alike.
    public let behaviour: UInt64
    public let faults: [ExploredFault]
    /// The faults for people, where something broke.
    public let faultTexts: [String]
    /// Faults of the program itself: the run can't be trusted.
    public let programFaults: [String]

    public var violations: [Violation] { broken.flatMap(\.violations) }
    public var isSound: Bool { broken.isEmpty && programFaults.isEmpty }
}

/// An invariant that a run broke.
public struct BrokenInvariant: Sendable, Hashable {
    /// I1 to I9, or "custom".
    public let id: String
    public let title: String
    /// The damage in one line.
    public let detail: String
    /// The first few violations; their moments count from the opening.
    public let violations: [Violation]

    init(_ result: InvariantResult) {
        self.init(id: result.id, title: result.title, detail: result.detail, violations: result.violations)
    }

    public init(id: String, title: String, detail: String, violations: [Violation]) {
        (self.id, self.title, self.detail, self.violations) = (id, title, detail, violations)
    }
}

/// What became of one drawn fault.
public struct ExploredFault: Sendable, Hashable {
    public enum Fate: String, Sendable, CaseIterable {
        /// Its moment never came.
        case idle
        /// It struck, and changed nothing.
        case harmless
        case effective
    }

    /// The family's word in the file.
    public let verb: String
    public let fate: Fate
}

extension Simulation {
    /// Runs a scenario once, and looks only at what exploration asks for: a run for verdicts, without measurements.
    public static func explore(
        _ scenario: Scenario, seed: UInt64, invariants: [CustomInvariant] = []
    ) -> ExploredRun {
        let system = play(scenario, seed: seed)
        settle(system, from: system.world.now)
        let run = ExploredRun(system, invariants: invariants)
        system.world.universe.end()
        return run
    }
}

extension ExploredRun {
    /// Reads a run off its world when all is at rest.
    init(_ system: System, invariants: [CustomInvariant]) {
        let world = system.world
        let evidence = system.evidence()
        let opening = world.opening
        var broken = (world.history.checks?.findings(evidence) ?? []).filter { $0.status == .broken }
            .map { BrokenInvariant($0.result(opening: opening)) }
        if !invariants.isEmpty {
            let history = RunHistory(evidence)
            let own = invariants.enumerated().map { $0.element.conclude(history, place: $0.offset + 1) }
            broken += own.filter { !$0.holds }.map { BrokenInvariant($0) }
        }
        let faults = zip(world.scenario.faults, system.ledger.effects).map { fault, fate in
            ExploredFault(verb: fault.action.verb, fate: fate)
        }
        self.init(
            seed: world.universe.seed, digest: world.universe.digest, events: world.universe.executedEvents,
            requests: world.history.requests.count, broken: broken, reached: world.situations.reached,
            behaviour: Self.behaviour(world, broken), faults: faults,
            faultTexts: broken.isEmpty ? [] : world.scenario.faults.map(\.summary),
            programFaults: world.universe.failures)
    }

    /// The situations, about how many requests ended in which way, how far each failover came, and what broke.
    private static func behaviour(_ world: World, _ broken: [BrokenInvariant]) -> UInt64 {
        var hash = TraceDigest()
        hash.mix(world.situations.reached.word)
        var outcomes = [Int](repeating: 0, count: Outcome.allCases.count + 1)
        let requests = world.history.requests
        for request in requests { outcomes[request.outcome.map { Int($0.rawValue) } ?? outcomes.count - 1] += 1 }
        for count in outcomes {
            // None, a few, many, most, all.
            let share = requests.isEmpty ? 0 : count * 4 / requests.count
            hash.mix(UInt64(count == 0 ? 0 : share + 1))
        }
        for store in Failovers.Store.allCases {
            let record = world.failovers[store]
            let stages = [record.faultAt, record.detectedAt, record.promotedAt, record.availableAt]
            hash.mix(stages.reduce(0) { $0 << 1 | ($1 == nil ? 0 : 1) })
        }
        for invariant in broken { hash.mix(invariant.id) }
        return hash.value
    }
}
