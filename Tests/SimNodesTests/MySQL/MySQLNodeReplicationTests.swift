import Testing
import Topology

@testable import SimNodes

@Suite struct MySQLNodeReplicationTests {
    private static func slowLink() -> [NetworkLink] {
        [NetworkLink(from: "db1", to: "db2", latency: .constant(.milliseconds(50)))]
    }

    private static func buy(_ rig: MySQLNodeRig, at moment: TimeSpan, user: Int64) {
        rig.at(moment) { client in
            try await client.purchase(try await client.connect(to: rig.primary), user: user)
        }
    }

    /// The replica's handshake and request take 4 ms; a transaction is received 1 ms after its flush, applied 20 ms later.
    @Test func replicatesAsynchronously() throws {
        let rig = MySQLNodeRig(replicas: 1) { $0.replication.applyTime = .constant(.milliseconds(20)) }
        Self.buy(rig, at: .milliseconds(100), user: 1)
        for (moment, name) in [(113, "early"), (114, "received"), (133, "unapplied"), (134, "applied")] {
            rig.strike(at: .microseconds(Int64(moment) * 1_000 + 500)) {
                let replica = rig.replica
                rig.client.assumeIsolated {
                    $0.note("\(name) \(replica.receivedPosition) \(replica.appliedPosition)")
                }
            }
        }
        rig.run(until: .milliseconds(200))
        #expect(rig.time(of: "1: bought") == .ms(114))
        let seen = rig.entries.map(\.what).filter { $0 != "1: bought" }
        #expect(seen == ["early 0 0", "received 1 0", "unapplied 1 0", "applied 1 1"])
        #expect(rig.replica.orders == rig.primary.orders && rig.replica.products == rig.primary.products)
        #expect(rig.replica.executedTransactions == rig.primary.executedTransactions)
        #expect(rig.replica.orders.first?.trace == 1)
        #expect(rig.world.sites.count(.mysqlReplicated) == 1)
    }

    @Test func catchesUpAfterAnOutage() {
        let rig = MySQLNodeRig(replicas: 1) { $0.replication.connectRetry = .seconds(2) }
        for user in Int64(0)..<20 { Self.buy(rig, at: .milliseconds(200 * user), user: user) }
        rig.strike(at: .milliseconds(990)) { rig.replica.process.crash() }
        rig.strike(at: .milliseconds(1_500)) { rig.replica.process.start() }
        rig.run(until: .seconds(20))
        #expect(rig.primary.orders.count == 20)
        #expect(rig.replica.orders == rig.primary.orders)
        #expect(rig.replica.isReadOnly && rig.replica.isAvailable)
        #expect(rig.milestone("back after crash recovery, read-only")?.at == .ms(6_500))
    }

    /// A reset makes the replica try again at once; only the attempts after that wait for `connectRetry`.
    @Test func reconnectsAtOnceAfterAReset() {
        let rig = MySQLNodeRig(replicas: 1) { $0.startTime = .zero }
        rig.strike(at: .seconds(5)) {
            rig.primary.process.crash()
            rig.primary.process.start()
        }
        Self.buy(rig, at: .seconds(6), user: 6)
        rig.run(until: .seconds(7))
        #expect(rig.replica.orders.map(\.trace) == [6])
    }

    /// The relay log is in the operating system's hands (`sync_relay_log`): it outlives the process, not the machine.
    @Test(arguments: [true, false])
    func keepsTheRelayLogUnlessTheMachineDies(takingHost: Bool) {
        let rig = MySQLNodeRig(replicas: 1) { $0.replication.applyTime = .constant(.seconds(1)) }
        for user in Int64(1)...5 { Self.buy(rig, at: .milliseconds(100), user: user) }
        rig.strike(at: .milliseconds(1_500)) {
            rig.primary.process.crash()
            rig.replica.process.crash(takingHost: takingHost)
        }
        rig.strike(at: .seconds(2)) { rig.replica.process.start() }
        rig.run(until: .seconds(30))
        #expect(rig.primary.orders.count == 5)
        #expect(rig.replica.orders.count == (takingHost ? 1 : 5))
    }

