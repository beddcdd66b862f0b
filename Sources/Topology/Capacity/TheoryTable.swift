/// What queueing theory says about a scenario, resource by resource, and how far it can be believed.
///
/// Which model applies is decided by how requests come: an open stream has a steady state at each resource, users in a
/// loop have one of the whole network, a burst has none and is worked off like a heap.
package struct TheoryTable: Sendable {
    /// Resource by resource; several rows of one resource where several models have something to say.
    package private(set) var rows: [TheoryRow] = []
    /// Users in a loop: the network as a whole.
    package private(set) var network: ClosedPrediction?
    /// What holds for all of it, one sentence each.
    package private(set) var remarks: [String] = []
    let scenario: Scenario
    let demands: ServiceDemands

    /// Chooses models and solves them.
    package init(_ scenario: Scenario, _ demands: ServiceDemands) {
        (self.scenario, self.demands) = (scenario, demands)
        switch demands.arrivals {
        case .burst(let requests): addBurst(requests)
        case .closed(let users, let think): addLoop(users, think)
        case .poisson(let mean, let peak):
            addStream(peak)
            if peak > mean {
                remarks.append(
                    "the rate changes: the rows are for its peak, as if that lasted; a peak shorter than the time in "
                        + "which queues settle is milder")
            }
        case .clockwork(let rate): addStream(rate)
        case .listed:
            addStream(demands.arrivals.peakRate ?? 0)
            remarks.append("arrivals are listed: the rows are for a Poisson stream of the same rate")
        }
        if !scenario.faults.isEmpty || scenario.randomFaults != nil {
            remarks.append("faults are not in these numbers: they are those of the system as long as all is well")
        }
        if scenario.workload.retry.policy != .none {
            remarks.append("repetitions after failures are not in these numbers")
        }
    }

    mutating func add(_ row: TheoryRow) { rows.append(row) }
    mutating func remark(_ text: String) { remarks.append(text) }
    mutating func set(_ prediction: ClosedPrediction) { network = prediction }
}

/// A closed network's answer, with bounds beside it.
package struct ClosedPrediction: Sendable {
    /// Users and their mean pause in seconds.
    package let users: Int
    package let think: Double
    /// The solution of the network.
    package let solution: ClosedSolution
    /// The stations, in the solution's order.
    package let stations: [String]
    /// What the demands alone say.
    package let bounds: OperationalBounds
    /// Whether the network's assumptions are so.
    package let applicability: Applicability
}
