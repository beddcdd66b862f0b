import Testing
import Topology

@testable import SimNodes

@Suite struct LaboratoryTests {
    private static func small() throws -> Scenario {
        var scenario = try TestFiles.scenario("configs/scenarios/unloaded.json")
        scenario.workload.users = 3
        return scenario
    }

    @Test func resultsComeInTheOrderOfTheTrialsWhateverTheThreads() throws {
        let scenario = try Self.small()
        let seeds: [UInt64] = [5, 1, 9, 2]
        let alone = try Laboratory(threads: 1).results(of: scenario, seeds: seeds)
        let together = try Laboratory(threads: 4).results(of: scenario, seeds: seeds)
        #expect(alone.map(\.seed) == seeds)
        #expect(together.map(\.seed) == seeds)
        #expect(alone.map(\.digest) == together.map(\.digest))
    }

    @Test func aTrialIsMadeOnce() throws {
        let scenario = try Self.small()
        let calls = Monitor<[UInt64]>([])
        let laboratory = Laboratory(threads: 2) { scenario, seed in
            calls.update { $0.append(seed) }
            return Simulation.run(scenario, seed: seed)
        }
        #expect(try laboratory.results(of: scenario, seeds: [1, 2, 1]).map(\.seed) == [1, 2, 1])
        #expect(try laboratory.results(of: scenario, seeds: [2, 3]).map(\.seed) == [2, 3])
        #expect(calls.update { $0.sorted() } == [1, 2, 3])
        #expect(laboratory.runs == 3)
        var other = scenario
        other.workload.users += 1
        _ = try laboratory.results(of: other, seeds: [1])
        #expect(laboratory.runs == 4)
    }

    @Test func anInterruptionLeavesNothingHalfDone() throws {
        let scenario = try Self.small()
        let laboratory = Laboratory(threads: 1, isInterrupted: { true })
        #expect(throws: Laboratory.Interrupted.self) {
            try laboratory.results(of: scenario, seeds: 0..<2000)
        }
        #expect(laboratory.runs < 2000)
    }
}
