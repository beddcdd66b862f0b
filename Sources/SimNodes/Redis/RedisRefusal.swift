/// A request that a server answers with an error, because of its words.
package struct RedisRefusal: Sendable {
    /// The words as they came.
    package let words: [String]
    /// The answer.
    package let error: RedisError
    /// Whether the name and the number of words are right, so that a transaction queues the request and only running it
    /// shows the error; otherwise it spoils the transaction at once (server.c `rejectCommand`).
    package let isQueued: Bool

    /// Whether the command that it names is flagged WRITE.
    var isWrite: Bool { isQueued && RedisCommand.traits(of: words[0].uppercased())?.flags.contains(.write) == true }
}

extension RedisCommand {
    /// The command that the words of a request mean, be it one that the server will refuse.
    package init(request words: [String], scripts: RedisScriptLibrary = .standard) {
        do {
            self = try RedisCommand(arguments: words, scripts: scripts)
        } catch {
            self = .refused(RedisRefusal(words: words, error: error, isQueued: Self.isWellFormed(words)))
        }
    }
}
