import Topology

extension RedisServer {
    /// Does what is due by `now`: time-outs of blocked clients, and the server's cron (server.c `serverCron`).
    ///
    /// Calls before ``nextDeadline`` do no harm. The cron keeps to a grid of `1/hz` seconds from the start of the server.
    package mutating func tick(now: Instant, into actions: inout [RedisAction]) {
        keyspace.clock = now.milliseconds
        expireBlocks(&actions)
        if pause != nil { endPause(&actions) }
        let period = cronPeriod
        let cron = (now - startedAt).nanoseconds / period
        guard cron != lastCron else { return }
        let previous = lastCron
        lastCron = cron
        guard cron > previous else { return }
        if loading == nil, replication.master == nil, pause == nil {
            // A late call must not delete what the cron it stands for could not yet.
            let moment = (startedAt + TimeSpan(nanoseconds: cron * period)).milliseconds
            while keyspace.expireNext(before: moment) { finishUnit(&actions) }
        }
        if snapshotIsDue(after: 0) { saveSnapshot() }
        flushAppendOnlyFile()
        let perSecond = configuration.hz
        guard cron / perSecond > previous / perSecond else { return }
        let pingPeriod = configuration.replicaPingPeriod.nanoseconds / 1_000_000_000
        masterCron(&actions)
        replicasCron(pings: cron / perSecond / pingPeriod > previous / perSecond / pingPeriod, &actions)
    }

    /// When ``tick(now:into:)`` next has anything to do, by the wall clock; nil when only a command can change that.
    package mutating func nextDeadline() -> Instant? {
        var next = nextBlockDeadline().map { Instant(milliseconds: $0) }
        func consider(_ moment: Instant) { next = min(next ?? moment, moment) }
        if let pause { consider(Instant(milliseconds: pause.end)) }
        if loading == nil, replication.master == nil, pause == nil, let expiry = keyspace.nextExpiry() {
            consider(cronAt(orAfter: Instant(milliseconds: expiry + 1)))
        }
        if replication.master != nil || !replication.replicas.isEmpty {
            let secondsRun = lastCron / configuration.hz + 1
            consider(startedAt + TimeSpan(nanoseconds: secondsRun * configuration.hz * cronPeriod))
        } else if replication.backlog != nil, configuration.backlogTTL > .zero {
            let seconds = replication.withoutReplicasSince + configuration.backlogTTL.nanoseconds / 1_000_000_000 + 1
            consider(replicationCronAt(orAfter: Instant(nanoseconds: seconds * 1_000_000_000)))
        }
        if let moment = snapshotDeadline { consider(cronAt(orAfter: moment)) }
        let hasUnwritten = persistence.trouble?.appendHasFailed == true
        if configuration.appendFsync == .everySecond, hasUnwritten || !persistence.unsynced.isEmpty {
            consider(cronAt(orAfter: Instant(nanoseconds: (persistence.lastSync + 1) * 1_000_000_000)))
        }
        return next
    }

    /// The nanoseconds between two crons.
    private var cronPeriod: Int64 { 1_000_000_000 / configuration.hz }

    /// The first cron that has not run yet and is not before `moment`. `mutating`, as `endsAtFailedWrite`.
    private mutating func cronAt(orAfter moment: Instant) -> Instant {
        let cron = ((moment - startedAt).nanoseconds + cronPeriod - 1) / cronPeriod
        return startedAt + TimeSpan(nanoseconds: max(cron, lastCron + 1) * cronPeriod)
    }

    private mutating func replicationCronAt(orAfter moment: Instant) -> Instant {
        let span = configuration.hz * cronPeriod
        let cron = ((moment - startedAt).nanoseconds + span - 1) / span
        return startedAt + TimeSpan(nanoseconds: max(cron, lastCron / configuration.hz + 1) * span)
    }
}

extension Instant {
    /// A moment of a millisecond clock; one that is centuries away is as good as the last there can be.
    fileprivate init(milliseconds: Int64) {
        self.init(nanoseconds: min(milliseconds, Int64.max / 2_000_000) * 1_000_000)
    }
}
