import Topology

/// Claims with what came of them.
package struct ClaimLedger: Sendable {
    package let entries: [ClaimEntry]
    /// False after an interruption: some situations have fewer runs than they need, or none.
    package let isComplete: Bool

    package init(_ entries: [ClaimEntry], isComplete: Bool = true) {
        (self.entries, self.isComplete) = (entries, isComplete)
    }

    /// Measures all claims, several runs at once, until each situation is decided or has had its runs.
    ///
    /// Situations share their seeds, so that what differs between two of them is no luck.
    ///
    /// - Parameter begins: told of each round how many runs it needs at most.
    package init(_ claims: [ClaimCase], _ laboratory: Laboratory, begins: (_ runs: Int) -> Void = { _ in }) {
        var bench = ClaimBench(claims)
        var isComplete = true
        // Rounds over all claims together: a claim alone has too few runs to keep many cores busy.
        while let plan = bench.nextRound {
            begins(plan.reduce(0) { $0 + $1.trials.count })
            do throws(Laboratory.Interrupted) {
                let results = try laboratory.results(of: plan.flatMap(\.trials))
                bench.take(results.map(ClaimRun.init), of: plan)
            } catch {
                isComplete = false
                break
            }
        }
        self.init(bench.entries, isComplete: isComplete)
    }

    package func count(_ verdict: ClaimVerdict) -> Int { entries.count { $0.verdict == verdict } }
}

/// The rounds of runs that the claims need.
private struct ClaimBench {
    /// Which runs a situation lacks.
    struct Lack {
        let claim: Int
        let situation: Int
        let trials: [Laboratory.Trial]
    }

    private let claims: [ClaimCase]
    /// By claim and situation.
    private var runs: [[[ClaimRun]]]

    init(_ claims: [ClaimCase]) {
        self.claims = claims
        runs = claims.map { $0.situations.map { _ in [] } }
    }

    private func measurement(_ claim: Int, _ index: Int) -> ClaimMeasurement {
        let situation = claims[claim].situations[index]
        let made = runs[claim][index]
        guard let name = situation.plan.relativeTo,
            let other = claims[claim].situations.firstIndex(where: { $0.plan.name == name })
        else { return ClaimMeasurement(situation, runs: made) }
        return ClaimMeasurement(situation, runs: made, reference: runs[claim][other])
    }

    var entries: [ClaimEntry] {
        claims.indices.map { claim in
            ClaimEntry(claims[claim], claims[claim].situations.indices.map { measurement(claim, $0) })
        }
    }

    /// What is still to be run; nil when all is decided.
    var nextRound: [Lack]? {
        var lacks: [Lack] = []
        for claim in claims.indices {
            let situations = claims[claim].situations
            var wanted = situations.indices.map { measurement(claim, $0).nextRuns ?? 0 }
            // What another situation is compared with has to have been run as often.
            for (index, situation) in situations.enumerated() {
                guard let other = situations.firstIndex(where: { $0.plan.name == situation.plan.relativeTo }) else {
                    continue
                }
                wanted[other] = max(wanted[other], wanted[index])
            }
            for index in situations.indices where wanted[index] > runs[claim][index].count {
                let seeds = UInt64(runs[claim][index].count + 1)...UInt64(wanted[index])
                lacks.append(Lack(claim: claim, situation: index, trials: trials(situations[index], seeds)))
            }
        }
        return lacks.isEmpty ? nil : lacks
    }

    private func trials(_ situation: ClaimCase.Situation, _ seeds: ClosedRange<UInt64>) -> [Laboratory.Trial] {
        guard situation.plan.explore != nil else { return seeds.map { Laboratory.Trial(situation.scenario, seed: $0) } }
        let swarm = Swarm(situation.scenario)
        return seeds.map { Laboratory.Trial(swarm.variant(seed: $0), seed: $0) }
    }

    mutating func take(_ made: [ClaimRun], of lacks: [Lack]) {
        var rest = made[...]
        for lack in lacks {
            runs[lack.claim][lack.situation] += rest.prefix(lack.trials.count)
            rest = rest.dropFirst(lack.trials.count)
        }
    }
}
