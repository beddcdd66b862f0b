import Topology

/// What a session got, as text, for both servers.
struct InnoDBExpectation: Hashable, Sendable {
    /// As MariaDB answered.
    var recorded: String
    /// As MySQL 8 answers.
    var mysql8: String

    /// The answer to an operation that has not come back.
    static let blocked = "blocked"

    func text(as flavor: ReplayFlavor) -> String { flavor == .mysql8 ? mysql8 : recorded }

    init(reading node: RecordedNode) throws(ConfigurationError) {
        if let error = node["error"] {
            let code = try error.integer()
            recorded = "error \(code)"
            mysql8 = "error \(try node["error_mysql8"]?.integer() ?? code)"
            return
        }
        if let count = node["affected"] {
            recorded = "affected \(try count.integer())"
        } else if let rows = node["rows"] {
            recorded = "rows " + (try InnoDBText.rows(rows))
        } else if try node.flagIfPresent("blocked") {
            recorded = Self.blocked
        } else if try node.flagIfPresent("ok") {
            recorded = "ok"
        } else {
            throw node.error("says nothing that is known", "give \"ok\", \"affected\", \"rows\", \"error\" or \"blocked\"")
        }
        mysql8 = recorded
    }
}

/// One step of a recording.
enum InnoDBRecordedStep: Sendable {
    case operation(session: String, Statement, InnoDBExpectation)
    /// An operation that was blocked has come back; `anyOrder`: with its neighbours that say so too.
    case unblocked(session: String, InnoDBExpectation, anyOrder: Bool)
    case connect(session: String, InnoDBExpectation)
    case disconnect(session: String)
    case sleep(TimeSpan)
    case control(InnoDBRecordedNode, Control)

    /// What is done to a server.
    enum Control: String, CaseIterable, Sendable {
        case stopReceiver = "stop_receiver"
        case startReceiver = "start_receiver"
        case stopApplier = "stop_applier"
        case startApplier = "start_applier"
        case waitReceived = "wait_received"
        case waitApplied = "wait_applied"
        case setReadOnly = "set_read_only"
        case kill, restart, promote
    }

    init(reading step: RecordedNode) throws(ConfigurationError) {
        if let operation = step["op"] {
            self = .operation(
                session: try step.text("session"), try InnoDBOperation.statement(operation),
                try InnoDBExpectation(reading: try step.value("result")))
        } else if let unblocked = step["unblocked"] {
            self = .unblocked(
                session: try step.text("session"), try InnoDBExpectation(reading: try unblocked.value("result")),
                anyOrder: try step.flagIfPresent("any_order"))
        } else if let session = step["connect"] {
            self = .connect(session: try session.text(), try InnoDBExpectation(reading: try step.value("result")))
        } else if let session = step["disconnect"] {
            self = .disconnect(session: try session.text())
        } else if step.has("sleep_ms") {
            self = .sleep(try step.milliseconds("sleep_ms"))
        } else if let node = step["node"] {
            guard let control = Control.allCases.first(where: { step.has($0.rawValue) }) else {
                let known = Control.allCases.map(\.rawValue).joined(separator: ", ")
                throw step.error("does nothing that is known to the node", "give one of \(known)")
            }
            self = .control(try InnoDBRecordedNode(reading: node), control)
        } else {
            throw step.error(
                "is no known step", "give \"op\", \"unblocked\", \"connect\", \"disconnect\", \"sleep_ms\" or \"node\"")
        }
    }
}

/// Operations of a recording as statements.
enum InnoDBOperation {
    static func statement(_ operation: RecordedNode) throws(ConfigurationError) -> Statement {
        guard let (name, fields) = try operation.members().first else {
            throw operation.error("names no operation", "write {\"commit\": {}}")
        }
        switch name {
        case "begin":
            return .begin(
                isolation: IsolationLevel(try InnoDBRecording.isolation(try fields.value("isolation"))),
                consistentSnapshot: try fields.flagIfPresent("consistent_snapshot"))
        case "commit": return .commit
        case "rollback": return .rollback
        case "set_autocommit": return .setAutocommit(try fields.flag())
        case "select": return .selectProduct(try fields.integer("product"))
        case "select_for_update": return try selectForUpdate(fields)
        case "update_stock": return .updateStock(try update(fields))
        case "insert_product":
            return .insertProduct(ProductRow(id: try fields.integer("product"), stock: try fields.integer("stock")))
        case "insert_order":
            return .insertOrder(
                OrderRow(
                    requestKey: try fields["request_key"]?.text(), user: try fields.integer("user"),
                    product: try fields.integer("product"), quantity: try fields.integer("quantity")))
        case "delete_product": return .deleteProduct(try fields.integer("product"))
        case "delete_order": return .deleteOrder(requestKey: try fields.text("request_key"))
        case "count_orders":
            return .countOrders(
                UserProduct(user: try fields.integer("user"), product: try fields.integer("product")))
        case "select_order":
            return .selectOrder(
                requestKey: try fields.text("request_key"), forUpdate: try fields.flagIfPresent("for_update"))
        default: throw fields.error("there is no operation \"\(name)\"", "see the list in Tests/Fixtures/README.md")
        }
    }

    private static func selectForUpdate(_ fields: RecordedNode) throws(ConfigurationError) -> Statement {
        var policy = LockWaitPolicy.wait
        if try fields.flagIfPresent("nowait") { policy = .noWait }
        if try fields.flagIfPresent("skip_locked") { policy = .skipLocked }
        guard let products = fields["products"] else {
            return .selectProductForUpdate(try fields.integer("product"), policy)
        }
        var ids: [Int64] = []
        for product in try products.elements() { ids.append(try product.integer()) }
        return .selectProductsForUpdate(ids, policy)
    }

    private static func update(_ fields: RecordedNode) throws(ConfigurationError) -> StockUpdate {
        let change: StockUpdate.Change
        if let value = fields["set"] {
            change = .set(try value.integer())
        } else {
            change = .add(try fields.integer("add"))
        }
        return StockUpdate(
            product: try fields.integer("product"), change: change,
            minimumStock: try fields["where_stock_at_least"]?.integer(),
            expectedVersion: try fields["where_version"]?.integer(),
            bumpsVersion: try fields.flagIfPresent("bump_version"))
    }
}
