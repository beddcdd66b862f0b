import Topology

/// How much of what a design needs to carry what is asked of it.
package struct Sizing: Sendable {
    /// One knob, turned alone.
    package struct Answer: Sendable {
        package let knob: Knob
        /// Needed is what passes nearest to the edge; nil: not even the extreme passes.
        package let edge: Edge
        /// Where the knob alone is not enough: what still breaks at its extreme, and what everybody waits for then.
        package let stillBreaks: String?
        package let binding: String?
        /// What breaks at the extreme and holds in the design as it is.
        let newlyBroken: Set<String>
        /// What the runs were too few to be sure of at the needed amount, though it is met in their mean.
        package let open: String?

        package var needed: Int64? { edge.passing }
    }

    /// Several knobs, turned together.
    package struct Combination: Sendable {
        package let knobs: [Knob]
        /// The least common factor that is enough, in hundredths; each alone may need less of it.
        package let factor: Int64
        /// Of each knob, what it needs while the others stay where they are.
        package internal(set) var amounts: [Int64]
        /// What the runs were too few to be sure of, though it is met in their mean.
        package internal(set) var open: String?

        package var settings: [String] { zip(knobs, amounts).flatMap { $0.settings($1) } }

        init(knobs: [Knob], factor: Int64) {
            (self.knobs, self.factor) = (knobs, factor)
            amounts = knobs.map { $0.amount(times: Double(factor) / 100) }
        }
    }

    /// The best that all knobs together can do where that is not enough.
    package struct NearestMiss: Sendable {
        /// What is still broken.
        package let reason: String
        /// What everybody waits for then; nil where an invariant is broken.
        package let binding: String?
        package let settings: [String]
    }

    /// Whether the design as it is passes.
    package let standing: Standing
    package let reason: String?
    package let answers: [Answer]
    /// The knobs that suffice together where none does alone: as few as it takes, often a pair; nil where not even all do.
    package let together: Combination?
    /// Nil where something suffices, or there were no runs for everything together.
    package let nearest: NearestMiss?
    /// Whether the allowance ended before all questions were answered.
    package let isCutShort: Bool

    /// The change that adds least, in proportion to what there is; nil where the design passes or nothing was found.
    package var smallest: Answer? {
        guard standing != .passes else { return nil }
        return answers.filter { $0.needed != nil }.min { $0.factor < $1.factor }
    }
}

extension Sizing.Answer {
    /// By which factor the knob is turned, 1 or more where it helps.
    package var factor: Double {
        guard let needed else { return .infinity }
        let ratio = Double(needed) / Double(knob.asked)
        return knob.isMoreBetter ? ratio : 1 / ratio
    }
}

extension Sizing {
    /// Turns each knob of a scenario, then as many together as it takes.
    package static func find(
        _ scenario: Scenario, knobs: [Knob], by examiner: Examiner
    ) throws(Laboratory.Interrupted) -> Sizing {
        guard let base = try examiner.examine(scenario) else {
            return Sizing(
                standing: .unclear, reason: nil, answers: [], together: nil, nearest: nil, isCutShort: true)
        }
        let search = Search(scenario: scenario, examiner: examiner, base: base)
        // Many combinations are tried, and what they leave open is said: few runs of each are enough.
        var cursory = examiner
        cursory.effort.most = min(examiner.effort.most, Self.runsOfCombinations)
        let combinations = Search(scenario: scenario, examiner: cursory, base: base)
        // Everything together first: where not even that is enough, it is the answer, and there must be runs left for it.
        let everything = combinations.everything(of: knobs).settings
        let best = base.standing == .passes ? nil : try combinations.examine(everything).map { (everything, $0) }
        try examiner.prepare(knobs.compactMap { $0.applied($0.extreme, to: scenario) })
        var answers: [Answer] = []
        for knob in knobs {
            guard let answer = try search.answer(knob) else { break }
            answers.append(answer)
        }
        var (together, nearest): (Combination?, NearestMiss?)
        if base.standing != .passes, !answers.contains(where: { $0.needed != nil }) {
            // What breaks something else when it is turned alone does no good among others.
            let harmful = Set(answers.filter { !$0.newlyBroken.isEmpty }.map(\.knob.name))
            (together, nearest) = try combinations.combination(
                of: knobs.filter { !harmful.contains($0.name) }, withAll: best)
        }
        return Sizing(
            standing: base.standing, reason: base.reason, answers: answers, together: together,
            nearest: nearest,
            isCutShort: answers.count < knobs.count || answers.contains { $0.edge.isCutShort } || examiner.isSpent)
    }

    private static let runsOfCombinations = 6

    private struct Search {
        let scenario: Scenario
        let examiner: Examiner
        let base: Examiner.Examination

        func examine(_ settings: [String]) throws(Laboratory.Interrupted) -> Examiner.Examination? {
            guard let changed = try? ScenarioLoader.load(scenario, overrides: settings) else {
                // What the configuration forbids is as good as broken.
                return Examiner.Examination(
                    standing: .fails, runs: [], reason: "the configuration allows no such amount", gap: .infinity,
                    broken: ["the configuration"])
            }
            return try examiner.examine(changed)
        }

