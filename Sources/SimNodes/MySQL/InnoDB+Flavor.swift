import Topology

/// What MySQL 8 and MariaDB report differently.
extension InnoDB {
    /// NOWAIT met a locked row.
    var lockNotAvailable: MySQLError { settings.flavor == .mysql8 ? .lockNotAvailable : .lockWaitTimeout }

    /// CHECK (stock >= 0) refuses the row.
    var checkViolated: MySQLError {
        switch settings.flavor {
        case .mysql8: .checkViolated(constraint: "products_chk_1")
        case .mariadb10_11: .constraintFailed(constraint: "CONSTRAINT_1", table: "`\(settings.schema)`.`products`")
        }
    }

    /// A key's name in 1062, with its table from MySQL 8.0.19 on.
    func keyName(_ table: String, _ key: String) -> String {
        settings.flavor == .mysql8 ? "\(table).\(key)" : key
    }
}
