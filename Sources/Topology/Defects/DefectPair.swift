/// A defect with its two scenarios, ready to be run.
public struct DefectPair: Hashable, Sendable {
    /// What it is.
    public let defect: Defect
    /// The file that it was read from.
    public let path: String
    /// The team that shipped the bug.
    public let defective: Scenario
    /// The team that didn't, otherwise alike.
    public let sound: Scenario
    /// Whether each seed is another variant of the scenario, as its section "explore" allows, or the scenario as it is.
    public let isSwarm: Bool

    /// Reads a defect's file, and the files that it names.
    ///
    /// - Throws: `ConfigurationErrors`, all that could be found at once, of both sides.
    public static func load(path: String) throws(ConfigurationErrors) -> DefectPair {
        let tree = try ScenarioLoader.parse(path: path)
        var decoder = ConfigurationDecoder()
        guard let defect = Defect.decode(tree, in: &decoder) else { throw ConfigurationErrors(decoder.errors) }
        let name = tree["scenario"] ?? tree
        let base = try ScenarioLoader.parse(sibling: defect.scenario, named: ["scenario"], at: name.place)
            .merged(with: defect.common.json)
        var errors: [ConfigurationError] = []
        let defective = side(base, defect.defect, &errors)
        let sound = side(base, defect.sound, &errors)
        guard let defective, let sound, errors.isEmpty else { throw ConfigurationErrors(errors) }
        guard defective != sound else {
            throw ConfigurationErrors([
                ConfigurationError(
                    place: tree["defect"]?.place ?? tree.place, path: ["defect"],
                    cause: "both sides are the same scenario", remedy: "name the policy that makes the difference",
                    kind: .meaning)
            ])
        }
        return DefectPair(
            defect: defect, path: path, defective: defective, sound: sound, isSwarm: base["explore"] != nil)
    }

    /// One of the two scenarios; an error that both have is noted once.
    private static func side(
        _ base: JSONNode, _ patch: ScenarioPatch, _ errors: inout [ConfigurationError]
    ) -> Scenario? {
        do throws(ConfigurationErrors) {
            let tree = try ScenarioLoader.resolve(base.merged(with: patch.json), overrides: [])
            return try ScenarioLoader.scenario(from: tree)
        } catch {
            errors += error.all.filter { !errors.contains($0) }
            return nil
        }
    }
}
