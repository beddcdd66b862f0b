import Topology

/// Which layer of a design carries what: every combination of its layers, under every family of faults.
///
/// All combinations of a family meet the same faults, users and times: what differs is the layers alone.
public struct Ablation: Sendable {
    /// How often a cell broke an invariant.
    public struct Breakage: Sendable, Hashable {
        public let id: String
        public let title: String
        public fileprivate(set) var runs: Int
        public let firstSeed: UInt64
    }

    /// One combination under one family.
    public struct Cell: Sendable {
        public let layers: PurchaseLayers
        /// The family's word; nil: no fault.
        public let family: String?
        public private(set) var runs = 0
        /// In the order in which they broke first.
        public private(set) var breakages: [Breakage] = []
        /// The shortest story of the worst that broke.
        public fileprivate(set) var story: Counterexample?
        /// A fault of the program itself.
        public private(set) var programFault: String?

        init(_ layers: PurchaseLayers, _ family: String?) { (self.layers, self.family) = (layers, family) }

        /// In how many runs an invariant broke.
        public func runs(breaking id: String) -> Int { breakages.first { $0.id == id }?.runs ?? 0 }

        mutating func add(_ run: ExploredRun) {
            runs += 1
            if let fault = run.programFaults.first, programFault == nil { programFault = "seed \(run.seed): \(fault)" }
            for broken in run.broken {
                if let index = breakages.firstIndex(where: { $0.id == broken.id }) {
                    breakages[index].runs += 1
                } else {
                    breakages.append(
                        Breakage(id: broken.id, title: broken.title, runs: 1, firstSeed: run.seed))
                }
            }
        }
    }

    /// What a combination can sell when nothing stands in its way but its own layers.
    public struct Speed: Sendable {
        public let layers: PurchaseLayers
        /// Sales a second, when all users come at once and there is enough for everybody.
        public let salesPerSecond: Double
        /// Share of the purchases that came through.
        public let successShare: Double
    }

    /// How hard each cell is tried.
    public struct Effort: Sendable {
        public var runs = 500
        /// Runs that one story may take to shrink; 0: no stories.
        public var runsPerStory = 200

        public init() {}
    }

    /// The layers that the design has.
    public let layers: [PurchaseLayer]
    /// Every combination of them, all of them first.
    public let combinations: [PurchaseLayers]
    /// By combination, then by family, in their orders.
    public let cells: [Cell]
    public let speeds: [Speed]
    /// Families that were asked for and have nobody to strike in this design.
    public let idleFamilies: [String]

    /// The families that there are, none included.
    public static var families: [String?] { [nil] + SwarmFamily.all.map(\.verb) }

    /// Runs all cells, several at once; the result doesn't depend on how many.
    package init(
        _ scenario: Scenario, families: [String?] = Self.families, _ effort: Effort = Effort(), threads: Int,
        isEnough: () -> Bool = { false }, observe: (Cell, Int) -> Void = { _, _ in }
    ) {
        layers = PurchaseLayer.allCases.filter { $0.isPresent(in: scenario.topology.purchase) }
        combinations = PurchaseLayers.combinations(of: layers)
        let scenarios = combinations.map { layers in
            var variant = scenario
            variant.topology.purchase = layers.applied(to: scenario.topology.purchase)
            return variant
        }
        let jobs = combinations.indices.flatMap { index in families.map { (index, $0) } }
        let combinations = combinations
        var cells: [Cell] = []
        SeedPool { number -> Cell in
            let (index, family) = jobs[Int(number)]
            return Self.measure(Cell(combinations[index], family), Swarm(scenarios[index]), effort)
        }.run(jobs.indices.map(UInt64.init), threads: threads, isEnough: isEnough) { cell in
            if cell.runs > 0 { cells.append(cell) }
            observe(cell, jobs.count)
        }
        self.cells = cells
        let tried = Set(cells.compactMap(\.family))
        idleFamilies = families.compactMap { $0 }.filter { !tried.contains($0) }
        var speeds: [Speed] = []
        SeedPool { Self.speed(of: scenarios[Int($0)], combinations[Int($0)]) }
            .run(scenarios.indices.map(UInt64.init), threads: threads, isEnough: isEnough) { speeds.append($0) }
        self.speeds = speeds
    }

    private static func measure(_ start: Cell, _ swarm: Swarm, _ effort: Effort) -> Cell {
        var cell = start
        for seed in 0..<UInt64(effort.runs) {
            guard let variant = swarm.variant(seed: seed, struckBy: cell.family) else { continue }
            cell.add(Simulation.explore(variant, seed: seed))
        }
        guard effort.runsPerStory > 0, let worst = Judgement.worst(of: cell.breakages.map(\.id)),
            let seed = cell.breakages.first(where: { $0.id == worst })?.firstSeed,
            let variant = swarm.variant(seed: seed, struckBy: cell.family)
        else { return cell }
        cell.story = Counterexample.shrunk(variant, seed: seed, invariant: worst, mostRuns: effort.runsPerStory)
        return cell
    }

    /// Everybody comes at once, there is enough for all, and nothing goes wrong: the layers alone hold things up.
    private static func speed(of scenario: Scenario, _ layers: PurchaseLayers) -> Speed {
        var rush = scenario
        rush.faults = []
        rush.randomFaults = nil
        rush.expect = []
        rush.workload.arrive = .atOnce
        rush.workload.for = nil
        rush.workload.mix.view = 0
        rush.workload.mix.purchase = 1
        let plenty = rush.workload.users * max(1, rush.workload.requests) * rush.workload.quantity.largest
        rush.workload.stocks = nil
        rush.workload.stock = plenty
        let times = Simulation.observe(rush, seed: UInt64(rush.seed)) { collector in
            collector.world.history.requests.map { request in
                request.outcome == .success ? request.answered.map { $0 - collector.world.opening } : nil
            }
        }
        let sales = times.compactMap { $0 }
        let last = sales.max()?.seconds ?? 0
        return Speed(
            layers: layers, salesPerSecond: last > 0 ? Double(sales.count) / last : 0,
            successShare: times.isEmpty ? 0 : Double(sales.count) / Double(times.count))
    }

    // MARK: - What it says

    /// In how many runs of a combination an invariant broke, under all families together.
    public func runs(of layers: PurchaseLayers, breaking id: String) -> Int {
        cells.lazy.filter { $0.layers == layers }.reduce(0) { $0 + $1.runs(breaking: id) }
    }

    /// Every invariant that broke in any cell, in their order.
    public var brokenInvariants: [(id: String, title: String)] {
        let titles = Dictionary(
            cells.flatMap { $0.breakages.map { ($0.id, $0.title) } }, uniquingKeysWith: { first, _ in first })
        return Defect.invariants.compactMap { id in titles[id].map { (id, $0) } }
    }

    /// The smallest combinations that kept an invariant in every run; empty when not even all layers did.
    public func smallestKeeping(_ id: String) -> [PurchaseLayers] {
        let keeping = combinations.filter { runs(of: $0, breaking: id) == 0 }
        return keeping.filter { layers in !keeping.contains { $0 != layers && $0.isSubset(of: layers) } }
    }

    /// The layers without which an invariant never broke.
    public func layersNeeded(toBreak id: String) -> [PurchaseLayer] {
        let breaking = combinations.filter { runs(of: $0, breaking: id) > 0 }
        return layers.filter { layer in breaking.allSatisfy { $0.contains(layer) } }
    }
}
