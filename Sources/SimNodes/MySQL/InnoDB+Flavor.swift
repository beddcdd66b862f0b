import Topology

/// What MySQL 8 and MariaDB report differently.
extension InnoDB {
    /// NOWAIT met a locked row. For MariaDB that is a timeout, with all its consequences.
    mutating func refuseToWait(_ session: Int) -> MySQLError {
        if settings.flavor == .mysql8 { return .lockNotAvailable }
        if settings.rollsBackOnTimeout { rollbackWhole(session) }
        return .lockWaitTimeout
    }

    /// CHECK (stock >= 0) refuses the row.
    var checkViolated: MySQLError {
        switch settings.flavor {
        case .mysql8: .checkViolated(constraint: "products_chk_1")
        case .mariadb10_11: .constraintFailed(constraint: "CONSTRAINT_1", table: "`\(settings.schema)`.`products`")
        }
    }

    /// How the duplicate check of a primary key locks the row that it finds.
    ///
    /// MariaDB locks no gap where replication is row-based or off (`thd_rpl_stmt_based`).
    func duplicateCheck(_ session: Int) -> LockManager.Kind {
        isReadCommitted(session) || settings.flavor == .mariadb10_11 ? .sharedRecord : .sharedNextKey
    }

    /// How a search by a unique secondary key locks the entry that it finds.
    ///
    /// MySQL locks no gap before the only live entry there can be; MariaDB does, as the key is nullable.
    func uniqueSearch(_ session: Int, isDeleted: Bool) -> LockManager.Kind {
        if isReadCommitted(session) { return .exclusiveRecord }
        return isDeleted || settings.flavor == .mariadb10_11 ? .exclusiveNextKey : .exclusiveRecord
    }

    /// A key's name in 1062, with its table from MySQL 8.0.19 on.
    func keyName(_ table: String, _ key: String) -> String {
        settings.flavor == .mysql8 ? "\(table).\(key)" : key
    }
}
