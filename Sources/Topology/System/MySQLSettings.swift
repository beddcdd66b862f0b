/// A MySQL primary with its replicas; the defaults are those of MySQL 8 with InnoDB (FIDELITY §2).
public struct MySQLSettings: Hashable, Sendable {
    /// The node that begins as the primary.
    public var primary = ""
    /// The nodes that begin as replicas.
    public var replicas: [String] = []
    /// Whose behaviour the servers have.
    public var flavor = MySQLFlavor.mysql8
    /// `max_connections`.
    public var maxConnections = 151
    /// `transaction_isolation`.
    public var isolation = Isolation.repeatableRead
    /// `innodb_lock_wait_timeout`.
    public var lockWaitTimeout = TimeSpan.seconds(50)
    /// `wait_timeout`.
    public var waitTimeout = TimeSpan.seconds(28_800)
    /// `innodb_deadlock_detect`.
    public var deadlockDetection = true
    /// `innodb_rollback_on_timeout`.
    public var rollbackOnTimeout = false
    /// Of each server.
    public var cores = 8
    /// Requests that the storage serves at once.
    public var storageChannels = 64
    /// CPU and storage time by statement.
    public var service = MySQLService()
    /// One write of the logs to disk, for all transactions that commit together.
    public var flush = Distribution.constant(.zero)
    /// `sync_binlog`: the binary log is synced with every so many groups of commits; 0: when the operating system likes;
    /// nil: 1, for MariaDB 0.
    public var syncBinlog: Int?
    /// `innodb_flush_log_at_trx_commit`: 1 syncs the redo log with every commit, 2 only writes it, 0 not even that; both
    /// sync it once a second.
    public var flushLogAtTrxCommit = 1
    /// `useAffectedRows=false` of Connector/J: found rows are reported.
    public var foundRows = true
    /// `super_read_only` in the configuration file: who comes back takes no writes until it is told to.
    public var superReadOnlyAtStart = false
    /// A server with warm files starts in seconds.
    public var startTime = TimeSpan.seconds(5)
    /// What replaying the redo log adds after a crash.
    public var recoveryTime = TimeSpan.zero
    /// How the replicas follow.
    public var replication = ReplicationSettings()
    /// Who fails it over; absent: nobody.
    public var failover: FailoverSettings?

    /// All defaults, and no names.
    public init() {}
}

extension MySQLSettings: Configurable {
    package static var fields: [Field<MySQLSettings>] {
        [
            Field("primary", \.primary, required: true, "The node that begins as the primary."),
            Field("replicas", \.replicas, "The nodes that begin as replicas."),
            Field("flavor", \.flavor, "Whose behaviour the servers have, where MySQL and MariaDB differ."),
            Field(
                "maxConnections", \.maxConnections, 1...100_000, "Connections at once; further ones are refused (1040)."
            ),
            Field("isolation", \.isolation, "Isolation of a transaction that says nothing else."),
            Field(
                "lockWaitTimeout", \.lockWaitTimeout, TimeSpan.milliseconds(1)...,
                "How long a statement waits for a row lock (1205)."),
            Field(
                "waitTimeout", \.waitTimeout, TimeSpan.seconds(1)...,
                "How long a session may be silent before the server ends it and rolls back (wait_timeout)."),
            Field("deadlockDetection", \.deadlockDetection, "Whether a deadlock ends at once with 1213."),
            Field("rollbackOnTimeout", \.rollbackOnTimeout, "Whether 1205 rolls back the whole transaction."),
            Field("cores", \.cores, 1...1_024, "Cores of each server."),
            Field("storageChannels", \.storageChannels, 1...65_536, "Requests that the storage serves at once."),
            Field("service", \.service, "CPU and storage time of each kind of statement."),
            Field("flush", \.flush, "One write of the logs to disk, for all transactions that commit together."),
            Field(
                "syncBinlog", \.syncBinlog, 0...1_000_000,
                "sync_binlog: groups of commits that one sync of the binary log is for; 0: the operating system decides; "
                    + "absent: 1, for MariaDB 0."),
            Field(
                "flushLogAtTrxCommit", \.flushLogAtTrxCommit, 0...2,
                "innodb_flush_log_at_trx_commit: 1 syncs the redo log with every commit, 0 and 2 once a second."),
            Field(
                "foundRows", \.foundRows, "Whether an update reports the rows it found rather than those it changed."),
            Field(
                "superReadOnlyAtStart", \.superReadOnlyAtStart,
                "super_read_only in the configuration file: who comes back takes no writes until it is told to."),
            Field("startTime", \.startTime, "Time from a restart to the first accepted connection."),
            Field("recoveryTime", \.recoveryTime, "What crash recovery adds to the start."),
            Field("replication", \.replication, "How the replicas follow."),
            Field("failover", \.failover, "The failover manager; absent: nobody fails over."),
        ]
    }

