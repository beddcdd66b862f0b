import Testing
import Topology

@testable import SimNodes

@Suite("Random plans of faults over all families")
struct RandomPlanTests {
    @Test(
        "Each ends without a fault of the program, with every request accounted for, twice the same",
        arguments: 0..<4)
    func plans(_ batch: UInt64) {
        for seed in batch * 50..<batch * 50 + 50 {
            let scenario = Scenario.fragile(seed: seed)
            let first = Simulation.run(scenario, seed: seed)
            #expect(first.programFaults.isEmpty, "seed \(seed): \(first.programFaults)")
            #expect(first.metrics["workload.requests"] == 40, "seed \(seed)")
            #expect(first.metrics["unanswered"] == 0, "seed \(seed): \(scenario.faults.map(\.summary))")
            for resource in first.resources where resource.capacity > 0 {
                #expect(
                    (-1e-9...1 + 1e-9).contains(resource.utilisation),
                    "seed \(seed): \(resource.name) is busy \(resource.utilisation) of the time")
            }
            let second = Simulation.run(scenario, seed: seed)
            #expect(first.digest == second.digest, "seed \(seed)")
            #expect(first.faults.map(\.hadEffect) == second.faults.map(\.hadEffect), "seed \(seed)")
        }
    }

    @Test("A fault has a duration exactly when it is written with one")
    func durations() {
        var lasting: Set<String> = []
        for seed in 0..<120 as Range<UInt64> {
            for fault in Scenario.fragile(seed: seed).faults {
                let written = fault.json["for"] ?? fault.json["restartAfter"]
                #expect((fault.action.duration != nil) == (written != nil), "\(fault.summary)")
                if fault.action.duration != nil { lasting.insert(fault.action.verb) }
            }
        }
        #expect(lasting.count > 10, "\(lasting.sorted())")
    }

    @Test("Every family strikes in some plan, and most of what is planned does something")
    func families() {
        var planned: [String: Int] = [:]
        var effective: [String: Int] = [:]
        for seed in 0..<120 as Range<UInt64> {
            let scenario = Scenario.fragile(seed: seed)
            let result = Simulation.run(scenario, seed: seed)
            for (fault, row) in zip(scenario.faults, result.faults) {
                planned[fault.action.verb, default: 0] += 1
                if row.hadEffect { effective[fault.action.verb, default: 0] += 1 }
            }
        }
        let verbs = FaultAction.families
        #expect(Set(planned.keys) == Set(verbs))
        for verb in verbs { #expect(effective[verb, default: 0] > 0, "\(verb): \(planned[verb, default: 0]) planned") }
    }
}
