import Topology

/// What statements cost a server, made ready for drawing.
struct MySQLNodeCosts: Sendable {
    /// One kind of statement.
    final class Cost: Sendable {
        let cpu: Sampler
        let io: Sampler

        init(_ cost: StatementCost) {
            cpu = Sampler(cost.cpu)
            io = Sampler(cost.io)
        }
    }

    let begin: Cost
    let select: Cost
    let selectForUpdate: Cost
    let update: Cost
    let insert: Cost
    let delete: Cost
    let commit: Cost
    let connect: Cost

    init(_ service: MySQLService) {
        begin = Cost(service.begin)
        select = Cost(service.select)
        selectForUpdate = Cost(service.selectForUpdate)
        update = Cost(service.update)
        insert = Cost(service.insert)
        delete = Cost(service.delete)
        commit = Cost(service.commit)
        connect = Cost(service.connect)
    }

    /// What a statement costs before it touches rows, and how many rows it does that for.
    ///
    /// ROLLBACK costs what BEGIN does: what it undoes is in the buffer pool.
    func cost(of statement: Statement) -> (each: Cost, rows: Int) {
        switch statement {
        case .begin, .rollback, .setAutocommit, .selectExecutedTransactions, .awaitTransactions: (begin, 1)
        case .commit: (commit, 1)
        case .selectProduct, .countOrders, .selectOrder(requestKey: _, forUpdate: false): (select, 1)
        case .selectProductForUpdate, .selectOrder(requestKey: _, forUpdate: true): (selectForUpdate, 1)
        case .selectProductsForUpdate(let products, _): (selectForUpdate, products.count)
        case .updateStock: (update, 1)
        case .insertProduct, .insertOrder, .insertEvent: (insert, 1)
        case .deleteProduct, .deleteOrder, .deleteEvents: (delete, 1)
        case .selectEvents: (selectForUpdate, 1)
        case .applyRowChanges: (update, 0)
        }
    }
}
