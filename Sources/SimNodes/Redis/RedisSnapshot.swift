/// A data set at one moment: an RDB file, a full resync's payload, or what an append-only file amounts to.
package struct RedisSnapshot: Sendable {
    var keyspace: RedisKeyspace
    /// Where in the replication history the data set stands, when the server knew.
    package internal(set) var position: RedisPosition?

    init(_ keyspace: RedisKeyspace, position: RedisPosition?) {
        self.keyspace = keyspace
        self.position = position
        self.keyspace.effects = []
        self.keyspace.touched = []
        self.keyspace.readyKeys = []
        self.keyspace.dirty = 0
        self.keyspace.wasFlushed = false
        self.keyspace.recordsEffects = false
        self.keyspace.recordsTouched = false
    }

    /// How many keys it holds.
    package var keyCount: Int { keyspace.count }
}

/// The files that a server finds when it starts.
package struct RedisDisk: Sendable {
    /// The last snapshot, if any.
    package internal(set) var snapshot: RedisSnapshot?
    /// The data set that the append-only file amounts to, if there is such a file.
    package internal(set) var appendOnlyFile: RedisSnapshot?

    /// An empty directory.
    package init() {}
}

/// How a server stopped; decides what of its files is left.
package enum RedisStop: String, Hashable, Sendable {
    /// SIGKILL or a crash: the operating system still has what was written to it.
    case processKill
    /// The machine went down: only what was synced is left.
    case powerLoss
    /// SHUTDOWN: saves if save points are configured, and syncs the append-only file.
    case shutdown
}
