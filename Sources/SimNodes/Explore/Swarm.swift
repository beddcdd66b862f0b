import Topology

/// Draws variants of a scenario: swarm testing (Groce et al., ISSTA 2012).
///
/// In each seed every fault family, every feature of the workload and every other aspect is off with probability one
/// half; what is on varies in place, time and intensity. A run in which little is on gets where a run with everything
/// never comes. Which guards the design has does not vary, unless the scenario asks for it.
public struct Swarm: Sendable {
    private let scenario: Scenario
    private let ground: SwarmGround
    /// The topology as configured, to make settings in; kept only where policies vary.
    private let topology: JSONNode?

    public init(_ scenario: Scenario) {
        self.scenario = scenario
        ground = SwarmGround(scenario)
        topology = scenario.explore.policies.isEmpty ? nil : scenario.topology.json
    }

    /// The variant of a scenario in a seed; the same in every process.
    public static func variant(of scenario: Scenario, seed: UInt64) -> Scenario { Swarm(scenario).variant(seed: seed) }

    /// The variant of this seed: a scenario in which nothing is left to chance but what its own run draws.
    public func variant(seed: UInt64) -> Scenario {
        var variant = varied(seed: seed)
        variant.faults = drawFaults(seed: seed)
        variant.randomFaults = drawRandomFaults(seed: seed)
        return variant
    }

    /// A variant of this seed in which a fault of one family strikes and no other; without a family, none.
    ///
    /// Nil where the family has nobody to strike.
    func variant(seed: UInt64, struckBy family: String?) -> Scenario? {
        var variant = varied(seed: seed)
        variant.faults = []
        variant.randomFaults = nil
        guard let family else { return variant }
        var draw = SwarmDraw(ground, seed: seed, purpose: "fault/0/\(family)")
        guard let fault = SwarmFamily.all.first(where: { $0.verb == family })?.draw(&draw) else { return nil }
        variant.faults = [fault]
        return variant
    }

    /// All that varies beside the faults.
    private func varied(seed: UInt64) -> Scenario {
        var variant = scenario
        variant.seed = Int(truncatingIfNeeded: seed & UInt64(Int.max))
        varyPolicies(&variant, seed: seed)
        for feature in SwarmFeature.all where scenario.explore.vary.contains(feature.aspect) {
            var draw = SwarmDraw(ground, seed: seed, purpose: feature.name)
            if draw.random.bernoulli(0.5) { feature.vary(&variant, &draw) }
        }
        return variant
    }

    // MARK: - Faults

    /// Up to `faultsAtMost` faults of the families that are on in this seed.
    private func drawFaults(seed: UInt64) -> [Fault] {
        var choice = SwarmDraw(ground, seed: seed, purpose: "faults")
        let allowed = scenario.explore.faults
        let families = SwarmFamily.all.filter { family in
            // Drawn for each family, allowed or not, so that forbidding one changes nobody else's fate.
            choice.random.bernoulli(0.5) && allowed?.contains(family.verb) ?? true
        }
        guard !families.isEmpty, scenario.explore.faultsAtMost > 0 else { return [] }
        let count = 1 + choice.random.integer(below: scenario.explore.faultsAtMost)
        return (0..<count).compactMap { number in
            let family = families[choice.random.integer(below: families.count)]
            var draw = SwarmDraw(ground, seed: seed, purpose: "fault/\(number)/\(family.verb)")
            return family.draw(&draw)
        }
    }

    /// Random faults at sites inside the nodes, few enough that something gets done.
    private func drawRandomFaults(seed: UInt64) -> RandomFaults? {
        guard scenario.explore.faults?.contains(ExploreSettings.randomFaults) ?? true,
            scenario.explore.faultsAtMost > 0
        else { return nil }
        var draw = SwarmDraw(ground, seed: seed, purpose: "random faults")
        guard draw.random.bernoulli(0.5) else { return nil }
        var faults = RandomFaults()
        faults.fire = (draw.factor(0.002, 0.2) * 1000).rounded() / 1000
        faults.limit = draw.count(1, 3)
        faults.until = ground.sale
        faults.hang = draw.span(.milliseconds(1), ground.longest)
        faults.restartAfter = draw.span(.milliseconds(50), ground.longest)
        return faults
    }