        /// Nil when there may be no more runs.
        func answer(_ knob: Knob) throws(Laboratory.Interrupted) -> Answer? {
            guard let extreme = try examine(knob.settings(knob.extreme)) else { return nil }
            guard extreme.isEnough || base.standing == .passes else {
                return Answer(
                    knob: knob, edge: Edge(failing: knob.extreme), stillBreaks: extreme.reason,
                    binding: extreme.runs.first?.bindingResource,
                    newlyBroken: extreme.broken.subtracting(base.broken), open: nil)
            }
            // A design that passes may have more than it needs.
            let hard = base.standing == .passes ? knob.amount(times: 1 / Double(Knob.mostTimes)) : knob.asked
            var search = EdgeSearch(easy: knob.extreme, hard: hard)
            let edge = try search.edge(from: knob.asked) { (amount) throws(Laboratory.Interrupted) -> Standing? in
                amount == knob.asked ? base.standing : try standing(knob.settings(amount))
            }
            let open = try edge.passing.flatMap { (amount) throws(Laboratory.Interrupted) -> String? in
                amount == knob.asked ? nil : try examine(knob.settings(amount))?.open
            }
            return Answer(knob: knob, edge: edge, stillBreaks: nil, binding: nil, newlyBroken: [], open: open)
        }

        /// What a variant comes to, where it counts as passing when all is met as far as its runs can tell.
        private func standing(_ settings: [String]) throws(Laboratory.Interrupted) -> Standing? {
            try examine(settings).map { $0.isEnough ? .passes : $0.standing }
        }

        /// All knobs at their extremes.
        func everything(of knobs: [Knob]) -> Combination {
            Combination(knobs: Self.withoutOverlaps(knobs), factor: Knob.mostTimes * 100)
        }

        /// As few knobs as suffice together, turned by the least common factor, then each as little as it needs; where not
        /// even all suffice, what is broken then. Neither, when there may be no more runs.
        func combination(
            of knobs: [Knob], withAll known: (settings: [String], examination: Examiner.Examination)?
        ) throws(Laboratory.Interrupted) -> (enough: Combination?, nearest: NearestMiss?) {
            var kept = Self.withoutOverlaps(knobs)
            let most = Knob.mostTimes * 100
            var settings = Combination(knobs: kept, factor: most).settings
            var best = known?.examination
            if !kept.isEmpty, settings != known?.settings, let without = try examine(settings) {
                best = without
            } else if let known {
                settings = known.settings
            }
            guard let best else { return (nil, nil) }
            guard best.isEnough else {
                // What is unsafe isn't so because somebody waits.
                let isSafe = best.runs.allSatisfy { $0.invariants.allSatisfy(\.holds) }
                let binding = isSafe ? best.runs.first?.bindingResource : nil
                return (nil, NearestMiss(reason: best.worst ?? best.reason, binding: binding, settings: settings))
            }
            // The dearest, and what has least to do with what binds, is left out first.
            for index in kept.indices.reversed() {
                var fewer = kept
                fewer.remove(at: index)
                if !fewer.isEmpty, try examine(Combination(knobs: fewer, factor: most).settings)?.isEnough == true {
                    kept = fewer
                }
            }
            var search = EdgeSearch(easy: most, hard: 100)
            search.resolution = 0.05
            let edge = try search.edge(from: 200) { (factor) throws(Laboratory.Interrupted) -> Standing? in
                try standing(Combination(knobs: kept, factor: factor).settings)
            }
            guard let factor = edge.passing else { return (nil, nil) }
            return (try sparing(Combination(knobs: kept, factor: factor)), nil)
        }

        /// The same with each knob turned back, one after the other, as far as it goes.
        private func sparing(_ combination: Combination) throws(Laboratory.Interrupted) -> Combination {
            var best = combination
            for (index, knob) in combination.knobs.enumerated() {
                var search = EdgeSearch(easy: best.amounts[index], hard: knob.asked)
                search.resolution = 0.05
                let known = best
                let edge = try search.edge(from: known.amounts[index]) {
                    (amount) throws(Laboratory.Interrupted) -> Standing? in
                    if amount == known.amounts[index] { return .passes }
                    var changed = known
                    changed.amounts[index] = amount
                    return try standing(changed.settings)
                }
                if let passing = edge.passing { best.amounts[index] = passing }
            }
            best.open = try examine(best.settings)?.open
            return best
        }

        /// Of knobs that set the same thing the first.
        private static func withoutOverlaps(_ knobs: [Knob]) -> [Knob] {
            var taken = Set<Substring>()
            return knobs.filter { knob in
                let paths = knob.settings(knob.extreme).map { $0.prefix { $0 != "=" } }
                guard taken.isDisjoint(with: paths) else { return false }
                taken.formUnion(paths)
                return true
            }
        }
    }
}

extension RunResult {
    /// What turned requests away that it was to serve, or else what they waited for longest; nil where nobody waited.
    package var bindingResource: String? {
        let refusing = resources.filter { !$0.refusesByDesign && $0.rejections + $0.timeouts > 0 }
            .max { $0.rejections + $0.timeouts < $1.rejections + $1.timeouts }
        return (refusing ?? resources.filter { $0.meanQueue >= 0.5 }.max { $0.meanQueue < $1.meanQueue })?.name
    }
}
