import Topology

/// The scenario's schedule: ties are drawn, or messages of some nodes are late.
extension Director {
    /// Brings the schedule into force; moments count from now, the opening of the sale.
    func follow(_ schedule: Schedule) {
        switch schedule {
        case .asScheduled: return
        case .randomTies: universe.drawTies(from: universe.randomStream("ties"))
        case .priorities(let priorities): follow(priorities)
        }
    }

    private func follow(_ priorities: PrioritySchedule) {
        var lowest = priorities.lowest
        setLateness(lowest, priorities.delay)
        // A message that is late for ever can be one that nobody waits for: liveness asks for a fair schedule in the end.
        schedule(endAfter: nil) { $0.endLateness() }
        // Sorting is not stable by promise, so the place in the list decides among equals.
        let changes = priorities.changes.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
        for (_, change) in changes {
            lowest.removeAll { $0 == change.node }
            lowest.insert(change.node, at: 0)
            let order = lowest
            spawn(after: change.at) { $0.setLateness(order, priorities.delay) }
        }
    }

    /// All are on time from now on.
    private func endLateness() {
        for process in targets.processes.values { process.lateness = .zero }
    }

    private func setLateness(_ lowest: [String], _ delay: TimeSpan) {
        for (place, name) in lowest.enumerated() {
            targets.processes[name]?.lateness = TimeSpan(nanoseconds: delay.nanoseconds >> Int64(min(place, 62)))
        }
    }
}
