import Testing
import Topology

@testable import SimNodes

/// Deleted rows: marked first, gone from the indexes when no read view needs them.
@Suite("MySQL deletions")
struct MySQLDeleteTests {
    private struct Bench {
        var engine: InnoDB
        var sessions: [MySQLSessionID] = []

        init(_ count: Int, _ change: (inout InnoDB.Settings) -> Void = { _ in }) {
            var settings = InnoDB.Settings()
            change(&settings)
            engine = InnoDB(
                settings: settings, products: [ProductRow(id: 1, stock: 10)],
                orders: [OrderRow(id: 1, requestKey: "k", user: 1, product: 1, quantity: 1)])
            for _ in 0..<count { sessions.append(engine.openSession()) }
        }

        @discardableResult
        mutating func run(_ session: Int, _ statement: Statement) -> ExecuteOutcome {
            engine.executeAtOnce(statement, session: sessions[session], now: .zero)
        }

        mutating func completions() -> [ExecuteOutcome] {
            engine.commitCompletionsAtOnce(now: .zero)
            var buffer: [Completion] = []
            engine.takeCompletions(into: &buffer)
            return buffer.map(\.outcome)
        }
    }

    private func order(_ key: String?, user: Int64 = 1) -> Statement {
        .insertOrder(OrderRow(requestKey: key, user: user, product: 1, quantity: 1))
    }

    @Test("A read view sees a deleted order, others and later ones don't")
    func oldViewsStillSee() {
        var bench = Bench(2)
        bench.run(0, .begin(consistentSnapshot: true))
        #expect(bench.run(1, .deleteOrder(requestKey: "k")) == .done(.affected(1)))
        #expect(bench.run(1, .deleteOrder(requestKey: "k")) == .done(.affected(0)))
        #expect(bench.run(1, .selectOrder(requestKey: "k")) == .done(.rows(.order(nil))))
        let row = OrderRow(id: 1, requestKey: "k", user: 1, product: 1, quantity: 1)
        #expect(bench.run(0, .selectOrder(requestKey: "k")) == .done(.rows(.order(row))))
        #expect(bench.run(0, .countOrders(UserProduct(user: 1, product: 1))) == .done(.rows(.count(1))))
        #expect(bench.engine.orders.rows.count == 1, "it stays for the read view")
        bench.run(0, .commit)
        #expect(bench.engine.orders.rows.count == 0)
        #expect(bench.engine.committedOrders.isEmpty && bench.engine.retainedVersions == 0)
    }

    @Test("A cancelled order's key can be used again, at once or while a read view keeps the old entry")
    func keyIsFreeAgain() {
        for isWatched in [false, true] {
            var bench = Bench(2) { $0.uniqueUserProduct = true }
            if isWatched { bench.run(1, .begin(consistentSnapshot: true)) }
            bench.run(0, .deleteOrder(requestKey: "k"))
            #expect(bench.run(0, order("k")) == .done(.affected(1, insertID: 2)))
            #expect(
                bench.run(0, order("k"))
                    == .done(.error(.duplicateEntry(value: "1-1", key: "orders.user_product"))))
            #expect(bench.engine.committedOrders.map(\.id) == [2])
            bench.run(1, .commit)
            #expect(bench.engine.orders.rows.count == 1 && bench.engine.lockCount == 0)
        }
    }

    @Test("An insert of the key waits for an uncommitted deletion, and fails when that is rolled back")
    func insertWaitsForDeletion() {
        for commits in [true, false] {
            var bench = Bench(2)
            bench.run(0, .begin())
            bench.run(0, .deleteOrder(requestKey: "k"))
            #expect(bench.run(1, order("k")) == .blocked)
            bench.run(0, commits ? .commit : .rollback)
            let expected: ExecuteOutcome =
                commits
                ? .done(.affected(1, insertID: 2))
                : .done(.error(.duplicateEntry(value: "k", key: "orders.request_key")))
            #expect(bench.completions() == [expected])
            #expect(bench.engine.committedOrders.map(\.id) == [commits ? 2 : 1])
        }
    }

    @Test("A product that is deleted and put in again, in one transaction or in two, is the new one; a rollback brings the old")
    func productReturns() {
        for (inOne, commits) in [(true, true), (true, false), (false, true), (false, false)] {
            var bench = Bench(2)
            bench.run(1, .begin(consistentSnapshot: true))
            if !inOne { bench.run(0, .deleteProduct(1)) }
            bench.run(0, .begin())
            if inOne { bench.run(0, .deleteProduct(1)) }
            #expect(bench.run(0, .selectProductForUpdate(1)) == .done(.rows(.product(nil))))
            #expect(bench.run(0, .insertProduct(ProductRow(id: 1, stock: 5))) == .done(.affected(1)))
            #expect(bench.run(1, .selectProduct(1)) == .done(.rows(.product(ProductRow(id: 1, stock: 10)))))
            bench.run(0, commits ? .commit : .rollback)
            let left: [Int64] = commits ? [5] : inOne ? [10] : []
            #expect(bench.engine.committedProducts.map(\.stock) == left)
            bench.run(1, .commit)
            #expect(bench.engine.products.count == left.count && bench.engine.retainedVersions == 0)
        }
    }

    @Test("A replica applies deletions; one whose row is missing stops it")
    func replicates() throws {
        let rows = ([ProductRow(id: 1, stock: 1)], [OrderRow(id: 1, requestKey: "k", user: 1, product: 1, quantity: 1)])
        var source = MySQLServer(products: rows.0, orders: rows.1)
        var settings = MySQLServer.Settings()
        settings.serverID = 2
        var replica = MySQLServer(settings: settings, products: rows.0, orders: rows.1)
        let session = try source.connect().get()
        for statement in [Statement.deleteOrder(requestKey: "k"), .deleteProduct(1)] {
            guard case .commit = source.execute(statement, session: session, now: .zero) else {
                Issue.record("nothing to commit")
                return
            }
            _ = source.commitAtOnce(session, now: .zero)
        }
        for position in 1...2 {
            let transaction = try #require(source.binaryLog.transaction(at: position))
            #expect(replica.apply(transaction, now: .zero) == .commit(.affected(1)))
            _ = replica.commitAtOnce(try #require(replica.applierSession), now: .zero)
        }
        #expect(replica.engine.committedOrders.isEmpty && replica.engine.committedProducts.isEmpty)
        let again = BinlogTransaction(
            gtid: GTID(source: 9, number: 1), position: 1, number: 1, changes: [.deleteOrder(1)], committedAt: .zero)
        #expect(replica.apply(again, now: .zero) == .done(.error(.rowNotFound(table: "orders"))))
        let recovered = MySQLServer(recovering: source.crash(.machine))
        #expect(recovered.engine.committedOrders.isEmpty && recovered.engine.committedProducts.isEmpty)
    }
}
