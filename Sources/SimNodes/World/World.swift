import Topology

/// What the nodes of one run share: virtual time, the network, and the notebooks that nobody in the system can read.
///
/// A node finds another only through its address book, by name, as the real ones do by host name.
package final class World: @unchecked Sendable {
    package let scenario: Scenario
    package let universe: Universe
    package let network: Network
    package let history: History
    package let timeline: Timeline
    package let sites: EventSites
    package let failovers = Failovers()
    package let situations = Situations()
    /// Random faults inside the nodes, where the scenario asks for them.
    package internal(set) var badLuck: BadLuck?
    /// What nodes say to each other, where somebody wants to read it.
    package let story: Story?
    /// What requests spend their time on, where somebody wants to know.
    package let anatomy: AnatomyLedger?
    /// Waits that the scenario does not allow anywhere, as they alone would be too long.
    private let limits: [TimeSpan]
    /// The locks of the products, where the design has any.
    package private(set) var productLocks: ProductLockMeter?
    /// Meters of all limited resources, in the order of their making.
    package private(set) var meters: [ResourceMeter] = []
    /// The stations of each process, by its name.
    package private(set) var stations: [String: [ServiceStation]] = [:]
    /// Called just before the meters are read: brings levels that change without an event up to now.
    private var settlers: [() -> Void] = []

    /// When the sale opens: before it the system starts up, and all times in reports count from it.
    package private(set) var opening = Instant.zero

    package var topology: SystemTopology { scenario.topology }

    /// Notes that the run is in a situation that exploration looks for.
    @inline(__always)
    package func sometimes(_ situation: Sometimes) { situations.reach(situation) }

    package var now: Instant { universe.now }

    package init(scenario: Scenario, seed: UInt64, story: Story? = nil, anatomy: AnatomyLedger? = nil) {
        self.scenario = scenario
        limits = scenario.latencyLimits
        self.story = story
        self.anatomy = anatomy
        let universe = Universe(seed: seed)
        if story != nil || anatomy != nil { universe.baggage = Story.$request }
        self.universe = universe
        let topology = scenario.topology
        let latencies = LatencyTable(topology)
        network = Network(
            universe: universe, retransmission: topology.network.retransmissionTimeout,
            connectRetry: topology.network.connectRetry,
            latency: { source, target in Sampler(latencies.latency(from: source.name, to: target.name)) })
        timeline = Timeline(universe: universe, story: story)
        history = History(universe: universe, design: CheckedDesign(scenario))
        sites = EventSites()
    }

    /// A station of a node's process whose meter appears in the report.
    package func makeStation(
        _ name: String, servers: Int, process: NodeProcess, hardware: ServiceStation.Hardware = .cpu,
        countsQueue: Bool = true
    ) -> ServiceStation {
        let station = ServiceStation(
            name, servers: servers, process: process, hardware: hardware, countsQueue: countsQueue)
        stations[process.name, default: []].append(station)
        register(station.meter) { station.settle() }
        return station
    }

    /// Has a meter appear in the report.
    package func register(_ meter: ResourceMeter, settle: @escaping () -> Void = {}) {
        meter.limits = limits
        if let anatomy { meter.keepAnatomy(in: anatomy) }
        meters.append(meter)
        settlers.append(settle)
    }

    /// Has the products' locks appear in the report, behind all other resources.
    package func registerProductLocks() {
        let rooms: Int
        let owner: NodeGroup
        switch topology.purchase.lock.kind {
        case .none: return
        case .redis where topology.redis == nil: return
        case .local: (owner, rooms) = (.application, topology.application.servers.count)
        case .redis: (owner, rooms) = (.redis, 1)
        }
        let locks = ProductLockMeter(
            name: "\(owner.rawValue).productLock", products: scenario.workload.products, rooms: rooms, start: now)
        register(locks.meter) { [unowned self] in locks.settle(at: now) }
        productLocks = locks
    }

    package func settleMeters() { for settle in settlers { settle() } }

    /// The sale opens: what the resources did while the system started up doesn't count.
    package func open() {
        opening = now
        story?.open(at: now)
        settleMeters()
        for meter in meters { meter.restart(at: now) }
        productLocks?.restart()
    }
}
