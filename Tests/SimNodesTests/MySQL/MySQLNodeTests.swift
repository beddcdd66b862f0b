import Testing
import Topology

@testable import SimNodes

@Suite struct MySQLNodeTests {
    /// The work of each; connecting takes two round trips and 7 ms before it, the network 2 ms around it.
    private static let sums: [(Statement, [Int64])] = [
        (.selectProduct(1), [3, 4]), (.begin(), [1]), (.commit, [6]), (.rollback, [1]),
        (.selectProductForUpdate(1), [8]), (.selectProductsForUpdate([1]), [8]),
        (MySQLNodeRig.decrement(), [10, 11, 6, 50]),
        (.insertOrder(OrderRow(user: 1, product: 1, quantity: 1)), [12, 6, 50]),
        (.countOrders(UserProduct(user: 1, product: 1)), [3, 4]),
    ]

    @Test(arguments: sums)
    func takesTheSumOfItsParts(statement: Statement, work: [Int64]) {
        let rig = MySQLNodeRig {
            $0.service.connect = MySQLNodeRig.cost(cpu: 5, io: 2)
            $0.service.begin = MySQLNodeRig.cost(cpu: 1)
            $0.service.select = MySQLNodeRig.cost(cpu: 3, io: 4)
            $0.service.commit = MySQLNodeRig.cost(cpu: 6)
            $0.service.selectForUpdate = MySQLNodeRig.cost(cpu: 8)
            $0.service.update = MySQLNodeRig.cost(cpu: 10, io: 11)
            $0.service.insert = MySQLNodeRig.cost(cpu: 12)
            $0.flush = .constant(.milliseconds(50))
        }
        rig.at(.zero) { client in
            let session = try await client.connect(to: rig.primary)
            client.note("connected")
            try await client.attempt(statement, session, "statement")
        }
        rig.run(until: .seconds(1))
        #expect(rig.time(of: "connected") == .ms(4 + 7))
        #expect(rig.time(of: "statement: ok") == .ms(11 + 2 + work.reduce(0, +)))
    }

    @Test func sellsInOneTransaction() {
        let rig = MySQLNodeRig()
        rig.at(.zero) { client in
            try await client.purchase(try await client.connect(to: rig.primary), user: 7)
        }
        rig.run(until: .seconds(1))
        #expect(rig.entries.map(\.what) == ["7: bought"])
        #expect(rig.primary.products == [ProductRow(id: 1, stock: 999)])
        #expect(rig.primary.orders == [OrderRow(id: 1, user: 7, product: 1, quantity: 1, trace: 7)])
        #expect(rig.primary.openTransactions == 0 && rig.primary.heldLocks == 0)
        #expect(rig.world.sites.count(.mysqlPrepare) == 1 && rig.world.sites.count(.mysqlCommit) == 1)
    }

    /// Held: answer 1, update 1 + 2, answer 1, insert 1 + 3, answer 1, commit 1 + 4 + 5 = 20 ms.
    @Test func servesTheQueueForARowInOrder() {
        let rig = MySQLNodeRig {
            $0.service.selectForUpdate = MySQLNodeRig.cost(cpu: 9)
            $0.service.update = MySQLNodeRig.cost(cpu: 2)
            $0.service.insert = MySQLNodeRig.cost(cpu: 3)
            $0.service.commit = MySQLNodeRig.cost(cpu: 4)
            $0.flush = .constant(.milliseconds(5))
            $0.cores = 64
        }
        for user in Int64(0)..<50 {
            rig.at(.microseconds(user)) { client in
                try await client.purchase(try await client.connect(to: rig.primary), user: user)
            }
        }
        rig.run(until: .seconds(5))
        #expect(rig.entries.map(\.what) == (0..<50).map { "\($0): bought" })
        // Connect 4, begin 2, lock request 1 + 9; fifty times held; the last answer 1.
        let lastAnswer: Int64 = 4 + 2 + 10 + 50 * 20 + 1
        #expect(rig.entries.last?.at == .ms(lastAnswer))
        #expect(rig.primary.product(1)?.stock == 950)
        #expect(rig.world.meters.first { $0.name == "db1.rowLocks" }?.queue.maximum == 49)
    }

