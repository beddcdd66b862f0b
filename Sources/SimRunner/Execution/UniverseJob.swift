import SimNodes
import Topology

/// One run to be made.
struct UniverseJob: Sendable {
    /// Which of the command's scenarios it belongs to.
    let scenarioIndex: Int
    let scenario: Scenario
    let seed: UInt64
}

/// One run that was made.
struct UniverseOutcome: Sendable {
    let job: UniverseJob
    let result: RunResult
    /// Real time that the (first) run took.
    let wallSeconds: Double
    /// The digest of the second run and whether its whole report was the same; nil when it wasn't repeated.
    let repetition: Repetition?

    struct Repetition: Sendable {
        let digest: TraceDigest
        let isSame: Bool
    }

    var exitCode: ExitCode {
        repetition?.isSame == false ? .notDeterministic : ExitCode(result)
    }
}

/// Makes runs; tests put invented ones in its place.
struct Simulator: Sendable {
    let run: @Sendable (Scenario, UInt64) -> RunResult
    /// Whether every run is made twice and compared.
    var repeats = false

    static let actors = Simulator { Simulation.run($0, seed: $1) }

    /// Makes a job's runs on the calling thread.
    func outcome(of job: UniverseJob) -> UniverseOutcome {
        let clock = ContinuousClock()
        let start = clock.now
        let result = run(job.scenario, job.seed)
        let wall = start.duration(to: clock.now)
        var repetition: UniverseOutcome.Repetition?
        if repeats {
            let second = run(job.scenario, job.seed)
            // The report too: an unordered collection can leave the digest alone and still shuffle what is shown.
            let isSame = second.digest == result.digest && JSONReport.run(second).text == JSONReport.run(result).text
            repetition = .init(digest: second.digest, isSame: isSame)
        }
        return UniverseOutcome(job: job, result: result, wallSeconds: wall.inSeconds, repetition: repetition)
    }
}

extension Duration {
    /// As a number; real time needs no exactness.
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
