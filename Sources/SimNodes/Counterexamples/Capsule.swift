import Topology

/// A counterexample in a file: everything that it takes to see the same violation again, and what was seen then.
///
/// It holds the whole system, so that it still runs after the topology file that it came from has changed.
public struct Capsule: Sendable {
    /// The format's name, in every capsule.
    public static let format = "stampede.capsule/1"

    /// Which invariant was broken, as in `I3`.
    public let invariant: String
    /// What the checker found, in one sentence.
    public let finding: String
    public let scenario: Scenario
    public let seed: UInt64
    /// Of the run, as 16 hexadecimal digits.
    public let digest: String
    /// The program that wrote it.
    public let version: String

    /// Encloses a counterexample.
    public init(_ counterexample: Counterexample, version: String) {
        invariant = counterexample.invariant
        finding = counterexample.finding
        scenario = counterexample.scenario
        seed = counterexample.seed
        digest = "\(counterexample.digest)"
        self.version = version
    }

    /// The file's text.
    public var text: String {
        let tree: JSONNode = [
            "format": JSONNode(.string(Self.format)),
            "invariant": JSONNode(.string(invariant)),
            "finding": JSONNode(.string(finding)),
            "seed": JSONNode(.string(String(seed))),
            "digest": JSONNode(.string(digest)),
            "version": JSONNode(.string(version)),
            "scenario": ScenarioTree.shortest(scenario),
        ]
        return tree.prettyText
    }

    /// Whether a file looks like a capsule rather than a scenario.
    package static func isCapsule(_ tree: JSONNode) -> Bool {
        tree["format"]?.string?.hasPrefix("stampede.capsule/") ?? false
    }

    /// Reads a capsule.
    ///
    /// - Throws: every error of the text, with its place.
    package init(_ bytes: [UInt8], file: String) throws(ConfigurationErrors) {
        let document = try ConfigurationErrors.single { () throws(ConfigurationError) in
            RecordedNode(try JSONParser.parse(bytes, file: file))
        }
        var errors: [ConfigurationError] = []
        func read<Value>(_ body: () throws(ConfigurationError) -> Value) -> Value? {
            do throws(ConfigurationError) { return try body() } catch {
                errors.append(error)
                return nil
            }
        }
        let format = read { () throws(ConfigurationError) in try document.text("format") }
        if let format, format != Self.format {
            errors.append(document["format"]!.error("\"\(format)\" is another format", "write \"\(Self.format)\""))
        }
        let invariant = read { () throws(ConfigurationError) in try document.text("invariant") }
        let finding = read { () throws(ConfigurationError) in try document.text("finding") }
        let digest = read { () throws(ConfigurationError) in try document.text("digest") }
        let version = read { () throws(ConfigurationError) in try document.text("version") }
        // Not a JSON number: many readers keep only 53 bits of those.
        let seed = read { () throws(ConfigurationError) in
            let node = try document.value("seed")
            guard let seed = UInt64(try node.text()) else {
                throw node.error("\(node.node.found) is no seed", "write a whole number in quotes")
            }
            return seed
        }
        let tree = read { () throws(ConfigurationError) in try document.value("scenario").node }
        var scenario: Scenario?
        if let tree {
            do throws(ConfigurationErrors) { scenario = try ScenarioLoader.scenario(from: tree) } catch {
                errors += error.all
            }
        }
        guard let invariant, let finding, let digest, let version, let seed, let scenario, errors.isEmpty else {
            throw ConfigurationErrors(errors)
        }
        (self.invariant, self.finding, self.digest, self.version) = (invariant, finding, digest, version)
        (self.seed, self.scenario) = (seed, scenario)
    }

    /// Runs it again; nil when its invariant holds now.
    public func replay() -> Counterexample? { Counterexample(of: scenario, seed: seed, invariant: invariant) }
}
