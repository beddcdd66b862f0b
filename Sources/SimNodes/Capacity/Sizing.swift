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
        /// How far the expectations are missed at the extreme.
        let gap: Double

        package var needed: Int64? { edge.passing }
    }

    /// Several knobs, turned by the same factor.
    package struct Combination: Sendable {
        package let knobs: [Knob]
        /// In hundredths.
        package let factor: Int64

        package var amounts: [Int64] { knobs.map { $0.amount(times: Double(factor) / 100) } }
        package var settings: [String] { zip(knobs, amounts).flatMap { $0.settings($1) } }
    }

    /// Whether the design as it is passes.
    package let standing: Standing
    package let reason: String?
    package let answers: [Answer]
    /// The knobs that suffice together where none does alone: as few as it takes, often a pair; nil where not even all do.
    package let together: Combination?
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
            return Sizing(standing: .unclear, reason: nil, answers: [], together: nil, isCutShort: true)
        }
        let search = Search(scenario: scenario, examiner: examiner, base: base)
        try examiner.prepare(knobs.compactMap { $0.applied($0.extreme, to: scenario) })
        var answers: [Answer] = []
        for knob in knobs {
            guard let answer = try search.answer(knob) else { break }
            answers.append(answer)
        }
        var together: Combination?
        let isAnyEnough = answers.contains { $0.needed != nil }
        if base.standing != .passes, !isAnyEnough, answers.count == knobs.count {
            together = try search.combination(of: knobs)
        }
        return Sizing(
            standing: base.standing, reason: base.reason, answers: answers, together: together,
            isCutShort: answers.count < knobs.count || answers.contains { $0.edge.isCutShort } || examiner.isSpent)
    }

    private struct Search {
        let scenario: Scenario
        let examiner: Examiner
        let base: Examiner.Examination

        func examine(_ settings: [String]) throws(Laboratory.Interrupted) -> Examiner.Examination? {
            guard let changed = try? ScenarioLoader.load(scenario, overrides: settings) else {
                // What the configuration forbids is as good as broken.
                return Examiner.Examination(
                    standing: .fails, runs: [], reason: "the configuration allows no such amount", gap: .infinity)
            }
            return try examiner.examine(changed)
        }

        /// Nil when there may be no more runs.
        func answer(_ knob: Knob) throws(Laboratory.Interrupted) -> Answer? {
            guard let extreme = try examine(knob.settings(knob.extreme)) else { return nil }
            guard extreme.standing == .passes || base.standing == .passes else {
                return Answer(
                    knob: knob, edge: Edge(failing: knob.extreme), stillBreaks: extreme.reason,
                    binding: extreme.runs.first?.bindingResource, gap: extreme.gap)
            }
            // A design that passes may have more than it needs.
            let hard = base.standing == .passes ? knob.amount(times: 1 / Double(Knob.mostTimes)) : knob.asked
            var search = EdgeSearch(easy: knob.extreme, hard: hard)
            let edge = try search.edge(from: knob.asked) { (amount) throws(Laboratory.Interrupted) -> Standing? in
                amount == knob.asked ? base.standing : try examine(knob.settings(amount))?.standing
            }
            return Answer(knob: knob, edge: edge, stillBreaks: nil, binding: nil, gap: 0)
        }

        /// As few knobs as suffice together, turned by the least common factor; nil where not even all do, or there may
        /// be no more runs.
        func combination(of knobs: [Knob]) throws(Laboratory.Interrupted) -> Combination? {
            var kept = Self.withoutOverlaps(knobs)
            let most = Knob.mostTimes * 100
            func suffice(_ knobs: [Knob]) throws(Laboratory.Interrupted) -> Bool {
                try examine(Combination(knobs: knobs, factor: most).settings)?.standing == .passes
            }
            guard try suffice(kept) else { return nil }
            // The dearest, and what has least to do with what binds, is left out first.
            for index in kept.indices.reversed() {
                var fewer = kept
                fewer.remove(at: index)
                if !fewer.isEmpty, try suffice(fewer) { kept = fewer }
            }
            var search = EdgeSearch(easy: most, hard: 100)
            search.resolution = 0.05
            let edge = try search.edge(from: 200) { (factor) throws(Laboratory.Interrupted) -> Standing? in
                try examine(Combination(knobs: kept, factor: factor).settings)?.standing
            }
            return edge.passing.map { Combination(knobs: kept, factor: $0) }
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
