import Foundation
import Topology

@testable import SimNodes

/// Translation between the recorded JSON and the machines' values.
extension MySQLVectorReplay {
    static func isolation(_ value: Any?) -> IsolationLevel {
        value as? String == "read_committed" ? .readCommitted : .repeatableRead
    }

    private static func integer(_ value: Any?) -> Int64 { (value as! NSNumber).int64Value }

    static func statement(_ operation: JSON) -> Statement {
        let (name, value) = operation.first!
        let fields = value as? JSON ?? [:]
        switch name {
        case "begin":
            return .begin(
                isolation: isolation(fields["isolation"]),
                consistentSnapshot: fields["consistent_snapshot"] as? Bool ?? false)
        case "commit": return .commit
        case "rollback": return .rollback
        case "set_autocommit": return .setAutocommit(value as! Bool)
        case "select": return .selectProduct(integer(fields["product"]))
        case "select_for_update":
            var policy = LockWaitPolicy.wait
            if fields["nowait"] as? Bool ?? false { policy = .noWait }
            if fields["skip_locked"] as? Bool ?? false { policy = .skipLocked }
            if let ids = fields["products"] as? [NSNumber] {
                return .selectProductsForUpdate(ids.map(\.int64Value), policy)
            }
            return .selectProductForUpdate(integer(fields["product"]), policy)
        case "update_stock":
            let change: StockUpdate.Change =
                fields["set"] != nil ? .set(integer(fields["set"])) : .add(integer(fields["add"]))
            return .updateStock(
                StockUpdate(
                    product: integer(fields["product"]), change: change,
                    minimumStock: (fields["where_stock_at_least"] as? NSNumber)?.int64Value,
                    expectedVersion: (fields["where_version"] as? NSNumber)?.int64Value,
                    bumpsVersion: fields["bump_version"] as? Bool ?? false))
        case "insert_product":
            return .insertProduct(ProductRow(id: integer(fields["product"]), stock: integer(fields["stock"])))
        case "insert_order":
            return .insertOrder(
                OrderRow(
                    requestKey: fields["request_key"] as? String, user: integer(fields["user"]),
                    product: integer(fields["product"]), quantity: integer(fields["quantity"])))
        case "count_orders":
            return .countOrders(UserProduct(user: integer(fields["user"]), product: integer(fields["product"])))
        case "select_order":
            return .selectOrder(
                requestKey: fields["request_key"] as! String, forUpdate: fields["for_update"] as? Bool ?? false)
        default: fatalError("unknown operation \(name)")
        }
    }

    // MARK: Results as text

    static func render(_ result: StatementResult) -> String {
        switch result {
        case .ok: "ok"
        case .affected(let count, _): "affected \(count)"
        case .error(let error): "error \(error.code)"
        case .rows(.product(let row)): "rows " + (row.map { render($0) } ?? "")
        case .rows(.products(let rows)): "rows " + rows.map { render($0) }.joined(separator: "; ")
        case .rows(.order(let row)): "rows " + (row.map { render($0) } ?? "")
        case .rows(.count(let count)): "rows count=\(count)"
        }
    }

    private static func render(_ row: ProductRow) -> String {
        "id=\(row.id) stock=\(row.stock) version=\(row.version)"
    }

    private static func render(_ row: OrderRow) -> String {
        "id=\(row.id) product_id=\(row.product) quantity=\(row.quantity) request_key=\(row.requestKey ?? "null") "
            + "user_id=\(row.user)"
    }

    static func render(expected: JSON) -> String {
        if let code = expected["error"] as? Int { return "error \(expected["error_mysql8"] as? Int ?? code)" }
        if let count = expected["affected"] as? Int { return "affected \(count)" }
        if let rows = expected["rows"] as? [JSON] { return "rows " + render(rows) }
        return expected["blocked"] != nil ? "blocked" : "ok"
    }

    private static func render(_ rows: [JSON]) -> String {
        rows.map { row in
            row.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value is NSNull ? "null" : "\($0.value)")" }
                .joined(separator: " ")
        }.joined(separator: "; ")
    }

    static func expectedTables(_ tables: JSON) -> String {
        "products " + render(tables["products"] as! [JSON]) + " orders " + render(tables["orders"] as! [JSON])
    }

    static func actualTables(_ server: MySQLServer) -> String {
        "products " + server.engine.committedProducts.map { render($0) }.joined(separator: "; ") + " orders "
            + server.engine.committedOrders.map { render($0) }.joined(separator: "; ")
    }
}
