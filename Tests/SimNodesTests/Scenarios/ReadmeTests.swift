import Foundation
import SimNodes
import Testing
import Topology

/// The property test that the README shows, with nothing but what a user's package can import.
@Suite("The README's property test")
struct ReadmeTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")

    @Test(arguments: 0..<20) func neverOversells(seed: UInt64) throws {
        let file = Self.root.appending(path: "configs/scenarios/primary-down.json").path
        let scenario = try ScenarioLoader.load(path: file, overrides: ["workload.users=100", "faults.0.nth=10"])
        let run = Simulation.run(scenario, seed: seed)
        let oversell = try #require(run.invariants.first { $0.id == "I1" })
        #expect(oversell.holds, "seed \(seed): \(oversell.detail)\n\(oversell.evidence.joined(separator: "\n"))")
        let hadEffect = run.faults.allSatisfy { $0.hadEffect }
        #expect(hadEffect)
    }
}
