import Testing
import Topology

@testable import SimNodes

/// What `sync_binlog` and `innodb_flush_log_at_trx_commit` leave of commits after a crash.
@Suite("MySQL durability")
struct MySQLDurabilityTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var syncBinlog: Int
        var flushLog: Int
        var kind: MySQLServer.CrashKind
        /// Sales in the tables and in the binary log, of four: one synced before the rest.
        var rows: Int64
        var logged: Int64

        var testDescription: String { "sync_binlog \(syncBinlog), flush_log \(flushLog), \(kind)" }
    }

    static let cases = [
        Case(syncBinlog: 1, flushLog: 1, kind: .machine, rows: 4, logged: 4),
        Case(syncBinlog: 1, flushLog: 1, kind: .process, rows: 4, logged: 4),
        // The tables go back to the last sync of the redo log; the binary log does not.
        Case(syncBinlog: 1, flushLog: 2, kind: .machine, rows: 1, logged: 4),
        Case(syncBinlog: 1, flushLog: 2, kind: .process, rows: 4, logged: 4),
        Case(syncBinlog: 1, flushLog: 0, kind: .process, rows: 1, logged: 4),
        Case(syncBinlog: 1, flushLog: 0, kind: .machine, rows: 1, logged: 4),
        // Each group's sync of the redo log carries the commit records of those before it; the last one is only prepared.
        Case(syncBinlog: 0, flushLog: 1, kind: .machine, rows: 3, logged: 1),
        Case(syncBinlog: 0, flushLog: 1, kind: .process, rows: 4, logged: 4),
        Case(syncBinlog: 3, flushLog: 1, kind: .machine, rows: 3, logged: 3),
        Case(syncBinlog: 0, flushLog: 2, kind: .machine, rows: 1, logged: 1),
    ]

    private func sell(_ server: inout MySQLServer, _ session: MySQLSessionID, _ key: String) {
        _ = server.execute(.begin(), session: session, now: .zero)
        _ = server.execute(MySQLNodeRig.decrement(), session: session, now: .zero)
        _ = server.execute(
            .insertOrder(OrderRow(requestKey: key, user: 1, product: 1, quantity: 1)), session: session, now: .zero)
        _ = server.execute(.commit, session: session, now: .zero)
        guard case .logged(let transaction) = server.beginCommit(session, now: .zero) else {
            Issue.record("not logged")
            return
        }
        server.groupDone(server.nextGroup(), through: transaction.position)
        #expect(server.finishCommit(session, now: .zero) == .ok)
    }

    @Test("A crash leaves what the two settings say", arguments: cases)
    func survivors(of test: Case) throws {
        var settings = MySQLServer.Settings()
        settings.syncBinlog = test.syncBinlog
        settings.flushLogAtTrxCommit = test.flushLog
        var server = MySQLServer(settings: settings, products: [ProductRow(id: 1, stock: 10)])
        let session = try server.connect().get()
        sell(&server, session, "a")
        if test.syncBinlog != 3 { server.binaryLogFlushed(through: 1) }
        server.redoLogFlushed()
        for key in ["b", "c", "d"] { sell(&server, session, key) }
        let recovered = MySQLServer(recovering: server.crash(test.kind))
        #expect(recovered.engine.committedProduct(1)?.stock == 10 - test.rows)
        #expect(recovered.engine.committedOrders.count == Int(test.rows))
        #expect(recovered.binaryLog.executed.count == test.logged)
    }

    @Test("A recovered server with lost commits sells on, and gives lost order numbers again")
    func sellsOn() throws {
        var settings = MySQLServer.Settings()
        settings.flushLogAtTrxCommit = 0
        var server = MySQLServer(settings: settings, products: [ProductRow(id: 1, stock: 10)])
        let session = try server.connect().get()
        sell(&server, session, "a")
        server.redoLogFlushed()
        sell(&server, session, "b")
        var recovered = MySQLServer(recovering: server.crash(.machine))
        let next = try recovered.connect().get()
        sell(&recovered, next, "b")
        #expect(recovered.engine.committedOrders.map(\.id) == [1, 2])
        #expect(recovered.engine.committedProduct(1)?.stock == 8)
    }

    /// The last sync was at 1 s; what was sold at 1.5 s is gone, what was sold at 0.5 s is not.
    @Test("A machine that dies loses up to a second with innodb_flush_log_at_trx_commit 2, and nothing with 1")
    func losesUpToASecond() {
        for (flushLog, stock) in [(1, Int64(998)), (2, 999)] {
            let rig = MySQLNodeRig { $0.flushLogAtTrxCommit = flushLog }
            rig.at(.milliseconds(500)) { client in
                try await client.purchase(try await client.connect(to: rig.primary), user: 1)
            }
            rig.at(.milliseconds(1_500)) { client in
                try await client.purchase(try await client.connect(to: rig.primary), user: 2)
            }
            rig.strike(at: .milliseconds(1_800)) { rig.primary.process.crash(takingHost: true) }
            rig.run(until: .seconds(3))
            #expect(rig.count("bought") == 2)
            #expect(rig.primary.product(1)?.stock == stock, "innodb_flush_log_at_trx_commit = \(flushLog)")
            #expect(rig.primary.executedTransactions.count == 2, "the binary log was synced each time")
        }
    }

    @Test("Without a sync of any log a commit takes none of its time")
    func commitsWithoutSync() {
        for (syncBinlog, flushLog, time) in [(1, 1, Int64(50)), (0, 1, 50), (1, 2, 50), (0, 2, 0)] {
            let rig = MySQLNodeRig {
                $0.flush = .constant(.milliseconds(50))
                $0.syncBinlog = syncBinlog
                $0.flushLogAtTrxCommit = flushLog
            }
            rig.at(.zero) { client in
                let session = try await client.connect(to: rig.primary)
                client.note("connected")
                try await client.attempt(MySQLNodeRig.decrement(), session, "update")
            }
            rig.run(until: .seconds(1))
            #expect(rig.time(of: "update: ok") == .ms(4 + 2 + time), "\(syncBinlog), \(flushLog)")
        }
    }

    @Test("A server that is provisioned anew has the other's rows, and gives no number of its own a second time")
    func cloned() throws {
        func server(_ id: Int32) -> MySQLServer {
            var settings = MySQLServer.Settings()
            settings.serverID = id
            return MySQLServer(settings: settings, products: [ProductRow(id: 1, stock: 10)])
        }
        var (donor, recipient) = (server(1), server(2))
        sell(&donor, try donor.connect().get(), "a")
        let session = try recipient.connect().get()
        for key in ["b", "c"] { sell(&recipient, session, key) }
        let copy = MySQLServer(cloning: donor, onto: recipient)
        #expect(copy.engine.committedOrders == donor.engine.committedOrders)
        #expect(copy.binaryLog.executed == GTIDSet([GTID(source: 1, number: 1)]))
        #expect(copy.readOnlyMode == .superReadOnly && copy.settings.serverID == 2)
        #expect(donor.isRunning, "the donor goes on")
        var restarted = copy
        restarted = MySQLServer(recovering: restarted.crash(.machine))
        sell(&restarted, try restarted.connect().get(), "d")
        #expect(restarted.binaryLog.executed == GTIDSet([GTID(source: 1, number: 1), GTID(source: 2, number: 3)]))
    }
}
