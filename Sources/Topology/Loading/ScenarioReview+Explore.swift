/// Names in schedules and in what exploration may change.
extension ScenarioReview {
    mutating func check(_ schedule: Schedule, in topology: SystemTopology, at path: [String]) {
        guard case .priorities(let priorities) = schedule else { return }
        let nodes = topology.nodes.map(\.name)
        let base = path + ["priorities"]
        for (index, name) in priorities.lowest.enumerated() {
            expect(name, in: nodes, base + ["lowest", String(index)], as: "node")
        }
        for (index, change) in priorities.changes.enumerated() {
            expect(change.node, in: nodes, base + ["changes", String(index), "node"], as: "node")
        }
    }

    mutating func check(_ explore: ExploreSettings, in topology: SystemTopology, at path: [String]) {
        for (index, name) in explore.spare.enumerated() {
            expect(name, in: topology.selectableNames, path + ["spare", String(index)], as: "node or group")
        }
        for (index, variation) in explore.policies.enumerated() {
            for value in variation.to.indices {
                check(variation.argument(value), at: path + ["policies", String(index), "to", String(value)])
            }
        }
    }

    /// Whether a setting can be made, and the topology is one with it.
    private mutating func check(_ argument: String, at path: [String]) {
        do throws(ConfigurationErrors) {
            _ = try ScenarioLoader.topology(tree["topology"] ?? JSONNode(.null), with: [argument])
        } catch {
            for error in error.all { fail(path, "\(argument): \(error.pathText): \(error.cause)", error.remedy) }
        }
    }
}

extension ScenarioLoader {
    /// A topology in which settings are made, as `--set` would.
    ///
    /// - Throws: `ConfigurationErrors` when a setting can't be made or the topology is wrong with them.
    package static func topology(
        _ topology: JSONNode, with settings: [String]
    ) throws(ConfigurationErrors) -> SystemTopology {
        var tree: JSONNode = ["topology": topology]
        var errors: [ConfigurationError] = []
        for argument in settings {
            let setting = Setting(argument)
            if setting.isForTopology {
                setting.apply(to: &tree, &errors)
            } else {
                errors.append(
                    ConfigurationError(
                        place: .setting(argument), path: ["explore", "policies"],
                        cause: "this is no setting of the topology",
                        remedy: "write a path such as \"purchase.lock.release\"", kind: .meaning))
            }
        }
        guard errors.isEmpty, let result = tree["topology"] else { throw ConfigurationErrors(errors) }
        return try self.topology(from: result)
    }
}
