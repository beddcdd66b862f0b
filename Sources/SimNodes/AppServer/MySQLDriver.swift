import Topology

/// Connector/J: opens, checks and closes an application's sessions at a MySQL server.
struct MySQLDriver: DatabasePoolDriver {
    /// An open connection and the server at its other end.
    struct Session: Sendable {
        let server: MySQLNode
        let connection: Connection
    }

    let process: NodeProcess
    let network: Network

    nonisolated(nonsending) func open(_ target: MySQLNode, timeout: TimeSpan) async throws -> Session {
        let connection = try await network.connect(from: process, to: target, timeout: timeout)
        let refusal = try await network.call(from: process, to: target, over: connection, timeout: timeout) {
            try await $0.open(connection.id)
        }
        if let refusal {
            connection.close()
            throw refusal
        }
        return Session(server: target, connection: connection)
    }

    nonisolated(nonsending) func ping(_ session: Session, timeout: TimeSpan) async throws {
        let connection = session.connection
        try await network.call(from: process, to: session.server, over: connection, timeout: timeout) {
            try await $0.ping(over: connection.id)
        }
    }

    func close(_ session: Session) { session.connection.close() }
}