    @Test func commitsInGroups() {
        let rig = MySQLNodeRig(tables: MySQLNodeRig.products(100)) {
            $0.flush = .constant(.milliseconds(10))
            $0.service.update = MySQLNodeRig.cost(cpu: 1)
        }
        for product in Int64(1)...100 {
            rig.at(.zero) { client in
                let session = try await client.connect(to: rig.primary)
                try await client.attempt(MySQLNodeRig.decrement(product), session, "\(product)")
            }
        }
        rig.run(until: .seconds(1))
        #expect(rig.count(": ok") == 100)
        let flushes = (rig.world.meters.first { $0.name == "db1.flush" }?.busy ?? .zero).milliseconds / 10
        // Eight cores let eight updates a millisecond through: the first alone, then groups of up to eighty.
        #expect(flushes == 3)
        let latest: Int64 = 4 + 1 + 13 + 20 + 1
        #expect(rig.entries.last!.at <= .ms(latest))
        #expect(rig.primary.loggedPosition == 100)
    }

    @Test func nobodyWaitsAfterTheLastFlush() {
        let rig = MySQLNodeRig(tables: MySQLNodeRig.products(2)) { $0.flush = .constant(.milliseconds(10)) }
        for product in Int64(1)...2 {
            rig.at(.milliseconds(product)) { client in
                let session = try await client.connect(to: rig.primary)
                try await client.attempt(MySQLNodeRig.decrement(product), session, "\(product)")
            }
        }
        rig.run(until: .seconds(1))
        let meter = rig.world.meters.first { $0.name == "db1.flush" }
        #expect(meter?.queue.maximum == 1)
        #expect(meter?.queue.level == 0)
    }

    @Test func turnsTheNextConnectionAway() {
        let rig = MySQLNodeRig { $0.maxConnections = 300 }
        for number in 0..<301 {
            rig.at(.microseconds(Int64(number))) { client in
                do {
                    let session = try await client.connect(to: rig.primary)
                    client.note("open")
                    try await client.process.sleep(.seconds(1))
                    session.connection.close()
                } catch let error as MySQLError {
                    client.note("error \(error.code)")
                }
            }
        }
        rig.at(.seconds(2)) { client in
            _ = try await client.connect(to: rig.primary)
            client.note("open again")
        }
        rig.run(until: .seconds(3))
        #expect(rig.count("open") == 300 && rig.count("error 1040") == 1 && rig.count("open again") == 1)
        let meter = rig.world.meters.first { $0.name == "db1.connections" }!
        #expect(meter.rejections == 1 && meter.inUse.maximum == 300 && meter.inUse.level == 1)
        #expect(rig.milestone("1040")?.kind == .breakage)
        #expect(rig.primary.openConnections == 1)
    }

    /// The statement gives up after 2 s (InnoDB looks once a second); its transaction goes on and commits the rest.
    @Test func givesUpWaitingForALock() throws {
        let rig = MySQLNodeRig(tables: MySQLNodeRig.products(2)) { $0.lockWaitTimeout = .seconds(2) }
        rig.at(.zero) { client in
            let session = try await client.connect(to: rig.primary)
            try await client.execute(.begin(), session)
            try await client.attempt(.selectProductForUpdate(1), session, "holder")
            try await client.process.sleep(.seconds(10))
            try await client.execute(.rollback, session)
        }
        rig.at(.milliseconds(100)) { client in
            let session = try await client.connect(to: rig.primary)
            try await client.execute(.begin(), session)
            try await client.execute(MySQLNodeRig.decrement(2), session)
            try await client.attempt(MySQLNodeRig.decrement(1), session, "waiter")
            try await client.attempt(.commit, session, "commit")
        }
        rig.run(until: .seconds(20))
        let waited = try #require(rig.time(of: "waiter: 1205")) - .ms(109)
        #expect(waited >= .seconds(2) && waited < .milliseconds(3_010))
        #expect(rig.primary.products.map(\.stock) == [1_000, 999])
        #expect(rig.milestone("1205") != nil)
        #expect(rig.world.meters.first { $0.name == "db1.rowLocks" }?.timeouts == 1)
    }

    @Test func endsADeadlockAtOnce() throws {
        let rig = MySQLNodeRig(tables: MySQLNodeRig.products(2))
        for (name, products) in [("first", [Int64(1), 2]), ("second", [2, 1])] {
            rig.at(.zero) { client in
                let session = try await client.connect(to: rig.primary)
                try await client.execute(.begin(), session)
                try await client.execute(MySQLNodeRig.decrement(products[0]), session)
                try await client.attempt(MySQLNodeRig.decrement(products[1]), session, name)
                try await client.attempt(.commit, session, "\(name) commit")
            }
        }
        rig.run(until: .seconds(1))
        #expect(rig.count(": 1213") == 1)
        #expect(rig.count("commit: ok") == 2)
        #expect(rig.primary.products.map(\.stock) == [999, 999])
        #expect(rig.primary.heldLocks == 0 && rig.primary.openTransactions == 0)
        #expect(rig.milestone("1213") != nil)
    }

