import Testing
import Topology

@testable import SimNodes

@Suite struct FailoverManagerNodeTests {
    private static func rig(
        replicas: Int = 1, manager: Bool = true, _ configure: (inout MySQLSettings) -> Void = { _ in }
    ) -> MySQLNodeRig {
        let rig = MySQLNodeRig(replicas: replicas) {
            $0.replication.netTimeout = .seconds(20)
            $0.replication.connectRetry = .seconds(1)
            if manager { $0.failover = FailoverSettings() }
            configure(&$0)
        }
        rig.at(.milliseconds(500)) { client in
            try await client.purchase(try await client.connect(to: rig.primary), user: 1)
        }
        rig.strike(at: .seconds(1)) { rig.world.failovers.fault(.mysql, at: rig.world.now) }
        return rig
    }

    @Test func promotesAfterAProcessCrash() throws {
        let rig = Self.rig { $0.failover?.redirect.delay = .seconds(3) }
        let manager = try #require(rig.manager)
        manager.subscribe(rig.client) { $0.note("told \($1)") }
        rig.strike(at: .seconds(1)) { rig.primary.process.crash() }
        for moment in [8, 10] {
            rig.strike(at: .seconds(Int64(moment))) {
                let address = manager.primaryAddress()
                rig.client.assumeIsolated { $0.note("asked \(address)") }
            }
        }
        rig.run(until: .seconds(30))
        // Polled at 0 and 5 s; the loop that looks at the polls runs once a second.
        let record = rig.world.failovers.mysql
        let detected = try #require(record.detectedAt)
        let promoted = try #require(record.promotedAt)
        #expect(detected > .ms(5_000) && detected <= .ms(6_000))
        #expect(promoted - detected < .milliseconds(20))
        #expect(!rig.replica.isReadOnly && rig.replica.source == nil)
        #expect(rig.time(of: "told db2") == promoted + .milliseconds(3_001))
        #expect(rig.entries.map(\.what).filter { $0.hasPrefix("asked") } == ["asked db1", "asked db2"])
        #expect(rig.world.sites.count(.mysqlPromoted) == 1)
        for text in ["in vain", "declares db1 dead", "promotes db2", "is the new primary", "clients find db2"] {
            #expect(rig.milestone(text)?.node == "failover-manager", "\(text)")
        }
    }

    /// Nobody sends a reset: until `netTimeout` the replica believes in its connection, and so there is no agreement.
    @Test func promotesOnlyAfterTheNetTimeoutOfAHostCrash() throws {
        let rig = Self.rig()
        rig.strike(at: .seconds(1)) { rig.primary.process.crash(takingHost: true) }
        rig.run(until: .seconds(60))
        let detected = try #require(rig.world.failovers.mysql.detectedAt)
        #expect(detected > .ms(20_500) && detected < .ms(23_000))
        #expect(rig.milestone("replicas still receive") != nil)
        #expect(rig.milestone("heard nothing") != nil)
        #expect(!rig.replica.isReadOnly)
    }

    @Test func believesItsOwnPollsIfItMay() throws {
        let rig = Self.rig { $0.failover?.requireReplicaAgreement = false }
        rig.strike(at: .seconds(1)) { rig.primary.process.crash(takingHost: true) }
        rig.run(until: .seconds(60))
        let detected = try #require(rig.world.failovers.mysql.detectedAt)
        #expect(detected >= .ms(6_000) && detected <= .ms(7_000))
    }

