import Testing
import Topology

@testable import SimNodes

@Suite("MySQL server")
struct MySQLServerTests {
    private func server(_ change: (inout MySQLServer.Settings) -> Void = { _ in }) -> MySQLServer {
        var settings = MySQLServer.Settings()
        change(&settings)
        return MySQLServer(settings: settings, products: [ProductRow(id: 1, stock: 10)])
    }

    private let sell = Statement.updateStock(StockUpdate(product: 1, change: .add(-1), minimumStock: 1))

    @Test("One place more than max_connections is kept for an administrator")
    func extraConnection() throws {
        var server = server { $0.maxConnections = 2 }
        let first = try server.connect().get()
        _ = try server.connect().get()
        #expect(server.connect() == .failure(.tooManyConnections))
        _ = try server.connect(as: .administrator).get()
        #expect(server.connect(as: .administrator) == .failure(.tooManyConnections))
        server.disconnect(first, now: .zero)
        #expect(server.connect() == .failure(.tooManyConnections))
        #expect(server.connections == 2)
    }

    @Test("read_only lets administrators write, super_read_only nobody but the applier")
    func readOnlyModes() throws {
        var server = server()
        let user = try server.connect().get()
        let administrator = try server.connect(as: .administrator).get()
        server.setReadOnly(.readOnly)
        #expect(
            server.execute(sell, session: user, now: .zero) == .done(.error(.readOnly(option: "--read-only"))))
        #expect(server.execute(sell, session: administrator, now: .zero) == .commit(.affected(1)))
        _ = server.commitAtOnce(administrator, now: .zero)
        server.setReadOnly(.superReadOnly)
        #expect(
            server.execute(sell, session: administrator, now: .zero)
                == .done(.error(.readOnly(option: "--super-read-only"))))
        let transaction = BinlogTransaction(
            gtid: GTID(source: 9, number: 1), position: 1, number: 1,
            changes: [.updateProduct(ProductRow(id: 1, stock: 3))], committedAt: .zero)
        guard case .commit = server.apply(transaction, now: .zero), let applier = server.applierSession else {
            Issue.record("the applier was refused")
            return
        }
        #expect(server.commitAtOnce(applier, now: .zero).error == nil)
        #expect(server.binaryLog.executed.contains(GTID(source: 9, number: 1)))
        #expect(server.engine.committedProduct(1)?.stock == 3)
        #expect(server.apply(transaction, now: .zero) == .done(.ok), "applied once only")
        #expect(server.connections == 2)
    }

    @Test("read_only waits for a commit in progress, and refuses the ones after it")
    func readOnlyWaitsForCommits() throws {
        var server = server()
        let first = try server.connect().get()
        let second = try server.connect().get()
        let third = try server.connect().get()
        for session in [second, third] {
            _ = server.execute(.begin(), session: session, now: .zero)
            _ = server.execute(
                .insertOrder(OrderRow(user: 1, product: 1, quantity: 1)), session: session, now: .zero)
        }
        #expect(server.execute(sell, session: first, now: .zero) == .commit(.affected(1)))
        guard case .logged(let transaction) = server.beginCommit(first, now: .zero) else {
            Issue.record("not logged")
            return
        }
        let isInForce = server.setReadOnly(.readOnly)
        #expect(!isInForce)
        #expect(server.readOnlyMode == .off)
        #expect(server.execute(.commit, session: third, now: .zero) == .commit(.ok))
        #expect(server.beginCommit(third, now: .zero) == .refused(.error(.readOnly(option: "--read-only"))))
        server.binaryLogFlushed(through: transaction.position)
        #expect(server.finishCommit(first, now: .zero) == .affected(1))
        #expect(server.readOnlyMode == .readOnly)
        #expect(server.execute(.commit, session: second, now: .zero) == .commit(.ok))
        #expect(
            server.beginCommit(second, now: .zero) == .refused(.error(.readOnly(option: "--read-only"))))
        #expect(server.engine.committedOrders.isEmpty && server.engine.lockCount == 0)
    }

    @Test("read_only waits for a statement in a lock wait; the commit that frees it passes")
    func readOnlyWaitsForStatements() throws {
        var server = server()
        let first = try server.connect().get()
        let second = try server.connect().get()
        _ = server.execute(.begin(), session: first, now: .zero)
        _ = server.execute(sell, session: first, now: .zero)
        #expect(server.execute(sell, session: second, now: .zero) == .blocked)
        let isInForce = server.setReadOnly(.readOnly)
        #expect(!isInForce)
        let refused = server.execute(
            .insertOrder(OrderRow(user: 1, product: 1, quantity: 1)), session: first, now: .zero)
        #expect(refused == .done(.error(.readOnly(option: "--read-only"))))
        _ = server.execute(.commit, session: first, now: .zero)
        #expect(server.commitAtOnce(first, now: .zero) == .ok)
        #expect(server.readOnlyMode == .off, "the second one's autocommit belongs to its statement")
        #expect(server.commitAtOnce(second, now: .zero) == .affected(1))
        #expect(server.readOnlyMode == .readOnly)
        #expect(server.engine.committedProduct(1)?.stock == 8)
    }

    @Test("A ghost: in the binary log, never acknowledged, committed by recovery, errant on rejoin")
    func ghostTransaction() throws {
        var old = server()
        let session = try old.connect().get()
        _ = old.execute(sell, session: session, now: .zero)
        guard case .logged(let transaction) = old.beginCommit(session, now: .zero) else {
            Issue.record("not logged")
            return
        }
        old.binaryLogFlushed(through: transaction.position)
        #expect(old.engine.committedProduct(1)?.stock == 10, "not visible before the engine commits")
        let recovered = MySQLServer(recovering: old.crash(.machine), readOnlyMode: .superReadOnly)
        #expect(recovered.engine.committedProduct(1)?.stock == 9)
        var completions: [Completion] = []
        old.takeCompletions(into: &completions)
        #expect(completions == [Completion(session: session, outcome: .done(.error(.lostConnection)))])
        let promoted = server { $0.serverID = 2 }
        let errant = MySQLReplica.errant(executed: recovered.binaryLog.executed, source: promoted.binaryLog.executed)
        #expect(errant == GTIDSet([GTID(source: 1, number: 1)]))
        #expect(
            MySQLReplica.admit(requestSet: recovered.binaryLog.executed, by: promoted.binaryLog, serverID: 1)
                == .refused(.binaryLogUnavailable))
    }

    @Test("The applier stops at a row that is missing")
    func applierError() {
        var server = server()
        let transaction = BinlogTransaction(
            gtid: GTID(source: 9, number: 1), position: 1, number: 1,
            changes: [
                .insertOrder(OrderRow(id: 4, user: 1, product: 1, quantity: 1)),
                .updateProduct(ProductRow(id: 8, stock: 3)),
            ], committedAt: .zero)
        #expect(server.apply(transaction, now: .zero) == .done(.error(.rowNotFound(table: "products"))))
        #expect(server.engine.committedOrders.isEmpty && server.engine.lockCount == 0)
    }

    @Test("An empty transaction settles an errant one")
    func emptyTransaction() {
        var server = server()
        let errant = GTID(source: 1, number: 4)
        server.logEmpty(errant, now: .zero)
        server.logEmpty(errant, now: .zero)
        #expect(server.binaryLog.durablePosition == 1)
        #expect(MySQLReplica.errant(executed: GTIDSet([errant]), source: server.binaryLog.executed).isEmpty)
    }

    @Test("A purged log sends a late replica away, and one that has enough not")
    func purgedLog() throws {
        var server = server()
        let session = try server.connect().get()
        for _ in 0..<5 {
            _ = server.execute(sell, session: session, now: .zero)
            _ = server.commitAtOnce(session, now: .zero)
        }
        server.purgeBinaryLog(through: 3)
        #expect(server.binaryLog.transaction(at: 3) == nil && server.binaryLog.transaction(at: 4) != nil)
        let all = (1...5).map { GTID(source: 1, number: $0) }
        #expect(
            MySQLReplica.admit(requestSet: GTIDSet(all.prefix(2)), by: server.binaryLog, serverID: 1)
                == .refused(.binaryLogUnavailable))
        #expect(
            MySQLReplica.admit(requestSet: GTIDSet(all.prefix(3)), by: server.binaryLog, serverID: 1)
                == .accepted(from: 4))
    }

    @Test("A client that vanishes in its autocommit's lock wait: the change is made, nobody is answered")
    func vanishedWaiter() throws {
        var server = server()
        let first = try server.connect().get()
        let second = try server.connect().get()
        _ = server.execute(.begin(), session: first, now: .zero)
        _ = server.execute(sell, session: first, now: .zero)
        #expect(server.execute(sell, session: second, now: .zero) == .blocked)
        server.disconnect(second, now: .zero)
        #expect(server.connections == 2, "its thread still runs")
        _ = server.execute(.commit, session: first, now: .zero)
        _ = server.commitAtOnce(first, now: .zero)
        var completions: [Completion] = []
        server.takeCompletions(into: &completions)
        #expect(completions == [Completion(session: second, outcome: .commit(.affected(1)))])
        _ = server.commitAtOnce(second, now: .zero)
        #expect(server.engine.committedProduct(1)?.stock == 8 && server.connections == 1)
    }

    @Test("KILL ends a lock wait with 2013 and rolls back")
    func killWaiter() throws {
        var server = server()
        let first = try server.connect().get()
        let second = try server.connect().get()
        _ = server.execute(.begin(), session: first, now: .zero)
        _ = server.execute(sell, session: first, now: .zero)
        #expect(server.execute(sell, session: second, now: .zero) == .blocked)
        server.kill(second, now: .zero)
        var completions: [Completion] = []
        server.takeCompletions(into: &completions)
        #expect(completions == [Completion(session: second, outcome: .done(.error(.lostConnection)))])
        #expect(server.execute(sell, session: second, now: .zero) == .done(.error(.lostConnection)))
        #expect(server.engine.waitingSessions == 0)
    }
}
