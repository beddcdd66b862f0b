import Topology

/// A failover manager in the manner of orchestrator: polls all servers, decides that the primary is dead, promotes.
///
/// A machine: its owner carries out the actions and reports what came of them. Source: openark/orchestrator
/// (`analysis.go`, `topology_recovery.go`, docs); FIDELITY §2.4.
package struct MySQLFailoverManager: Sendable {
    enum Recovery: Hashable, Sendable {
        case none
        /// Replication is being stopped everywhere; so many servers have yet to say how far they are.
        case surveying(left: Int)
        case fencing(candidate: Int32)
        case waitingForRelayLog(candidate: Int32)
        case promoting(candidate: Int32)
        case makingWritable(Int32)
        case rejoining(Int32)
    }

    struct Server: Sendable {
        var id: Int32
        var failedPolls = 0
        var isPollOutstanding = false
        var hasAnswered = false
        var nextPoll: Instant
        var status: ReplicaStatus?
        var isReadOnly = false
        var isPromotable = true
        /// Whom it replicates from, as it said since the last change of roles; nil before it has said anything.
        var follows: Following?
        var isErrant = false
        /// What it said when its replication was stopped for the present recovery; nil: nothing.
        var survey: ReplicaStatus?
    }

    enum Following: Hashable, Sendable {
        case nobody
        case server(Int32)
    }

    package let settings: Settings
    package internal(set) var primary: Int32
    /// When the latest recovery began.
    package internal(set) var recoveryStarted: Instant?
    package internal(set) var analysis = Analysis.healthy
    var servers: [Server]
    var recovery = Recovery.none
    private var nextRecoveryPoll: Instant
    var hasReportedBlock = false
    var hasReportedTooFew = false
    /// When the present survey began.
    var surveyBegan = Instant.zero

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
        case .healthy:
            hasReportedBlock = false
            hasReportedTooFew = false
            rejoinStray(into: &actions)
        case .deadPrimaryAndReplicas: break
        case .unreachablePrimary:
            // Emergency reads: what the replicas say now decides, not what they said at their last poll.
            for index in servers.indices where servers[index].id != primary && !servers[index].isPollOutstanding {
                poll(index, now: now, into: &actions)
            }
        case .deadPrimary: startRecovery(now: now, into: &actions)
        case .readOnlyPrimary:
            guard !isBlocked(now: now, into: &actions) else { return }
            recoveryStarted = now
            recovery = .makingWritable(primary)
            actions.append(.makeWritable(primary))
        }
    }

    /// A poll was answered; `status` is nil for a server that is no replica.
    ///
    /// - Parameter source: whom it replicates from.
    package mutating func answered(
        _ id: Int32, status: ReplicaStatus?, from source: Int32? = nil, isReadOnly: Bool = false
    ) {
        guard let index = servers.firstIndex(where: { $0.id == id }) else { return }
        servers[index].isPollOutstanding = false
        servers[index].failedPolls = 0
        servers[index].hasAnswered = true
        servers[index].status = status
        servers[index].isReadOnly = isReadOnly
        servers[index].follows = source.map(Following.server) ?? .nobody
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
        if !succeeded, settings.fence != .superReadOnly {
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
            servers[index].follows = nil
            servers[index].survey = nil
            if server == old { servers[index].isPromotable = false }
            if server == id { (servers[index].isPromotable, servers[index].isErrant) = (true, false) }
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

    /// What came of a `makeWritable` action; the server is looked at again at once.
    package mutating func madeWritable(_ id: Int32, succeeded: Bool, into actions: inout [Action]) {
        guard recovery == .makingWritable(id) else { return }
        guard succeeded else { return abandon(.staysReadOnly, into: &actions) }
        recovery = .none
        for index in servers.indices where servers[index].id == id { servers[index].isReadOnly = false }
    }

    /// What came of a `rejoin` action; the server is asked again before anything else is done with it.
    package mutating func rejoined(_ id: Int32, _ outcome: Rejoining, into actions: inout [Action]) {
        guard recovery == .rejoining(id) else { return }
        recovery = .none
        let isRebuilt = outcome == .errant && settings.strays == .rebuild
        for index in servers.indices where servers[index].id == id {
            servers[index].follows = nil
            if outcome == .follows { servers[index].isPromotable = true }
            servers[index].isErrant = outcome == .errant && !isRebuilt
        }
        if isRebuilt { actions.append(.rebuild(id, from: primary)) }
    }

    /// Puts a server that was rebuilt as a replica back among those that may be promoted.
    package mutating func readmit(_ id: Int32) {
        guard let index = servers.firstIndex(where: { $0.id == id }) else { return }
        servers[index].isPromotable = true
        servers[index].isErrant = false
    }

    /// A person acknowledges the last recovery, which ends the block (`ack-cluster-recoveries`).
    package mutating func acknowledgeRecovery() { recoveryStarted = nil }

    private mutating func poll(_ index: Int, now: Instant, into actions: inout [Action]) {
        servers[index].isPollOutstanding = true
        servers[index].nextPoll = now + settings.pollInterval
        actions.append(.poll(servers[index].id))
    }
}