    package func review(_ node: JSONNode, in decoder: inout ConfigurationDecoder) {
        guard failover?.durabilityPolicy == .semiSync, replication.mode == .asynchronous else { return }
        decoder.reject(
            "failover", of: node,
            "a failover can't keep what replicas have acknowledged where none acknowledges anything",
            remedy: "set replication.mode to \"semiSynchronous\", or durabilityPolicy to \"none\"")
    }
}

/// Whose behaviour a server has, where MySQL and MariaDB differ.
///
/// `docs/fidelity.md` lists what does.
public enum MySQLFlavor: String, CaseIterable, Keyword {
    /// MySQL from 8.0.20 on: contention-aware lock scheduling, lock wait timeouts that are looked at once a second.
    case mysql8
    /// MariaDB 10.11: locks are granted first come, first served; a lock wait ends when its time is up.
    case mariadb = "mariadb10.11"
}

/// Transaction isolation levels of InnoDB that are modelled.
public enum Isolation: String, CaseIterable, Keyword {
    case repeatableRead, readCommitted
}

/// What each kind of statement costs the server.
public struct MySQLService: Hashable, Sendable {
    /// `BEGIN`.
    public var begin = StatementCost()
    /// A plain `SELECT` by primary key.
    public var select = StatementCost()
    /// `SELECT … FOR UPDATE` by primary key, without the wait for the lock.
    public var selectForUpdate = StatementCost()
    /// `UPDATE` by primary key.
    public var update = StatementCost()
    /// `INSERT` of one row.
    public var insert = StatementCost()
    /// `DELETE` of one row.
    public var delete = StatementCost()
    /// `COMMIT`, without the flush.
    public var commit = StatementCost()
    /// Authentication and session set-up.
    public var connect = StatementCost()

    /// Nothing costs anything.
    public init() {}
}

extension MySQLService: Configurable {
    package static var fields: [Field<MySQLService>] {
        [
            Field("begin", \.begin, "BEGIN."),
            Field("select", \.select, "A plain SELECT by primary key."),
            Field("selectForUpdate", \.selectForUpdate, "SELECT … FOR UPDATE, without the wait for the lock."),
            Field("update", \.update, "UPDATE by primary key."),
            Field("insert", \.insert, "INSERT of one row."),
            Field("delete", \.delete, "DELETE of one row."),
            Field("commit", \.commit, "COMMIT, without the flush."),
            Field("connect", \.connect, "Authentication and session set-up."),
        ]
    }
}

/// What one statement takes of a core and of the storage.
public struct StatementCost: Hashable, Sendable {
    /// Time on a core.
    public var cpu = Distribution.constant(.zero)
    /// Time on a storage channel.
    public var io = Distribution.constant(.zero)

    /// Nothing.
    public init() {}
}

extension StatementCost: Configurable {
    package static var fields: [Field<StatementCost>] {
        [
            Field("cpu", \.cpu, "Time on a core."),
            Field("io", \.io, "Time on a storage channel."),
        ]
    }
}