    /// What arrives twice, or is held by a cut and sent again after it, is applied once.
    @Test func survivesAPartition() {
        let rig = MySQLNodeRig(replicas: 1) {
            $0.replication.netTimeout = .seconds(4)
            $0.replication.connectRetry = .seconds(1)
        }
        for user in Int64(0)..<20 { Self.buy(rig, at: .milliseconds(500 * user), user: user) }
        rig.strike(at: .milliseconds(2_250)) { rig.partition(rig.primary, rig.replica) }
        rig.strike(at: .milliseconds(8_250)) { rig.heal(rig.primary, rig.replica) }
        rig.run(until: .seconds(30))
        #expect(rig.primary.orders.count == 20)
        #expect(rig.replica.orders == rig.primary.orders)
        #expect(rig.milestone("heard nothing")?.node == "db2")
    }

    @Test func refusesWritesOnAReplica() {
        let rig = MySQLNodeRig(replicas: 1)
        rig.at(.zero) { client in
            let session = try await client.connect(to: rig.replica)
            try await client.attempt(.selectProduct(1), session, "read")
            try await client.attempt(MySQLNodeRig.decrement(), session, "write")
            try await client.attempt(.selectProductForUpdate(1), session, "lock")
        }
        rig.run(until: .seconds(1))
        #expect(rig.entries.map(\.what) == ["read: ok", "write: 1290", "lock: 1290"])
    }

    /// Killed 10 ms after the answer, while the transaction is still on its way to the replica.
    @Test(arguments: ReplicationMode.allCases)
    func losesAnAcknowledgedCommitUnlessSemiSynchronous(mode: ReplicationMode) throws {
        let rig = MySQLNodeRig(replicas: 1, links: Self.slowLink()) { $0.replication.mode = mode }
        Self.buy(rig, at: .seconds(1), user: 1)
        rig.strike(at: .milliseconds(1_024)) {
            if rig.count("bought") > 0 { rig.primary.process.crash() }
        }
        rig.strike(at: .milliseconds(1_115)) {
            if mode == .semiSynchronous, rig.count("bought") > 0 { rig.primary.process.crash() }
        }
        rig.at(.seconds(2)) { _ in
            _ = try await rig.world.network.call(from: rig.client.process, to: rig.replica) { try await $0.promote() }
        }
        rig.run(until: .seconds(3))
        // The commit's request arrives 13 ms after the start; the replica is 50 ms away, and so is its acknowledgement.
        #expect(rig.time(of: "1: bought") == .ms(mode == .asynchronous ? 1_014 : 1_114))
        #expect(rig.primary.process.isDown)
        #expect(rig.replica.orders.count == (mode == .asynchronous ? 0 : 1))
        #expect(!rig.replica.isReadOnly && rig.replica.source == nil)
    }

    /// AFTER_SYNC hides what no replica has; AFTER_COMMIT shows it to others before the client has its answer.
    @Test(arguments: SemiSyncWaitPoint.allCases)
    func waitsWhereItIsToldTo(waitPoint: SemiSyncWaitPoint) {
        let rig = MySQLNodeRig(replicas: 1, links: Self.slowLink()) {
            $0.replication.mode = .semiSynchronous
            $0.replication.waitPoint = waitPoint
        }
        Self.buy(rig, at: .seconds(1), user: 1)
        rig.strike(at: .milliseconds(1_060)) {
            let stock = rig.primary.product(1)?.stock ?? -1
            rig.client.assumeIsolated { $0.note("stock \(stock)") }
        }
        rig.run(until: .seconds(2))
        #expect(rig.count(waitPoint == .afterSync ? "stock 1000" : "stock 999") == 1)
        #expect(rig.time(of: "1: bought") == .ms(1_114))
    }

