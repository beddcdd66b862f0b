extension ClaimCase {
    /// Reads a claim's file, and the scenarios that it names.
    ///
    /// - Throws: `ConfigurationErrors`, all that could be found at once, of all situations.
    public static func load(path: String) throws(ConfigurationErrors) -> ClaimCase {
        let tree = try ScenarioLoader.parse(path: path)
        var decoder = ConfigurationDecoder()
        guard let claim = Claim.decode(tree, in: &decoder) else { throw ConfigurationErrors(decoder.errors) }
        var reader = ClaimReader(claim: claim, tree: tree)
        let situations = claim.situations.indices.compactMap { reader.situation($0) }
        guard reader.errors.isEmpty else { throw ConfigurationErrors(reader.errors) }
        return ClaimCase(claim: claim, path: path, situations: situations)
    }
}

/// Makes the scenarios of a claim, and notes what is wrong with each.
private struct ClaimReader {
    let claim: Claim
    let tree: JSONNode
    private(set) var errors: [ConfigurationError] = []

    init(claim: Claim, tree: JSONNode) { (self.claim, self.tree) = (claim, tree) }

    /// An error that several situations share is noted once.
    private mutating func note(_ more: [ConfigurationError]) { errors += more.filter { !errors.contains($0) } }

    mutating func situation(_ index: Int) -> ClaimCase.Situation? {
        let plan = claim.situations[index]
        let own = ["situations", String(index), "scenario"]
        guard let name = plan.scenario ?? claim.scenario else { return nil }
        let path = plan.scenario == nil ? ["scenario"] : own
        // What the claim changes was written for the claim's scenario.
        let change = plan.scenario == nil ? claim.change.json.merged(with: plan.change.json) : plan.change.json
        do throws(ConfigurationErrors) {
            let base = try ScenarioLoader.parse(sibling: name, named: path, at: tree.place(of: path))
            let resolved = try ScenarioLoader.resolve(base.merged(with: change), overrides: [])
            var scenario = try ScenarioLoader.scenario(from: resolved)
            scenario.expect = []
            return ClaimCase.Situation(
                plan: plan, scenario: scenario, file: base.place.file, settings: change.settings,
                checks: checks(of: plan, index, scenario))
        } catch {
            note(error.all)
            return nil
        }
    }

    /// What is expected in a situation: its own, or all that is stated.
    private mutating func checks(
        of plan: ClaimSituation, _ index: Int, _ scenario: Scenario
    ) -> [ClaimCase.Check] {
        var review = ScenarioReview(tree: tree)
        let catalogue = MetricCatalogue(for: scenario.topology)
        var checks: [ClaimCase.Check] = []
        func add(_ expectations: [Expectation], _ within: Double?, at path: [String]) {
            for (number, expectation) in expectations.enumerated() {
                let place = path + ["expect", String(number)]
                if plan.relativeTo == nil {
                    review.check(expectation, by: catalogue, at: place)
                } else {
                    review.checkRatio(expectation, by: catalogue, at: place)
                }
                let check = ClaimCase.Check(expectation, within: within)
                if !checks.contains(check) { checks.append(check) }
            }
        }
        let path = ["situations", String(index)]
        if let own = plan.expect {
            add(own, nil, at: path)
        } else if plan.role != .shown {
            for (number, statement) in claim.stated.enumerated() {
                add(statement.expect, statement.within, at: ["stated", String(number)])
            }
        }
        for (number, metric) in plan.show.enumerated() {
            review.check(metric: metric, by: catalogue, at: path + ["show", String(number)])
        }
        note(review.errors)
        return checks
    }
}

extension ScenarioReview {
    /// The values are quotients, whatever the metric's unit.
    fileprivate mutating func checkRatio(
        _ expectation: Expectation, by catalogue: MetricCatalogue, at path: [String]
    ) {
        guard check(metric: expectation.metric, by: catalogue, at: path) != nil else { return }
        switch expectation.threshold {
        case .number, .percentage: return
        case .duration, .rate:
            fail(
                path,
                "relative to another situation \(expectation.metric) is a ratio, \(expectation.threshold) is none",
                "compare it with a share such as 1.1 or 110%")
        }
    }
}

extension JSONNode {
    /// A merge patch on a scenario as settings of `--set`: one for each value that is no object.
    fileprivate var settings: [String] {
        members.filter { $0.key != "comment" }.flatMap { member in
            // What stands under "override" is laid over the topology, whose parts `--set` takes by their own names.
            member.key == "override" ? member.value.settings(below: []) : member.value.settings(below: [member.key])
        }
    }

    /// An empty object changes nothing.
    private func settings(below path: [String]) -> [String] {
        guard case .object(let members) = value else { return ["\(path.joined(separator: "."))=\(settingText)"] }
        return members.filter { $0.key != "comment" }.flatMap { $0.value.settings(below: path + [$0.key]) }
    }

    /// What no JSON would say needs no quotes.
    private var settingText: String {
        guard let string, (try? JSONParser.parse(Array(string.utf8), file: "")) == nil else { return text }
        return string
    }
}
