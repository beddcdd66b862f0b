import Topology

extension Sentinel {
    /// The answer to INFO (`sentinelRefreshInstanceInfo`).
    package mutating func receive(
        _ info: RedisReplicationInfo, from address: RedisAddress, now: Instant,
        into actions: inout [SentinelAction]
    ) {
        guard let place = place(of: address) else { return }
        let clock = now.milliseconds
        note(info, at: place, clock, &actions)
        if tiltSince != nil { return }
        guard case .replica(let index) = place else { return }
        if info.master == nil {
            replicaReportsMaster(index, clock, &actions)
        } else {
            fixMaster(of: index, clock, &actions)
            followReconfiguration(index, &actions)
        }
    }

    private mutating func note(
        _ info: RedisReplicationInfo, at place: Place, _ clock: Int64, _ actions: inout [SentinelAction]
    ) {
        if with(place, { $0.takeRunID(of: info) }) { log("+reboot", self[place].address, &actions) }
        if case .master = place, info.master == nil {
            for replica in info.replicas { addReplica(replica, clock, &actions) }
        }
        guard with(place, { $0.take(info, clock) }) else { return }
        let isCoherent = (self[place].kind == .master) == (info.master == nil)
        let role = info.master == nil ? "master" : "slave"
        log(isCoherent ? "+role-change" : "-role-change", self[place].address, detail: role, &actions)
    }

    /// A replica that says it is a master is the promoted one, or an old master that came back.
    private mutating func replicaReportsMaster(
        _ index: Int, _ clock: Int64, _ actions: inout [SentinelAction]
    ) {
        let replica = replicas[index]
        if replica.isPromoted, let failover, failover.state == .waitPromotion {
            configurationEpoch = failover.epoch
            enter(.reconfigureReplicas, clock)
            log("+promoted-slave", replica.address, &actions)
            log("+failover-state-reconf-slaves", master.address, &actions)
            forceHello()
            return
        }
        // Time for a newer configuration to arrive before this one is enforced.
        let patience = 4 * SentinelPeriod.publish
        guard !replica.isPromoted, masterLooksSane(clock), wasUp(replica, for: patience, clock),
            clock - replica.roleReportedAt > patience
        else { return }
        actions.append(.sendReplicaOf(master.address, to: replica.address))
        log("+convert-to-slave", replica.address, &actions)
    }

    private mutating func forceHello() {
        for place in places where self[place].lastHello >= SentinelPeriod.publish + 1 {
            self[place].lastHello -= SentinelPeriod.publish + 1
        }
    }

    /// A replica of somebody else is set right after `failover-timeout`.
    private mutating func fixMaster(of index: Int, _ clock: Int64, _ actions: inout [SentinelAction]) {
        let replica = replicas[index]
        guard replica.reportedMaster != master.address, masterLooksSane(clock),
            wasUp(replica, for: failoverTimeout, clock), clock - replica.configurationChangedAt > failoverTimeout
        else { return }
        actions.append(.sendReplicaOf(master.address, to: replica.address))
        log("+fix-slave-config", replica.address, &actions)
    }

    private mutating func followReconfiguration(_ index: Int, _ actions: inout [SentinelAction]) {
        if replicas[index].reconfiguration == .sent, let promoted = failover?.promoted,
            replicas[index].reportedMaster == promoted
        {
            replicas[index].reconfiguration = .inProgress
            log("+slave-reconf-inprog", replicas[index].address, &actions)
        }
        if replicas[index].reconfiguration == .inProgress, replicas[index].masterLinkIsUp {
            replicas[index].reconfiguration = .done
            log("+slave-reconf-done", replicas[index].address, &actions)
        }
    }

    private func masterLooksSane(_ clock: Int64) -> Bool {
        guard let refreshed = master.infoRefresh else { return false }
        return master.reportsMaster && !master.isDown && objectivelyDownSince == nil
            && clock - refreshed < 2 * SentinelPeriod.info
    }

    private func wasUp(_ instance: SentinelInstance, for span: Int64, _ clock: Int64) -> Bool {
        instance.lastDown == 0 || clock - instance.lastDown > span
    }
}

extension SentinelInstance {
    /// Whether another process answers at this address than did before.
    fileprivate mutating func takeRunID(of info: RedisReplicationInfo) -> Bool {
        if runID == info.runID { return false }
        defer { runID = info.runID }
        return runID != nil
    }

    /// Whether the instance reports another role than it did before.
    fileprivate mutating func take(_ info: RedisReplicationInfo, _ clock: Int64) -> Bool {
        infoRefresh = clock
        infoIsPending = false
        offset = info.offset
        priority = info.priority
        masterLinkIsUp = info.masterLinkIsUp
        masterLinkDownTime = info.masterLinkDownTime.nanoseconds / 1_000_000
        if let master = info.master, master != reportedMaster {
            reportedMaster = master
            configurationChangedAt = clock
        }
        guard reportsMaster != (info.master == nil) else { return false }
        reportsMaster = info.master == nil
        roleReportedAt = clock
        if info.master != nil { configurationChangedAt = clock }
        return true
    }
}
