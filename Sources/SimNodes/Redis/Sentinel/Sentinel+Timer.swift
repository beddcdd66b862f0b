import Topology

extension Sentinel {
    /// The timer: links, PING, INFO and hello messages, then what follows from the answers (`sentinelTimer`).
    ///
    /// `desync` comes from ``desync(random:)``, drawn anew for each tick.
    package mutating func tick(now: Instant, desync: TimeSpan, into actions: inout [SentinelAction]) {
        let clock = now.milliseconds
        checkTilt(clock, &actions)
        handle(.master, clock, desync, &actions)
        for index in replicas.indices { handle(.replica(index), clock, desync, &actions) }
        for index in sentinels.indices { handle(.sentinel(index), clock, desync, &actions) }
        if let failover, failover.state == .updateConfiguration {
            switchMaster(to: failover.promoted ?? master.address, clock, &actions)
        }
    }

    /// A clock that jumps, or a process that stood still, makes every time-out look over; so nothing is acted on.
    private mutating func checkTilt(_ clock: Int64, _ actions: inout [SentinelAction]) {
        if let previousTick, clock < previousTick || clock - previousTick > SentinelPeriod.tiltTrigger {
            tiltSince = clock
            actions.append(.event(SentinelEvent("+tilt", nil)))
        }
        previousTick = clock
    }

    private mutating func handle(
        _ place: Place, _ clock: Int64, _ desync: TimeSpan, _ actions: inout [SentinelAction]
    ) {
        reconnect(place, clock, &actions)
        sendPeriodicCommands(place, clock, &actions)
        if let since = tiltSince {
            if clock - since < SentinelPeriod.tilt { return }
            tiltSince = nil
            actions.append(.event(SentinelEvent("-tilt", nil)))
        }
        checkSubjectivelyDown(place, clock, &actions)
        guard case .master = place else { return }
        checkObjectivelyDown(clock, &actions)
        if startFailoverIfNeeded(clock, desync, &actions) { askOthers(forced: true, clock, &actions) }
        advanceFailover(clock, desync, &actions)
        askOthers(forced: false, clock, &actions)
    }

    // MARK: Monitoring

    private mutating func reconnect(_ place: Place, _ clock: Int64, _ actions: inout [SentinelAction]) {
        guard !self[place].isConnected, clock - self[place].lastReconnect >= SentinelPeriod.ping else { return }
        self[place].lastReconnect = clock
        actions.append(.connect(self[place].address))
    }

    private mutating func sendPeriodicCommands(
        _ place: Place, _ clock: Int64, _ actions: inout [SentinelAction]
    ) {
        let instance = self[place]
        guard instance.isConnected else { return }
        if instance.kind != .sentinel, !instance.infoIsPending,
            instance.infoRefresh.map({ clock - $0 > infoPeriod(instance) }) ?? true
        {
            self[place].infoIsPending = true
            actions.append(.sendInfo(instance.address))
        }
        let pingPeriod = min(downAfter, SentinelPeriod.ping)
        if clock - instance.lastPong > pingPeriod, clock - instance.lastPing > pingPeriod / 2 {
            sendPing(place, clock, &actions)
        }
        if clock - instance.lastHello > SentinelPeriod.publish {
            self[place].lastHello = clock
            actions.append(.publishHello(hello, to: instance.address))
        }
    }

    private mutating func sendPing(_ place: Place, _ clock: Int64, _ actions: inout [SentinelAction]) {
        self[place].lastPing = clock
        if self[place].openPing == nil { self[place].openPing = clock }
        actions.append(.sendPing(self[place].address))
    }

    /// Replicas are asked every second while their master is in trouble.
    private func infoPeriod(_ instance: SentinelInstance) -> Int64 {
        let isUrgent =
            instance.kind == .replica
            && (objectivelyDownSince != nil || failover != nil || instance.masterLinkDownTime != 0)
        return isUrgent ? SentinelPeriod.infoWhenDown : SentinelPeriod.info
    }

    private var hello: SentinelHello {
        SentinelHello(
            address: address, sentinelID: id, currentEpoch: currentEpoch, masterName: configuration.masterName,
            master: masterAddress, configurationEpoch: configurationEpoch)
    }

    /// The command connection that `connect` asked for is open.
    package mutating func linkOpened(
        to address: RedisAddress, now: Instant, into actions: inout [SentinelAction]
    ) {
        guard let place = place(of: address), !self[place].isConnected else { return }
        self[place].isConnected = true
        self[place].connectedAt = now.milliseconds
        self[place].infoIsPending = false
        sendPing(place, now.milliseconds, &actions)
    }

    /// A command connection is gone; answers that were on their way are lost.
    package mutating func linkClosed(to address: RedisAddress) {
        guard let place = place(of: address) else { return }
        self[place].isConnected = false
        self[place].infoIsPending = false
    }

    /// The answer to a PING; `isAvailable` for PONG, LOADING and MASTERDOWN, not for BUSY and other errors.
    package mutating func pong(from address: RedisAddress, isAvailable: Bool = true, now: Instant) {
        guard let place = place(of: address) else { return }
        let clock = now.milliseconds
        self[place].lastPong = clock
        guard isAvailable else { return }
        self[place].lastAvailable = clock
        self[place].openPing = nil
    }

    // MARK: Down

    var downAfter: Int64 { configuration.downAfter.nanoseconds / 1_000_000 }
    var failoverTimeout: Int64 { configuration.failoverTimeout.nanoseconds / 1_000_000 }

    private mutating func checkSubjectivelyDown(
        _ place: Place, _ clock: Int64, _ actions: inout [SentinelAction]
    ) {
        let instance = self[place]
        var elapsed: Int64 = 0
        if let open = instance.openPing {
            elapsed = clock - open
        } else if !instance.isConnected {
            elapsed = clock - instance.lastAvailable
        }
        if instance.isConnected, clock - instance.connectedAt > SentinelPeriod.reconnect,
            let open = instance.openPing, clock - open > downAfter / 2, clock - instance.lastPong > downAfter / 2
        {
            self[place].isConnected = false
            self[place].infoIsPending = false
            actions.append(.closeLink(instance.address))
        }
        // A master that calls itself a replica for long is as good as none.
        let claimsReplica =
            instance.kind == .master && !instance.reportsMaster
            && clock - instance.roleReportedAt > downAfter + 2 * SentinelPeriod.info
        if elapsed > downAfter || claimsReplica {
            guard instance.downSince == nil else { return }
            self[place].downSince = clock
            self[place].lastDown = clock
            actions.append(.event(SentinelEvent("+sdown", instance.address)))
        } else if instance.isDown {
            self[place].downSince = nil
            actions.append(.event(SentinelEvent("-sdown", instance.address)))
        }
    }

    private mutating func checkObjectivelyDown(_ clock: Int64, _ actions: inout [SentinelAction]) {
        let votes = master.isDown ? 1 + sentinels.count { $0.saysMasterIsDown } : 0
        if master.isDown, votes >= configuration.quorum {
            guard objectivelyDownSince == nil else { return }
            objectivelyDownSince = clock
            lastObjectivelyDown = clock
            actions.append(
                .event(SentinelEvent("+odown", master.address, "#quorum \(votes)/\(configuration.quorum)")))
        } else if objectivelyDownSince != nil {
            objectivelyDownSince = nil
            actions.append(.event(SentinelEvent("-odown", master.address)))
        }
    }
}