    /// db2's file says read-only, since it was made as a replica: after a restart it refuses writes as the primary.
    @Test(arguments: [ReadOnlyPrimaryPolicy.leave, .makeWritable])
    func makesARestartedPrimaryWritable(_ policy: ReadOnlyPrimaryPolicy) throws {
        let rig = Self.rig(replicas: 2) {
            $0.startTime = .seconds(1)
            $0.failover?.recoveryBlock = .seconds(10)
            $0.failover?.readOnlyPrimary = policy
        }
        rig.strike(at: .seconds(1)) { rig.primary.process.crash() }
        // Between two polls, and after the block.
        rig.strike(at: .seconds(31)) { rig.replica.process.crash() }
        rig.strike(at: .seconds(31) + .milliseconds(100)) { rig.replica.process.start() }
        rig.run(until: .seconds(60))
        #expect(rig.world.failovers.mysql.promotedAt != nil)
        #expect(rig.replica.source == nil && rig.nodes[2].source == "db2")
        #expect(rig.replica.isReadOnly == (policy == .leave))
        #expect((rig.milestone("finds db2 read-only") != nil) == (policy == .makeWritable))
        #expect(rig.world.situations.reached.contains(.primaryMadeWritable) == (policy == .makeWritable))
    }

    /// A primary that was fenced by a reboot comes back as its file says; a person, or `rejoin`, has to make it follow.
    @Test(arguments: [StrayServerPolicy.leave, .rejoin])
    func takesARebootedPrimaryBack(_ policy: StrayServerPolicy) throws {
        let rig = Self.rig {
            $0.startTime = .seconds(1)
            $0.superReadOnlyAtStart = true
            $0.failover?.fence = .reboot
            $0.failover?.strayServers = policy
        }
        rig.strike(at: .seconds(2)) { rig.primary.process.crash() }
        rig.at(.seconds(40)) { client in
            try await client.purchase(try await client.connect(to: rig.replica), user: 2)
        }
        rig.run(until: .seconds(60))
        #expect(rig.replica.source == nil && !rig.replica.isReadOnly)
        #expect(rig.primary.isAvailable && rig.primary.isReadOnly)
        #expect(rig.primary.source == (policy == .rejoin ? "db2" : nil))
        #expect(rig.primary.orders.map(\.user) == (policy == .rejoin ? [1, 2] : [1]))
        #expect(rig.world.situations.reached.contains(.strayRejoined) == (policy == .rejoin))
    }

    /// What the old primary committed and no replica had, is on no other server: to follow would be to hide it.
    @Test func leavesOutWhoHasMoreThanThePrimary() throws {
        let rig = Self.rig {
            $0.startTime = .seconds(1)
            $0.failover?.requireReplicaAgreement = false
            $0.failover?.fence = .reboot
            $0.failover?.strayServers = .rejoin
        }
        rig.strike(at: .milliseconds(1_500)) { rig.partition(rig.primary, rig.replica) }
        rig.at(.seconds(2)) { client in
            try await client.purchase(try await client.connect(to: rig.primary), user: 2)
        }
        rig.strike(at: .seconds(3)) { rig.primary.process.crash() }
        rig.strike(at: .seconds(20)) { rig.heal(rig.primary, rig.replica) }
        rig.run(until: .seconds(60))
        #expect(rig.replica.source == nil && rig.replica.orders.map(\.user) == [1])
        #expect(rig.primary.isAvailable && rig.primary.source == nil && rig.primary.orders.map(\.user) == [1, 2])
        #expect(rig.milestone("it must be rebuilt")?.node == "failover-manager")
        #expect(rig.world.timeline.milestones.count { $0.text.contains("it must be rebuilt") } == 1)
    }

    @Test func nothingHappensWithoutAManager() {
        let rig = Self.rig(manager: false)
        rig.strike(at: .seconds(1)) { rig.primary.process.crash() }
        rig.run(until: .seconds(200))
        #expect(rig.replica.isReadOnly && rig.replica.source == "db1")
        #expect(rig.world.failovers.mysql.promotedAt == nil)
        #expect(rig.world.timeline.milestones.map(\.node) == ["db2"])
    }

