extension MySQLNode {
    /// COM_PING: a sign of life, without any work.
    ///
    /// - Throws: `ConnectionAborted` when the session is gone.
    package func ping(over connection: Connection.ID) async throws {
        guard isServing, clients[connection] != nil else { throw ConnectionAborted() }
    }
}
