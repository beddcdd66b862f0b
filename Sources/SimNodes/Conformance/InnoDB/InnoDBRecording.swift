import Topology

/// A scenario recorded step by step from MariaDB's InnoDB: sessions, one connection each, and sometimes a replica.
package struct InnoDBRecording: ReplayableRecording {
    let settings: MySQLSettings
    let tables: MySQLNode.Tables
    /// Connected before the first step.
    let sessions: [(name: String, node: InnoDBRecordedNode)]
    let steps: [InnoDBRecordedStep]
    /// What is in the tables at the end, as text; nil: the node is down.
    let final: [(node: InnoDBRecordedNode, tables: String?)]
    /// How much longer every pause has to be for MySQL 8, which looks for expired lock waits once a second.
    let mysql8Delay: TimeSpan
    package var obstacle: String? { nil }

    package init(reading document: RecordedNode) throws(ConfigurationErrors) {
        var errors: [ConfigurationError] = []
        var steps: [InnoDBRecordedStep] = []
        do throws(ConfigurationErrors) {
            let list = try ConfigurationErrors.single { () throws(ConfigurationError) in try document.value("steps") }
            steps = try list.map { (step) throws(ConfigurationError) in try InnoDBRecordedStep(reading: step) }
        } catch {
            errors += error.all
        }
        self.steps = steps
        do throws(ConfigurationError) {
            settings = try Self.settings(document)
            tables = try Self.tables(document)
            sessions = try Self.sessions(document)
            final = try Self.final(try document.value("final"))
            mysql8Delay = try document["mysql8"]?["pause_ms"]?.milliseconds() ?? .zero
            _ = try document["mysql8"]?.text("reason")
        } catch {
            throw ConfigurationErrors(errors + [error])
        }
        guard errors.isEmpty else { throw ConfigurationErrors(errors) }
    }

    package func replay(as flavor: ReplayFlavor) -> Disagreement? { InnoDBReplay(self, as: flavor).replay() }

    // MARK: Reading

    private static func settings(_ document: RecordedNode) throws(ConfigurationError) -> MySQLSettings {
        let variables = try document.value("settings")
        var settings = MySQLSettings()
        settings.primary = InnoDBRecordedNode.primary.rawValue
        settings.replicas = document.has("session_nodes") ? [InnoDBRecordedNode.replica.rawValue] : []
        settings.isolation = try isolation(try variables.value("default_isolation"))
        settings.lockWaitTimeout = .seconds(try variables.integer("innodb_lock_wait_timeout"))
        settings.rollbackOnTimeout = try variables.flag("innodb_rollback_on_timeout")
        settings.deadlockDetection = try variables.flag("innodb_deadlock_detect")
        settings.foundRows = try variables.flag("client_found_rows")
        settings.maxConnections = Int(try variables.integer("max_connections"))
        settings.startTime = .zero
        settings.syncBinlog = 1
        guard let semiSync = variables["semi_sync"] else { return settings }
        settings.replication.mode = .semiSynchronous
        let point = try semiSync.value("wait_point")
        switch try point.text() {
        case "after_sync": settings.replication.waitPoint = .afterSync
        case "after_commit": settings.replication.waitPoint = .afterCommit
        default: throw point.error("there is no such wait point", "write \"after_sync\" or \"after_commit\"")
        }
        settings.replication.timeout = try semiSync.milliseconds("timeout_ms")
        return settings
    }

    static func isolation(_ node: RecordedNode) throws(ConfigurationError) -> Isolation {
        switch try node.text() {
        case "repeatable_read": return .repeatableRead
        case "read_committed": return .readCommitted
        default:
            throw node.error("there is no such level", "write \"repeatable_read\" or \"read_committed\"")
        }
    }

    private static func tables(_ document: RecordedNode) throws(ConfigurationError) -> MySQLNode.Tables {
        let rows = try document.value("tables")
        var tables = MySQLNode.Tables()
        for row in try rows.elements("products") {
            tables.products.append(
                ProductRow(
                    id: try row.integer("id"), stock: try row.integer("stock"), version: try row.integer("version")))
        }
        for row in try rows.elements("orders") {
            tables.orders.append(
                OrderRow(
                    id: try row.integer("id"), requestKey: try row["request_key"]?.text(),
                    user: try row.integer("user_id"), product: try row.integer("product_id"),
                    quantity: try row.integer("quantity")))
        }
        tables.uniqueUserProduct = try document.flagIfPresent("unique_user_product")
        guard let constraint = document["stock_constraint"] else { return tables }
        switch try constraint.text() {
        case "unsigned": tables.stockConstraint = .unsigned
        case "check": tables.stockConstraint = .check
        default: throw constraint.error("there is no such constraint", "write \"unsigned\" or \"check\"")
        }
        return tables
    }

    private static func sessions(
        _ document: RecordedNode
    ) throws(ConfigurationError) -> [(name: String, node: InnoDBRecordedNode)] {
        var sessions: [(name: String, node: InnoDBRecordedNode)] = []
        for session in try document.elements("sessions") {
            let name = try session.text()
            let node = try document["session_nodes"]?[name].map { (node) throws(ConfigurationError) in
                try InnoDBRecordedNode(reading: node)
            }
            sessions.append((name, node ?? .primary))
        }
        return sessions
    }

    private static func final(
        _ document: RecordedNode
    ) throws(ConfigurationError) -> [(node: InnoDBRecordedNode, tables: String?)] {
        if document.has("products") { return [(.primary, try InnoDBText.tables(document))] }
        var final: [(node: InnoDBRecordedNode, tables: String?)] = []
        for (key, value) in try document.members() {
            guard let node = InnoDBRecordedNode(rawValue: key) else {
                throw value.error("there is no node \"\(key)\"", "write \"primary\" or \"replica\"")
            }
            if case .null = value.node.value { final.append((node, nil)) } else {
                final.append((node, try InnoDBText.tables(value)))
            }
        }
        return final
    }
}

/// A server of a recording.
enum InnoDBRecordedNode: String, Sendable {
    case primary, replica

    init(reading node: RecordedNode) throws(ConfigurationError) {
        guard let found = Self(rawValue: try node.text()) else {
            throw node.error("there is no such node", "write \"primary\" or \"replica\"")
        }
        self = found
    }
}