    @Test func fallsBackToAsynchronousReplicationAndReturns() throws {
        let rig = MySQLNodeRig(replicas: 1) { $0.replication.mode = .semiSynchronous }
        rig.strike(at: .milliseconds(500)) { rig.partition(rig.primary, rig.replica) }
        Self.buy(rig, at: .seconds(1), user: 1)
        Self.buy(rig, at: .seconds(20), user: 2)
        rig.strike(at: .seconds(30)) { rig.heal(rig.primary, rig.replica) }
        Self.buy(rig, at: .seconds(100), user: 3)
        rig.run(until: .seconds(120))
        #expect(rig.time(of: "1: bought") == .ms(1_013 + 10_000 + 1))
        #expect(rig.time(of: "2: bought") == .ms(20_014))
        #expect(rig.time(of: "3: bought") == .ms(100_016))
        #expect(rig.milestone("asynchronous replication")?.at == .ms(11_013))
        let returned = try #require(rig.milestone("caught up")?.at)
        #expect(returned > .ms(30_000) && returned < .ms(100_000))
        #expect(rig.primary.isSemiSynchronous)
        #expect(rig.replica.orders.count == 3)
    }

    /// Between binary log and engine commit: nobody was told, no replica has it, and recovery commits it all the same.
    @Test func bringsAGhostBack() {
        let rig = MySQLNodeRig(replicas: 1)
        rig.world.sites.set(EventTrigger(.mysqlPrepare, nth: 3, node: "db1")) { $0.crash() }
        for user in Int64(1)...3 { Self.buy(rig, at: .seconds(user), user: user) }
        rig.at(.seconds(5)) { _ in
            _ = try await rig.world.network.call(from: rig.client.process, to: rig.replica) { try await $0.promote() }
        }
        rig.strike(at: .seconds(10)) { rig.primary.process.start() }
        rig.at(.seconds(16)) { client in
            try await client.purchase(try await client.connect(to: rig.primary), user: 16)
        }
        rig.run(until: .seconds(20))
        #expect(rig.entries.map(\.what) == ["1: bought", "2: bought", "3: reset", "16: bought"])
        #expect(rig.replica.orders.map(\.trace) == [1, 2])
        #expect(rig.primary.orders.map(\.trace) == [1, 2, 3, 16])
        #expect(!rig.primary.executedTransactions.isSubset(of: rig.replica.executedTransactions))
        #expect(rig.milestone("recovery committed 1")?.at == .ms(15_000))
    }

    /// The same with the machine gone: the log was not flushed, so there is no ghost.
    @Test func forgetsWhatWasNotFlushedWithTheMachine() {
        let rig = MySQLNodeRig()
        rig.world.sites.set(EventTrigger(.mysqlPrepare, nth: 3, node: "db1")) { $0.crash(takingHost: true) }
        for user in Int64(1)...3 { Self.buy(rig, at: .seconds(user), user: user) }
        rig.run(until: .seconds(20))
        #expect(rig.primary.orders.map(\.trace) == [1, 2])
    }

    @Test func commitsSurviveACrashAndLocksDoNot() {
        let rig = MySQLNodeRig { $0.recoveryTime = .seconds(3) }
        Self.buy(rig, at: .zero, user: 1)
        rig.at(.zero) { client in
            let session = try await client.connect(to: rig.primary)
            try await client.execute(.begin(), session)
            try await client.process.sleep(.milliseconds(100))
            try await client.execute(MySQLNodeRig.decrement(), session)
            try await client.process.sleep(.seconds(5))
            try await client.attempt(.commit, session, "commit")
        }
        rig.strike(at: .seconds(1)) { rig.primary.process.crash() }
        rig.strike(at: .seconds(2)) { rig.primary.process.start() }
        rig.at(.seconds(3)) { client in
            do { _ = try await client.connect(to: rig.primary) } catch is NetworkError { client.note("starting") }
        }
        rig.at(.seconds(11)) { client in
            try await client.purchase(try await client.connect(to: rig.primary), user: 2)
        }
        rig.run(until: .seconds(20))
        #expect(rig.count("starting") == 1 && rig.count("commit: closed") == 1 && rig.count("2: bought") == 1)
        #expect(rig.milestone("back after crash recovery")?.at == .ms(10_000))
        #expect(rig.primary.product(1)?.stock == 998)
        #expect(rig.primary.openTransactions == 0 && rig.primary.openConnections == 1)
    }
}
