import Topology

/// Nobody gave a borrower a connection in time: HikariCP's `SQLTransientConnectionException`.
package struct ConnectionPoolTimeout: Error, Hashable, Sendable {
    /// How the last attempt to open or validate a connection failed; it lends the exception its SQLSTATE and code.
    package struct Cause: Hashable, Sendable {
        /// The five letters and digits, where the driver gave any.
        package var sqlState: String?
        /// The server's error number, 0 for none.
        package var vendorCode: Int
        /// The driver's message.
        package var text: String

        /// A failure as the driver reports it.
        package init(sqlState: String?, vendorCode: Int, text: String) {
            self.sqlState = sqlState
            self.vendorCode = vendorCode
            self.text = text
        }
    }

    /// Which pool it was.
    package let poolName: String
    /// Since the borrower asked.
    package let waited: TimeSpan
    /// Connections in the pool.
    package let total: Int
    /// Connections in use.
    package let active: Int
    /// Connections that nobody used.
    package let idle: Int
    /// The others that go on waiting.
    package let waiting: Int
    /// Why there are too few connections, if the last attempt to open or validate one failed.
    package let cause: Cause?

    /// The exception's text as of 5.1.0.
    package var message: String {
        "\(poolName) - Connection is not available, request timed out after \(waited.nanoseconds / 1_000_000)ms "
            + "(total=\(total), active=\(active), idle=\(idle), waiting=\(waiting))"
    }
}
