import Topology

/// Who is dead, and who takes over.
extension MySQLFailoverManager {
    // MARK: Judgement

    func isUnreachable(_ server: Server) -> Bool { server.failedPolls >= settings.confirmations }

    mutating func assess() {
        let current = servers.first { $0.id == primary }
        let isPrimaryLost = current.map(isUnreachable) ?? false
        guard isPrimaryLost || settings.makesPrimaryWritable && current?.isReadOnly ?? false else {
            analysis = .healthy
            return
        }
        var reachable = 0
        var replicating = 0
        for server in servers where server.id != primary && countsAsReplica(server) {
            guard server.hasAnswered, !isUnreachable(server) else { continue }
            reachable += 1
            if isReplicating(server) { replicating += 1 }
        }
        if !isPrimaryLost {
            analysis = replicating > 0 ? .readOnlyPrimary : .healthy
        } else if reachable == 0 {
            analysis = .deadPrimaryAndReplicas
        } else if settings.requiresReplicaAgreement, replicating > 0 {
            analysis = .unreachablePrimary
        } else {
            analysis = .deadPrimary
        }
    }

    /// With a durability policy whoever answers may turn out to have most.
    private func countsAsReplica(_ server: Server) -> Bool { settings.durability == .semiSync || server.isPromotable }

    private func isReplicating(_ server: Server) -> Bool {
        guard settings.durability == .semiSync else { return server.status?.isReceiving ?? true }
        switch server.follows {
        case nil: return true
        case .nobody?: return false
        case .server(let source)?: return source == primary && server.status?.isReceiving ?? false
        }
    }

    // MARK: Strays

    /// One at a time, and only while the primary answers.
    mutating func rejoinStray(into actions: inout [Action]) {
        guard settings.strays != .leave, recovery == .none else { return }
        let stray = servers.first { server in
            server.id != primary && !isUnreachable(server) && !server.isErrant && server.follows != nil
                && (server.follows != .server(primary) || server.status?.isStopped == true)
        }
        guard let stray else { return }
        recovery = .rejoining(stray.id)
        actions.append(.rejoin(stray.id, to: primary))
    }

    // MARK: Recovery

    /// Whether the last recovery was too short a time ago for another one (`AttemptRecoveryRegistration`).
    mutating func isBlocked(now: Instant, into actions: inout [Action]) -> Bool {
        guard let started = recoveryStarted, now < started + settings.recoveryBlock else { return false }
        if !hasReportedBlock { actions.append(.abandon(.blockedByRecentRecovery)) }
        hasReportedBlock = true
        return true
    }

    mutating func startRecovery(now: Instant, into actions: inout [Action]) {
        guard !isBlocked(now: now, into: &actions) else { return }
        if settings.durability == .semiSync { return startSurvey(now: now, into: &actions) }
        guard let candidate = bestCandidate(), let status = candidate.status else { return }
        recover(by: candidate.id, status, now: now, into: &actions)
    }

    mutating func recover(
        by candidate: Int32, _ status: ReplicaStatus, now: Instant, into actions: inout [Action]
    ) {
        recoveryStarted = now
        if settings.waitForRelayLog == .fail, status.applied < status.received {
            return abandon(.relayLogNotApplied, into: &actions)
        }
        actions.append(.startPromotion(candidate))
        if settings.fence == .none {
            prepare(candidate, into: &actions)
        } else {
            recovery = .fencing(candidate: candidate)
            actions.append(.fence(primary, settings.fence))
        }
    }

    /// The replica that has received most; among equals the one that has applied most, then the first.
    private func bestCandidate() -> Server? {
        var best: Server?
        for server in servers where server.id != primary && server.isPromotable {
            guard server.hasAnswered, !isUnreachable(server), let status = server.status else { continue }
            guard let leader = best?.status else {
                best = server
                continue
            }
            if (status.received, status.applied) > (leader.received, leader.applied) { best = server }
        }
        return best
    }

    mutating func prepare(_ candidate: Int32, into actions: inout [Action]) {
        if settings.waitForRelayLog == .wait {
            recovery = .waitingForRelayLog(candidate: candidate)
            actions.append(.waitForRelayLog(candidate))
        } else {
            recovery = .promoting(candidate: candidate)
            actions.append(.promote(candidate))
        }
    }

    /// Ends a recovery without a new primary; whose replication was stopped for it goes on.
    mutating func abandon(_ failure: Failure, into actions: inout [Action]) {
        recovery = .none
        actions.append(.abandon(failure))
        for index in servers.indices where servers[index].survey != nil {
            servers[index].survey = nil
            if case .server? = servers[index].follows { actions.append(.startReplication(servers[index].id)) }
        }
    }
}
