/// What a server knows of one connection.
struct RedisClient: Sendable {
    /// The replication offset after the client's last command, which WAIT waits for.
    var writeOffset: Int64 = 0
    var transaction: Transaction?
    var watched: [String] = []
    /// Whether a watched key has changed (CLIENT_DIRTY_CAS).
    var watchIsBroken = false
    var channels: [String] = []
    var patterns: [String] = []
    /// CLIENT SETNAME.
    var name = ""
    var blocked: Block?
    /// What came while the client was blocked; the server has not read it yet.
    var unread: [RedisCommand] = []
    /// Tells an old deadline from that of the present wait.
    var waitGeneration: UInt32 = 0

    /// How many channels and patterns it is subscribed to.
    var subscriptionCount: Int { channels.count + patterns.count }

    /// Whether it waits because of what it asked for, and not because of a pause.
    var isBlockedByCommand: Bool {
        switch blocked {
        case nil, .pause?: false
        default: true
        }
    }

    struct Transaction: Sendable {
        var queue: [RedisCommand] = []
        /// A command was refused while queuing (CLIENT_DIRTY_EXEC).
        var isAborted = false
        var writes = false
    }

    /// What a client waits for.
    indirect enum Block: Sendable {
        /// The end of CLIENT PAUSE.
        case pause
        case replicas(count: Int, offset: Int64)
        /// Keys with something for that command.
        case keys([String], RedisCommand)
    }
}
