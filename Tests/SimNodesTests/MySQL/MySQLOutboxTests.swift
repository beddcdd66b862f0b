import Testing
import Topology

@testable import SimNodes

/// The outbox table: events become durable with their transaction, and are taken out by one relay at a time.
@Suite("MySQL outbox")
struct MySQLOutboxTests {
    private struct Bench {
        var engine = InnoDB(products: [ProductRow(id: 1, stock: 10)])
        var sessions: [MySQLSessionID] = []

        init() { for _ in 0..<3 { sessions.append(engine.openSession()) } }

        @discardableResult
        mutating func run(_ session: Int, _ statement: Statement) -> ExecuteOutcome {
            engine.executeAtOnce(statement, session: sessions[session], now: .zero)
        }

        mutating func add(_ session: Int, _ order: Int) {
            run(session, .insertEvent(OutboxRow(product: 1, order: order)))
        }

        /// The orders whose events a session gets and locks.
        mutating func look(_ session: Int, limit: Int = 10) -> [Int] {
            guard case .done(.rows(.events(let rows))) = run(session, .selectEvents(limit: limit)) else { return [-1] }
            return rows.map(\.order)
        }
    }

    @Test("An event is there when its transaction is committed, and not when it is rolled back")
    func commitAndRollback() {
        var bench = Bench()
        bench.run(0, .begin())
        bench.add(0, 7)
        #expect(bench.look(1) == [])
        bench.run(0, .rollback)
        #expect(bench.engine.committedEvents.isEmpty)
        bench.run(0, .begin())
        bench.add(0, 8)
        bench.run(0, .commit)
        #expect(bench.engine.committedEvents == [OutboxRow(id: 2, product: 1, order: 8)])
        #expect(bench.look(1) == [8])
    }

    @Test("What one relay has locked another skips; what it deletes is gone when it commits")
    func skipLocked() {
        var bench = Bench()
        for order in 1...4 { bench.add(0, order) }
        bench.run(1, .begin(isolation: .readCommitted))
        #expect(bench.look(1, limit: 2) == [1, 2])
        bench.run(2, .begin(isolation: .readCommitted))
        #expect(bench.look(2) == [3, 4])
        // Purchases go on: no gap is locked.
        bench.add(0, 5)
        #expect(bench.run(1, .deleteEvents([1, 2])) == .done(.affected(2)))
        #expect(bench.look(2) == [3, 4, 5])
        bench.run(1, .commit)
        bench.run(2, .rollback)
        #expect(bench.engine.committedEvents.map(\.order) == [3, 4, 5])
        #expect(bench.engine.outbox.count == 3 && bench.engine.lockCount == 0)
    }

    @Test("A deletion that is rolled back leaves the events to others")
    func undelete() {
        var bench = Bench()
        bench.add(0, 1)
        bench.run(1, .begin(isolation: .readCommitted))
        _ = bench.look(1)
        bench.run(1, .deleteEvents([1]))
        bench.run(1, .rollback)
        #expect(bench.look(2) == [1])
    }

    @Test("Events survive a crash, and reach a replica")
    func durability() throws {
        var server = MySQLServer(products: [ProductRow(id: 1, stock: 10)])
        let session = try server.connect().get()
        func autocommit(_ statement: Statement) {
            guard case .commit = server.execute(statement, session: session, now: .zero) else {
                Issue.record("nothing to commit")
                return
            }
            #expect(server.commitAtOnce(session, now: .zero).error == nil)
        }
        for order in 1...3 { autocommit(.insertEvent(OutboxRow(product: 1, order: order))) }
        autocommit(.deleteEvents([2]))
        var replica = MySQLServer(products: [ProductRow(id: 1, stock: 10)])
        for position in 1...4 {
            let transaction = try #require(server.binaryLog.transaction(at: position))
            guard case .commit = replica.apply(transaction, now: .zero), let applier = replica.applierSession else {
                Issue.record("not applied")
                return
            }
            _ = replica.commitAtOnce(applier, now: .zero)
        }
        #expect(replica.engine.committedEvents == server.engine.committedEvents)
        var recovered = MySQLServer(recovering: server.crash(.machine))
        #expect(recovered.engine.committedEvents.map(\.order) == [1, 3])
        let again = try recovered.connect().get()
        #expect(
            recovered.execute(.insertEvent(OutboxRow(product: 1, order: 4)), session: again, now: .zero)
                == .commit(.affected(1, insertID: 4)))
    }
}