    /// A client that has gone keeps its place in the queue for the row; its autocommit update happens all the same.
    @Test func noticesAVanishedClientAfterItsLockWait() {
        let rig = MySQLNodeRig()
        rig.at(.zero) { client in
            let session = try await client.connect(to: rig.primary)
            try await client.execute(.begin(), session)
            try await client.execute(MySQLNodeRig.decrement(), session)
            try await client.process.sleep(.seconds(1))
            try await client.execute(.commit, session)
        }
        for isAutocommit in [true, false] {
            rig.at(.milliseconds(100)) { client in
                let session = try await client.connect(to: rig.primary)
                if !isAutocommit { try await client.execute(.begin(), session) }
                client.spawn(after: .milliseconds(100)) { _ in session.connection.close() }
                try await client.attempt(MySQLNodeRig.decrement(), session, "gone")
            }
        }
        rig.strike(at: .milliseconds(500)) {
            rig.client.assumeIsolated { $0.note("waiting \(rig.primary.waitingSessions)") }
        }
        rig.run(until: .seconds(5))
        #expect(rig.count("waiting 2") == 1)
        #expect(rig.primary.product(1)?.stock == 998)
        #expect(rig.primary.heldLocks == 0 && rig.primary.openConnections == 1)
    }

    /// A statement that runs when its client goes is executed to its end.
    @Test func finishesWhatAVanishedClientAskedFor() {
        let rig = MySQLNodeRig { $0.service.update = MySQLNodeRig.cost(cpu: 100) }
        rig.at(.zero) { client in
            let session = try await client.connect(to: rig.primary)
            client.spawn(after: .milliseconds(50)) { _ in session.connection.close() }
            try await client.attempt(MySQLNodeRig.decrement(), session, "update")
        }
        rig.run(until: .seconds(1))
        #expect(rig.primary.product(1)?.stock == 999)
        #expect(rig.primary.openConnections == 0)
    }

    @Test func rollsAVanishedClientsTransactionBack() {
        let rig = MySQLNodeRig()
        rig.at(.zero) { client in
            let session = try await client.connect(to: rig.primary)
            try await client.execute(.begin(), session)
            try await client.execute(MySQLNodeRig.decrement(), session)
            session.connection.close()
        }
        rig.run(until: .seconds(1))
        #expect(rig.primary.product(1)?.stock == 1_000)
        #expect(rig.primary.heldLocks == 0 && rig.primary.openConnections == 0)
    }

    /// A second statement on the same connection waits for the first one's answer.
    @Test func executesOneStatementOfAConnectionAtATime() {
        let rig = MySQLNodeRig { $0.service.select = MySQLNodeRig.cost(cpu: 10) }
        rig.at(.zero) { client in
            let session = try await client.connect(to: rig.primary)
            for number in 1...3 {
                client.spawn { try await $0.attempt(.selectProduct(1), session, "\(number)") }
            }
        }
        rig.run(until: .seconds(1))
        #expect(rig.entries.map(\.what) == ["1: ok", "2: ok", "3: ok"])
        #expect(rig.entries.map(\.at) == [.ms(16), .ms(26), .ms(36)])
    }

    /// KILL ends a lock wait at once and rolls back; a commit under way is finished.
    @Test func fencingKillsClients() {
        let rig = MySQLNodeRig(tables: MySQLNodeRig.products(2)) { $0.flush = .constant(.milliseconds(500)) }
        // Killed first, as the older connection: its lock wait ends before the lock is free.
        rig.at(.zero) { client in
            let session = try await client.connect(to: rig.primary)
            try await client.process.sleep(.milliseconds(100))
            try await client.attempt(MySQLNodeRig.decrement(1), session, "blocked")
        }
        rig.at(.milliseconds(50)) { client in
            let session = try await client.connect(to: rig.primary)
            try await client.execute(.begin(), session)
            try await client.execute(MySQLNodeRig.decrement(1), session)
            try await client.process.sleep(.seconds(2))
            try await client.attempt(.commit, session, "idle")
        }
        rig.at(.milliseconds(700)) { client in
            let session = try await client.connect(to: rig.primary)
            try await client.attempt(MySQLNodeRig.decrement(2), session, "committing")
        }
        rig.at(.seconds(1)) { _ in
            try await rig.world.network.call(from: rig.client.process, to: rig.primary) { try await $0.fence() }
        }
        rig.at(.seconds(3)) { client in
            let session = try await client.connect(to: rig.primary)
            try await client.attempt(MySQLNodeRig.decrement(1), session, "new")
        }
        rig.run(until: .seconds(4))
        #expect(rig.entries.map(\.what) == ["blocked: reset", "committing: ok", "idle: reset", "new: 1290"])
        #expect(rig.time(of: "blocked: reset") == .ms(1_002))
        #expect(rig.primary.products.map(\.stock) == [1_000, 999])
        #expect(rig.primary.openConnections == 1 && rig.primary.heldLocks == 0)
        #expect(rig.milestone("super_read_only")?.node == "db1")
    }

