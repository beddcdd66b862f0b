import Topology

/// Makes the runs that a question about capacity asks for, on several threads, and remembers them.
///
/// Searches come back to the same point, and several questions start from the same runs: a trial that was made once is
/// not made again. What comes out depends on neither the number of threads nor the order of the questions.
package final class Laboratory {
    /// One run: a scenario and the seed that decides it.
    package struct Trial: Hashable, Sendable {
        package let scenario: Scenario
        package let seed: UInt64

        package init(_ scenario: Scenario, seed: UInt64) { (self.scenario, self.seed) = (scenario, seed) }
    }

    /// Somebody wants the work to end; what was asked for last is not complete.
    package struct Interrupted: Error {}

    private let threads: Int
    private let simulate: @Sendable (Scenario, UInt64) -> RunResult
    private let dissect: (Scenario, UInt64) -> LatencyAnatomy?
    private let isInterrupted: () -> Bool
    private let observe: (_ made: Int) -> Void
    private var made: [Trial: RunResult] = [:]
    private var dissected: [Trial: LatencyAnatomy?] = [:]

    /// How many runs were made, repetitions that were remembered not counted.
    package private(set) var runs = 0
    /// How many events those runs had.
    package private(set) var events: UInt64 = 0

    /// - Parameters:
    ///   - threads: runs at once.
    ///   - simulate: makes a run; tests put invented ones in its place.
    ///   - dissect: makes a run once more to see what its latencies are made of.
    ///   - isInterrupted: asked a few times a second, on the calling thread.
    ///   - observe: told how many runs were made in all, after each, on the calling thread.
    package init(
        threads: Int, simulate: @escaping @Sendable (Scenario, UInt64) -> RunResult = { Simulation.run($0, seed: $1) },
        dissect: @escaping (Scenario, UInt64) -> LatencyAnatomy? = { Simulation.anatomy($0, seed: $1) },
        isInterrupted: @escaping () -> Bool = { false }, observe: @escaping (_ made: Int) -> Void = { _ in }
    ) {
        self.threads = threads
        self.simulate = simulate
        self.dissect = dissect
        self.isInterrupted = isInterrupted
        self.observe = observe
    }

    /// The results of trials, in their order; those not made yet are made, several at once.
    package func results(of trials: [Trial]) throws(Interrupted) -> [RunResult] {
        var wanted = Set<Trial>()
        let missing = trials.filter { made[$0] == nil && wanted.insert($0).inserted }
        if !missing.isEmpty, isInterrupted() { throw Interrupted() }
        play(missing) { made[missing[$0]] = $1 }
        let results = trials.compactMap { made[$0] }
        guard results.count == trials.count else { throw Interrupted() }
        return results
    }

    /// The result of a trial that was made already.
    package func known(_ trial: Trial) -> RunResult? { made[trial] }

    /// What the latencies of a trial are made of; nil where nobody can tell.
    package func anatomy(of trial: Trial) throws(Interrupted) -> LatencyAnatomy? {
        if let known = dissected[trial] { return known }
        if isInterrupted() { throw Interrupted() }
        let anatomy = dissect(trial.scenario, trial.seed)
        dissected[trial] = anatomy
        return anatomy
    }

    /// The results of one scenario with several seeds, in their order.
    package func results(of scenario: Scenario, seeds: some Sequence<UInt64>) throws(Interrupted) -> [RunResult] {
        try results(of: seeds.map { Trial(scenario, seed: $0) })
    }

    /// Makes trials and hands their results over, in their order, without remembering them: there may be more of them
    /// than would fit into memory.
    ///
    /// - Parameter take: gets the index of the trial and its result, on the calling thread.
    package func visit(_ trials: [Trial], _ take: (_ index: Int, _ result: RunResult) -> Void) throws(Interrupted) {
        var visited = 0
        play(trials) {
            take($0, $1)
            visited += 1
        }
        guard visited == trials.count else { throw Interrupted() }
    }

    private func play(_ trials: [Trial], _ take: (Int, RunResult) -> Void) {
        let simulate = simulate
        SeedPool { index in
            (Int(index), simulate(trials[Int(index)].scenario, trials[Int(index)].seed))
        }.run(trials.indices.map(UInt64.init), threads: threads, isEnough: isInterrupted) { index, result in
            take(index, result)
            runs += 1
            events += result.events
            observe(runs)
        }
    }
}
