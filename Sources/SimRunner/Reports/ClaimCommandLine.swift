import SimNodes
import Topology

/// The command that shows what was found in a situation.
struct ClaimCommandLine {
    let measurement: ClaimMeasurement

    init(_ measurement: ClaimMeasurement) { self.measurement = measurement }

    var text: String {
        let situation = measurement.situation
        var words: [String]
        if situation.plan.explore != nil {
            words = ["explore", file, "--seeds", "1...\(max(1, measurement.runs.count))"]
        } else {
            words = ["run", file, "--seed", String(seed)]
        }
        words += (situation.settings + expectations).flatMap { ["--set", $0] }
        return "swift run -c release \(Program.name) " + words.map(ShellWord.quoted).joined(separator: " ")
    }

    /// The scenario's file without the detour over the folder that names it.
    private var file: String {
        var steps: [Substring] = []
        for step in measurement.situation.file.split(separator: "/", omittingEmptySubsequences: false) {
            if step == "..", let last = steps.last, last != "..", !last.isEmpty {
                steps.removeLast()
            } else {
                steps.append(step)
            }
        }
        return steps.joined(separator: "/")
    }

    /// The first run that is wrong; any, where none is.
    private var seed: UInt64 {
        guard let index = measurement.decisive?.firstWrong, measurement.outcome == .fails,
            measurement.runs.indices.contains(index)
        else { return measurement.runs.first?.seed ?? 1 }
        return measurement.runs[index].seed
    }

    /// What is expected, so that the report of the run says it; quotients are no expectations of a single run.
    private var expectations: [String] {
        let situation = measurement.situation
        if situation.plan.relativeTo != nil || situation.plan.explore != nil { return [] }
        if situation.checks.isEmpty { return [] }
        let all = situation.checks.flatMap(\.expectations).map { $0.source.json.text }
        return ["expect=[\(all.joined(separator: ","))]"]
    }
}
