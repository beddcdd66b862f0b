import Testing
import Topology

@testable import SimNodes

@Suite("Layers taken away") struct AblationTests {
    private static let root = #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined()

    private func small(_ settings: [String] = []) throws -> Scenario {
        try ScenarioLoader.load(path: Self.root + "/configs/scenarios/property-small.json", overrides: settings)
    }

    @Test func theReferenceDesignHasFourLayersAndEachCanGo() throws {
        let policy = try small().topology.purchase
        #expect(PurchaseLayer.allCases.allSatisfy { $0.isPresent(in: policy) })
        var bare = policy
        for layer in PurchaseLayer.allCases { layer.remove(from: &bare) }
        #expect(!PurchaseLayer.allCases.contains { $0.isPresent(in: bare) })
        #expect(bare.lock.kind == .none)
        #expect(bare.transaction.boundary == .autocommit && bare.transaction.read == .plain)
        #expect(bare.transaction.decrement == .unguarded && bare.transaction.version == .ignored)
        #expect(bare.stockCheck == .none && bare.cache.update == .none)
        // What is no layer stays.
        #expect(bare.transaction.idempotencyKey == policy.transaction.idempotencyKey)
        #expect(bare.publish == policy.publish && bare.acknowledge == policy.acknowledge)
    }

    @Test func combinationsAreAllSubsetsTheWholeFirst() {
        let all = PurchaseLayers.combinations(of: PurchaseLayer.allCases)
        #expect(all.map(\.code).prefix(5) == ["LTVC", "LTV-", "LT-C", "L-VC", "-TVC"])
        #expect(all.count == 16 && Set(all).count == 16)
        #expect(all.last?.code == "----")
        let two = PurchaseLayers.combinations(of: [.transaction, .cache])
        #expect(two.map(\.code) == ["-T-C", "-T--", "---C", "----"])
        #expect(two[1].isSubset(of: two[0]) && !two[1].isSubset(of: two[2]))
    }

    @Test func withoutItsLayersTheDesignOversellsAndTheRowLockAlonePreventsIt() throws {
        // Two layers, so that there are four combinations.
        let scenario = try small(["purchase.lock.kind=none", "purchase.cache.update=none", "purchase.stockCheck=none"])
        var effort = Ablation.Effort()
        (effort.runs, effort.runsPerStory) = (8, 60)
        let ablation = Ablation(scenario, families: [nil, "pause"], effort, threads: 2)
        #expect(ablation.layers == [.transaction, .version])
        #expect(
            ablation.cells.map { "\($0.layers.code) \($0.family ?? "none") \($0.runs)" }.prefix(3)
                == ["-TV- none 8", "-TV- pause 8", "-T-- none 8"])
        let none = PurchaseLayers([])
        #expect(ablation.runs(of: none, breaking: "I1") > 0)
        #expect(ablation.runs(of: PurchaseLayers([.transaction, .version]), breaking: "I1") == 0)
        #expect(ablation.smallestKeeping("I1").contains(PurchaseLayers([.transaction])))
        #expect(ablation.brokenInvariants.contains { $0.id == "I1" && $0.title == "nothing oversold" })
        let story = try #require(ablation.cells.first { $0.layers == none && $0.family == nil }?.story)
        #expect(story.invariant == "I1" && story.requestCount < 10)
        // Speeds: without the row lock nobody waits for another's commit.
        #expect(ablation.speeds.map(\.layers) == ablation.combinations)
        #expect(ablation.speeds.allSatisfy { $0.successShare == 1 })
        #expect(ablation.speeds[0].salesPerSecond < ablation.speeds[3].salesPerSecond)

        let alone = Ablation(scenario, families: [nil, "pause"], effort, threads: 1)
        #expect(alone.cells.map(\.breakages) == ablation.cells.map(\.breakages), "threads change nothing")
    }

    @Test func aFamilyStrikesInEveryRunAndTheSameInEveryCombination() throws {
        let scenario = try small()
        var bare = scenario
        bare.topology.purchase = PurchaseLayers([]).applied(to: scenario.topology.purchase)
        for seed in UInt64(0)..<20 {
            let (one, other) = (
                Swarm(scenario).variant(seed: seed, struckBy: "crash"),
                Swarm(bare).variant(seed: seed, struckBy: "crash")
            )
            let faults = try #require(one?.faults)
            #expect(faults.count == 1 && faults[0].action.verb == "crash")
            #expect(other?.faults == faults && other?.workload == one?.workload)
            #expect(Swarm(scenario).variant(seed: seed, struckBy: nil)?.faults == [])
        }
    }

    @Test func aFamilyWithNobodyToStrikeIsNamed() throws {
        var effort = Ablation.Effort()
        (effort.runs, effort.runsPerStory) = (2, 0)
        let scenario = try small(["explore.spare=[\"redis\"]"])
        let ablation = Ablation(scenario, families: ["flushAll"], effort, threads: 1)
        #expect(ablation.idleFamilies == ["flushAll"])
        #expect(ablation.cells.isEmpty)
    }
}
