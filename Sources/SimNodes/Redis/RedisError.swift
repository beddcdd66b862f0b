/// An error reply; the first word of its text is the code that clients dispatch on.
package struct RedisError: Error, Hashable, Sendable {
    /// The text as the server sends it, without the leading `-`.
    package var message: String

    /// An error with that text.
    package init(_ message: String) { self.message = message }

    /// The first word: `ERR`, `WRONGTYPE`, `READONLY`, `NOREPLICAS`, …
    package var code: Substring { message.prefix { $0 != " " } }
}

// Texts: redis 7 server.c `createSharedObjects` unless noted.
extension RedisError {
    static let wrongType = RedisError("WRONGTYPE Operation against a key holding the wrong kind of value")
    static let notAnInteger = RedisError("ERR value is not an integer or out of range")
    static let hashNotAnInteger = RedisError("ERR hash value is not an integer")
    static let overflow = RedisError("ERR increment or decrement would overflow")
    static let decrementOverflow = RedisError("ERR decrement would overflow")
    static let syntax = RedisError("ERR syntax error")
    static let readOnly = RedisError("READONLY You can't write against a read only replica.")
    static let noReplicas = RedisError("NOREPLICAS Not enough good replicas to write.")
    static let loading = RedisError("LOADING Redis is loading the dataset in memory")
    static let masterDown = RedisError(
        "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.")
    static let notBusy = RedisError("NOTBUSY No scripts in execution right now.")
    static let noScript = RedisError("NOSCRIPT No matching script. Please use EVAL.")
    static let maxClients = RedisError("ERR max number of clients reached")
    static let execAbort = RedisError("EXECABORT Transaction discarded because of previous errors.")
    static let execWithoutMulti = RedisError("ERR EXEC without MULTI")
    static let discardWithoutMulti = RedisError("ERR DISCARD without MULTI")
    static let nestedMulti = RedisError("ERR MULTI calls can not be nested")
    static let watchInsideMulti = RedisError("ERR WATCH inside MULTI is not allowed")
    static let unblocked = RedisError(
        "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)")
    static let streamGone = RedisError("UNBLOCKED the stream key no longer exists")
    static let groupGone = RedisError("NOGROUP the consumer group this client was blocked on no longer exists")
    static let waitOnReplica = RedisError(
        "ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a replica is "
            + "configured to be writable (which is not the default) writes to replicas are just local and are not "
            + "propagated.")
    static let negativeTimeout = RedisError("ERR timeout is negative")
    static let negativeKeyCount = RedisError("ERR Number of keys can't be negative")
    static let tooManyKeys = RedisError("ERR Number of keys can't be greater than number of args")
    static let blockInScript = RedisError("ERR xread command is not allowed with BLOCK option from scripts")
    static let notAllowedInTransaction = RedisError("ERR Command not allowed inside a transaction")
    static let notAllowedFromScript = RedisError("ERR This Redis command is not allowed from script")

    /// The refusal of a relative or absolute expiry that no clock can hold.
    static func invalidExpire(_ command: String) -> RedisError {
        RedisError("ERR invalid expire time in '\(command)' command")
    }

    /// The refusal of a command with too few or too many words.
    static func wrongArity(_ command: String) -> RedisError {
        RedisError("ERR wrong number of arguments for '\(command)' command")
    }

    /// The refusal of a command nobody knows, with its first arguments quoted up to 128 bytes (server.c).
    static func unknownCommand(_ words: [String]) -> RedisError {
        var shown = ""
        for word in words.dropFirst() where shown.utf8.count < 128 {
            shown += "'\(word.prefix(128 - shown.utf8.count))' "
        }
        let name = words.first.map { String($0.prefix(128)) } ?? ""
        return RedisError("ERR unknown command '\(name)', with args beginning with: \(shown)")
    }

    /// The refusal of anything but pub/sub commands on a subscribed RESP2 connection.
    static func notInSubscribedContext(_ command: String) -> RedisError {
        RedisError(
            "ERR Can't execute '\(command)': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are "
                + "allowed in this context")
    }

    /// What EXEC answers when it is refused itself (multi.c `execCommandAbort`).
    static func execDiscarded(because reason: RedisError) -> RedisError {
        let cause = reason.code == "ERR" ? reason.message.dropFirst(4) : reason.message[...]
        return RedisError("EXECABORT Transaction discarded because of: \(cause)")
    }
}
