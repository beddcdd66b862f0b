import Topology

// How requests, commands and statements read in a story.

extension HTTPRequest {
    /// `POST /purchase: 2 of product 0, for user 7`.
    var told: String {
        switch flow {
        case .view: "\(method.rawValue) /products/\(product)"
        case .purchase: "\(method.rawValue) /purchase: \(quantity) of product \(product) for user \(user)"
        }
    }
}

extension HTTPResponse {
    /// The status and what it means to the user.
    var told: String {
        switch body {
        case .product(let stock, _, let fromCache): "\(status): stock \(stock)\(fromCache ? " (cached)" : "")"
        case .orderPlaced: "\(status): order placed"
        case .insufficientStock: "\(status): insufficient stock"
        case .productBeingProcessed: "\(status): product being processed"
        case .alreadyOrdered: "\(status): already ordered"
        case .truncated: "\(status), then broken off"
        case .invalidHeader: "no header"
        case .error(let text): text.isEmpty ? "\(status)" : "\(status): \(text)"
        }
    }
}

extension RedisCommand {
    /// The command as one would type it; of a script only which one it is.
    var told: String {
        if case .eval(let script, let keys, let arguments) = self {
            let words = ["EVAL", "\"\(script.title)\"", String(keys.count)] + keys + arguments
            return words.joined(separator: " ")
        }
        return words.joined(separator: " ")
    }

    /// Reading is only a detail, whatever comes of it.
    var weight: Story.Line.Weight {
        switch self {
        case .eval, .evalsha: .essential
        default: isWrite ? .essential : .detail
        }
    }
}

extension RedisScript {
    /// What the script is known for; of an unknown one the beginning of its text.
    fileprivate var title: String {
        if self === RedisScript.unlock { return "unlock if it is mine" }
        if self === RedisScript.renew { return "renew if it is mine" }
        if self === RedisScript.fencedLock { return "lock if it is free, with a new token" }
        if self === RedisScript.guardedDecrement { return "decrement if there is enough" }
        if self === RedisScript.reserve { return "reserve if there is enough" }
        if self === RedisScript.returnReservation { return "give back what is reserved" }
        if self === RedisScript.confirmReservation { return "what is reserved is sold" }
        if self === RedisScript.setIfQuiet { return "set if nothing is reserved" }
        return "\(text.prefix(30))…"
    }
}

extension RedisReply {
    /// As redis-cli would show it, on one line.
    var told: String {
        switch self {
        case .status(let text), .bulk(let text): text
        case .integer(let number): String(number)
        case .null: "nil"
        case .array(let replies): "[" + replies.map(\.told).joined(separator: ", ") + "]"
        case .error(let error): error.message
        }
    }
}

extension Statement {
    /// The statement in SQL.
    var told: String {
        switch self {
        case .begin(let isolation, _): isolation.map { "BEGIN (\($0))" } ?? "BEGIN"
        case .commit: "COMMIT"
        case .rollback: "ROLLBACK"
        case .setAutocommit(let flag): "SET autocommit = \(flag ? 1 : 0)"
        case .selectProduct(let id): "SELECT * FROM products WHERE id = \(id)"
        case .selectProductForUpdate(let id, _): "SELECT * FROM products WHERE id = \(id) FOR UPDATE"
        case .selectProductsForUpdate(let ids, _):
            "SELECT * FROM products WHERE id IN (\(ids.map(String.init).joined(separator: ", "))) FOR UPDATE"
        case .updateStock(let update): update.told
        case .insertProduct(let row): "INSERT INTO products VALUES (\(row.id), \(row.stock))"
        case .insertOrder(let row):
            "INSERT INTO orders: user \(row.user), product \(row.product), quantity \(row.quantity)"
                + (row.requestKey.map { ", key \($0)" } ?? "")
        case .countOrders(let pair): "SELECT COUNT(*) FROM orders: user \(pair.user), product \(pair.product)"
        case .selectOrder(let key, let forUpdate):
            "SELECT * FROM orders WHERE request_key = \(key)\(forUpdate ? " FOR UPDATE" : "")"
        case .deleteProduct(let id): "DELETE FROM products WHERE id = \(id)"
        case .deleteOrder(let key): "DELETE FROM orders WHERE request_key = \(key)"
        case .insertEvent(let row): "INSERT INTO outbox: order \(row.order)"
        case .selectEvents(let limit): "SELECT * FROM outbox ORDER BY id LIMIT \(limit) FOR UPDATE SKIP LOCKED"
        case .deleteEvents(let ids):
            "DELETE FROM outbox WHERE id IN (\(ids.map(String.init).joined(separator: ", ")))"
        case .selectExecutedTransactions: "SELECT @@GLOBAL.gtid_executed"
        case .awaitTransactions(let set, let timeout):
            "SELECT WAIT_FOR_EXECUTED_GTID_SET(\(set.count) transactions, \(timeout.seconds))"
        case .applyRowChanges(let changes): "replicated changes of \(changes.count) rows"
        }
    }

    /// What locks or changes matters.
    var weight: Story.Line.Weight {
        switch self {
        case .begin, .setAutocommit, .selectProduct, .countOrders, .selectEvents,
            .selectExecutedTransactions, .awaitTransactions:
            .detail
        case .selectOrder(_, let forUpdate): forUpdate ? .essential : .detail
        case .commit, .rollback, .selectProductForUpdate, .selectProductsForUpdate, .updateStock, .insertProduct,
            .insertOrder, .deleteProduct, .deleteOrder, .insertEvent, .deleteEvents, .applyRowChanges:
            .essential
        }
    }
}

extension StockUpdate {
    fileprivate var told: String {
        var text = "UPDATE products SET stock = "
        switch change {
        case .set(let value): text += String(value)
        case .add(let step): text += step < 0 ? "stock - \(-step)" : "stock + \(step)"
        }
        switch fence {
        case .keep, .expect: break
        case .draw: text += ", fence = LAST_INSERT_ID(fence + 1)"
        case .set(let token), .raise(let token): text += ", fence = \(token)"
        }
        text += " WHERE id = \(product)"
        if let minimumStock { text += " AND stock >= \(minimumStock)" }
        if let expectedVersion { text += " AND version = \(expectedVersion)" }
        switch fence {
        case .keep, .draw, .set: break
        case .raise(let token): text += " AND fence < \(token)"
        case .expect(let token): text += " AND fence = \(token)"
        }
        return text
    }
}

extension StatementResult {
    /// What the client library hands on.
    var told: String {
        switch self {
        case .ok: "OK"
        case .affected(let rows, _): rows == 1 ? "1 row" : "\(rows) rows"
        case .error(let error): "\(error.code): \(error.message)"
        case .rows(.product(let row)): row?.told ?? "no row"
        case .rows(.products(let rows)): rows.map(\.told).joined(separator: "; ")
        case .rows(.order(let row)): row == nil ? "no row" : "1 row"
        case .rows(.count(let count)): String(count)
        case .rows(.transactions(let set)): "\(set.count) transactions"
        case .rows(.events(let events)):
            events.isEmpty ? "no row" : "events of \(events.map { String($0.order) }.joined(separator: ", "))"
        }
    }
}

extension ProductRow {
    fileprivate var told: String { "stock \(stock), version \(version)" }
}
