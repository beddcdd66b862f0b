import Testing

@testable import Topology

@Suite struct HandAnalysisTests {
    private static func analysis(_ name: String, _ settings: [String] = []) throws -> HandAnalysis {
        let scenario = try ServiceDemandTests.scenario(name, settings)
        return HandAnalysis(scenario, ServiceDemands(scenario))
    }

    private static func text(_ value: Double, _ unit: MetricCatalogue.Unit) -> String {
        switch unit {
        case .duration: "\((value * 1e5).rounded() / 100) ms"
        case .rate: "\(value.rounded())/s"
        case .count: "\((value * 100).rounded() / 100)"
        case .ratio: "\((value * 100).rounded()) %"
        }
    }

    /// A purchase-only burst whose numbers stand in the margin: 3000 users, plenty of products, no lock.
    @Test func aBurstOnPaper() throws {
        let settings = [
            "workload.users=3000", "workload.products=100000", "workload.popularity=uniform", "workload.mix.view=0",
            "workload.mix.purchase=1", "topology.purchase.lock.kind=none",
        ]
        let analysis = try Self.analysis("normal", settings)
        let waves = try #require(analysis.result("waves through the primary connections"))
        #expect(waves.value == 10 && waves.formula.text(Self.text) == "3000.0 ÷ 300.0")
        // 64 channels ÷ 22.6 ms: 2831.9 a second; (3000 − 300) of them take 953 ms.
        let timeout = try #require(analysis.result("primary connection timeout at which nobody is lost"))
        #expect(agree(timeout.value, 2_700 * 22.6e-3 / 64, 1e-9) && timeout.unit == .duration)
        #expect(analysis.result("lost to the primary connection timeout") == nil)
        let cores = try #require(analysis.result("application's cores has worked off the burst"))
        #expect(agree(cores.value, 3_000 * 4.95e-3 / 16, 1e-9))
        let over = try #require(analysis.result("the burst is over"))
        #expect(agree(over.value, 3_000 * 22.6e-3 / 64, 1e-9) && over.meaning.contains("primary's storage"))
        let hasty = try Self.analysis("normal", settings + ["topology.application.primaryPool.connectionTimeout=500ms"])
        let lost = try #require(hasty.result("lost to the primary connection timeout"))
        #expect(agree(lost.value, 2_700 - 0.5 * 64 / 22.6e-3, 1e-9))
    }

    @Test func theHotProduct() throws {
        let analysis = try Self.analysis("hot-product")
        let ceiling = try #require(analysis.result("one product under its lock"))
        #expect(agree(ceiling.value, 1 / 43e-3, 1e-9) && ceiling.formula.text(Self.text) == "1 ÷ 43.0 ms")
        // Thirty seconds of patience, one sale each 43 ms.
        #expect(try agree(#require(analysis.result("orders to expect")).value, 30 / 43e-3, 1e-9))
        let bare = try Self.analysis("hot-product", ["topology.purchase.lock.kind=none"])
        #expect(try agree(#require(bare.result("one product under its row lock")).value, 1 / 26.9e-3, 1e-9))
    }

    @Test func aLoopHasItsBounds() throws {
        let analysis = try Self.analysis("normal", ["workload.think=1s", "workload.for=10s"])
        let demands = analysis.demands
        let knee = try #require(analysis.result("knee"))
        #expect(agree(knee.value, (demands.latency + 1) * 16 / demands.demand(at: .applicationCPU), 1e-6))
        let throughput = try #require(analysis.result("throughput at most"))
        #expect(throughput.value <= 6_000 / (1 + demands.latency) * 1.0001)
        #expect(analysis.results(.burst).isEmpty)
    }

    @Test func aStreamHasItsLittle() throws {
        let analysis = try Self.analysis("miniature")
        let inside = try #require(analysis.result("requests inside"))
        #expect(agree(inside.value, 520 * analysis.demands.latency, 1e-9))
        let lent = try #require(analysis.result("primary connections in use"))
        #expect(lent.value > 7.9 && lent.value < 8.2)
        #expect(analysis.results(.bounds).isEmpty && analysis.results(.burst).isEmpty)
    }

    @Test(arguments: ["normal", "hot-product", "miniature", "miniature-mixed", "hardened", "unloaded"])
    func everyLineSaysHowAndWhy(_ name: String) throws {
        let results = try Self.analysis(name).results
        #expect(results.count > 15)
        for result in results {
            #expect(!result.value.isNaN && result.value >= 0, "\(result.name)")
            #expect(!result.meaning.isEmpty && !result.formula.text(Self.text).isEmpty)
        }
        #expect(Set(results.map { "\($0.topic) \($0.name)" }).count == results.count)
    }
}
