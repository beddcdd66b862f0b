import Topology

/// How well the net holds one defect: after how many seeds it is caught, by what, and what its sound twin raised.
public struct DefectScore: Sendable {
    /// How hard a defect is looked for, and its twin tried.
    public struct Effort: Sendable, Hashable {
        /// Seeds after which a defect that was never caught counts as missed.
        public var mostSeeds = 2_000
        /// Catches after which enough is known about how long it takes.
        public var catches = 10
        /// Runs of the sound twin.
        public var controls = 400

        public init() {}
    }

    /// A broken invariant where none should break.
    public struct Alarm: Sendable, Hashable {
        public let seed: UInt64
        /// As in `I3`.
        public let invariant: String
        public let detail: String
    }

    public let pair: DefectPair
    /// Runs of the defective side.
    public private(set) var runs = 0
    /// For each catch, how many seeds were tried since the one before, itself included.
    public private(set) var seedsUntilCaught: [Int] = []
    /// The first seed that caught it.
    public private(set) var firstSeed: UInt64?
    /// Catches by each invariant that is to catch it, in the order of the file; a run may count for several.
    public private(set) var catches: [(invariant: String, runs: Int)]
    /// Runs of the sound side.
    public private(set) var controls = 0
    /// What broke there and should not have.
    public private(set) var falseAlarms: [Alarm] = []
    /// Runs of the sound side in which an excused invariant broke, in the order of the file.
    public private(set) var excused: [(invariant: String, runs: Int)]
    /// A fault of the program itself, on either side.
    public private(set) var programFault: String?

    /// Nothing tried yet.
    init(_ pair: DefectPair) {
        self.pair = pair
        catches = pair.defect.caughtBy.map { ($0, 0) }
        excused = pair.defect.beside.all.map { ($0.invariant, 0) }
    }

    public var isCaught: Bool { firstSeed != nil }
    public var isSound: Bool { falseAlarms.isEmpty && programFault == nil }

    /// The median of the seeds until it is caught; nil when it never was.
    public var median: Int? { Self.quantile(0.5, of: seedsUntilCaught) }

    /// The smallest of some numbers that at least a share of them don't exceed; nil for none.
    public static func quantile(_ share: Double, of numbers: [Int]) -> Int? {
        guard !numbers.isEmpty else { return nil }
        let rank = Int((share * Double(numbers.count)).rounded(.up))
        return numbers.sorted()[min(max(rank, 1), numbers.count) - 1]
    }

    // MARK: - Trying

    /// Tries both sides of a defect, with the seeds from 0 on.
    public static func measure(_ pair: DefectPair, _ effort: Effort = Effort()) -> DefectScore {
        var score = DefectScore(pair)
        let faults: FaultChoice = pair.isSwarm ? .swarm : .configured
        let defective = Explorer(pair.defective, faults: faults)
        var last = 0
        while score.runs < effort.mostSeeds, score.seedsUntilCaught.count < effort.catches {
            let run = defective.run(seed: UInt64(score.runs))
            score.runs += 1
            if score.note(run) {
                score.seedsUntilCaught.append(score.runs - last)
                last = score.runs
            }
        }
        let sound = Explorer(pair.sound, faults: faults)
        for seed in 0..<UInt64(effort.controls) { score.noteControl(sound.run(seed: seed)) }
        return score
    }

    /// Whether the run of the defective side is caught by what must catch it.
    private mutating func note(_ run: ExploredRun) -> Bool {
        noteFaults(of: run)
        var isCaught = false
        for index in catches.indices where run.broken.contains(where: { $0.id == catches[index].invariant }) {
            catches[index].runs += 1
            isCaught = true
        }
        if isCaught, firstSeed == nil { firstSeed = run.seed }
        return isCaught
    }

    private mutating func noteControl(_ run: ExploredRun) {
        noteFaults(of: run)
        controls += 1
        for broken in run.broken {
            if let index = excused.firstIndex(where: { $0.invariant == broken.id }) {
                excused[index].runs += 1
            } else {
                falseAlarms.append(Alarm(seed: run.seed, invariant: broken.id, detail: broken.detail))
            }
        }
    }

    private mutating func noteFaults(of run: ExploredRun) {
        if let fault = run.programFaults.first, programFault == nil { programFault = "seed \(run.seed): \(fault)" }
    }
}

/// The scores of many defects.
public struct Scoreboard: Sendable {
    /// In the order of their numbers.
    public let scores: [DefectScore]

    /// Measures every defect, several at once; the result doesn't depend on how many.
    ///
    /// - Parameter observe: is told of each score, in the order of the defects.
    package init(
        _ pairs: [DefectPair], _ effort: DefectScore.Effort, threads: Int, isEnough: () -> Bool = { false },
        observe: (DefectScore) -> Void = { _ in }
    ) {
        let pairs = pairs.sorted { ($0.defect.number, $0.path) < ($1.defect.number, $1.path) }
        var scores: [DefectScore] = []
        SeedPool { DefectScore.measure(pairs[Int($0)], effort) }
            .run(pairs.indices.map(UInt64.init), threads: threads, isEnough: isEnough) { score in
                scores.append(score)
                observe(score)
            }
        self.scores = scores
    }

    public var caught: Int { scores.count { $0.isCaught } }
    public var controls: Int { scores.reduce(0) { $0 + $1.controls } }
    public var falseAlarms: Int { scores.reduce(0) { $0 + $1.falseAlarms.count } }

    /// Over all defects that were caught, a quantile of their medians of seeds until caught; nil for none.
    public func quantileOfMedians(_ share: Double) -> Int? {
        DefectScore.quantile(share, of: scores.compactMap(\.median))
    }

    /// How many defects an invariant alone has caught.
    public func catchers() -> [(invariant: String, defects: Int)] {
        Defect.invariants.map { id in
            (id, scores.count { $0.catches.contains { $0.invariant == id && $0.runs > 0 } })
        }.filter { $0.1 > 0 }
    }
}