    /// A partition between manager and primary is no reason: the replica still receives.
    @Test func doesNotFailOverForItsOwnPartition() throws {
        let rig = Self.rig()
        let manager = try #require(rig.manager)
        rig.strike(at: .seconds(1)) {
            rig.world.network.cut(from: manager.process, to: rig.primary.process)
            rig.world.network.cut(from: rig.primary.process, to: manager.process)
        }
        rig.run(until: .seconds(100))
        #expect(rig.replica.isReadOnly && rig.world.failovers.mysql.detectedAt == nil)
        #expect(rig.milestone("no failover") != nil)
        // Nobody writes: heartbeats alone keep the replica's connection.
        #expect(rig.milestone("heard nothing") == nil)
    }

    /// A candidate that does not answer is none, however little is left to choose from.
    @Test func doesNotPromoteADeadReplica() {
        let rig = Self.rig()
        rig.strike(at: .seconds(1)) {
            rig.replica.process.crash()
            rig.primary.process.crash()
        }
        rig.run(until: .seconds(100))
        #expect(rig.world.failovers.mysql.promotedAt == nil)
        #expect(rig.milestone("reaches neither db1 nor any replica") != nil)
    }

    /// An overloaded primary answers the poll too late; that is a false alarm, which its replica's agreement prevents.
    @Test(arguments: [true, false])
    func anOverloadedPrimaryLooksDead(requiresAgreement: Bool) {
        let rig = Self.rig {
            $0.cores = 1
            $0.maxConnections = 1_000
            $0.service.select = MySQLNodeRig.cost(cpu: 100)
            $0.failover?.requireReplicaAgreement = requiresAgreement
        }
        for number in Int64(0)..<200 {
            rig.at(.seconds(2) + .milliseconds(number)) { client in
                let session = try await client.connect(to: rig.primary)
                try await client.attempt(.selectProduct(1), session, "read")
                session.connection.close()
            }
        }
        rig.run(until: .seconds(60))
        #expect(rig.count("read: ok") == 200)
        #expect((rig.world.failovers.mysql.promotedAt == nil) == requiresAgreement)
        #expect(!rig.primary.isReadOnly && rig.replica.isReadOnly == requiresAgreement)
    }

    /// Twenty transactions of which each takes half a second to apply.
    @Test(arguments: RelayLogPolicy.allCases)
    func mindsTheRelayLog(policy: RelayLogPolicy) throws {
        let rig = Self.rig {
            $0.failover?.waitForRelayLog = policy
            $0.failover?.pollInterval = .seconds(1)
            $0.replication.applyTime = .constant(.milliseconds(500))
        }
        for user in Int64(2)...20 {
            rig.at(.milliseconds(500 + user)) { client in
                try await client.purchase(try await client.connect(to: rig.primary), user: user)
            }
        }
        rig.strike(at: .seconds(1)) { rig.primary.process.crash() }
        rig.run(until: .seconds(30))
        let promotedAt = rig.world.failovers.mysql.promotedAt
        switch policy {
        case .wait:
            #expect(try #require(promotedAt) >= .ms(10_500))
            #expect(rig.replica.orders.count == 20)
            #expect(rig.milestone("has applied its relay log") != nil)
        case .ignore:
            #expect(try #require(promotedAt) < .ms(5_000))
            #expect(rig.replica.orders.count < 10)
            // The transaction under way at the promotion is finished, not dropped.
            #expect(rig.milestone("drops \(20 - rig.replica.orders.count) received") != nil)
        case .fail:
            #expect(promotedAt == nil && rig.replica.isReadOnly)
            #expect(rig.milestone("has not applied all") != nil)
        }
    }

