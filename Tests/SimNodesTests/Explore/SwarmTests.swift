import Testing
import Topology

@testable import SimNodes

@Suite("Variants of a scenario")
struct SwarmTests {
    private static func small(_ settings: [String] = []) throws -> Scenario {
        try TestFiles.scenario("configs/scenarios/property-small.json", settings)
    }

    /// All that a variant is, but what the draws of its own run add.
    private static func text(_ scenario: Scenario) -> String { scenario.json.text }

    @Test("A variant is written as a scenario and read again unchanged", arguments: ["property-small", "primary-down"])
    func readsBack(name: String) throws {
        let scenario = try TestFiles.scenario("configs/scenarios/\(name).json")
        for seed in 0..<150 as Range<UInt64> {
            let variant = Swarm.variant(of: scenario, seed: seed)
            // Reading also checks names, ranges and whether each fault can do anything where it strikes.
            let again = try ScenarioLoader.load(text: Self.text(variant))
            #expect(again == variant, "seed \(seed)")
            #expect(Swarm.variant(of: scenario, seed: seed) == variant)
        }
    }

    @Test("Every family of faults has a row, and each is drawn")
    func everyFamily() throws {
        #expect(Set(SwarmFamily.all.map(\.verb)) == Set(FaultAction.families))
        let swarm = Swarm(try Self.small())
        var drawn: Set<String> = []
        for seed in 0..<600 as Range<UInt64> {
            for fault in swarm.variant(seed: seed).faults { drawn.insert(fault.action.verb) }
        }
        #expect(drawn == Set(FaultAction.families))
    }

    @Test("What is off in half of the seeds stays as configured there")
    func halfIsOff() throws {
        let scenario = try Self.small()
        let swarm = Swarm(scenario)
        let variants = (0..<400 as Range<UInt64>).map { swarm.variant(seed: $0) }
        let parts: [(String, (Scenario) -> Bool)] = [
            ("patience", { $0.workload.giveUp == scenario.workload.giveUp }),
            ("retries", { $0.workload.retry == scenario.workload.retry }),
            ("schedule", { $0.schedule == .asScheduled }),
            ("threads", { $0.topology.application.threads == scenario.topology.application.threads }),
            ("random faults", { $0.randomFaults == nil }),
        ]
        for (name, isOff) in parts { #expect((160...240).contains(variants.count(where: isOff)), "\(name)") }
        #expect(variants.contains { $0.schedule == .randomTies })
        #expect(variants.contains { if case .priorities = $0.schedule { true } else { false } })
    }

    @Test("No policy varies unless asked for, and then it takes the values that are named")
    func policies() throws {
        let scenario = try Self.small()
        for seed in 0..<200 as Range<UInt64> {
            let variant = Swarm.variant(of: scenario, seed: seed)
            #expect(variant.topology.purchase == scenario.topology.purchase)
            #expect(variant.topology.mysql?.replication.mode == scenario.topology.mysql?.replication.mode)
            #expect(variant.workload.retry.key == scenario.workload.retry.key)
        }
        var asked = scenario
        asked.explore.policies = [PolicyVariation("purchase.lock.release", to: ["delete", "getThenDelete"])]
        let swarm = Swarm(asked)
        let releases = Set((0..<60 as Range<UInt64>).map { swarm.variant(seed: $0).topology.purchase.lock.release })
        #expect(releases == [.compareAndDelete, .delete, .getThenDelete])
    }

    @Test("What the author forbids is left alone")
    func forbidden() throws {
        var scenario = try Self.small()
        scenario.explore.faults = ["crash", "pause"]
        scenario.explore.spare = ["mysql", "app1"]
        scenario.explore.faultsAtMost = 2
        scenario.explore.vary = [.timing]
        for seed in 0..<200 as Range<UInt64> {
            let variant = Swarm.variant(of: scenario, seed: seed)
            #expect(variant.faults.count <= 2)
            #expect(variant.randomFaults == nil)
            #expect(variant.workload == scenario.workload && variant.schedule == .asScheduled)
            for fault in variant.faults {
                #expect(["crash", "pause"].contains(fault.action.verb))
                guard case .named(let name)? = fault.action.node else {
                    Issue.record("whoever is there could be one that must be spared")
                    continue
                }
                #expect(!["mysql-primary", "mysql-replica", "app1"].contains(name))
            }
        }
    }

    @Test("Wrong words in the section \"explore\" are errors at their places")
    func errors() throws {
        let path = "\(TestFiles.root)/configs/scenarios/property-small.json"
        func errors(_ setting: String) -> [String] {
            do throws(ConfigurationErrors) {
                _ = try ScenarioLoader.load(path: path, overrides: [setting])
                return []
            } catch {
                return error.all.map(\.description)
            }
        }
        #expect(
            errors("explore.faults=[\"crsh\"]").first?.contains("there is no fault \"crsh\"; did you mean \"crash\"?")
                == true)
        #expect(errors("explore.spare=[\"app9\"]").first?.contains("there is no node or group \"app9\"") == true)
        let wrong = "explore.policies=[{\"set\": \"purchase.lock.release\", \"to\": [\"never\"]}]"
        #expect(errors(wrong).first?.contains("explore.policies.0.to.0") == true)
        #expect(errors(wrong).first?.contains("found the string \"never\"") == true)
        #expect(
            errors("schedule={\"priorities\": {\"lowest\": [\"app7\"], \"delay\": \"1ms\"}}").first?.contains("app7")
                == true)
    }
}
