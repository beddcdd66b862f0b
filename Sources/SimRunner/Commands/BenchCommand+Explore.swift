import SimNodes
import Topology

extension BenchCommand {
    /// The scenario that the goal of a thousand runs a second is about.
    static let smallProperty = "configs/scenarios/property-small.json"

    /// Runs a scenario with many seeds, as configured and in variants.
    static func runExplore(_ arguments: Arguments, console: Console) throws(UsageError) -> Int32 {
        let runs = try arguments.integer("--runs", in: 1...1_000_000) ?? 2_000
        let threads = try arguments.integer("--jobs", in: 1...1024) ?? WorkerThread.cores
        let path = arguments.operands.count > 1 ? arguments.operands[1] : smallProperty
        let scenario: Scenario
        do throws(ConfigurationErrors) {
            scenario = try ScenarioLoader.load(path: path)
        } catch {
            console.err(ConfigurationReport.text(error.all, style: .plain))
            return ExitCode.configuration.rawValue
        }
        for faults in [FaultChoice.configured, .swarm] {
            let explorer = Explorer(scenario, faults: faults)
            let clock = ContinuousClock()
            let start = clock.now
            let cpuBefore = processorSeconds
            let found = explorer.explore(0..<UInt64(runs), threads: threads)
            let wall = start.duration(to: clock.now).inSeconds
            let cpu = processorSeconds - cpuBefore
            console.out(
                "explore \(path) faults \(faults.rawValue) runs \(found.runs) jobs \(threads) "
                    + "events/run \(Int(found.events) / max(1, found.runs)) broken \(found.brokenRuns) "
                    + "behaviours \(found.distinctBehaviours) wall_s \(Format.fixed(wall, decimals: 3)) "
                    + "cpu_ms/run \(Format.fixed(cpu * 1000 / Double(max(1, found.runs)), decimals: 3)) "
                    + "runs/s \(Int(Double(found.runs) / max(wall, 1e-9)))\n")
        }
        return ExitCode.holds.rawValue
    }
}
