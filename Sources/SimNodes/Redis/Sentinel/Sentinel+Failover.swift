import Topology

extension Sentinel {
    /// Begins an attempt when the master is objectively down and the last attempt is old enough.
    mutating func startFailoverIfNeeded(
        _ clock: Int64, _ desync: TimeSpan, _ actions: inout [SentinelAction]
    ) -> Bool {
        guard objectivelyDownSince != nil, failover == nil else { return false }
        if let last = failoverStartTime, clock - last < 2 * failoverTimeout { return false }
        currentEpoch += 1
        failover = Failover(epoch: currentEpoch, changedAt: clock)
        failoverStartTime = clock + desync.nanoseconds / 1_000_000
        log("+new-epoch", master.address, detail: String(currentEpoch), &actions)
        log("+try-failover", master.address, &actions)
        return true
    }

    /// One step of the failover in progress (`sentinelFailoverStateMachine`).
    mutating func advanceFailover(_ clock: Int64, _ desync: TimeSpan, _ actions: inout [SentinelAction]) {
        switch failover?.state {
        case .waitStart?: waitForElection(clock, desync, &actions)
        case .selectReplica?: selectReplica(clock, &actions)
        case .sendReplicaOfNoOne?: promote(clock, &actions)
        case .waitPromotion?: abortIfStuck(clock, &actions)
        case .reconfigureReplicas?: reconfigureReplicas(clock, &actions)
        case .updateConfiguration?, nil: break
        }
    }

    private mutating func waitForElection(
        _ clock: Int64, _ desync: TimeSpan, _ actions: inout [SentinelAction]
    ) {
        guard let epoch = failover?.epoch else { return }
        if electedLeader(in: epoch, clock, desync, &actions) == id {
            log("+elected-leader", master.address, &actions)
            enter(.selectReplica, clock)
            log("+failover-state-select-slave", master.address, &actions)
        } else if clock - (failoverStartTime ?? clock) > min(SentinelPeriod.election, failoverTimeout) {
            log("-failover-abort-not-elected", master.address, &actions)
            abort()
        }
    }

    private mutating func selectReplica(_ clock: Int64, _ actions: inout [SentinelAction]) {
        guard let index = bestReplica(clock) else {
            log("-failover-abort-no-good-slave", master.address, &actions)
            abort()
            return
        }
        let address = replicas[index].address
        replicas[index].isPromoted = true
        failover?.promoted = address
        log("+selected-slave", address, &actions)
        enter(.sendReplicaOfNoOne, clock)
        log("+failover-state-send-slaveof-noone", address, &actions)
    }

    /// The eligible replica of least priority number, then greatest offset, then smallest run id.
    func bestReplica(_ clock: Int64) -> Int? {
        let maxLinkDownTime = (master.downSince.map { clock - $0 } ?? 0) + 10 * downAfter
        let maxInfoAge = master.isDown ? 5 * SentinelPeriod.ping : 3 * SentinelPeriod.info
        let eligible = replicas.indices.filter { index in
            let replica = replicas[index]
            guard let refreshed = replica.infoRefresh else { return false }
            return !replica.isDown && replica.isConnected && clock - replica.lastAvailable <= 5 * SentinelPeriod.ping
                && replica.priority != 0 && clock - refreshed <= maxInfoAge
                && replica.masterLinkDownTime <= maxLinkDownTime
        }
        return eligible.min { left, right in
            let (one, other) = (replicas[left], replicas[right])
            if one.priority != other.priority { return one.priority < other.priority }
            if one.offset != other.offset { return one.offset > other.offset }
            return (one.runID ?? "~") < (other.runID ?? "~")
        }
    }

    private mutating func promote(_ clock: Int64, _ actions: inout [SentinelAction]) {
        guard let promoted = promotedReplica, promoted.isConnected else {
            abortIfStuck(clock, &actions)
            return
        }
        actions.append(.sendReplicaOf(nil, to: promoted.address))
        log("+failover-state-wait-promotion", promoted.address, &actions)
        enter(.waitPromotion, clock)
    }

    private var promotedReplica: SentinelInstance? { replicas.first { $0.address == failover?.promoted } }

    private mutating func abortIfStuck(_ clock: Int64, _ actions: inout [SentinelAction]) {
        guard let failover, clock - failover.changedAt > failoverTimeout else { return }
        log("-failover-abort-slave-timeout", master.address, &actions)
        abort()
    }

    private mutating func abort() {
        failover = nil
        for index in replicas.indices { replicas[index].isPromoted = false }
    }

    mutating func enter(_ state: Failover.State, _ clock: Int64) {
        failover?.state = state
        failover?.changedAt = clock
    }

    // MARK: The other replicas

    private mutating func reconfigureReplicas(_ clock: Int64, _ actions: inout [SentinelAction]) {
        guard let promoted = failover?.promoted else { return }
        var underWay = replicas.count { $0.reconfiguration == .sent || $0.reconfiguration == .inProgress }
        for index in replicas.indices where underWay < configuration.parallelSyncs {
            if replicas[index].isPromoted || replicas[index].reconfiguration == .done { continue }
            if replicas[index].reconfiguration == .sent,
                clock - replicas[index].reconfiguredAt > SentinelPeriod.replicaReconfiguration
            {
                replicas[index].reconfiguration = .done
                log("-slave-reconf-sent-timeout", replicas[index].address, &actions)
            }
            guard replicas[index].reconfiguration == .none, replicas[index].isConnected else { continue }
            actions.append(.sendReplicaOf(promoted, to: replicas[index].address))
            replicas[index].reconfiguration = .sent
            replicas[index].reconfiguredAt = clock
            log("+slave-reconf-sent", replicas[index].address, &actions)
            underWay += 1
        }
        detectEnd(promoted, clock, &actions)
    }

    /// The failover ends when every reachable replica follows, or its time is up.
    private mutating func detectEnd(
        _ promoted: RedisAddress, _ clock: Int64, _ actions: inout [SentinelAction]
    ) {
        guard let failover, promotedReplica?.isDown == false else { return }
        let isTimeout = clock - failover.changedAt > failoverTimeout
        if isTimeout { log("+failover-end-for-timeout", master.address, &actions) }
        let left = replicas.count { !$0.isPromoted && $0.reconfiguration != .done && !$0.isDown }
        guard left == 0 || isTimeout else { return }
        log("+failover-end", master.address, &actions)
        enter(.updateConfiguration, clock)
        guard isTimeout else { return }
        for index in replicas.indices
        where !replicas[index].isPromoted && replicas[index].reconfiguration == .none && replicas[index].isConnected {
            actions.append(.sendReplicaOf(promoted, to: replicas[index].address))
            replicas[index].reconfiguration = .sent
            log("+slave-reconf-sent-be", replicas[index].address, &actions)
        }
    }

    func log(
        _ name: String, _ subject: RedisAddress?, detail: String = "", _ actions: inout [SentinelAction]
    ) {
        actions.append(.event(SentinelEvent(name, subject, detail)))
    }
}
