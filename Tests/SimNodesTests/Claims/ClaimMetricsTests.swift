import Testing

@testable import SimNodes
@testable import Topology

/// The metrics that claims brought with them.
@Suite struct ClaimMetricsTests {
    /// Everybody looks at one product while it is sold; it is cached at the start.
    private func sale(_ settings: [String] = []) throws -> RunResult {
        let scenario = try TestFiles.scenario(
            "configs/scenarios/small-sale.json",
            [
                "workload.products=1", "workload.mix.view=1", "workload.users=120", "workload.warmCache=1",
                "workload.stock=1000",
            ] + settings)
        return Simulation.run(scenario, seed: 3)
    }

    @Test func staleViewsAreAsOldAsWhatTheyShowHasBeenOverwritten() throws {
        let metrics = try sale().metrics
        let mean = try #require(metrics["staleness.mean"])
        let longest = try #require(metrics["staleness.max"])
        let stale = try #require(metrics["staleReads"])
        #expect(stale > 5 && mean > 0 && mean < longest)
        // Nothing is cached again and people come for a second, so that the oldest view is about as old as the first sale.
        #expect(longest > 0.7 && longest < 1.1)
        // An entry that lives for 100 ms can't be wrong for much longer.
        let short = try #require(try sale(["view.cacheTTL=100ms", "view.source=primary"]).metrics["staleness.max"])
        #expect(short < 0.15)
    }

    @Test func whereNothingIsStaleThereIsNoStaleness() throws {
        let metrics = try sale(["purchase.details.update=delete", "view.source=primary", "view.fill=lease"]).metrics
        #expect(metrics["staleReads"] == 0 && metrics["staleness.max"] == nil)
    }

    @Test func errorsAreWhatTheSystemFailed() throws {
        let metrics = try sale([#"faults=[{"crash": "nginx", "at": "0.2s"}]"#]).metrics
        let parts = ["rejected", "timedOut", "unknown", "failed"].compactMap { metrics["all.\($0).count"] }
        let errors = try #require(metrics["all.errors.count"])
        #expect(parts.count == 4 && errors == parts.reduce(0, +) && errors > 0)
        let all = try #require(metrics["all.any.count"])
        #expect(metrics["all.errors.share"] == errors / all)
        #expect(try sale().metrics["all.errors.count"] == 0)
    }

    @Test func eachInvariantThatAppliesHasItsCount() throws {
        let sound = try sale().metrics
        #expect(sound["invariants.I1"] == 0 && sound["invariants.I3"] == 0)
        // No promise, no sample.
        #expect(sound["invariants.I2"] == nil && sound["invariants.I8"] == nil)
        let broken = try sale([
            "purchase.lock.kind=none", "purchase.stockCheck=none", "purchase.cache.update=none", "workload.stock=1",
            "purchase.transaction.decrement=unguarded", "purchase.transaction.read=none",
            "purchase.transaction.version=ignored",
        ]).metrics
        #expect(try #require(broken["invariants.I1"]) > 0)
        #expect(try #require(broken["oversold"]) > 0)
    }
}
