import Topology

/// What is wrong with a server's disk, or was until its files have caught up.
struct RedisDiskTrouble: Sendable {
    var isFull = false
    /// Writes and syncs hang.
    var isStalled = false
    /// `lastbgsave_status`.
    var saveHasFailed = false
    /// The second of the last save that failed.
    var lastSaveAttempt: Int64 = 0
    /// `aof_last_write_status`.
    var appendHasFailed = false
    /// What is in the buffer of the append-only file and not in the file.
    var unwritten: [RedisReplicationUnit] = []

    fileprivate var isOver: Bool {
        !isFull && !isStalled && !saveHasFailed && !appendHasFailed && unwritten.isEmpty
    }

    /// CONFIG_BGSAVE_RETRY_DELAY: seconds until a failed save is tried again.
    fileprivate static let saveRetryDelay: Int64 = 5
}

extension RedisServer {
    /// The disk has no room, or has again.
    mutating func setDisk(full isFull: Bool) { changeDisk { $0.isFull = isFull } }

    /// The disk hangs, or works again.
    mutating func setDisk(stalled isStalled: Bool) { changeDisk { $0.isStalled = isStalled } }

    private mutating func changeDisk(_ change: (inout RedisDiskTrouble) -> Void) {
        var trouble = persistence.trouble ?? RedisDiskTrouble()
        change(&trouble)
        persistence.trouble = trouble.isOver ? nil : trouble
        // What has failed waits for the cron, what hung goes out now.
        if !trouble.appendHasFailed { retryAppend() }
    }

    /// Why writes and PING are refused (server.c `writeCommandsDeniedByDiskError`, with `stop-writes-on-bgsave-error`).
    var diskRefusal: RedisError? {
        guard let trouble = persistence.trouble else { return nil }
        if trouble.saveHasFailed, !configuration.savePoints.isEmpty { return .saveFailed }
        return trouble.appendHasFailed && configuration.appendOnly ? .appendFailed : nil
    }

    /// Whether a command is refused while the disk is bad.
    func isDeniedByDisk(_ command: RedisCommand, queuesWrite: Bool) -> Bool {
        switch command {
        case .ping: true
        case .exec: queuesWrite
        default: command.isWrite
        }
    }

    // MARK: RDB

    /// Whether a save can go ahead; one that fails leaves the old file and is tried again later.
    mutating func diskTakesSnapshot() -> Bool {
        guard let trouble = persistence.trouble else { return true }
        if trouble.isFull || trouble.isStalled {
            persistence.diskFailures += 1
            // A save that hangs is a child process that does: it has not failed yet.
            guard trouble.isFull else { return false }
            let second = second
            persistence.trouble?.saveHasFailed = true
            persistence.trouble?.lastSaveAttempt = second
            return false
        }
        changeDisk { $0.saveHasFailed = false }
        return true
    }

    /// Whether the cron may begin a save now.
    func mayTrySnapshot(at second: Int64) -> Bool {
        guard let trouble = persistence.trouble else { return true }
        if trouble.isStalled { return false }
        return !trouble.saveHasFailed || second - trouble.lastSaveAttempt > RedisDiskTrouble.saveRetryDelay
    }

    /// The next second in which a save that has failed may be tried again.
    var nextSnapshotAttempt: Instant {
        guard let trouble = persistence.trouble, trouble.saveHasFailed else { return .zero }
        return Instant(nanoseconds: (trouble.lastSaveAttempt + RedisDiskTrouble.saveRetryDelay + 1) * 1_000_000_000)
    }

    // MARK: AOF

    /// Takes a unit that the disk does not; false when it does.
    mutating func keepsInBuffer(_ unit: RedisReplicationUnit) -> Bool {
        guard let trouble = persistence.trouble else { return false }
        guard trouble.isFull || trouble.isStalled else {
            // What waits goes out first.
            retryAppend()
            return false
        }
        persistence.trouble?.unwritten.append(unit)
        persistence.diskFailures += 1
        if trouble.isFull { persistence.trouble?.appendHasFailed = true }
        return true
    }

    /// Writes the buffer once the disk takes it again: the cron tries every second.
    mutating func retryAppend() {
        guard let trouble = persistence.trouble, !trouble.isFull, !trouble.isStalled else { return }
        persistence.unsynced += trouble.unwritten
        persistence.trouble?.unwritten = []
        persistence.trouble?.appendHasFailed = false
        if persistence.trouble?.isOver == true { persistence.trouble = nil }
    }

    /// Whether a write that fails now ends the server (aof.c, `appendfsync always`).
    ///
    /// `mutating`, since it is asked at every command: the server is looked at where it lies, and not copied first.
    var endsAtFailedWrite: Bool {
        mutating get {
            persistence.trouble?.isFull == true && configuration.appendOnly && configuration.appendFsync == .always
        }
    }

    /// The wall clock was stepped: the cron goes by a clock that does not jump (ae.c, monotonic since 6.2).
    mutating func clockStepped(by step: TimeSpan) { startedAt += step }
}

extension RedisError {
    static let saveFailed = RedisError(
        "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands "
            + "that may modify the data set are disabled, because this instance is configured to report errors during "
            + "writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for "
            + "details about the RDB error.")
    static let appendFailed = RedisError("MISCONF Errors writing to the AOF file: No space left on device")
    /// What SAVE answers when it fails.
    static let saveCommandFailed = RedisError("ERR")
}
