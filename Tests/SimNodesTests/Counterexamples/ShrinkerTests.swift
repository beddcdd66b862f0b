import Foundation
import Testing
import Topology

@testable import SimNodes

@Suite struct ShrinkerTests {
    static let smallSale = "Tests/Fixtures/scenarios/small-sale.json"

    private func arrival(_ at: TimeSpan, product: Int, user: Int, quantity: Int? = nil) -> TraceArrival {
        var arrival = TraceArrival()
        (arrival.at, arrival.flow, arrival.product) = (at, .purchase, product)
        (arrival.user, arrival.quantity) = (user, quantity)
        return arrival
    }

    /// A trial that looks only at the scenario: two purchases of one product and a crash of app1 are what it takes.
    @Test func findsTheCoreOfAMadeUpFailure() throws {
        var scenario = try TestFiles.scenario(Self.smallSale)
        scenario.faults += [
            Fault(.crash(CrashFault(.named("app2"))), .at(.seconds(3))),
            Fault(.pause(PauseFault(.named("nginx"), for: .milliseconds(1_234))), .at(.milliseconds(2_345))),
        ]
        scenario.workload.products = 9
        scenario.workload.stock = 40
        let requests = (0..<80).map { number in
            arrival(.microseconds(Int64(number) * 12_345), product: number % 9, user: number, quantity: 1 + number % 3)
        }
        var shrinker = Shrinker(
            scenario, seed: 7, mostRuns: 5_000,
            trial: { candidate, seed in
                #expect(seed == 7)
                guard case .trace(let arrivals) = candidate.workload.arrive, candidate.workload.stock >= 3 else {
                    return false
                }
                let isCrash = candidate.faults.contains { if case .crash = $0.action { true } else { false } }
                return isCrash && Set(arrivals.map(\.product)).count < arrivals.count
            })
        let small = shrinker.shrink(requests: requests)
        guard case .trace(let left) = small.workload.arrive else {
            Issue.record("the requests are not listed")
            return
        }
        #expect(left.count == 2 && left[0].product == 0 && left[1].product == 0)
        #expect(left.allSatisfy { $0.at.nanoseconds % 1_000_000_000 == 0 && $0.quantity == 1 })
        #expect(small.faults.count == 1 && small.workload.products == 1 && small.workload.stock == 3)
        #expect(small.workload.users == 2 && small.workload.retry == RetryPolicy() && small.expect.isEmpty)
        #expect(ScenarioTree.scenario(small.json) == small, "what is left can be written and read")
    }

    @Test func endsWhenTheRunsAreUsedUp() throws {
        let scenario = try TestFiles.scenario(Self.smallSale)
        var runs = 0
        var shrinker = Shrinker(
            scenario, seed: 1, mostRuns: 25,
            trial: { _, _ in
                runs += 1
                return true
            })
        _ = shrinker.shrink(requests: (0..<1_000).map { arrival(.zero, product: 0, user: $0) })
        #expect(runs == 25 && shrinker.runs == 25)
    }

    @Test func theShortestTreeReadsBackAlike() throws {
        let folder = "configs/scenarios"
        let names = try FileManager.default.contentsOfDirectory(atPath: "\(TestFiles.root)/\(folder)")
        for name in names where name.hasSuffix(".json") {
            let scenario = try TestFiles.scenario("\(folder)/\(name)")
            let tree = ScenarioTree.shortest(scenario)
            #expect(ScenarioTree.scenario(tree) == scenario, "\(name)")
            #expect(tree.text.utf8.count < scenario.json.text.utf8.count, "\(name) has no defaults to leave out")
        }
    }

    /// An application server dies between COMMIT and DECR: that takes one request and one fault.
    @Test func aRealViolationBecomesAShortStory() throws {
        let scenario = try TestFiles.scenario(Self.smallSale)
        let seed = try #require(
            (0..<60).first { seed in
                Simulation.run(scenario, seed: seed).invariants.contains { $0.id == "I4" && !$0.holds }
            })
        let found = try #require(Counterexample.shrunk(scenario, seed: seed))
        #expect(found.invariant == "I4" && found.seed == seed)
        #expect(found.scenario.requestCount <= 2 && found.scenario.faults.count == 1, "\(found)")
        let text = "\(found)"
        #expect(text.contains("COMMIT  ⇒ no answer") && text.contains("app1"), "\(text)")
        #expect(text.contains("mysql-primary") && text.contains("commits"), "\(text)")
        let diagram = found.excerpt.mermaid
        #expect(diagram.hasPrefix("sequenceDiagram\n") && diagram.contains("app1-xmysqlprimary: COMMIT"), "\(diagram)")

        let capsule = Capsule(found, version: "test")
        let read = try Capsule(Array(capsule.text.utf8), file: "capsule.json")
        #expect(read.scenario == found.scenario && read.text == capsule.text)
        let again = try #require(read.replay())
        #expect(again.digest == found.digest && again.story == found.story && again.finding == found.finding)
    }

    @Test func whatExplorationFindsIsShrunk() throws {
        let scenario = try TestFiles.scenario(Self.smallSale)
        let found = explore(scenario, seeds: 0..<60, faults: .configured)
        let broken = found.firstCounterexample(of: .stockDrift)
        let small = try #require(broken.shrunk())
        #expect(small.invariant == "I4" && small.scenario.requestCount <= 2 && small.seed == broken.seed)
        #expect("\(small)".contains("process crashed"), "the fault is told, whosever statement it struck")
        #expect(explore(scenario, seeds: 0..<1, faults: .configured).firstCounterexample(of: .oversold).shrunk() == nil)
    }

    @Test func aRunThatHoldsHasNoCounterexample() throws {
        let scenario = try TestFiles.scenario(Self.smallSale, ["faults=[]"])
        #expect(Counterexample.shrunk(scenario, seed: 1) == nil)
        #expect(Counterexample.shrunk(scenario, seed: 1, invariant: "I1") == nil)
    }
}