    /// What is under way takes as much longer as the pause was long.
    @Test func aPauseStretchesWork() {
        let rig = MySQLNodeRig {
            $0.service.update = MySQLNodeRig.cost(cpu: 10)
            $0.flush = .constant(.milliseconds(10))
        }
        rig.at(.zero) { client in
            let session = try await client.connect(to: rig.primary)
            try await client.attempt(MySQLNodeRig.decrement(), session, "update")
        }
        rig.strike(at: .milliseconds(10)) { rig.primary.process.pause() }
        rig.strike(at: .milliseconds(1_010)) { rig.primary.process.resume() }
        rig.run(until: .seconds(2))
        #expect(rig.time(of: "update: ok") == .ms(5 + 1_000 + 20 + 1))
    }

    /// What comes during a pause waits for its end.
    @Test func doesNothingWhilePaused() {
        let rig = MySQLNodeRig {
            $0.service.update = MySQLNodeRig.cost(cpu: 10)
            $0.flush = .constant(.milliseconds(10))
        }
        rig.at(.zero) { client in
            let session = try await client.connect(to: rig.primary)
            try await client.attempt(MySQLNodeRig.decrement(), session, "update")
        }
        rig.strike(at: .microseconds(4_500)) { rig.primary.process.pause() }
        rig.strike(at: .milliseconds(1_010)) { rig.primary.process.resume() }
        rig.run(until: .seconds(2))
        #expect(rig.time(of: "update: ok") == .ms(1_010 + 20 + 1))
    }

    /// Servers, connections and manager do not keep each other alive when the run is over.
    @Test func leavesNothingBehind() {
        weak var node: MySQLNode?
        weak var replica: MySQLNode?
        weak var manager: FailoverManagerNode?
        func run() {
            let rig = MySQLNodeRig(replicas: 1) {
                $0.replication.mode = .semiSynchronous
                $0.failover = FailoverSettings()
            }
            (node, replica, manager) = (rig.primary, rig.replica, rig.manager)
            for user in Int64(0)..<3 {
                rig.at(.milliseconds(100)) { client in
                    try await client.purchase(try await client.connect(to: rig.primary), user: user)
                }
            }
            rig.run(until: .seconds(5))
            #expect(rig.replica.orders.count == 3)
        }
        run()
        #expect(node == nil && replica == nil && manager == nil)
    }

    @Test func isTheSameForTheSameSeed() {
        func run(_ seed: UInt64) -> (TraceDigest, [MySQLNodeClient.Entry], [Milestone]) {
            let rig = MySQLNodeRig(replicas: 2, seed: seed, tables: MySQLNodeRig.products(5)) {
                $0.service.update.cpu = .exponential(mean: .milliseconds(3))
                $0.flush = .exponential(mean: .milliseconds(4))
                $0.replication.mode = .semiSynchronous
                $0.replication.applyTime = .exponential(mean: .milliseconds(2))
                $0.replication.connectRetry = .seconds(1)
                $0.failover = FailoverSettings()
            }
            for user in Int64(0)..<200 {
                rig.at(.milliseconds(user * 3)) { client in
                    let session = try await client.connect(to: rig.primary)
                    try await client.purchase(session, product: user % 5 + 1, user: user)
                }
            }
            rig.strike(at: .milliseconds(300)) { rig.primary.process.crash() }
            rig.strike(at: .seconds(20)) { rig.primary.process.start() }
            rig.run(until: .seconds(60))
            return (rig.world.universe.digest, rig.entries, rig.world.timeline.milestones)
        }
        let (first, second, other) = (run(1), run(1), run(2))
        #expect(first.0 == second.0 && first.1 == second.1 && first.2 == second.2)
        #expect(first.0 != other.0)
        #expect(first.2.contains { $0.text.contains("new primary") })
    }
}