    // MARK: - Policies

    private func varyPolicies(_ variant: inout Scenario, seed: UInt64) {
        guard let topology else { return }
        var settings: [String] = []
        for variation in scenario.explore.policies {
            var random = RandomStream(seed: seed, name: "swarm/policy/\(variation.set)")
            guard random.bernoulli(0.5) else { continue }
            settings.append(variation.argument(random.integer(below: variation.to.count)))
        }
        if settings.isEmpty { return }
        // Each value alone was checked when the scenario was read; two may contradict each other, which is no variant.
        if let changed = try? ScenarioLoader.topology(topology, with: settings) { variant.topology = changed }
    }
}

/// What a draw needs to know of the scenario, looked up once.
struct SwarmGround: Sendable {
    /// Nodes that may be hit, by group, in the order of the topology.
    let nodes: [(name: String, group: NodeGroup)]
    /// How many nodes there are, those included that may not be hit.
    let allNodes: Int
    /// Those whose failure somebody has to notice: one each of the balancer, the servers and the stores.
    let leaders: [String]
    /// Pairs of groups that talk to each other.
    let talking: [(NodeGroup, NodeGroup)]
    /// Sites that the scenario passes.
    let sites: [EventSite]
    /// About how long the sale goes on.
    let sale: TimeSpan
    /// How long a fault has to last so that whoever watches does something about it, and then some.
    let longest: TimeSpan
    /// About how many requests there are.
    let requests: Int
    /// Products there are.
    let products: Int

    init(_ scenario: Scenario) {
        let topology = scenario.topology
        let spared = Set(scenario.explore.spare.flatMap { topology.nodes(named: $0) })
        allNodes = topology.nodes.count
        nodes = topology.nodes.filter { !spared.contains($0.name) }
        let masters = [topology.redis?.master, topology.mysql?.primary, topology.loadBalancer?.name].compactMap { $0 }
        leaders = (masters + topology.application.servers).filter { !spared.contains($0) }
        talking = Self.links(topology)
        sites = Self.sites(scenario)
        sale = Self.length(of: scenario.workload)
        let sentinels = topology.redis?.sentinels.downAfter ?? .zero
        let manager = topology.mysql?.failover.map { $0.pollInterval + $0.recoveryPoll } ?? .zero
        longest = min(max(sale, max(sentinels, manager) * 3), scenario.until / 2)
        let workload = scenario.workload
        requests = max(1, workload.users * workload.requests)
        products = workload.products
    }

    private static func links(_ topology: SystemTopology) -> [(NodeGroup, NodeGroup)] {
        let pairs: [(NodeGroup, NodeGroup)] = [
            (.users, .loadBalancer), (.users, .application), (.loadBalancer, .application), (.application, .redis),
            (.application, .mysql), (.application, .sentinels), (.redis, .redis), (.mysql, .mysql),
            (.sentinels, .redis), (.sentinels, .sentinels), (.failoverManager, .mysql),
            (.failoverManager, .application),
        ]
        let present = Set(topology.nodes.map(\.group))
        return pairs.filter { pair in
            // Users reach the servers through the balancer where there is one.
            if pair == (.users, .application), present.contains(.loadBalancer) { return false }
            return present.contains(pair.0) && present.contains(pair.1)
        }
    }

    private static func sites(_ scenario: Scenario) -> [EventSite] {
        let mix = scenario.workload.mix
        return EventSite.allCases.filter { site in
            let name = site.rawValue
            if name.hasPrefix("redis.") { return scenario.topology.redis != nil }
            if name.hasPrefix("mysql.") { return scenario.topology.mysql != nil }
            if name.hasPrefix("view.") { return mix.view > 0 }
            return name.hasPrefix("purchase.") ? mix.purchase > 0 : true
        }
    }

