/// One connection of a recording to one server: what it has sent, got and not read.
actor RedisReplayClient: Node {
    nonisolated let process: NodeProcess
    private let network: Network
    private unowned let server: RedisNode
    private var connection: Connection?
    private var replies: [RedisReply] = []
    private var messages: [RedisReply] = []

    /// What stands for a connection that closes instead of an answer.
    static let closed = RedisReply.error(RedisError("connection closed"))

    init(process: NodeProcess, network: Network, server: RedisNode) {
        self.process = process
        self.network = network
        self.server = server
    }

    /// Sends a command, over a new connection if there is none or the server has closed it.
    nonisolated func send(_ words: [String]) {
        spawn { try await $0.call(words) }
    }

    private func call(_ words: [String]) async throws {
        do {
            let connection = try await open()
            let reply = try await network.call(from: process, to: server, over: connection) { server in
                try await server.execute(words: words, over: connection) { delay, message in
                    self.spawn(after: delay) { $0.messages.append(message) }
                }
            }
            replies.append(reply)
        } catch is NetworkError {
            replies.append(Self.closed)
        }
    }

    private func open() async throws -> Connection {
        if let connection, connection.isOpen { return connection }
        let new = try await network.connect(from: process, to: server, timeout: .seconds(3))
        connection = new
        return new
    }

    /// Reads the oldest reply; nil: none is there.
    nonisolated func takeReply() -> RedisReply? {
        assumeIsolated { $0.replies.isEmpty ? nil : $0.replies.removeFirst() }
    }

    /// Reads the oldest message that nobody asked for; nil: none is there.
    nonisolated func takeMessage() -> RedisReply? {
        assumeIsolated { $0.messages.isEmpty ? nil : $0.messages.removeFirst() }
    }

    /// What has come and nobody has read.
    nonisolated var unread: [RedisReply] { assumeIsolated { $0.replies + $0.messages } }
}
