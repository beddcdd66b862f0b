import Topology

/// A failover that loses nothing that a replica has acknowledged, as Vitess's `EmergencyReparentShard` does it.
///
/// Every commit that a client was told of is on the primary and on one more server. So all others but the primary have
/// to be seen before one is promoted: the one that is not might be that one. Their replication is stopped first, which
/// keeps the old primary from having anything acknowledged meanwhile. Source: vitess `emergency_reparenter.go`,
/// `replication.go` (`stopReplicationAndBuildStatusMaps`, `haveRevoked`).
extension MySQLFailoverManager {
    /// Servers that acknowledge a commit before its client is told (`rpl_semi_sync_source_wait_for_replica_count`).
    private static let acknowledgements = 1

    mutating func startSurvey(now: Instant, into actions: inout [Action]) {
        let reachable = servers.filter { $0.id != primary && $0.hasAnswered && !isUnreachable($0) }
        guard sees(reachable.count) else {
            // Stopping replication would help nobody yet.
            if !hasReportedTooFew { actions.append(.abandon(.tooFewReached)) }
            hasReportedTooFew = true
            return
        }
        surveyBegan = now
        recovery = .surveying(left: reachable.count)
        for server in reachable { actions.append(.stopReplication(server.id)) }
    }

    /// Whether so many servers beside the primary are enough: those that are not seen can't have acknowledged anything alone.
    private func sees(_ count: Int) -> Bool { servers.count - 1 - count < Self.acknowledgements }

    /// What came of a `stopReplication` action; nil: the server does not answer.
    package mutating func replicationStopped(
        _ id: Int32, _ status: ReplicaStatus?, into actions: inout [Action]
    ) {
        guard case .surveying(let left) = recovery else { return }
        for index in servers.indices where servers[index].id == id {
            servers[index].survey = status
            if status == nil { servers[index].failedPolls += 1 }
        }
        recovery = .surveying(left: left - 1)
        if left == 1 { endSurvey(into: &actions) }
    }

    private mutating func endSurvey(into actions: inout [Action]) {
        guard sees(servers.count { $0.survey != nil }) else { return abandon(.tooFewReached, into: &actions) }
        var best: (id: Int32, status: ReplicaStatus)?
        for server in servers where server.id != primary {
            guard let status = server.survey else { continue }
            if let leader = best?.status, !status.isAhead(of: leader) { continue }
            best = (server.id, status)
        }
        guard let best else { return abandon(.candidateLost, into: &actions) }
        recover(by: best.id, best.status, now: surveyBegan, into: &actions)
    }
}

extension MySQLFailoverManager.ReplicaStatus {
    /// Whoever has more of the present primary's own transactions has all that was acknowledged before them as well:
    /// they come in order. The number of all transactions decides only where nobody has more of those.
    fileprivate func isAhead(of other: Self) -> Bool {
        (ofPrimary, received, applied) > (other.ofPrimary, other.received, other.applied)
    }
}
