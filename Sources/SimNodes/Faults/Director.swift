import Topology

/// Carries out the scenario's faults: an actor in a process of its own, which nothing can strike.
package actor Director: Node {
    package nonisolated let process: NodeProcess
    nonisolated let world: World
    nonisolated let targets: FaultTargets
    nonisolated let ledger: FaultLedger
    /// The store whose master a fault struck, by the fault's entry in the ledger.
    private var struckStores: [Int: Failovers.Store] = [:]
    /// How what is in force ends, by the order in which it struck.
    private var endings: [(number: Int, end: Ending)] = []
    private var strikes = 0

    typealias Ending = @Sendable (isolated Director) -> Void

    package init(process: NodeProcess, world: World, targets: FaultTargets, ledger: FaultLedger) {
        self.process = process
        self.world = world
        self.targets = targets
        self.ledger = ledger
    }

    /// Arms every fault of the scenario; times count from now, the opening of the sale.
    package func arm(_ faults: [Fault], _ randomFaults: RandomFaults? = nil) {
        world.badLuck = randomFaults.map { BadLuck($0, world: world, ledger: ledger, director: self) }
        for fault in faults {
            let entry = ledger.plan(fault)
            switch fault.trigger {
            case .at(let moment):
                spawn(after: moment) { $0.strike(fault.action, entry, at: nil) }
            case .on(let event):
                world.sites.set(event) { [unowned self] place in
                    if event.after > .zero {
                        spawn(after: event.after) { $0.strike(fault.action, entry, at: place) }
                    } else {
                        // At once, within the struck code's own statement: that is what "on an event" means.
                        assumeIsolated { $0.strike(fault.action, entry, at: place) }
                    }
                }
            }
        }
    }

    /// Carries out one fault; `place` is the process on which its event happened.
    private func strike(_ action: FaultAction, _ entry: Int, at place: NodeProcess?) {
        switch action {
        case .crash(let fault): crash(fault, entry, at: place)
        case .restart(let fault): restart(fault, entry)
        case .rollingRestart(let fault): rollingRestart(fault, entry)
        case .pause(let fault): pause(fault, entry, at: place)
        case .slow(let fault): slow(fault, entry, at: place)
        case .clockJump(let fault): jump(fault, entry, at: place)
        case .clockDrift(let fault): drift(fault, entry, at: place)
        case .delay(let fault): delay(fault, entry)
        case .loss(let fault): lose(fault, entry)
        case .reorder(let fault): reorder(fault, entry)
        case .duplicate(let fault): duplicate(fault, entry)
        case .reset(let fault): reset(fault, entry)
        case .partition(let fault): partition(fault, entry)
        case .isolate(let fault): isolate(fault, entry)
        case .diskStall(let fault): stallDisk(fault, entry, at: place)
        case .diskFull(let fault): fillDisk(fault, entry, at: place)
        case .replicationStall(let fault): stallReplication(fault, entry, at: place)
        case .applyLag(let fault): lagApplier(fault, entry, at: place)
        case .flushAll(let fault): flushAll(fault, entry, at: place)
        case .maxMemory(let fault): limitMemory(fault, entry, at: place)
        case .foreignClient(let fault): connectForeignClient(fault, entry, at: place)
        }
    }

    /// The process that a fault names.
    func resolve(_ node: FaultNode, at place: NodeProcess?) -> NodeProcess? {
        switch node {
        case .named(let name): targets.processes[name]
        case .itself: place
        }
    }

    /// Notes a failure of a store's present master, so that its failover can be timed.
    func noteStoreFailure(of process: NodeProcess, by entry: Int) {
        guard let store = targets.storeLed(process.name) else { return }
        struckStores[entry] = store
        world.failovers.fault(store, at: now)
    }

    // MARK: - Ends

    /// Has what struck end after a while; without one, when everything heals.
    func schedule(endAfter span: TimeSpan?, _ end: @escaping Ending) {
        strikes += 1
        let number = strikes
        endings.append((number, end))
        guard let span else { return }
        spawn(after: span) { $0.takeEnding(number)?($0) }
    }

    private func takeEnding(_ number: Int) -> Ending? {
        guard let index = endings.firstIndex(where: { $0.number == number }) else { return nil }
        return endings.remove(at: index).end
    }

    /// Ends all that is still in force: links work, clocks are right, what was killed is started.
    ///
    /// - Returns: whether there was anything.
    func healAll() -> Bool {
        let pending = endings
        endings = []
        for ending in pending { ending.end(self) }
        return !pending.isEmpty
    }

    /// A fault is over.
    func end(_ entry: Int, node: String, _ text: String) {
        ledger.end(entry, node: node, text)
        if let store = struckStores[entry] { world.failovers.returned(store, at: now) }
    }
}
