import Topology

/// What a server has in its files, or on the way there.
struct RedisPersistence: Sendable {
    /// The last RDB file.
    var snapshot: RedisSnapshot?
    /// The second of the last snapshot, or of the start.
    var lastSave: Int64 = 0
    /// What the append-only file amounts to, as far as it has been synced.
    var synced = RedisKeyspace()
    /// What has been written to it since.
    var unsynced: [RedisReplicationUnit] = []
    /// The second of the last fsync.
    var lastSync: Int64 = 0
    /// Nil as long as the disk does what it is told.
    var trouble: RedisDiskTrouble?
    /// Saves and writes to the log that a bad disk has failed or held up.
    var diskFailures = 0
}

extension RedisKeyspace {
    /// Applies a logged or streamed unit; messages and pings change nothing here.
    mutating func apply(_ unit: RedisReplicationUnit) {
        for command in unit.commands { _ = try? execute(command) }
    }
}

extension RedisServer {
    // MARK: RDB

    /// SAVE and BGSAVE; the model takes the data set of the moment at which the save begins.
    @discardableResult
    mutating func saveSnapshot() -> Bool {
        guard diskTakesSnapshot() else { return false }
        persistence.snapshot = RedisSnapshot(keyspace, position: position)
        persistence.lastSave = second
        keyspace.dirty = 0
        return true
    }

    private var position: RedisPosition? {
        guard replication.backlog != nil else { return nil }
        return RedisPosition(id: replication.id, offset: replication.offset)
    }

    func snapshotIsDue(after seconds: Int64) -> Bool {
        mayTrySnapshot(at: second + seconds)
            && configuration.savePoints.contains { point in
                keyspace.dirty >= point.changes
                    && second + seconds - persistence.lastSave > point.after.nanoseconds / 1_000_000_000
            }
    }

    /// When a save point is reached if nothing else is written.
    var snapshotDeadline: Instant? {
        guard keyspace.dirty > 0 else { return nil }
        var soonest: TimeSpan?
        for point in configuration.savePoints where keyspace.dirty >= point.changes {
            soonest = min(soonest ?? point.after, point.after)
        }
        let earliest = Instant(nanoseconds: (persistence.lastSave + 1) * 1_000_000_000)
        return soonest.map { max(earliest + $0, nextSnapshotAttempt) }
    }

    // MARK: AOF

    /// Writes a unit to the append-only file, before any reply goes out; what is not in the data set is not logged.
    mutating func appendToFile(_ unit: RedisReplicationUnit) {
        guard configuration.appendOnly, configuration.appendFsync != .always else { return }
        switch unit.content {
        case .command(.publish), .command(.ping), .command(.getAck): return
        default: break
        }
        if keepsInBuffer(unit) { return }
        persistence.unsynced.append(unit)
        flushAppendOnlyFile()
    }

    /// With `everysec`, syncs once the wall clock's second is another one (aof.c `flushAppendOnlyFile`).
    ///
    /// With `always` the file equals the data set at every moment at which a client can have a reply, so it needs no
    /// copy; with `no` nothing is ever known to be synced.
    mutating func flushAppendOnlyFile() {
        guard configuration.appendFsync == .everySecond, second > persistence.lastSync else { return }
        if persistence.trouble != nil {
            retryAppend()
            if persistence.trouble?.isStalled == true { return }
        }
        persistence.lastSync = second
        guard !persistence.unsynced.isEmpty else { return }
        persistence.synced.expiryRule = .ignore
        for unit in persistence.unsynced { persistence.synced.apply(unit) }
        persistence.unsynced.removeAll(keepingCapacity: true)
    }

    /// Begins a new append-only file that holds the present data set.
    mutating func rewriteAppendOnlyFile() {
        persistence.synced = RedisSnapshot(keyspace, position: nil).keyspace
        persistence.synced.recordsEffects = false
        persistence.synced.recordsTouched = false
        persistence.unsynced.removeAll()
        persistence.lastSync = second
    }

    // MARK: Stop and start

    /// The files that are left when the server stops in that way.
    package mutating func disk(after stop: RedisStop) -> RedisDisk {
        if stop == .shutdown, !configuration.savePoints.isEmpty, loading == nil { saveSnapshot() }
        var disk = RedisDisk()
        disk.snapshot = persistence.snapshot
        guard configuration.appendOnly else { return disk }
        if configuration.appendFsync == .always {
            disk.appendOnlyFile = RedisSnapshot(keyspace, position: nil)
        } else {
            var file = persistence.synced
            if stop != .powerLoss {
                file.expiryRule = .ignore
                for unit in persistence.unsynced { file.apply(unit) }
            }
            disk.appendOnlyFile = RedisSnapshot(file, position: nil)
        }
        return disk
    }

    /// Starts a server on the files that an earlier one left; with `appendonly` it reads only that file.
    ///
    /// When there is anything to read, a `load` action says so, and clients get LOADING until `loadingFinished`.
    package static func restart(
        from disk: RedisDisk, address: RedisAddress, runID: String, configuration: RedisConfiguration,
        master: RedisAddress?, now: Instant, into actions: inout [RedisAction]
    ) -> RedisServer {
        var server = RedisServer(address: address, runID: runID, configuration: configuration, now: now)
        server.keyspace.clock = now.milliseconds
        server.persistence.snapshot = disk.snapshot
        let found = configuration.appendOnly ? disk.appendOnlyFile : disk.snapshot
        if let master {
            server.replication.master = .init(
                address: master, canResume: false, lastHeard: server.second, downSince: server.second)
        }
        if let position = found?.position {
            server.take(position)
        }
        server.refreshModes()
        if var found {
            found.keyspace.clock = now.milliseconds
            if configuration.appendOnly {
                server.persistence.synced = found.keyspace
            }
            server.loading = RedisLoading(snapshot: found, isFullResync: false)
            actions.append(.load(keys: found.keyCount))
        } else if master != nil {
            server.masterCron(&actions)
        }
        return server
    }

    /// Takes over the history of a snapshot (server.c `loadDataFromDisk`): a replica may resume from there; a master
    /// remembers it as an earlier one.
    private mutating func take(_ position: RedisPosition) {
        replication.offset = position.offset
        replication.backlog = RedisBacklog(size: configuration.backlogSize, after: position.offset)
        if replication.master != nil {
            replication.id = position.id
            replication.master?.canResume = true
        } else {
            replication.secondID = position.id
            replication.secondOffset = position.offset + 1
        }
    }
}
