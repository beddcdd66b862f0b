import Topology

/// How a pool opens, checks and closes the connections of one kind of database: what a JDBC driver does.
package protocol DatabasePoolDriver: Sendable {
    /// Where connections go to: a server.
    associatedtype Target: Sendable
    /// An open connection with its session at the server.
    associatedtype Session: Sendable

    /// Connects to a server and logs in.
    ///
    /// - Parameter timeout: of the connection attempt.
    /// - Throws: `NetworkError`, a `DatabaseError`, or `Halted`.
    nonisolated(nonsending) func open(_ target: Target, timeout: TimeSpan) async throws -> Session

    /// Asks the server for a sign of life (`Connection.isValid`, COM_PING): one round trip.
    ///
    /// - Throws: `NetworkError`, a `DatabaseError`, or `Halted`.
    nonisolated(nonsending) func ping(_ session: Session, timeout: TimeSpan) async throws

    /// Closes a connection, which may be broken already.
    func close(_ session: Session)
}

/// An error of a database as its driver throws it (`SQLException`).
package protocol DatabaseError: Error {
    /// The five letters and digits.
    var sqlState: String { get }
    /// The server's number for it.
    var code: Int { get }
    /// The server's text.
    var message: String { get }
}

extension MySQLError: DatabaseError {}

extension ConnectionPoolTimeout.Cause {
    /// What the driver makes of a failure to open, to check or to use a connection; `nil` for errors of other kinds.
    ///
    /// Connector/J reports whatever happens to the connection itself as 08S01, a server's 2013 included.
    package init?(_ error: any Error) {
        if error is NetworkError || error as? MySQLError == .lostConnection {
            self.init(sqlState: "08S01", vendorCode: 0, text: "Communications link failure")
        } else if let error = error as? any DatabaseError {
            self.init(sqlState: error.sqlState, vendorCode: error.code, text: error.message)
        } else {
            return nil
        }
    }

    /// Whether a pool throws a connection away after this error in a statement.
    package var isBreaking: Bool {
        ConnectionPool<Int>.evicts(sqlState: sqlState, vendorCode: vendorCode)
    }
}

/// The pool was closed: "HikariDataSource HikariDataSource (primaryPool) has been closed."
package struct DatabasePoolClosed: Error, Hashable, Sendable {
    /// Which pool.
    package let poolName: String

    /// The exception's text.
    package var message: String { "HikariDataSource HikariDataSource (\(poolName)) has been closed." }
}
