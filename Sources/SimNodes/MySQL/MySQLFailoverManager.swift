import Topology

/// A failover manager in the manner of orchestrator: polls all servers, decides that the primary is dead, promotes.
///
/// A machine: its owner carries out the actions and reports what came of them. Source: openark/orchestrator
/// (`analysis.go`, `topology_recovery.go`, docs); FIDELITY §2.4.
package struct MySQLFailoverManager: Sendable {
    /// What to do about relay logs before a replica is promoted.
    package enum RelayLogWait: Hashable, Sendable {
        /// `DelayMasterPromotionIfSQLThreadNotUpToDate`.
        case wait
        /// `FailMasterPromotionIfSQLThreadNotUpToDate`.
        case fail
        case ignore
    }

    /// What is done to the old primary before another one is promoted.
    package enum Fence: Hashable, Sendable {
        case none
        /// SET GLOBAL super_read_only = 1; does nothing to a server that cannot be reached.
        case superReadOnly
        /// The machine is switched off by other means than the network to it.
        case stonith
    }

    /// Settings, with orchestrator's defaults.
    package struct Settings: Hashable, Sendable {
        /// `InstancePollSeconds`.
        package var pollInterval = TimeSpan.seconds(5)
        /// `RecoveryPollSeconds`: how often it looks for failures.
        package var recoveryPoll = TimeSpan.seconds(1)
        /// Failed polls in a row that make a server unreachable.
        package var confirmations = 1
        /// Dead only if every replica has lost it as well (`DeadMaster`, not `UnreachableMaster`).
        package var requiresReplicaAgreement = true
        package var waitForRelayLog = RelayLogWait.ignore
        package var fence = Fence.none
        /// `RecoveryPeriodBlockSeconds`: no second failover for so long.
        package var recoveryBlock = TimeSpan.seconds(3600)

        package init() {}
    }

    /// What a replica answers to SHOW REPLICA STATUS.
    package struct ReplicaStatus: Hashable, Sendable {
        package var isReceiving: Bool
        /// Transactions that it has, applied or not.
        package var received: Int
        package var applied: Int

        package init(isReceiving: Bool, received: Int, applied: Int) {
            self.isReceiving = isReceiving
            self.received = received
            self.applied = applied
        }
    }

    /// What the manager thinks of the primary.
    package enum Analysis: Hashable, Sendable {
        case healthy
        /// It does not answer, but replicas still replicate: no failover.
        case unreachablePrimary
        /// It does not answer and neither does any replica: no failover.
        case deadPrimaryAndReplicas
        /// It does not answer and all replicas that do have lost it.
        case deadPrimary
    }

    package enum Action: Hashable, Sendable {
        /// Ask the server for its state; answer with `answered` or `failed`.
        case poll(Int32)
        /// Fence the old primary; answer with `fenced`.
        case fence(Int32, Fence)
        /// The primary is given up and this replica will take over; its receiver is to be stopped.
        case startPromotion(Int32)
        /// Report when the replica has applied everything that it has received, with `relayLogApplied`.
        case waitForRelayLog(Int32)
        /// RESET REPLICA ALL, read_only off; answer with `promoted` or `promotionFailed`.
        case promote(Int32)
        /// Make this replica replicate from the new primary.
        case repoint(Int32, to: Int32)
        /// Tell clients (DNS, proxy, configuration).
        case announceNewPrimary(Int32)
        /// Recovery does not take place, or ends without a new primary.
        case abandon(Failure)
    }

    package enum Failure: Hashable, Sendable {
        /// There was a failover less than `recoveryBlock` ago.
        case blockedByRecentRecovery
        case relayLogNotApplied
        case fenceFailed
        case candidateLost
    }

    private enum Recovery: Hashable, Sendable {
        case none
        case fencing(candidate: Int32)
        case waitingForRelayLog(candidate: Int32)
        case promoting(candidate: Int32)
    }

    private struct Server: Sendable {
        var id: Int32
        var failedPolls = 0
        var isPollOutstanding = false
        var hasAnswered = false
        var nextPoll: Instant
        var status: ReplicaStatus?
        var isPromotable = true
    }

    package let settings: Settings
    package private(set) var primary: Int32
    /// When the latest recovery began.
    package private(set) var recoveryStarted: Instant?
    package private(set) var analysis = Analysis.healthy
    private var servers: [Server]
    private var recovery = Recovery.none
    private var nextRecoveryPoll: Instant
    private var hasReportedBlock = false

    /// A manager that begins to poll at `start`.
    package init(settings: Settings = Settings(), primary: Int32, replicas: [Int32], start: Instant) {
        self.settings = settings
        self.primary = primary
        servers = ([primary] + replicas).map { Server(id: $0, nextPoll: start) }
        nextRecoveryPoll = start + settings.recoveryPoll
    }

    /// Whether a recovery is under way.
    package var isRecovering: Bool { recovery != .none }

    /// When `tick` has something to do.
    package var nextDeadline: Instant {
        var next = nextRecoveryPoll
        for server in servers where !server.isPollOutstanding { next = min(next, server.nextPoll) }
        return next
    }

    // MARK: Inputs

    /// Time has come to look at something.
    package mutating func tick(now: Instant, into actions: inout [Action]) {
        for index in servers.indices where servers[index].nextPoll <= now && !servers[index].isPollOutstanding {
            poll(index, now: now, into: &actions)
        }
        guard nextRecoveryPoll <= now else { return }
        nextRecoveryPoll = now + settings.recoveryPoll
        assess()
        guard recovery == .none else { return }
        switch analysis {
        case .healthy: hasReportedBlock = false
        case .deadPrimaryAndReplicas: break
        case .unreachablePrimary:
            // Emergency reads: what the replicas say now decides, not what they said at their last poll.
            for index in servers.indices where servers[index].id != primary && !servers[index].isPollOutstanding {
                poll(index, now: now, into: &actions)
            }
        case .deadPrimary: startRecovery(now: now, into: &actions)
        }
    }

    /// A poll was answered; `status` is nil for a server that is no replica.
    package mutating func answered(_ id: Int32, status: ReplicaStatus?) {
        guard let index = servers.firstIndex(where: { $0.id == id }) else { return }
        servers[index].isPollOutstanding = false
        servers[index].failedPolls = 0
        servers[index].hasAnswered = true
        servers[index].status = status
    }

    /// A poll failed or timed out.
    package mutating func failed(_ id: Int32) {
        guard let index = servers.firstIndex(where: { $0.id == id }) else { return }
        servers[index].isPollOutstanding = false
        servers[index].failedPolls += 1
    }

    /// What came of a `fence` action.
    ///
    /// `superReadOnly` is best effort, so that a dead server does not stop the failover; a failed STONITH does.
    package mutating func fenced(succeeded: Bool, into actions: inout [Action]) {
        guard case .fencing(let candidate) = recovery else { return }
        if !succeeded, settings.fence == .stonith {
            abandon(.fenceFailed, into: &actions)
            return
        }
        prepare(candidate, into: &actions)
    }

    /// The candidate has applied its relay log.
    package mutating func relayLogApplied(_ id: Int32, into actions: inout [Action]) {
        guard recovery == .waitingForRelayLog(candidate: id) else { return }
        recovery = .promoting(candidate: id)
        actions.append(.promote(id))
    }

    /// The candidate takes writes.
    package mutating func promoted(_ id: Int32, into actions: inout [Action]) {
        guard recovery == .promoting(candidate: id) else { return }
        let old = primary
        primary = id
        recovery = .none
        for index in servers.indices {
            let server = servers[index].id
            if server == old { servers[index].isPromotable = false }
            if server != id, server != old, !isUnreachable(servers[index]) {
                actions.append(.repoint(server, to: id))
            }
        }
        actions.append(.announceNewPrimary(id))
    }

    /// The candidate was lost on the way.
    package mutating func promotionFailed(_ id: Int32, into actions: inout [Action]) {
        switch recovery {
        case .waitingForRelayLog(id), .promoting(id), .fencing(id): abandon(.candidateLost, into: &actions)
        default: break
        }
    }

    /// Puts a server that was rebuilt as a replica back among those that may be promoted.
    package mutating func readmit(_ id: Int32) {
        guard let index = servers.firstIndex(where: { $0.id == id }) else { return }
        servers[index].isPromotable = true
    }

    /// A person acknowledges the last recovery, which ends the block (`ack-cluster-recoveries`).
    package mutating func acknowledgeRecovery() { recoveryStarted = nil }

    // MARK: Judgement

    private func isUnreachable(_ server: Server) -> Bool { server.failedPolls >= settings.confirmations }

    private mutating func poll(_ index: Int, now: Instant, into actions: inout [Action]) {
        servers[index].isPollOutstanding = true
        servers[index].nextPoll = now + settings.pollInterval
        actions.append(.poll(servers[index].id))
    }

    private mutating func assess() {
        guard let current = servers.first(where: { $0.id == primary }), isUnreachable(current) else {
            analysis = .healthy
            return
        }
        var reachable = 0
        var replicating = 0
        for server in servers where server.id != primary && server.isPromotable {
            guard server.hasAnswered, !isUnreachable(server) else { continue }
            reachable += 1
            if server.status?.isReceiving ?? true { replicating += 1 }
        }
        if reachable == 0 {
            analysis = .deadPrimaryAndReplicas
        } else if settings.requiresReplicaAgreement, replicating > 0 {
            analysis = .unreachablePrimary
        } else {
            analysis = .deadPrimary
        }
    }

    // MARK: Recovery

    private mutating func startRecovery(now: Instant, into actions: inout [Action]) {
        if let started = recoveryStarted, now < started + settings.recoveryBlock {
            if !hasReportedBlock { actions.append(.abandon(.blockedByRecentRecovery)) }
            hasReportedBlock = true
            return
        }
        guard let candidate = bestCandidate() else { return }
        recoveryStarted = now
        if settings.waitForRelayLog == .fail, let status = candidate.status, status.applied < status.received {
            actions.append(.abandon(.relayLogNotApplied))
            return
        }
        actions.append(.startPromotion(candidate.id))
        if settings.fence == .none {
            prepare(candidate.id, into: &actions)
        } else {
            recovery = .fencing(candidate: candidate.id)
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

    private mutating func prepare(_ candidate: Int32, into actions: inout [Action]) {
        if settings.waitForRelayLog == .wait {
            recovery = .waitingForRelayLog(candidate: candidate)
            actions.append(.waitForRelayLog(candidate))
        } else {
            recovery = .promoting(candidate: candidate)
            actions.append(.promote(candidate))
        }
    }

    private mutating func abandon(_ failure: Failure, into actions: inout [Action]) {
        recovery = .none
        actions.append(.abandon(failure))
    }
}
