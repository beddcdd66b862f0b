import Topology

/// The places in the nodes' code at which a fault can strike, and how often each has been passed.
package final class EventSites: @unchecked Sendable {
    /// What is to happen when a site is passed for the n-th time.
    package struct Trap {
        /// Only passes by this node count.
        let node: String?
        var remaining: Int
        let strike: (NodeProcess) -> Void
    }

    /// By the site's place: a request passes a dozen of them, and hashing a site's name takes longer than all else here.
    private var traps = [[Trap]](repeating: [], count: EventSite.allCases.count)
    private var passes = [Int](repeating: 0, count: EventSite.allCases.count)

    package init() {}

    /// Has `strike` called, with the process that is there, when the site is passed for the `nth` time.
    package func set(_ trigger: EventTrigger, strike: @escaping (NodeProcess) -> Void) {
        traps[trigger.site.ordinal].append(Trap(node: trigger.node, remaining: trigger.nth, strike: strike))
    }

    /// How often a site has been passed.
    package func count(_ site: EventSite) -> Int { passes[site.ordinal] }

    /// A process passes a site. If a fault strikes it there, its code doesn't go on: after a crash never, after a pause
    /// when the pause is over.
    ///
    /// - Throws: `Halted`.
    @inline(__always)
    package nonisolated(nonsending) func pass(_ site: EventSite, _ process: NodeProcess) async throws {
        let incarnation = process.incarnation
        if _slowPath(note(site, process)) { try await stop(process, incarnation) }
    }

    /// Suspending is what keeps a process that has just been struck from running another statement.
    @inline(never)
    private nonisolated(nonsending) func stop(_ process: NodeProcess, _ incarnation: UInt32) async throws {
        if process.incarnation == incarnation { try await process.sleep(.zero) } else { try await process.vanish() }
    }

    /// Counts a pass and lets faults strike; true if one struck the passing process itself.
    @inline(__always)
    package func note(_ site: EventSite, _ process: NodeProcess) -> Bool {
        passes[site.ordinal] += 1
        return traps[site.ordinal].isEmpty ? false : spring(at: site, process)
    }

    @inline(never)
    private func spring(at site: EventSite, _ process: NodeProcess) -> Bool {
        var armed = traps[site.ordinal]
        let incarnation = process.incarnation
        var due: [(NodeProcess) -> Void] = []
        for index in armed.indices where armed[index].node == nil || armed[index].node == process.name {
            armed[index].remaining -= 1
            if armed[index].remaining == 0 { due.append(armed[index].strike) }
        }
        armed.removeAll { $0.remaining <= 0 }
        traps[site.ordinal] = armed
        for strike in due { strike(process) }
        return process.incarnation != incarnation || !process.isRunning
    }
}
