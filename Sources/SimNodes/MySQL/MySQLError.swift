/// An error as a MySQL 8 server or MariaDB 10.11 (or, for a lost connection, the client library) reports it.
///
/// Source: MySQL 8.0 Error Message Reference; FIDELITY §2.2.
package enum MySQLError: Error, Hashable, Sendable {
    /// 1205: a row lock was not granted within `innodb_lock_wait_timeout`.
    case lockWaitTimeout
    /// 1213: the deadlock detector chose this transaction; it is rolled back whole.
    case deadlock
    /// 1040: all `max_connections` places are taken.
    case tooManyConnections
    /// 1062: a unique key already holds the value; only the statement is undone.
    case duplicateEntry(value: String, key: String)
    /// 1290: the server refuses writes of this user.
    case readOnly(option: String, product: String = "MySQL")
    /// 3572: NOWAIT met a locked row. MariaDB: 1205.
    case lockNotAvailable
    /// 1690: the result does not fit an UNSIGNED column.
    case outOfRange(expression: String)
    /// 1264: a literal does not fit an UNSIGNED column in strict mode.
    case valueOutOfRange(column: String)
    /// 3819: a CHECK constraint refuses the row.
    case checkViolated(constraint: String)
    /// 4025: the same of MariaDB.
    case constraintFailed(constraint: String, table: String)
    /// 1032: the applier does not find the row that a row event changes.
    case rowNotFound(table: String)
    /// 1236: the source no longer has, or never had, what the replica asks for.
    case binaryLogUnavailable
    /// 2013: the connection broke while a statement ran; whether it took effect is unknown.
    case lostConnection

    /// The error number.
    package var code: Int {
        switch self {
        case .lockWaitTimeout: 1205
        case .deadlock: 1213
        case .tooManyConnections: 1040
        case .duplicateEntry: 1062
        case .readOnly: 1290
        case .lockNotAvailable: 3572
        case .outOfRange: 1690
        case .valueOutOfRange: 1264
        case .checkViolated: 3819
        case .constraintFailed: 4025
        case .rowNotFound: 1032
        case .binaryLogUnavailable: 1236
        case .lostConnection: 2013
        }
    }

    /// The SQLSTATE that goes with the number.
    package var sqlState: String {
        switch self {
        case .deadlock: "40001"
        case .tooManyConnections: "08004"
        case .duplicateEntry, .constraintFailed: "23000"
        case .outOfRange, .valueOutOfRange: "22003"
        case .lockWaitTimeout, .readOnly, .lockNotAvailable, .checkViolated, .rowNotFound, .binaryLogUnavailable,
            .lostConnection:
            "HY000"
        }
    }

    /// The text that goes with the number.
    package var message: String {
        switch self {
        case .lockWaitTimeout: "Lock wait timeout exceeded; try restarting transaction"
        case .deadlock: "Deadlock found when trying to get lock; try restarting transaction"
        case .tooManyConnections: "Too many connections"
        case .duplicateEntry(let value, let key): "Duplicate entry '\(value)' for key '\(key)'"
        case .readOnly(let option, let product):
            "The \(product) server is running with the \(option) option so it cannot execute this statement"
        case .lockNotAvailable:
            "Statement aborted because lock(s) could not be acquired immediately and NOWAIT is set."
        case .outOfRange(let expression): "BIGINT UNSIGNED value is out of range in '\(expression)'"
        case .valueOutOfRange(let column): "Out of range value for column '\(column)' at row 1"
        case .checkViolated(let constraint): "Check constraint '\(constraint)' is violated."
        case .constraintFailed(let constraint, let table): "CONSTRAINT `\(constraint)` failed for \(table)"
        case .rowNotFound(let table): "Can't find record in '\(table)'"
        case .binaryLogUnavailable:
            "Got fatal error 1236 from source when reading data from binary log: 'Cannot replicate because the source "
                + "purged required binary logs.'"
        case .lostConnection: "Lost connection to MySQL server during query"
        }
    }
}
