import Topology

/// The random faults of a run: which sites are enabled, and when each fires.
///
/// Each site draws from a stream of its own, so that none shifts another's numbers, nor those of the system.
package final class BadLuck: @unchecked Sendable {
    private struct Site {
        var random: RandomStream
        let isEnabled: Bool
        var firings = 0
        /// Its row in the ledger, from its first firing on: a site that never fires is no fault that failed to strike.
        var entry = 0
    }

    let settings: RandomFaults
    private unowned(unsafe) let world: World
    private let ledger: FaultLedger
    private unowned let director: Director
    private let quietAt: Instant
    /// By the site's place among all.
    private var sites = [Site?](repeating: nil, count: RandomFaultSite.allCases.count)

    /// Draws which sites are enabled; they fire from now on.
    init(_ settings: RandomFaults, world: World, ledger: FaultLedger, director: Director) {
        self.settings = settings
        self.world = world
        self.ledger = ledger
        self.director = director
        quietAt = settings.until.map { world.now + $0 } ?? .distantFuture
        for site in RandomFaultSite.allCases where settings.sites.isEmpty || settings.sites.contains(site) {
            var random = world.universe.randomStream("bad luck/\(site.rawValue)")
            let isEnabled = random.bernoulli(settings.enable)
            sites[site.ordinal] = Site(random: random, isEnabled: isEnabled)
        }
    }

    /// Whether bad luck strikes a process as it passes a site; what that means is up to the site.
    func strikes(_ site: RandomFaultSite, _ process: NodeProcess) -> Bool {
        guard world.now < quietAt, var state = sites[site.ordinal], state.isEnabled else { return false }
        let fires = state.random.bernoulli(settings.fire) && state.firings < settings.limit ?? .max
        if fires {
            if state.firings == 0 { state.entry = ledger.planRandom() }
            state.firings += 1
            let times = state.firings == 1 ? "once" : "\(state.firings) times"
            ledger.strike(state.entry, "bad luck: \(site.rawValue) \(times)", node: process.name, site.rawValue)
        }
        sites[site.ordinal] = state
        return fires
    }

    /// Kills a process with its machine, as soon as what it has just sent is out.
    @inline(never)
    func kill(_ process: NodeProcess) {
        director.spawn(after: .nanoseconds(1)) { [settings] director in
            director.kill(process, restartAfter: settings.restartAfter)
        }
    }

    /// Has a process stand still.
    func pause(_ process: NodeProcess) {
        guard process.isRunning else { return }
        let life = process.incarnation
        process.pause()
        director.spawn(after: settings.hang) { _ in if process.incarnation == life { process.resume() } }
    }
}

extension Director {
    fileprivate func kill(_ process: NodeProcess, restartAfter: TimeSpan?) {
        guard !process.isDown else { return }
        let store = targets.storeLed(process.name)
        if let store { world.failovers.fault(store, at: now) }
        process.crash(takingHost: true)
        schedule(endAfter: restartAfter) { director in
            process.start()
            if let store { director.world.failovers.returned(store, at: director.now) }
        }
    }
}

extension World {
    /// Whether a random fault strikes here; always false unless the scenario asks for them.
    @inline(__always)
    func hasBadLuck(_ site: RandomFaultSite, _ process: NodeProcess) -> Bool {
        guard let badLuck else { return false }
        return badLuck.strikes(site, process)
    }
}
