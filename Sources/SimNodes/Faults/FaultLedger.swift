import Topology

/// What was planned, what struck, and what it did.
package final class FaultLedger: @unchecked Sendable {
    private struct Entry {
        var description: String
        var appliedAt: Instant?
        /// When its direct influence ended; nil while it lasts.
        var endedAt: Instant?
        /// Whether it changed anything, known at the end.
        var hadEffect: () -> Bool = { false }
    }

    private unowned(unsafe) let world: World
    private var entries: [Entry] = []

    package init(world: World) { self.world = world }

    func plan(_ fault: Fault) -> Int {
        entries.append(Entry(description: fault.summary))
        return entries.count - 1
    }

    /// A row for a random site that fires for the first time.
    func planRandom() -> Int {
        entries.append(Entry(description: ""))
        return entries.count - 1
    }

    /// A random site has fired, once more.
    func strike(_ entry: Int, _ description: String, node: String, _ text: String) {
        entries[entry].description = description
        apply(entry, node: node, "bad luck: \(text)") { true }
        end(entry)
    }

    /// A fault strikes; `hadEffect` is asked at the end of the run.
    func apply(_ entry: Int, node: String, _ text: String, hadEffect: @escaping () -> Bool) {
        if entries[entry].appliedAt == nil { entries[entry].appliedAt = world.now }
        entries[entry].hadEffect = hadEffect
        world.timeline.note(.fault, node, text)
    }

    func end(_ entry: Int, node: String, _ text: String) {
        end(entry)
        note(node: node, text)
    }

    /// A fault is over that was the matter of a moment.
    func end(_ entry: Int) { entries[entry].endedAt = world.now }

    /// A step of a fault that lasts.
    func note(node: String, _ text: String) { world.timeline.note(.fault, node, text) }

    /// What became of each fault.
    var effects: [ExploredFault.Fate] {
        entries.map { $0.appliedAt == nil ? .idle : $0.hadEffect() ? .effective : .harmless }
    }

    /// When the last fault that is over ended; nil if none is.
    var lastEnd: Instant? { entries.compactMap(\.endedAt).max() }

    /// Entries of faults that have struck and are not over.
    var inForce: [Int] { entries.indices.filter { entries[$0].appliedAt != nil && entries[$0].endedAt == nil } }

    /// Faults that lasted for a while and are over; nil while one that struck is not.
    var passedDisturbances: [RecoverySearch.Disturbance]? {
        guard inForce.isEmpty else { return nil }
        return entries.compactMap { entry in
            guard let began = entry.appliedAt, let ended = entry.endedAt, ended > began else { return nil }
            return RecoverySearch.Disturbance(
                description: "\"\(entry.description)\"", began: began, ended: ended)
        }
    }

    /// Every fault with the requests that were under way while it lasted and had to be repeated or did not end well.
    package func results(opening: Instant) -> [FaultResult] {
        entries.map { entry in
            guard let applied = entry.appliedAt else {
                return FaultResult(
                    description: entry.description, appliedAt: nil, requestsAffected: 0, hadEffect: false)
            }
            let affected = world.history.requestsAffected(from: applied, until: entry.endedAt ?? .distantFuture)
            return FaultResult(
                description: entry.description, appliedAt: Instant.zero + (applied - opening),
                endedAt: entry.endedAt.map { Instant.zero + ($0 - opening) },
                requestsAffected: affected, hadEffect: entry.hadEffect())
        }
    }
}
