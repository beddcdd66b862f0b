import Testing
import Topology

@testable import SimNodes

/// Failovers that lose, or keep, what a replica has acknowledged.
@Suite("Durability policy of a failover")
struct DurabilityPolicyTests {
    private static func rig(_ configure: (inout MySQLSettings) -> Void) -> MySQLNodeRig {
        MySQLNodeRig(replicas: 2) {
            $0.startTime = .seconds(1)
            $0.superReadOnlyAtStart = true
            $0.replication.mode = .semiSynchronous
            $0.replication.timeout = .seconds(3_600)
            $0.replication.netTimeout = .seconds(4)
            $0.replication.connectRetry = .seconds(1)
            $0.failover = FailoverSettings()
            $0.failover?.pollInterval = .milliseconds(500)
            $0.failover?.recoveryBlock = .seconds(5)
            $0.failover?.waitForRelayLog = .wait
            $0.failover?.fence = .reboot
            $0.failover?.readOnlyPrimary = .makeWritable
            $0.failover?.strayServers = .rejoin
            configure(&$0)
        }
    }

    /// db2 has acknowledged the second order and is down when db1 dies; db3 has not received it. The story of seed 23141
    /// of the mended design, without Redis.
    @Test(arguments: DurabilityPolicy.allCases)
    func theOneThatAcknowledgedIsAway(_ policy: DurabilityPolicy) {
        let rig = Self.rig { $0.failover?.durabilityPolicy = policy }
        rig.at(.milliseconds(500)) { client in
            try await client.purchase(try await client.connect(to: rig.primary), user: 1)
        }
        rig.strike(at: .seconds(1)) { rig.nodes[2].fillDisk() }
        rig.at(.milliseconds(1_500)) { client in
            try await client.purchase(try await client.connect(to: rig.primary), user: 2)
        }
        rig.strike(at: .seconds(2)) { rig.replica.process.crash() }
        rig.strike(at: .seconds(2)) { rig.nodes[2].makeRoom() }
        rig.strike(at: .milliseconds(2_100)) { rig.primary.process.crash(takingHost: true) }
        rig.strike(at: .seconds(20)) { rig.replica.process.start() }
        rig.run(until: .seconds(150))
        #expect(rig.entries.map(\.what) == ["1: bought", "2: bought"])
        let survivor = rig.nodes.first { $0.source == nil && !$0.isReadOnly }
        switch policy {
        case .none:
            #expect(survivor === rig.nodes[2])
            #expect(survivor?.orders.map(\.user) == [1])
            #expect(rig.milestone("it must be rebuilt") != nil)
        case .semiSync:
            #expect(survivor === rig.replica)
            #expect(rig.nodes.map { $0.orders.map(\.user) } == [[1, 2], [1, 2], [1, 2]])
            #expect(rig.milestone("promotes nobody yet") != nil)
            #expect(rig.milestone("is the new primary").map { $0.at > .ms(21_000) } == true)
        }
    }

    /// db1 comes back with a commit that nobody acknowledged and nobody was told of: the last of the story of seed 26570.
    @Test(arguments: [StrayServerPolicy.rejoin, .rebuild])
    func aGhostIsCopiedOver(_ policy: StrayServerPolicy) {
        let rig = Self.rig {
            $0.failover?.strayServers = policy
            $0.failover?.cloneTime = .seconds(3)
        }
        rig.at(.milliseconds(500)) { client in
            try await client.purchase(try await client.connect(to: rig.primary), user: 1)
        }
        rig.strike(at: .seconds(1)) {
            rig.partition(rig.primary, rig.replica)
            rig.partition(rig.primary, rig.nodes[2])
        }
        rig.at(.milliseconds(1_500)) { client in
            try await client.purchase(try await client.connect(to: rig.primary), user: 2)
        }
        rig.strike(at: .seconds(2)) { rig.primary.process.crash() }
        rig.strike(at: .seconds(10)) {
            rig.heal(rig.primary, rig.replica)
            rig.heal(rig.primary, rig.nodes[2])
        }
        rig.at(.seconds(50)) { client in
            try await client.purchase(try await client.connect(to: rig.replica), user: 3)
        }
        rig.run(until: .seconds(60))
        #expect(rig.replica.orders.map(\.user) == [1, 3])
        #expect(rig.primary.orders.map(\.user) == (policy == .rebuild ? [1, 3] : [1, 2]))
        #expect(rig.primary.source == (policy == .rebuild ? "db2" : nil))
        #expect(rig.primary.isReadOnly)
        #expect(rig.world.situations.reached.contains(.strayRebuilt) == (policy == .rebuild))
    }
}
