import SimNodes
import Topology

extension BenchCommand {
    /// The reference design and its sale.
    private static let referenceScenario = "configs/scenarios/normal.json"
    /// Users a second: they keep the reference design's application servers busy for two fifths of the time.
    private static let referenceRate = 4_000

    /// Runs the whole reference design, checks on, with users who arrive at random at a steady rate.
    static func runReference(_ arguments: Arguments, console: Console) throws(UsageError) -> Int32 {
        let requests = try arguments.integer("--requests", in: 1...10_000_000) ?? 200_000
        let overrides = [
            "workload.arrive={\"poisson\": \"\(referenceRate)/s\"}",
            "workload.for=\(requests * 1_000 / referenceRate)ms", "until=\(requests / referenceRate + 60)s",
            "expect=[]",
        ]
        let scenario: Scenario
        do throws(ConfigurationErrors) {
            scenario = try ScenarioLoader.load(path: referenceScenario, overrides: overrides)
        } catch {
            console.err(ConfigurationReport.text(error.all, style: .plain))
            return ExitCode.configuration.rawValue
        }
        let clock = ContinuousClock()
        let start = clock.now
        let cpuBefore = processorSeconds
        let result = Simulation.run(scenario, seed: UInt64(scenario.seed))
        let wall = start.duration(to: clock.now).inSeconds
        let cpu = processorSeconds - cpuBefore
        let made = Int(result.metrics["workload.requests"] ?? 0)
        console.out(
            "reference requests \(made) events \(result.events) "
                + "simulated_s \(Format.fixed(result.simulated.seconds, decimals: 3)) "
                + "wall_s \(Format.fixed(wall, decimals: 3)) cpu_s \(Format.fixed(cpu, decimals: 3)) "
                + "digest \(result.digest) broken \(result.invariants.count { !$0.holds }) "
                + "peak_rss_mib \(peakBytes >> 20) requests/s \(Int(Double(made) / max(wall, 1e-9))) "
                + "events/s \(Int(Double(result.events) / max(wall, 1e-9)))\n")
        return ExitCode.holds.rawValue
    }
}