    private static func length(of workload: Workload) -> TimeSpan {
        let arrivals: TimeSpan
        switch workload.arrive {
        case .atOnce: arrivals = workload.for ?? .zero
        case .poisson, .constant, .spike: arrivals = workload.for ?? .seconds(1)
        case .ramp(let ramp): arrivals = workload.for ?? ramp.over
        case .stages(let stages): arrivals = workload.for ?? stages.reduce(.zero) { $0 + $1.for }
        case .trace(let trace): arrivals = trace.lazy.map(\.at).max() ?? .zero
        }
        // The last to come need their time too, and repetitions prolong the sale.
        return arrivals + min(workload.giveUp, max(arrivals / 2, .seconds(1)))
    }
}

/// One thing being drawn: random numbers of its own, and what makes sense in the scenario.
struct SwarmDraw {
    let ground: SwarmGround
    var random: RandomStream
    /// Whom the fault that is being drawn can strike.
    var reach: Set<NodeGroup> = []
    /// When the fault that is being drawn strikes.
    var trigger = FaultTrigger.at(.zero)

    init(_ ground: SwarmGround, seed: UInt64, purpose: String) {
        self.ground = ground
        random = RandomStream(seed: seed, name: "swarm/\(purpose)")
    }

    /// A length between two, small ones as likely as large ones, of two or three digits.
    mutating func span(_ shortest: TimeSpan, _ longest: TimeSpan) -> TimeSpan {
        let span = TimeSpan(seconds: factor(shortest.seconds, max(shortest, longest).seconds))
        var unit: Int64 = 1
        while unit < span.nanoseconds / 100 { unit *= 10 }
        return TimeSpan(nanoseconds: max(unit, span.nanoseconds / unit * unit))
    }

    /// A number between two positive ones, small ones as likely as large ones.
    mutating func factor(_ lowest: Double, _ highest: Double) -> Double {
        lowest * Elementary.exp(random.uniform() * Elementary.log(highest / lowest))
    }

    /// A whole number between two positive ones, small ones as likely as large ones.
    mutating func count(_ lowest: Int, _ highest: Int) -> Int {
        min(highest, Int(factor(Double(lowest), Double(max(lowest, highest)) + 1)))
    }

    /// A moment within the sale.
    mutating func moment() -> TimeSpan {
        let moment = ground.sale * random.uniform()
        return TimeSpan(nanoseconds: moment.nanoseconds / 1_000_000 * 1_000_000)
    }

    /// A moment within the sale, or just when something happens.
    mutating func drawTrigger() -> FaultTrigger {
        guard random.bernoulli(0.5), let site = random.choose(from: ground.sites) else { return .at(moment()) }
        let nth = count(1, max(1, ground.requests / 2))
        // Mostly at once: the gap between two steps is what a moment hits so rarely.
        let after = random.bernoulli(0.75) ? TimeSpan.zero : span(.microseconds(100), .milliseconds(100))
        return .on(EventTrigger(site, nth: nth, after: after))
    }

    /// Two sides that talk to each other: nodes, or a node and a whole group.
    mutating func sides() -> FaultSides? {
        let pairs = ground.talking.filter { pair in
            has(pair.0) && has(pair.1) && (pair.0 != pair.1 || ground.nodes.count { $0.group == pair.0 } > 1)
        }
        guard let pair = random.choose(from: pairs),
            let first = random.choose(from: ground.nodes.filter { $0.group == pair.0 })?.name
        else { return nil }
        let others = ground.nodes.filter { $0.group == pair.1 && $0.name != first }.map(\.name)
        guard let second = random.choose(from: others) else { return nil }
        return FaultSides([first], random.bernoulli(0.5) ? others : [second])
    }

    func has(_ group: NodeGroup) -> Bool { ground.nodes.contains { $0.group == group } }
}
