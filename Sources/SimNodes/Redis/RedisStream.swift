struct RedisStream: Hashable, Sendable {}
package struct RedisStreamRead: Hashable, Sendable {
    var keys: [String] = []
    var block: Int64?
}
package enum RedisStreamID: Sendable { case automatic }
package enum RedisStreamCommand: Sendable {
    case add(String, RedisStreamID, fields: [String])
    case readGroup(RedisStreamRead)
    init(_ name: String, _ arguments: [String]) throws(RedisError) { throw .syntax }
    var isWrite: Bool { true }
    var words: [String] { [] }
}
extension RedisKeyspace {
    mutating func executeStream(_ command: RedisStreamCommand) throws(RedisError) -> RedisReply? { throw .syntax }
}
