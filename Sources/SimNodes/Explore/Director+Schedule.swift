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

    private func follow(_ schedule: PrioritySchedule) {
        var lowest = schedule.lowest
        setLateness(lowest, schedule.delay)
        // Sorting is not stable by promise, so the place in the list decides among equals.
        let changes = schedule.changes.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
        for (_, change) in changes {
            lowest.removeAll { $0 == change.node }
            lowest.insert(change.node, at: 0)
            let order = lowest
            spawn(after: change.at) { $0.setLateness(order, schedule.delay) }
        }
    }

    private func setLateness(_ lowest: [String], _ delay: TimeSpan) {
        for (place, name) in lowest.enumerated() {
            targets.processes[name]?.lateness = TimeSpan(nanoseconds: delay.nanoseconds >> Int64(min(place, 62)))
        }
    }
}
