import Testing
import Topology

@testable import SimNodes

/// Each situation must be one that a run can be in: what no scenario reaches measures nothing.
@Suite("Situations")
struct SometimesTests {
    /// A system in which a situation comes up, and how: settings of the small sale, and faults.
    struct Way: Sendable, CustomTestStringConvertible {
        let situations: [Sometimes]
        let settings: [String]
        let faults: String
        var seeds: Range<UInt64> = 0..<8

        var testDescription: String { situations.map(\.name).joined(separator: ", ") }
    }

    static let all: [Way] = [
        Way(
            situations: [
                .commitUnknown, .commitRecoveredUntold, .oldPrimaryCameBack, .sessionLostWithLocks,
                .poolMovedUnderLoan, .retriedInDoubt, .poolWaited, .poolExhausted, .lockGoneUnderHolder, .lockBusy,
            ],
            settings: ["mysql.failover.fence=none", "mysql.replication.mode=asynchronous"],
            faults: #"[{"crash": "mysql-primary", "on": "mysql.prepare", "nth": 5, "restartAfter": "6s"}]"#)
    ]

    @Test("Every situation can be reached")
    func reachesAll() throws {
        var reached = SometimesSet()
        for way in Self.all {
            let scenario = try TestFiles.scenario(
                "configs/scenarios/property-small.json", way.settings + ["faults=\(way.faults)"])
            for seed in way.seeds {
                for situation in Simulation.explore(scenario, seed: seed).reached.members { reached.insert(situation) }
            }
        }
        let swarm = Swarm(try TestFiles.scenario("configs/scenarios/property-small.json"))
        for seed in 0..<100 as Range<UInt64> {
            for situation in Simulation.explore(swarm.variant(seed: seed), seed: seed).reached.members {
                reached.insert(situation)
            }
        }
        #expect(Sometimes.allCases.filter { !reached.contains($0) }.map(\.name) == [])
    }
}
