import Testing
import Topology

@testable import SimNodes

/// When a run begins, and when it is over.
@Suite("The opening, and rest after the sale")
struct RestTests {
    private static let smallSale = "configs/scenarios/property-small.json"

    /// A system whose sale is over and that has come to rest, and how long that took.
    private static func settled(_ settings: [String], seed: UInt64) throws -> (system: System, span: TimeSpan) {
        let system = Simulation.play(try TestFiles.scenario(smallSale, ["faults=[]"] + settings), seed: seed)
        let end = system.world.now
        Simulation.settle(system, from: end)
        return (system, system.world.now - end)
    }

    @Test(arguments: [1, 250, 2_000, 7_000])
    func theSaleOpensAfterTheTimeThatIsSaid(milliseconds: Int64) throws {
        let scenario = try TestFiles.scenario(Self.smallSale, ["opensAfter=\(milliseconds)ms"])
        let system = Simulation.play(scenario, seed: 1)
        defer { system.world.universe.end() }
        let opening = Instant.zero + .milliseconds(milliseconds)
        #expect(system.world.opening == opening)
        // Times of faults count from then.
        #expect(system.world.timeline.milestones.first { $0.kind == .fault }?.at == opening + .milliseconds(500))
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func whatIsAtRestIsFoundAtTheSecondLookAtTheLatest(seed: UInt64) throws {
        let (system, span) = try Self.settled([], seed: seed)
        defer { system.world.universe.end() }
        #expect(system.isAtRest)
        #expect(span <= .milliseconds(300))
    }

    @Test("A deletion that was put off is waited for, whenever it is due", arguments: 0..<20 as Range<UInt64>)
    func deletionsToCome(seed: UInt64) throws {
        let (system, span) = try Self.settled(
            ["purchase.details={\"update\": \"delete\", \"deleteAgainAfter\": \"5s\"}"], seed: seed)
        defer { system.world.universe.end() }
        // The last sale may have been a while before the last user left.
        #expect(span > .seconds(2))
        #expect(system.applications.allSatisfy { !$0.hasBackgroundWork })
    }

    @Test("What a stalled replica has not received yet is waited for", arguments: 0..<10 as Range<UInt64>)
    func stalledReplica(seed: UInt64) throws {
        let stall = #"faults=[{"replicationStall": "mysql-replica", "part": "receive", "at": "0.2s", "for": "9s"}]"#
        let settings = [stall, "mysql.replication.mode=asynchronous"]
        let (system, _) = try Self.settled(settings, seed: seed)
        defer { system.world.universe.end() }
        #expect(system.world.now >= system.world.opening + .milliseconds(9_200))
        let (primary, replica) = (system.databases[0], system.databases[1])
        #expect(primary.executedTransactions == replica.executedTransactions && !primary.orders.isEmpty)
    }

    @Test("A failover is waited for, though nobody is there any more", arguments: 0..<10 as Range<UInt64>)
    func failoverAfterTheSale(seed: UInt64) throws {
        // When the last users leave, or after that.
        let crashes = ["mysql-primary", "redis-master"].map { "{\"crash\": \"\($0)\", \"at\": \"1.5s\"}" }
        let (system, _) = try Self.settled(["faults=[\(crashes.joined(separator: ","))]"], seed: seed)
        defer { system.world.universe.end() }
        #expect(system.survivingPrimary?.process.name == "mysql-replica")
        #expect(system.survivingMaster?.process.name == "redis-slave")
    }

    @Test("Nobody waits for a failover that nobody can make", arguments: ["orchestrator", "mysql-replica"])
    func noFailover(missing: String) throws {
        let crashes = [missing, "mysql-primary"].map { "{\"crash\": \"\($0)\", \"at\": \"1.5s\"}" }
        let (system, span) = try Self.settled(
            ["faults=[\(crashes.joined(separator: ","))]", "workload.giveUp=1s"], seed: 1)
        defer { system.world.universe.end() }
        #expect(system.survivingPrimary?.process.name == "mysql-primary")
        #expect(system.survivingPrimary?.process.isDown == true)
        #expect(span < .seconds(10))
    }

    @Test("Relays, which never end, keep nobody from resting", arguments: 0..<20 as Range<UInt64>)
    func relays(seed: UInt64) throws {
        // Looking takes longer than the pause before the next look.
        let (system, span) = try Self.settled(
            ["purchase.publish=outbox", #"purchase.outbox={"pollInterval": "1ms"}"#], seed: seed)
        defer { system.world.universe.end() }
        #expect(system.leftovers.isEmpty && span <= .seconds(2))
    }

    @Test("A crash takes with it what was put off, and calls that nobody waits for any more")
    func crashesForget() throws {
        let scenario = try TestFiles.scenario(
            Self.smallSale,
            [
                "purchase.details={\"update\": \"delete\", \"deleteAgainAfter\": \"30s\"}",
                "faults=[{\"crash\": \"app1\", \"at\": \"0.5s\"}, {\"crash\": \"app2\", \"at\": \"0.5s\"}]",
                "workload.giveUp=2s",
            ])
        let system = Simulation.play(scenario, seed: 1)
        defer { system.world.universe.end() }
        #expect(system.applications.allSatisfy { !$0.hasBackgroundWork })
    }

    @Test("Messages that are pushed get a second to come in")
    func pushedMessages() throws {
        let (system, span) = try Self.settled(["workload.subscribers={\"count\": 1}"], seed: 1)
        defer { system.world.universe.end() }
        #expect(system.pushesMessages)
        #expect(span >= .seconds(1))
    }
}
