import SimNodes
import Testing
import Topology

/// Written as a user's own test target would: without `@testable`.
@Suite("Property tests over many variants")
struct ExplorationTests {
    private static let path = "\(TestFiles.root)/configs/scenarios/property-small.json"
    /// All guards of the stock are off.
    private static let unguarded = [
        "purchase.lock.kind=none", "purchase.transaction.decrement=unguarded", "purchase.transaction.read=none",
        "purchase.stockCheck=none",
    ]

    @Test("The small sale sells nothing twice, whatever strikes it")
    func neverOversells() throws {
        let found = try explore(Self.path, seeds: 0..<60, faults: .swarm)
        #expect(found.violations(of: .oversold).isEmpty, "\(found.firstCounterexample(of: .oversold))")
        #expect(found.runs == 60)
        #expect(found.programFault == nil)
    }

    @Test("Without guards it is caught, told and replayed")
    func catches() throws {
        let found = try explore(Self.path, overrides: Self.unguarded, seeds: 0..<20)
        let violation = try #require(found.violations(of: .oversold).first)
        let example = found.firstCounterexample(of: .oversold)
        #expect(example.seed == violation.seed)
        #expect(example.description.contains("seed \(violation.seed) breaks I1 nothing oversold"))
        #expect(example.replay?.contains("--variant \(violation.seed) > seed-\(violation.seed).json") == true)
        // The variant alone, as a file, is the same run.
        let variant = try #require(example.variant)
        let again = Simulation.run(variant, seed: UInt64(variant.seed))
        #expect(again.digest == example.run?.digest)
        #expect(again.invariants.contains { $0.id == "I1" && !$0.holds })
    }

    @Test("How many threads there are changes nothing")
    func threads() throws {
        let one = try explore(Self.path, seeds: 0..<24, threads: 1)
        let three = try explore(Self.path, seeds: 0..<24, threads: 3)
        #expect(one.distinctBehaviours == three.distinctBehaviours)
        #expect(one.violations == three.violations)
        #expect(one.breakages == three.breakages)
        #expect(one.events == three.events)
        #expect(Sometimes.allCases.map { one.runs(in: $0) } == Sometimes.allCases.map { three.runs(in: $0) })
    }

    @Test("What stops early is a whole prefix of the seeds")
    func prefix() throws {
        let explorer = Explorer(try TestFiles.scenario("configs/scenarios/property-small.json"))
        var delivered: [UInt64] = []
        let found = explorer.explore(Array(0..<5_000), threads: 3) {
            delivered.count >= 5
        } observe: { run, _ in
            delivered.append(run.seed)
        }
        #expect((5..<5_000).contains(found.runs))
        #expect(delivered == Array(0..<UInt64(found.runs)))
    }

    @Test("A scenario built in code, with a generator and an invariant of the user's own")
    func ownGeneratorAndInvariant() throws {
        var scenario = try TestFiles.scenario("configs/scenarios/property-small.json")
        scenario.faults = []
        scenario.explore.faultsAtMost = 0
        scenario.explore.vary = [.timing, .schedule]
        (scenario.workload.arrive, scenario.workload.for) = (.atOnce, nil)
        let few: SwarmMutator = { scenario, random in
            scenario.workload.users = random.integer(in: 1...9)
            scenario.workload.mix = RequestMix(view: 0, purchase: 1)
        }
        let fewer = CustomInvariant.custom("fewer than five requests") { history in
            history.requests.count < 5 ? [] : [Violation(.custom, "there are \(history.requests.count)")]
        }
        let found = explore(scenario, seeds: 0..<30, mutators: [few], invariants: [fewer])
        let broken = found.violations(of: .custom)
        #expect((5...25).contains(broken.count))
        #expect(found.breakages.contains { $0.title == "fewer than five requests" && $0.runs == broken.count })
        #expect(broken.allSatisfy { (5...9).contains(Int($0.violation.text.split(separator: " ")[2]) ?? 0) })
        #expect(found.families.isEmpty)
    }

    @Test("As configured, only the seed differs")
    func configured() throws {
        let scenario = try TestFiles.scenario("configs/scenarios/property-small.json")
        let explorer = Explorer(scenario, faults: .configured)
        var third = scenario
        third.seed = 3
        #expect(explorer.variant(seed: 3) == third)
        #expect(explorer.run(seed: 3).digest == Simulation.run(scenario, seed: 3).digest)
        let found = explorer.explore(0..<5)
        #expect(found.families.map(\.verb) == ["crash"] && found.families[0].tally.struck == 5)
        #expect(found.firstCounterexample.replay?.contains("explore") != true)
    }
}
