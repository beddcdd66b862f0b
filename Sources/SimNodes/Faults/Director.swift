import Topology

/// Carries out the scenario's faults: an actor in a process of its own, which nothing can strike.
package actor Director: Node {
    package nonisolated let process: NodeProcess
    nonisolated let world: World
    nonisolated let targets: FaultTargets
    nonisolated let ledger: FaultLedger
    /// The store whose master a fault struck, by the fault's entry in the ledger.
    private var struckStores: [Int: Failovers.Store] = [:]

    package init(process: NodeProcess, world: World, targets: FaultTargets, ledger: FaultLedger) {
        self.process = process
        self.world = world
        self.targets = targets
        self.ledger = ledger
    }

    /// Arms every fault of the scenario; times count from now, the opening of the sale.
    package func arm(_ faults: [Fault]) {
        for fault in faults {
            let entry = ledger.plan(fault)
            switch fault.trigger {
            case .at(let moment):
                spawn(after: moment) { $0.strike(fault.action, entry, at: nil) }
            case .on(let event):
                world.sites.set(event) { [self] place in
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
        case .pause(let fault): pause(fault, entry, at: place)
        case .slow(let fault): slow(fault, entry, at: place)
        case .delay(let fault): delay(fault, entry)
        case .loss(let fault): lose(fault, entry)
        case .partition(let fault): partition(fault, entry)
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

    /// A fault is over.
    func end(_ entry: Int, node: String, _ text: String) {
        ledger.end(entry, node: node, text)
        if let store = struckStores[entry] { world.failovers.returned(store, at: now) }
    }
}

/// What faults can be aimed at.
package struct FaultTargets: Sendable {
    package let processes: [String: NodeProcess]
    /// The nodes behind a node or group name.
    package let members: @Sendable (String) -> [String]
    /// How long a node takes from being started again to listening; stores take their time themselves.
    package let startDelays: [String: TimeSpan]
    /// How to ask a node to end by itself; it calls back when it may be ended.
    package let terminate: [String: @Sendable (@escaping @Sendable () -> Void) -> Void]
    /// Which store has this node as its master at the moment.
    package let storeLed: @Sendable (String) -> Failovers.Store?

    package init(
        processes: [String: NodeProcess], members: @escaping @Sendable (String) -> [String],
        startDelays: [String: TimeSpan],
        terminate: [String: @Sendable (@escaping @Sendable () -> Void) -> Void] = [:],
        storeLed: @escaping @Sendable (String) -> Failovers.Store?
    ) {
        self.processes = processes
        self.members = members
        self.startDelays = startDelays
        self.terminate = terminate
        self.storeLed = storeLed
    }
}
