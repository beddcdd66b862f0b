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
        with(place) { instance in
            guard !instance.isConnected, clock - instance.lastReconnect >= SentinelPeriod.ping else { return }
            instance.lastReconnect = clock
            actions.append(.connect(instance.address))
        }
    }

    private mutating func sendPeriodicCommands(
        _ place: Place, _ clock: Int64, _ actions: inout [SentinelAction]
    ) {
        let isInTrouble = objectivelyDownSince != nil || failover != nil
        let pingPeriod = min(downAfter, SentinelPeriod.ping)
        let receiver: RedisAddress? = with(place) { instance in
            guard instance.isConnected else { return nil }
            if instance.kind != .sentinel, !instance.infoIsPending,
                instance.infoRefresh.map({ clock - $0 > instance.infoPeriod(isInTrouble: isInTrouble) }) ?? true
            {
                instance.infoIsPending = true
                actions.append(.sendInfo(instance.address))
            }
            if clock - instance.lastPong > pingPeriod, clock - instance.lastPing > pingPeriod / 2 {
                instance.sendPing(clock, &actions)
            }
            guard clock - instance.lastHello > SentinelPeriod.publish else { return nil }
            instance.lastHello = clock
            return instance.address
        }
        if let receiver { actions.append(.publishHello(hello, to: receiver)) }
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
        guard let place = place(of: address) else { return }
        with(place) { instance in
            guard !instance.isConnected else { return }
            instance.isConnected = true
            instance.connectedAt = now.milliseconds
            instance.infoIsPending = false
            instance.sendPing(now.milliseconds, &actions)
        }
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
        with(place) { instance in
            instance.lastPong = clock
            guard isAvailable else { return }
            instance.lastAvailable = clock
            instance.openPing = nil
        }
    }

    // MARK: Down

    var downAfter: Int64 { configuration.downAfter.nanoseconds / 1_000_000 }
    var failoverTimeout: Int64 { configuration.failoverTimeout.nanoseconds / 1_000_000 }

    private mutating func checkSubjectivelyDown(
        _ place: Place, _ clock: Int64, _ actions: inout [SentinelAction]
    ) {
        let downAfter = downAfter
        with(place) { instance in
            var elapsed: Int64 = 0
            if let open = instance.openPing {
                elapsed = clock - open
            } else if !instance.isConnected {
                elapsed = clock - instance.lastAvailable
            }
            if instance.isConnected, clock - instance.connectedAt > SentinelPeriod.reconnect,
                let open = instance.openPing, clock - open > downAfter / 2, clock - instance.lastPong > downAfter / 2
            {
                instance.isConnected = false
                instance.infoIsPending = false
                actions.append(.closeLink(instance.address))
            }
            // A master that calls itself a replica for long is as good as none.
            let claimsReplica =
                instance.kind == .master && !instance.reportsMaster
                && clock - instance.roleReportedAt > downAfter + 2 * SentinelPeriod.info
            if elapsed > downAfter || claimsReplica {
                guard instance.downSince == nil else { return }
                instance.downSince = clock
                instance.lastDown = clock
                actions.append(.event(SentinelEvent("+sdown", instance.address)))
            } else if instance.isDown {
                instance.downSince = nil
                actions.append(.event(SentinelEvent("-sdown", instance.address)))
            }
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

extension SentinelInstance {
    fileprivate mutating func sendPing(_ clock: Int64, _ actions: inout [SentinelAction]) {
        lastPing = clock
        if openPing == nil { openPing = clock }
        actions.append(.sendPing(address))
    }

    /// Replicas are asked every second while their master is in trouble.
    fileprivate func infoPeriod(isInTrouble: Bool) -> Int64 {
        let isUrgent = kind == .replica && (isInTrouble || masterLinkDownTime != 0)
        return isUrgent ? SentinelPeriod.infoWhenDown : SentinelPeriod.info
    }
}
