/// One situation in which a claim is measured.
public struct ClaimSituation: Hashable, Sendable {
    /// The situation in a few words, to stand behind "when".
    public var name = ""
    /// Whether the claim is made for it.
    public var role = ClaimRole.stated
    /// The scenario that it begins with, in place of the claim's and what that changes in it.
    public var scenario: String?
    /// What it changes in the scenario, beside what the claim changes.
    package var change = ScenarioPatch()
    /// What is expected here, in place of what is stated.
    public var expect: [Expectation]?
    /// How the values of several runs are judged.
    public var judge = ClaimQuantifier.mean
    /// So many variants drawn by exploration are run, rather than the scenario as it is.
    public var explore: Int?
    /// Another situation: every value is divided by that one's with the same seed.
    public var relativeTo: String?
    /// Metrics that are reported and not judged.
    public var show: [String] = []
    /// Runs after which measuring ends.
    public var runsAtMost = 40

    /// The scenario as it is.
    public init() {}
}

/// Whether a claim is made for a situation.
public enum ClaimRole: String, Keyword {
    /// It is: if it fails here, it is refuted.
    case stated
    /// It isn't; if it fails here, it holds on a condition.
    case variant
    /// Measured to be looked at, or for others to be compared with; not judged.
    case shown
}

/// How the values of several runs are judged.
public enum ClaimQuantifier: String, Keyword {
    /// By the confidence interval of their mean; what must be exactly equal (or different) must be so in every run.
    case mean
    /// Each for itself: one that is wrong is enough to fail.
    case everyRun
    /// Each for itself: one that is right is enough to hold.
    case someRun
}

extension ClaimSituation: Configurable {
    package static var fields: [Field<ClaimSituation>] {
        [
            Field("name", \.name, required: true, "The situation in a few words, to stand behind \"when\"."),
            Field("role", \.role, "Whether the claim is made for it."),
            Field("scenario", \.scenario, "The scenario that it begins with, in place of the claim's and its changes."),
            Field("change", \.change, "What it changes in the scenario, beside what the claim changes."),
            Field("expect", \.expect, "What is expected here, in place of what is stated."),
            Field("judge", \.judge, "How the values of several runs are judged."),
            Field(
                "explore", \.explore, 1...100_000,
                "Run so many variants drawn by exploration, rather than the scenario as it is."),
            Field("relativeTo", \.relativeTo, "Another situation, by whose values these are divided."),
            Field("show", \.show, "Metrics that are reported and not judged."),
            Field("runsAtMost", \.runsAtMost, 2...10_000, "Runs after which measuring ends."),
        ]
    }

    package func review(_ node: JSONNode, in decoder: inout ConfigurationDecoder) {
        if expect?.isEmpty == true {
            decoder.reject(
                "expect", of: node, "nothing is expected", remedy: "write an expectation, or remove the key")
        }
        if role == .shown, expect != nil {
            decoder.reject(
                "expect", of: node, "what is only shown is not judged", remedy: "remove it, or choose another role")
        }
        if explore != nil, judge == .mean, role != .shown {
            decoder.reject(
                "judge", of: node, "a mean over unlike variants says nothing",
                remedy: "write \"everyRun\" or \"someRun\"")
        }
    }
}
