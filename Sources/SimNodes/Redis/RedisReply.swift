/// One reply of a server, as RESP2 tells them apart.
package enum RedisReply: Hashable, Sendable {
    /// A simple string: `OK`, `QUEUED`, `PONG`.
    case status(String)
    /// A 64-bit integer.
    case integer(Int64)
    /// A value.
    case bulk(String)
    /// No value, or a transaction that a watched key stopped.
    case null
    /// Several replies; those of EXEC may hold errors.
    case array([RedisReply])
    /// A refusal.
    case error(RedisError)

    /// `+OK`.
    package static var ok: RedisReply { .status("OK") }

    /// Integer 1 or 0.
    static func flag(_ condition: Bool) -> RedisReply { .integer(condition ? 1 : 0) }

    /// An array of bulk strings.
    static func bulks(_ values: [String]) -> RedisReply { .array(values.map { .bulk($0) }) }

    /// Runs what may refuse, and turns the refusal into the error reply.
    @inline(__always)
    static func catching(_ body: () throws(RedisError) -> RedisReply) -> RedisReply {
        do { return try body() } catch { return .error(error) }
    }
}
