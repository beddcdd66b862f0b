import Topology

/// What many runs of a scenario's variants showed, taken in the order of their seeds.
public struct Exploration: Sendable {
    /// How often one invariant was broken.
    public struct Breakage: Sendable, Hashable {
        public let id: String
        public let title: String
        /// Runs that broke it.
        public fileprivate(set) var runs: Int
        /// The first of them.
        public let firstSeed: UInt64
        public let firstDetail: String
    }

    /// What became of one family's faults.
    public struct FamilyTally: Sendable, Hashable {
        /// Faults drawn, and what became of them.
        public fileprivate(set) var drawn = 0
        public fileprivate(set) var struck = 0
        public fileprivate(set) var effective = 0
        /// Runs with such a fault, and those of them that broke an invariant.
        public fileprivate(set) var runs = 0
        public fileprivate(set) var brokenRuns = 0
    }

    /// What was explored.
    let origin: ExplorationOrigin
    public private(set) var runs = 0
    public private(set) var events: UInt64 = 0
    public private(set) var requests = 0
    public private(set) var brokenRuns = 0
    /// By invariant, in the order of I1 to I9.
    public private(set) var breakages: [Breakage] = []
    /// By the family's word, in the order of the words.
    public private(set) var families: [(verb: String, tally: FamilyTally)] = []
    /// The first runs that broke something, and all that were the first to break an invariant.
    public private(set) var counterexamples: [BrokenRun] = []
    /// Faults of the program itself, with the seed of the first.
    public private(set) var programFault: (seed: UInt64, text: String)?
    private var reached = [Int](repeating: 0, count: Sometimes.allCases.count)
    private var behaviours: [UInt64: Int] = [:]
    /// Behaviours that one run alone has shown.
    private var rareBehaviours = 0
    private var found: [FoundViolation] = []

    init(of origin: ExplorationOrigin) { self.origin = origin }

    /// An exploration whose runs, in the order of their seeds, were made elsewhere.
    package init(_ runs: [ExploredRun], of origin: ExplorationOrigin) {
        self.origin = origin
        for run in runs { add(run) }
    }

    // MARK: - What it found

    /// Violations of one kind, at most a few a run, in the order of the seeds.
    public func violations(of kind: ViolationKind) -> [FoundViolation] { found.filter { $0.violation.kind == kind } }

    /// All violations, at most a few a run and invariant, in the order of the seeds.
    public var violations: [FoundViolation] { found }

    /// Whether every run kept every invariant.
    public var isSound: Bool { brokenRuns == 0 && programFault == nil }

    /// The run of the lowest seed that broke anything; its text says so when there is none.
    public var firstCounterexample: BrokenRun {
        counterexamples.first ?? BrokenRun(run: nil, of: origin)
    }

    /// The run of the lowest seed with a violation of this kind; its text says so when there is none.
    public func firstCounterexample(of kind: ViolationKind) -> BrokenRun {
        counterexamples.first { $0.violations.contains { $0.kind == kind } }
            ?? BrokenRun(run: nil, of: origin)
    }

    /// How many runs have been in a situation.
    public func runs(in situation: Sometimes) -> Int { reached[Int(situation.rawValue)] }

    /// The situations that no run has been in: whatever breaks there has not been tried.
    public var holes: [Sometimes] { Sometimes.allCases.filter { runs(in: $0) == 0 } }

    /// How many runs went differently, coarsely looked at.
    public var distinctBehaviours: Int { behaviours.count }

    /// About how probable it is that one more run shows a new behaviour (Good and Turing's estimate); nil without runs.
    public var chanceOfNews: Double? { runs == 0 ? nil : Double(rareBehaviours) / Double(runs) }

    // MARK: - Adding

    /// Adds the run of the next seed.
    package mutating func add(_ run: ExploredRun) {
        runs += 1
        events += run.events
        requests += run.requests
        for situation in run.reached.members { reached[Int(situation.rawValue)] += 1 }
        let seen = behaviours[run.behaviour, default: 0]
        behaviours[run.behaviour] = seen + 1
        if seen == 0 { rareBehaviours += 1 } else if seen == 1 { rareBehaviours -= 1 }
        addFaults(of: run)
        if let fault = run.programFaults.first, programFault == nil { programFault = (run.seed, fault) }
        guard !run.broken.isEmpty else { return }
        brokenRuns += 1
        let kinds = Set(found.lazy.map(\.violation.kind))
        let isNew =
            run.broken.contains { invariant in !breakages.contains { $0.matches(invariant) } }
            || run.violations.contains { !kinds.contains($0.kind) }
        if isNew || counterexamples.count < Self.keptCounterexamples {
            counterexamples.append(BrokenRun(run: run, of: origin))
        }
        for invariant in run.broken { add(invariant, seed: run.seed) }
        found += run.violations.map { FoundViolation(seed: run.seed, violation: $0) }
    }

    /// More than anybody reads; the seeds of all others stand with their violations.
    private static let keptCounterexamples = 10

    private mutating func add(_ invariant: BrokenInvariant, seed: UInt64) {
        if let index = breakages.firstIndex(where: { $0.matches(invariant) }) {
            breakages[index].runs += 1
            return
        }
        let breakage = Breakage(
            id: invariant.id, title: invariant.title, runs: 1, firstSeed: seed, firstDetail: invariant.detail)
        let place = breakages.firstIndex { ($0.id, $0.title) > (breakage.id, breakage.title) } ?? breakages.count
        breakages.insert(breakage, at: place)
    }

    private mutating func addFaults(of run: ExploredRun) {
        var counted: [String] = []
        for fault in run.faults {
            let index: Int
            if let known = families.firstIndex(where: { $0.verb == fault.verb }) {
                index = known
            } else {
                index = families.firstIndex { $0.verb > fault.verb } ?? families.count
                families.insert((fault.verb, FamilyTally()), at: index)
            }
            families[index].tally.drawn += 1
            if fault.fate != .idle { families[index].tally.struck += 1 }
            if fault.fate == .effective { families[index].tally.effective += 1 }
            if counted.contains(fault.verb) { continue }
            counted.append(fault.verb)
            families[index].tally.runs += 1
            if !run.broken.isEmpty { families[index].tally.brokenRuns += 1 }
        }
    }
}

extension Exploration.Breakage {
    fileprivate func matches(_ invariant: BrokenInvariant) -> Bool { id == invariant.id && title == invariant.title }
}

/// A violation and the seed of the run that it was found in.
public struct FoundViolation: Sendable, Hashable {
    public let seed: UInt64
    public let violation: Violation

    public init(seed: UInt64, violation: Violation) { (self.seed, self.violation) = (seed, violation) }
}

extension FoundViolation: CustomStringConvertible {
    public var description: String { "seed \(seed): \(violation.text)" }
}
