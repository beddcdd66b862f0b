/// What master and replica say to each other; the handshake (PING, REPLCONF …) is folded into `psync`.
package enum RedisReplicationMessage: Sendable {
    // From the replica.
    /// PSYNC: the history the replica has and the next byte it wants; nil asks for everything.
    case psync(RedisPosition?, from: RedisAddress)
    /// `REPLCONF ACK`: all bytes up to there have been applied.
    case acknowledge(Int64)

    // From the master.
    /// `+FULLRESYNC`: a snapshot taken at that offset follows.
    case fullResync(RedisPosition)
    /// The snapshot.
    indirect case snapshot(RedisSnapshot)
    /// `+CONTINUE`: the stream goes on, under that replication id.
    case partialResync(id: String)
    /// The master cannot serve replicas now.
    case refused(RedisError)
    /// The next piece of the command stream.
    case stream(RedisReplicationUnit)
}

/// A place in a replication history.
package struct RedisPosition: Hashable, Sendable {
    /// The replication id, which names the history.
    package var id: String
    /// In PSYNC the first byte that is wanted, else the last one that is had.
    package var offset: Int64

    /// That offset of that history.
    package init(id: String, offset: Int64) {
        self.id = id
        self.offset = offset
    }
}

/// A piece of the command stream that is applied as a whole.
///
/// A reference, as backlog, replicas and file share it.
package final class RedisReplicationUnit: Sendable {
    /// What there is to apply.
    package enum Content: Sendable {
        case command(RedisCommand)
        /// MULTI … EXEC: the effects of a transaction, of a script, or of a command that met an expired key.
        case transaction([RedisCommand])
    }

    /// What there is to apply.
    package let content: Content
    /// The bytes it takes in the stream.
    package let length: Int
    /// The replication offset after it.
    package let end: Int64

    init(_ commands: [RedisCommand], after offset: Int64) {
        if commands.count == 1 {
            content = .command(commands[0])
            length = commands[0].encodedLength
        } else {
            content = .transaction(commands)
            length = commands.reduce(RedisCommand.multi.encodedLength + RedisCommand.exec.encodedLength) {
                $0 + $1.encodedLength
            }
        }
        end = offset + Int64(length)
    }

    /// The commands in order.
    var commands: [RedisCommand] {
        switch content {
        case .command(let command): [command]
        case .transaction(let commands): commands
        }
    }
}
