import Testing
import Topology

@testable import SimNodes

@Suite("MySQL properties over random interleavings")
struct MySQLPropertyTests {
    private func run(_ seed: Int, steps: Int = 500, _ flavor: MySQLFlavor = .mysql8)
        -> MySQLShopRig
    {
        var rig = MySQLShopRig(seed: seed, flavor: flavor)
        for _ in 0..<steps { rig.step() }
        return rig
    }

    @Test("Row-locked transactions are serial in commit order, and stock + sold = initial", arguments: 0..<200)
    func serialEquivalence(seed: Int) {
        var rig = run(seed, seed % 3 == 0 ? .mariadb10_11 : .mysql8)
        rig.settle()
        let engine = rig.server.engine
        let expected = rig.serialStocks(rig.sales.count)
        #expect(engine.committedProducts.map(\.stock) == expected, "seed \(seed)")
        #expect(rig.violations.isEmpty, "seed \(seed): \(rig.violations)")
        for product in engine.committedProducts {
            let sold = engine.committedOrders.filter { $0.product == product.id }.reduce(0) { $0 + $1.quantity }
            #expect(product.stock + sold == rig.initialStock, "seed \(seed), product \(product.id)")
        }
        #expect(rig.acknowledged == rig.sales.count)
        #expect(engine.lockCount == 0 && engine.retainedVersions == 0 && engine.openSessions == 0, "seed \(seed)")
    }

    @Test("The interleavings contain sales and deadlocks")
    func interleavingsAreHard() {
        let rigs = (0..<20).map { run($0) }
        #expect(rigs.reduce(0) { $0 + $1.sales.count } > 200)
        #expect(rigs.reduce(0) { $0 + $1.deadlocks } > 20)
    }

    @Test("A crash keeps exactly what was in the binary log", arguments: 0..<200)
    func crashKeepsDurableCommits(seed: Int) {
        var rig = MySQLShopRig(seed: seed)
        for _ in 0..<(50 + rig.random.below(400)) { rig.step() }
        let kind: MySQLServer.CrashKind = seed % 2 == 0 ? .process : .machine
        let survivors =
            kind == .process ? rig.server.binaryLog.writtenPosition : rig.server.binaryLog.durablePosition
        #expect(rig.acknowledged <= survivors, "no acknowledged commit may be lost")
        let state = rig.server.crash(kind)
        var recovered = MySQLServer(recovering: state)
        let expected = rig.serialStocks(survivors)
        #expect(recovered.engine.committedProducts.map(\.stock) == expected, "seed \(seed)")
        #expect(recovered.engine.committedOrders.count == rig.soldPieces(survivors), "seed \(seed)")
        #expect(recovered.binaryLog.executed.count == Int64(survivors), "seed \(seed)")
        #expect(recovered.engine.lockCount == 0)
        guard case .success(let session) = recovered.connect() else {
            Issue.record("no connection")
            return
        }
        let insert = Statement.insertOrder(OrderRow(user: 1, product: 1, quantity: 0))
        guard case .commit = recovered.execute(insert, session: session, now: rig.now) else {
            Issue.record("seed \(seed): the recovered server does not take writes")
            return
        }
        let reply = recovered.commitAtOnce(session, now: rig.now)
        #expect(reply == .affected(1, insertID: rig.server.engine.orders.nextID))
        #expect(recovered.binaryLog.executed.last(of: 1) == Int64(survivors) + 1)
    }

    @Test("A replica that has applied everything equals its primary", arguments: 0..<100)
    func replicaEqualsPrimary(seed: Int) {
        var rig = run(seed)
        rig.settle()
        var settings = rig.server.settings
        settings.serverID = 2
        let stock = rig.initialStock
        var second = MySQLServer(
            settings: settings,
            products: (1...MySQLShopRig.productCount).map { ProductRow(id: $0, stock: stock) })
        second.setReadOnly(.superReadOnly)
        var replica = MySQLReplica()
        replica.startApplier()
        while replica.appliedPosition < rig.server.binaryLog.durablePosition {
            // Every so often the connection breaks, and the replica asks for what it lacks.
            replica.startReceiver(now: rig.now)
            let request = replica.requestSet(executed: second.binaryLog.executed)
            guard
                case .accepted(let start) = MySQLReplica.admit(
                    requestSet: request, by: rig.server.binaryLog, serverID: 1)
            else {
                Issue.record("seed \(seed): refused")
                return
            }
            replica.connected(from: start, now: rig.now)
            for position in start..<(start + 1 + rig.random.below(20)) {
                guard let transaction = rig.server.binaryLog.transaction(at: position) else { break }
                let isReceived = replica.receive(transaction, now: rig.now)
                #expect(isReceived)
                if rig.random.chance(50), let next = replica.nextToApply {
                    apply(next, to: &second, now: rig.now)
                    replica.applied()
                }
            }
            replica.stopReceiver()
            if replica.receivedPosition == rig.server.binaryLog.durablePosition {
                while let next = replica.nextToApply {
                    apply(next, to: &second, now: rig.now)
                    replica.applied()
                }
            }
        }
        #expect(second.engine.committedProducts == rig.server.engine.committedProducts, "seed \(seed)")
        #expect(second.engine.committedOrders == rig.server.engine.committedOrders, "seed \(seed)")
        #expect(second.binaryLog.executed == rig.server.binaryLog.executed, "seed \(seed)")
        #expect(MySQLReplica.errant(executed: second.binaryLog.executed, source: rig.server.binaryLog.executed).isEmpty)
    }

    private func apply(_ transaction: BinlogTransaction, to server: inout MySQLServer, now: Instant) {
        guard case .commit = server.apply(transaction, now: now), let session = server.applierSession else {
            Issue.record("not applied: \(transaction.gtid)")
            return
        }
        _ = server.commitAtOnce(session, now: now)
    }

    @Test("The same seed gives the same run")
    func determinism() {
        let first = run(7)
        let second = run(7)
        #expect(first.server.engine.committedOrders == second.server.engine.committedOrders)
        #expect(first.acknowledged == second.acknowledged && first.deadlocks == second.deadlocks)
    }
}