    /// The old primary comes back, or was never gone, and takes writes that the new one lacks, unless it is fenced.
    @Test(arguments: FencePolicy.allCases)
    func fences(policy: FencePolicy) throws {
        let rig = Self.rig {
            $0.failover?.fence = policy
            $0.failover?.requireReplicaAgreement = false
            $0.failover?.confirmations = 2
        }
        let manager = try #require(rig.manager)
        // Polls of the primary fail, but its fence can be tried again once the partition is over.
        rig.strike(at: .seconds(1)) { rig.world.network.cut(from: rig.primary.process, to: manager.process) }
        rig.strike(at: .milliseconds(10_900)) {
            rig.world.network.heal(from: rig.primary.process, to: manager.process)
        }
        rig.at(.seconds(2)) { client in
            let session = try await client.connect(to: rig.primary)
            try await client.process.sleep(.seconds(28))
            try await client.attempt(MySQLNodeRig.decrement(), session, "old")
        }
        rig.run(until: .seconds(60))
        #expect(!rig.replica.isReadOnly)
        switch policy {
        case .none: #expect(rig.count("old: ok") == 1)
        case .superReadOnly:
            #expect(rig.count("old: reset") == 1)
            #expect(rig.primary.isReadOnly)
            #expect(rig.milestone("fences db1") != nil)
        case .stonith:
            #expect(rig.primary.process.isDown && rig.primary.process.isHostDown)
            #expect(rig.count("old: ok") == 0)
        case .reboot:
            #expect(rig.primary.isAvailable && !rig.primary.isReadOnly, "as its file says")
            #expect(rig.milestone("its machine reboots") != nil && rig.count("old: ok") == 0)
        }
    }

    @Test func pointsTheOtherReplicasToTheNewPrimary() throws {
        let rig = Self.rig(replicas: 3)
        rig.strike(at: .seconds(1)) { rig.primary.process.crash() }
        rig.at(.seconds(20)) { client in
            let address = try #require(rig.manager).primaryAddress()
            let node = try #require(rig.nodes.first { $0.process.name == address })
            try await client.purchase(try await client.connect(to: node), user: 20)
        }
        rig.run(until: .seconds(30))
        #expect(rig.count("20: bought") == 1)
        #expect(rig.nodes[2].source == "db2" && rig.nodes[3].source == "db2")
        for node in rig.nodes[1...] { #expect(node.orders.map(\.trace) == [1, 20]) }
    }

    @Test func aRestartedManagerStillFailsOver() throws {
        let rig = Self.rig()
        let manager = try #require(rig.manager)
        rig.strike(at: .milliseconds(900)) { manager.process.crash() }
        rig.strike(at: .seconds(1)) { rig.primary.process.crash() }
        rig.strike(at: .seconds(40)) { manager.process.start() }
        rig.run(until: .seconds(60))
        let detected = try #require(rig.world.failovers.mysql.detectedAt)
        #expect(detected >= .ms(41_000) && detected < .ms(43_000))
        #expect(manager.primaryAddress() == "db2")
    }

    /// The old primary returns with a commit that no client was told of and no replica has, and takes writes again.
    @Test func theReturnedPrimaryHasAGhostAndTakesWrites() throws {
        let rig = Self.rig()
        rig.world.sites.set(EventTrigger(.mysqlPrepare, nth: 2, node: "db1")) { $0.crash() }
        rig.at(.seconds(1)) { client in
            try await client.purchase(try await client.connect(to: rig.primary), user: 2)
        }
        rig.strike(at: .seconds(20)) { rig.primary.process.start() }
        for (moment, node) in [(Int64(30), 0), (31, 1)] {
            rig.at(.seconds(moment)) { client in
                try await client.purchase(try await client.connect(to: rig.nodes[node]), user: moment)
            }
        }
        rig.run(until: .seconds(60))
        #expect(rig.entries.map(\.what) == ["1: bought", "2: reset", "30: bought", "31: bought"])
        #expect(rig.primary.orders.map(\.trace) == [1, 2, 30])
        #expect(rig.replica.orders.map(\.trace) == [1, 31])
        let errant = rig.primary.executedTransactions.subtracting(rig.replica.executedTransactions)
        #expect(errant.count == 2)
        #expect(rig.milestone("takes writes; recovery committed 1") != nil)
    }
}
