import Testing
import Topology

@testable import SimNodes

@Suite("Anatomy of latencies") struct AnatomyTests {
    private func moment(_ milliseconds: Int64) -> Instant { .zero + .milliseconds(milliseconds) }

    @Test func noMomentCountsTwice() {
        let ledger = AnatomyLedger()
        let cpu = ledger.register("cpu")
        ledger.open(0, at: moment(10))
        func note(_ part: AnatomyLedger.Part, _ from: Int64, _ until: Int64) {
            Story.$request.withValue(0) { ledger.note(part, from: moment(from), until: moment(until)) }
        }
        note(.service(cpu), 20, 30)
        note(.waiting(cpu), 15, 40)
        note(.applicationPause, 5, 12)
        note(.service(cpu), 35, 36)
        note(.service(cpu), 40, 45)
        note(.waiting(cpu), 11, 50)
        let parts = ledger.parts(of: 0)
        func span(_ part: AnatomyLedger.Part) -> TimeSpan? { parts.first { $0.part == part }?.span }
        #expect(span(.service(cpu)) == .milliseconds(15), "20–30, 40–45; 35–36 was taken")
        #expect(span(.waiting(cpu)) == .milliseconds(15 + 3 + 5), "15–20, 30–40; 12–15, 45–50")
        #expect(span(.applicationPause) == .milliseconds(2), "not before the user wanted it")
        #expect(parts.reduce(TimeSpan.zero) { $0 + $1.span } == .milliseconds(40), "all from 10 to 50")
        ledger.notePause(of: 0, from: moment(50), until: moment(60))
        note(.waiting(cpu), 0, 70)
        #expect(ledger.parts(of: 0).reduce(TimeSpan.zero) { $0 + $1.span } == .milliseconds(60))
        ledger.note(.userPause, from: moment(70), until: moment(80))
        #expect(ledger.parts(of: 0).count == 4, "nobody's time is nobody's")
    }

    @Test func aPercentileIsLookedAtFromBothSides() {
        #expect(LatencyAnatomy.ranks(50, of: 1) == 0...0)
        #expect(LatencyAnatomy.ranks(50, of: 1000) == 494...504)
        #expect(LatencyAnatomy.ranks(99.9, of: 1000) == 993...999)
        #expect(LatencyAnatomy.ranks(99, of: 100_000) == 98_989...99_009)
    }

    /// With one request at a time nobody waits, and what is no service is the way there and back.
    @Test func aloneTheRestIsTheNetwork() throws {
        let scenario = try TestFiles.scenario("configs/scenarios/unloaded.json")
        let anatomy = Simulation.anatomy(scenario, seed: 1)
        let view = try #require(anatomy.cuts.first { $0.flow == "view" && $0.percent == 50 })
        #expect(view.waiting == .zero)
        let oneWay: [(String, String)] = [("users", "nginx"), ("nginx", "app1"), ("app1", "redis-master")]
        let table = LatencyTable(scenario.topology)
        let hops = oneWay.reduce(0.0) { sum, link in
            guard case .constant(let span) = table.latency(from: link.0, to: link.1) else { return .nan }
            return sum + 2 * span.seconds
        }
        #expect(hops == 0.00398)
        #expect(abs(view.rest.seconds / Double(view.count) - hops) < 1e-12)
    }

    @Test func underLoadThePartsAddUpToTheLatency() throws {
        let scenario = try TestFiles.scenario(
            "configs/scenarios/primary-down.json", ["workload.users=600", "faults.0.nth=20"])
        let anatomy = Simulation.anatomy(scenario, seed: 2)
        let result = Simulation.run(scenario, seed: 2)
        #expect(anatomy.cuts.count == 10)
        for cut in anatomy.cuts {
            let known = cut.parts.reduce(TimeSpan.zero) { $0 + $1.total }
            #expect(cut.rest >= .zero && known + cut.rest == cut.total)
        }
        let slow = try #require(anatomy.cuts.last)
        #expect(slow.flow == "purchase" && slow.share(slow.parts[0].total) > 0.5)
        // They come back for the lock of their product until they have it.
        #expect(slow.parts[0].part == .waiting(anatomy.resources.firstIndex(of: "redis.productLock") ?? -1))
        // The same run, looked at from both sides.
        for flow in result.single {
            let success = try #require(flow.outcomes.first { $0.isSuccess })
            let cut = try #require(anatomy.cuts.last { $0.flow == flow.name })
            let worst = try #require(success.latency.maximum)
            #expect(cut.latency <= worst && cut.latency.seconds > worst.seconds * 0.8)
        }
    }
}
