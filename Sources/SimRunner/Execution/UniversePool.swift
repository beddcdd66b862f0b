import SimNodes

/// Makes runs on several threads, each universe on one of them from its making to its end.
///
/// Outcomes are delivered on the calling thread in the order of the jobs, so nothing depends on how many threads there
/// are or on which universe ends first.
struct UniversePool {
    /// Keeps an action for the moment at which somebody wants the runs to end.
    typealias Interrupter = (@escaping @Sendable () -> Void) -> Void

    let simulator: Simulator
    let threads: Int

    /// How far the runs are.
    struct Progress: Equatable {
        let finished: Int
        let count: Int
    }

    fileprivate struct State: Sendable {
        var next = 0
        var finished = 0
        var outcomes: [Int: UniverseOutcome] = [:]
        var isInterrupted = false
    }

    private final class Shared: Sendable {
        let jobs: [UniverseJob]
        let simulator: Simulator
        let monitor = Monitor(State())
        init(_ jobs: [UniverseJob], _ simulator: Simulator) { (self.jobs, self.simulator) = (jobs, simulator) }

        func work() {
            while let index = monitor.update({ $0.take(of: jobs.count) }) {
                let outcome = simulator.outcome(of: jobs[index])
                monitor.update {
                    $0.outcomes[index] = outcome
                    $0.finished += 1
                }
            }
        }
    }

    /// Runs all jobs.
    ///
    /// - Parameters:
    ///   - interruption: is given what ends the runs early.
    ///   - observe: is told how far the runs are, a few times a second.
    ///   - deliver: gets the outcomes in the order of the jobs; gaps appear only after an interruption.
    /// - Returns: whether all were run; false after an interruption, with universes still running.
    func run(
        _ jobs: [UniverseJob], interruption: Interrupter, observe: (Progress) -> Void,
        deliver: (UniverseOutcome) -> Void
    ) -> Bool {
        let shared = Shared(jobs, simulator)
        interruption { shared.monitor.update { $0.isInterrupted = true } }
        var started = 0
        for _ in 0..<min(threads, jobs.count) where WorkerThread.start({ shared.work() }) { started += 1 }
        // Without threads there is still this one.
        if started == 0 { shared.work() }

        var delivered = 0
        while delivered < jobs.count {
            let step = shared.monitor.wait(milliseconds: 200) { $0.step(at: delivered) }
            switch step {
            case .outcome(let outcome):
                deliver(outcome)
                delivered += 1
            case .interrupted(let finished):
                for outcome in finished { deliver(outcome) }
                return false
            case nil: break
            }
            observe(Progress(finished: shared.monitor.update { $0.finished }, count: jobs.count))
        }
        return true
    }

    fileprivate enum Step {
        case outcome(UniverseOutcome)
        case interrupted([UniverseOutcome])
    }
}

extension UniversePool.State {
    fileprivate mutating func take(of count: Int) -> Int? {
        guard next < count, !isInterrupted else { return nil }
        next += 1
        return next - 1
    }

    fileprivate mutating func step(at index: Int) -> UniversePool.Step? {
        if let outcome = outcomes.removeValue(forKey: index) { return .outcome(outcome) }
        guard isInterrupted else { return nil }
        return .interrupted(outcomes.sorted { $0.key < $1.key }.map(\.value))
    }
}
