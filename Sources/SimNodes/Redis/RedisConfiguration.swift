import Topology

/// The directives of `redis.conf` that the model knows, with the defaults of redis 7 (config.c).
package struct RedisConfiguration: Hashable, Sendable {
    /// `maxclients`.
    package var maxClients = 10_000
    /// `save`: a snapshot once that many changes are older than that time; empty turns snapshots off.
    package var savePoints = [
        SavePoint(after: .seconds(3_600), changes: 1), SavePoint(after: .seconds(300), changes: 100),
        SavePoint(after: .seconds(60), changes: 10_000),
    ]
    /// `appendonly`.
    package var appendOnly = false
    /// `appendfsync`.
    package var appendFsync = RedisFsync.everySecond
    /// `hz`: how often the server looks after timers, a second.
    package var hz: Int64 = 10
    /// `repl-timeout`.
    package var replicationTimeout = TimeSpan.seconds(60)
    /// `repl-ping-replica-period`.
    package var replicaPingPeriod = TimeSpan.seconds(10)
    /// `repl-backlog-size`, in bytes.
    package var backlogSize = 1_048_576
    /// `repl-backlog-ttl`: how long a master without replicas keeps the backlog; zero is for ever.
    package var backlogTTL = TimeSpan.seconds(3_600)
    /// `repl-diskless-sync-delay`: how long a full resync waits for more replicas.
    package var disklessSyncDelay = TimeSpan.seconds(5)
    /// `replica-read-only`.
    package var replicaReadOnly = true
    /// `replica-serve-stale-data`.
    package var replicaServesStaleData = true
    /// `replica-priority`: the lower, the sooner a Sentinel promotes it; 0 is never.
    package var replicaPriority = 100
    /// `min-replicas-to-write`; 0 is off.
    package var minReplicasToWrite = 0
    /// `min-replicas-max-lag`: the age of the last acknowledgement up to which a replica is good.
    package var minReplicasMaxLag = TimeSpan.seconds(10)

    /// `maxmemory`, in bytes; 0 is none.
    package var maxMemory = 0
    /// `maxmemory-policy`.
    package var evictionPolicy = RedisEvictionPolicy.noEviction
    /// `maxmemory-samples`.
    package var evictionSamples = 5

    /// One `save` rule.
    package struct SavePoint: Hashable, Sendable {
        /// The age of the last snapshot that must be exceeded.
        package var after: TimeSpan
        /// The changes that there must be.
        package var changes: Int

        /// A rule of that age and that many changes.
        package init(after: TimeSpan, changes: Int) {
            self.after = after
            self.changes = changes
        }
    }

    /// The defaults.
    package init() {}
}

/// `appendfsync`: when the append-only file reaches the disk and not only the operating system.
package enum RedisFsync: String, Hashable, Sendable {
    /// Before the reply.
    case always
    /// Once a second, in the background.
    case everySecond = "everysec"
    /// Whenever the operating system likes; the model takes it as never.
    case never = "no"
}
